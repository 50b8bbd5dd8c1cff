# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own: what it shows there, and keys pressed at it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from .wait import TimedOut

CTRL_C = b"\x03"


class Terminal:
    """Started at once, as the leader of a session that has the terminal."""

    def __init__(self, argv, cwd, lines=30, columns=120):
        self.text = ""
        self._status = None
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            # Whoever runs us in the background ignores some for us; a shell can never trap those.
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.chdir(cwd)
            os.execvp("setpriv", ["setpriv", "--pdeathsig", "TERM", "--", *argv])
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys):
        os.write(self._fd, keys)

    def shows(self, words, timeout):
        """Reads until the words have been shown; False where they are not in time."""
        end = time.monotonic() + timeout
        while words not in self.text:
            if not self._read(end):
                return False
        return True

    def await_text(self, words, timeout):
        if not self.shows(words, timeout):
            raise TimedOut(f"{words!r} was not shown within {timeout} s, but:\n{self.text}")

    def ended(self, timeout):
        """Reads to the end; gives the exit status."""
        end = time.monotonic() + timeout
        while self._read(end):
            pass
        if time.monotonic() >= end:
            raise TimedOut(f"did not end within {timeout} s; it showed:\n{self.text}")
        return self._reap()

    def close(self):
        """The terminal goes away (SIGHUP for who is on it), and then the program, whatever it does."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        if self._status is None:
            os.kill(self.pid, signal.SIGTERM)
            self._reap()

    def _read(self, end):
        """False at the end of the program and when time is up."""
        while time.monotonic() < end:
            if select.select([self._fd], [], [], 0.1)[0]:
                try:
                    piece = os.read(self._fd, 65536)
                except OSError:  # EIO: nobody has the other side any more
                    return False
                self.text += piece.decode(errors="replace")
                return bool(piece)
        return False

    def _reap(self):
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status
