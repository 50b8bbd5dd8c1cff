# SPDX-License-Identifier: Apache-2.0
"""An upstream scripted in Python, where a test needs what sipp cannot compute.

The script is a generator function: it yields the answer to the request before
(bytes, a list of them, or None for silence) and is handed the next request.

    def script():
        request = yield
        request = yield challenge(request, "401", nonce="a")
        sip.verify(request, "secret", nonce="a")
        request = yield granted(request)

One generator per Call-ID. A retransmission gets the answer it got before and
does not move the script. An assertion that fails in a script is kept and
raised by check(); a request after the script's end is answered 500 and kept.
"""

import socket
import threading

from . import sip
from .ports import free_port

REALM = "sw.example"


def challenge(request, status=401, nonce="n1", realm=REALM, algorithms=("MD5",), qop="auth", stale=False):
    """401 or 407 with one challenge per algorithm, in that order."""
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    reason = "Unauthorized" if status == 401 else "Proxy Authentication Required"
    lines = []
    for algorithm in algorithms:
        line = f'{name}: Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm}'
        line += f', qop="{qop}"' if qop else ""
        lines.append(line + (", stale=true" if stale else ""))
    return sip.reply(request, status, reason, *lines)


def granted(request, expires=None, *headers):
    """200 with the request's Contact and what was asked, or `expires`."""
    [(uri, _)] = request.contacts
    seconds = request.expires if expires is None else expires
    listed = [] if seconds == 0 else [f"Contact: <{uri}>;expires={seconds}"]
    return sip.reply(request, 200, "OK", *listed, *headers)


class Uas:
    """Runs in a thread from construction to close()."""

    def __init__(self, script):
        self.port = free_port()
        self.requests = []  # (request, source), retransmissions too
        self.problems = []
        self._script = script
        self._running = {}
        self._answered = {}
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

    def check(self):
        assert not self.problems, self.problems

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def send(self, data, to):
        self._socket.sendto(data, to)

    def _run(self):
        while not self._over.is_set():
            try:
                data, source = self._socket.recvfrom(65536)
            except (socket.timeout, ConnectionRefusedError):
                continue
            try:
                self._receive(sip.Message(data), source)
            except AssertionError as e:
                self.problems.append(str(e))

    def _receive(self, request, source):
        self.requests.append((request, source))
        key = (request.branch, request.method)
        if key not in self._answered:
            self._answered[key] = self._step(request)
        for answer in self._answered[key]:
            self._socket.sendto(answer, source)

    def _step(self, request):
        script = self._running.get(request.call_id)
        if script is None:
            script = self._running[request.call_id] = self._script()
            next(script)
        try:
            answer = script.send(request)
        except StopIteration:
            self.problems.append(f"a request after the script's end: {request.start} CSeq {request.cseq}")
            answer = sip.reply(request, 500, "Script Over")
        except AssertionError as e:
            self.problems.append(str(e))
            answer = sip.reply(request, 500, "Script Failed")
        return [] if answer is None else answer if isinstance(answer, list) else [answer]
