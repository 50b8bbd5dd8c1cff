# SPDX-License-Identifier: Apache-2.0
"""One started program: its own process group, its output in a file, ended by pid.

`setpriv --pdeathsig` makes it end with the test runner even where the runner
is killed and no teardown runs.
"""

import os
import signal
import subprocess
import time

from .wait import TimedOut, wait_until


class Process:
    """Started at once. `name` is what messages call it."""

    def __init__(self, name, argv, folder, env=None, cwd=None, stdin=subprocess.DEVNULL, pass_fds=()):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.log_path = os.path.join(folder, f"{name}.{time.monotonic_ns()}.log")
        with open(self.log_path, "wb") as log:
            self._popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--"] + self.argv,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd or folder,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        self.pid = self._popen.pid

    def returncode(self):
        """The exit status (negative: ended by that signal), None while it runs."""
        return self._popen.poll()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def kill(self, number):
        """To the program itself, not to its children. Nothing where it has ended."""
        if self.returncode() is None:
            os.kill(self.pid, number)

    def wait(self, timeout):
        """The exit status, within `timeout` seconds."""
        wait_until(lambda: self.returncode() is not None, timeout, lambda: self.describe("to end"))
        return self.returncode()

    def end(self, first=signal.SIGTERM, timeout=10):
        """Ends the program and what is left of its group, whatever it takes."""
        self.kill(first)
        try:
            self.wait(timeout)
        except TimedOut:
            pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()

    def describe(self, awaited):
        tail = "\n".join(self.log().splitlines()[-30:])
        return f"{self.name} (pid {self.pid}, exit {self.returncode()}) {awaited}; its output ends:\n{tail}"
