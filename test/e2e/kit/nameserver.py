# SPDX-License-Identifier: Apache-2.0
"""A name server that a test can silence, and a program that asks it and no other.

It answers A over UDP on port 53 of an address of its own in 127.0.0.0/8. The
program runs in a mount namespace where /etc/resolv.conf names that address.
Needs the right to make one, and to bind port 53: `possible()` says.
"""

import os
import random
import socket
import struct
import threading

from . import etc

PORT = 53
TRIES = 50
TTL_S = 60
NO_ERROR, NO_SUCH_NAME = 0, 3
A, IN = 1, 1


def _bind():
    for _ in range(TRIES):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            s.bind((f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}", PORT))
            return s
        except OSError:
            s.close()
    return None


def possible():
    """True where this user may bind port 53 and put another file in the place of /etc/resolv.conf."""
    s = _bind() if os.geteuid() == 0 else None
    if not s:
        return False
    s.close()
    return etc.possible()


class Nameserver:
    """Runs in a thread from construction to close(). `names` maps names to IPv4 addresses.

    Whoever asks while it is silent is answered when it speaks again, as by a
    server behind a link that held everything back.
    """

    def __init__(self, folder, names):
        self.names = dict(names)
        self.asked = []  # names, repetitions too
        self._silent = False
        self._held = []
        self._lock = threading.Lock()
        self._socket = _bind()
        assert self._socket, f"no address of 127.0.0.0/8 has its port {PORT} free"
        self._socket.settimeout(0.1)
        # More than one, so that it takes 10 s until nobody waits for an answer any more.
        self._resolv_conf = f"nameserver {self._socket.getsockname()[0]}\n" * 3
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def wrap(self):
        """What stands before a program that shall ask it."""
        return etc.wrap(self._folder, resolv_conf=self._resolv_conf)

    def silence(self):
        with self._lock:
            self._silent = True

    def speak(self):
        with self._lock:
            self._silent = False
            for query, source in self._held:
                self._socket.sendto(self._answer(query), source)
            self._held.clear()

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self):
        while not self._over.is_set():
            try:
                query, source = self._socket.recvfrom(512)
            except (socket.timeout, ConnectionRefusedError):
                continue
            with self._lock:
                self.asked.append(_name(query)[0])
                if self._silent:
                    self._held.append((query, source))
                else:
                    self._socket.sendto(self._answer(query), source)

    def _answer(self, query):
        """RFC 1035, section 4.1: header, the question again, and one record at most."""
        name, end = _name(query)
        address = self.names.get(name)
        question = query[12:end + 4]
        is_a = struct.unpack("!HH", query[end:end + 4]) == (A, IN)
        records = b""
        if address and is_a:
            records = struct.pack("!HHHIH", 0xC00C, A, IN, TTL_S, 4) + socket.inet_aton(address)
        flags = 0x8580 | (NO_ERROR if address else NO_SUCH_NAME)  # a response, authoritative, recursion
        return query[:2] + struct.pack("!HHHHH", flags, 1, bool(records), 0, 0) + question + records


def _name(query):
    """The name that is asked for, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    return ".".join(labels), at + 1
