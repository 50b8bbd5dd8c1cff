# SPDX-License-Identifier: Apache-2.0
"""Holds a regentd's ledger back from the disk, or lets that fail, while all else is written."""

import fcntl
import os


class LedgerGate:
    """Open at first. `wrap` stands before the program; see test/kit/ledger_gate.c."""

    def __init__(self, folder, build):
        self._path = os.path.join(str(folder), "ledger-gate")
        self._library = os.path.join(build, "test/kit/ledger_gate.so")
        assert os.path.exists(self._library), f"{self._library} is not built"
        self._file = open(self._path, "wb")  # pylint: disable=consider-using-with; close() ends it

    @property
    def wrap(self):
        return ["env", f"LD_PRELOAD={self._library}", f"REGENT_LEDGER_GATE={self._path}"]

    def hold(self):
        """From here on whoever writes the ledger waits."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def fail(self):
        """From here on the disk refuses the ledger."""
        os.pwrite(self._file.fileno(), b"x", 0)

    def let_go(self):
        os.ftruncate(self._file.fileno(), 0)
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self):
        self._file.close()
