# SPDX-License-Identifier: Apache-2.0
"""A UDP relay between Regent and a peer that records every datagram and can harm it.

Regent sends to the tap's port; the tap passes each datagram on from a socket
of its own per source, and answers back the same way. A rule is a function of
a Datagram that gives None (pass), DROP, HOLD (sent right after the next one in
the same direction: reordering) or a number of seconds (delay). What it puts
into the Datagram's `data` is passed on instead.
"""

import heapq
import itertools
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field

from .ports import free_port
from .sip import Message

DROP, HOLD = "drop", "hold"
OUT, IN = "out", "in"  # as Regent sees it


@dataclass
class Datagram:
    at: float  # time.monotonic()
    direction: str
    source: tuple  # who sent it to the tap
    data: bytes
    fate: object = None  # what the rule said
    _message: object = field(default=None, repr=False)

    @property
    def sip(self):
        """The message, read strictly; None for keepalives (CRLF)."""
        if self._message is None and self.data.strip():
            self._message = Message(self.data)
        return self._message

    def is_request(self, method="REGISTER"):
        return self.data.startswith(method.encode() + b" ")


class Tap:
    """Runs in a thread from construction to close(). `peer` is (host, port)."""

    def __init__(self, peer, rule=None):
        self.peer = peer
        self.rule = rule
        self.port = free_port()
        self._log = []
        self._held = {OUT: [], IN: []}
        self._later = []
        self._order = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._front = self._socket(self.port, None)
        self._backs = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def datagrams(self, direction=None):
        return [d for d in list(self._log) if direction in (None, d.direction)]

    def requests(self, method="REGISTER"):
        """Requests of that method Regent has sent so far, retransmissions included."""
        return [d for d in self.datagrams(OUT) if d.is_request(method)]

    def cancels(self):
        return [d for d in self.requests() if d.sip.expires == 0]

    def responses(self, status=None):
        """Responses the peer has given Regent."""
        found = [d for d in self.datagrams(IN) if d.data.startswith(b"SIP/2.0 ")]
        return [d for d in found if status in (None, d.sip.status)]

    def close(self):
        self._over.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _socket(self, port, client):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind(("127.0.0.1", port))
        s.setblocking(False)
        self._selector.register(s, selectors.EVENT_READ, client)
        return s

    def _run(self):
        while not self._over.is_set():
            for key, _ in self._selector.select(0.02):
                self._drain(key.fileobj, key.data)
            while self._later and self._later[0][0] <= time.monotonic():
                _, _, send, data = heapq.heappop(self._later)
                send(data)

    def _drain(self, s, client):
        while True:
            try:
                data, source = s.recvfrom(65536)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue  # the peer is away: its ICMP error is no datagram
            if client is None:
                back = self._backs.get(source) or self._backs.setdefault(source, self._socket(0, source))
                self._pass(OUT, source, data, lambda d, b=back: self._send(b, d, self.peer))
            else:
                self._pass(IN, source, data, lambda d: self._send(self._front, d, client))

    def _pass(self, direction, source, data, send):
        datagram = Datagram(time.monotonic(), direction, source, data)
        rule = self.rule
        fate = datagram.fate = rule(datagram) if rule else None
        data = datagram.data
        self._log.append(datagram)
        if fate == DROP:
            return
        if fate == HOLD:
            self._held[direction].append((send, data))
            return
        if fate:
            heapq.heappush(self._later, (time.monotonic() + fate, next(self._order), send, data))
            return
        send(data)
        held, self._held[direction] = self._held[direction], []
        for again, old in held:
            again(old)

    @staticmethod
    def _send(s, data, to):
        try:
            s.sendto(data, to)
        except OSError:
            pass  # as lost as any datagram
