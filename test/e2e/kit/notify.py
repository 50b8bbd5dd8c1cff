# SPDX-License-Identifier: Apache-2.0
"""The service manager's end of sd_notify: a datagram socket that remembers what it was told."""

import os
import socket
import time


class NotifySocket:
    """Give `path` to the daemon as NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path = str(path)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)
        os.chmod(self.path, 0o777)
        self._lines = []

    def lines(self):
        """All (monotonic seconds, NAME, value) told so far, in order."""
        while True:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return self._lines
            for line in data.decode().splitlines():
                name, _, value = line.partition("=")
                self._lines.append((time.monotonic(), name, value))

    def values(self, name):
        return [value for _, n, value in self.lines() if n == name]

    def ready(self):
        return "1" in self.values("READY")

    def close(self):
        self._socket.close()
