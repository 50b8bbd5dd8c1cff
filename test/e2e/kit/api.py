# SPDX-License-Identifier: Apache-2.0
"""The HTTP API of a regentd, over its socket or over TCP."""

import http.client
import json
import socket


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("regent", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Api:
    """`place` is the path of a socket, or (host, port) with a token."""

    def __init__(self, place, token=None, timeout=60):
        self.place, self.token, self.timeout = place, token, timeout

    def ask(self, method, path, body=None):
        """(status, answer): JSON as a structure, all else as text. A structure as body goes as JSON."""
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if isinstance(self.place, str):
            connection = _SocketConnection(self.place, self.timeout)
        else:
            connection = http.client.HTTPConnection(*self.place, timeout=self.timeout)
        try:
            connection.request(method, "/api/v1" + path, data, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return response.status, json.loads(text) if "json" in response.headers["Content-Type"] else text

    def must(self, method, path, body=None, status=200):
        """The answer; anything but that status fails the test."""
        got, answer = self.ask(method, path, body)
        assert got == status, f"{method} {path}: {got} {answer}"
        return answer
