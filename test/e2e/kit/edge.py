# SPDX-License-Identifier: Apache-2.0
"""The edge proxy in front of a registrar: it puts Path into every REGISTER (RFC 3327) and Via into all it passes on."""

import re
import socket
import threading

from .ports import free_port

TOP_VIA = re.compile(rb"^Via: [^\r]*\r\n", re.M)


class Edge:
    """Runs in a thread from construction to close(). `peer` is the registrar's (host, port).

    With `flows` it says that it knows flows (RFC 5626).
    """

    def __init__(self, peer, flows=False):
        self.peer, self.port = peer, free_port()
        self._path = b";lr;ob" if flows else b";lr"
        self._clients = {}  # by the branch that we chose
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self):
        while not self._over.is_set():
            try:
                data, source = self._socket.recvfrom(65536)
            except (socket.timeout, ConnectionRefusedError):
                continue
            if source != self.peer and data.strip():
                self._socket.sendto(self._inwards(data, source), self.peer)
            elif data.startswith(b"SIP/2.0 "):
                self._outwards(data)

    def _inwards(self, data, source):
        """Our Via on top and our Path; the client's Via says where it came from (RFC 3581)."""
        branch = b"z9hG4bKedge" + re.search(rb";branch=z9hG4bK([^;\r]+)", data)[1]
        self._clients[branch] = source
        start, rest = data.split(b"\r\n", 1)
        rest = re.sub(rb";rport(?=[;\r])", f";rport={source[1]};received={source[0]}".encode(), rest, count=1)
        ours = f"127.0.0.1:{self.port}".encode()
        return b"%s\r\nVia: SIP/2.0/UDP %s;branch=%s\r\nPath: <sip:%s%s>\r\n%s" % (
            start, ours, branch, ours, self._path, rest)

    def _outwards(self, data):
        branch = re.search(rb";branch=([^;\r]+)", data)[1]
        if branch in self._clients:
            self._socket.sendto(TOP_VIA.sub(b"", data, count=1), self._clients[branch])
