# SPDX-License-Identifier: Apache-2.0
"""An upstream scripted in Python, where a test needs what sipp cannot compute.

The script is a generator function: it yields the answer to the request before
(bytes, a list of them, None for silence, or a function that gives one of these
for each transmission) and is handed the next request.

    def script():
        request = yield
        request = yield challenge(request, "401", nonce="a")
        sip.verify(request, "secret", nonce="a")
        request = yield granted(request)

One generator per Call-ID. A retransmission gets the answer it got before and
does not move the script. An assertion that fails in a script is kept and
raised by check(); a request after the script's end is answered 500 and kept.
"""

import os
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

    def __init__(self, script, host="127.0.0.1", port=None):
        self.host, self.port = host, port or free_port()
        self.requests = []  # (request, source), retransmissions too
        self.keepalives = []  # (bytes, source)
        self.problems = []
        self._script = script
        self._responses = {}
        self._running = {}
        self._answered = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, self.port))
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"sip:{self.host}:{self.port}"

    @property
    def address(self):
        return (self.host, self.port)

    def of_user(self, user):
        return [r for r, _ in self.requests if r.user == user]

    def users(self):
        """All that ever asked."""
        return {r.user for r, _ in self.requests}

    def bound(self):
        """The users whose last REGISTER left something bound."""
        last = {r.user: r.expires for r, _ in self.requests}
        return {user for user, expires in last.items() if expires > 0}

    def check(self):
        assert not self.problems, self.problems

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def ask(self, method, to, uri, *headers):
        """Sends a request of our own from the upstream's address; answer() has what came."""
        branch = f"z9hG4bK{os.urandom(8).hex()}"
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={branch}",
                 "Max-Forwards: 70", f"From: <sip:{REALM}>;tag={branch[-8:]}", f"To: <{uri}>",
                 f"Call-ID: {branch[7:]}", f"CSeq: 1 {method}", *headers, "Content-Length: 0"]
        self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), to)
        return branch

    def send(self, data, to):
        """Bytes from the upstream's address."""
        self._socket.sendto(data, to)

    def answer(self, branch):
        """The final response to ask(); None until it has come."""
        return self._responses.get(branch)

    def _run(self):
        while not self._over.is_set():
            try:
                data, source = self._socket.recvfrom(65536)
            except (socket.timeout, ConnectionRefusedError):
                continue
            try:
                if data.strip():
                    self._receive(sip.Message(data), source)
                else:
                    self.keepalives.append((data, source))
            except AssertionError as e:
                self.problems.append(str(e))

    def _receive(self, request, source):
        if request.status:
            if request.status >= 200:
                self._responses[request.branch] = request
            return
        self.requests.append((request, source))
        key = (request.branch, request.method)
        if key not in self._answered:
            self._answered[key] = self._step(request)
        answer = self._answered[key]
        answer = answer() if callable(answer) else answer
        for data in answer if isinstance(answer, list) else [answer] if answer else []:
            self._socket.sendto(data, source)

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
        return answer
