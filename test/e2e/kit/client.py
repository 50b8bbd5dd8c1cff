# SPDX-License-Identifier: Apache-2.0
"""A plain SIP device over UDP: the second device of a test, and the stand-in that proves the peers.

It registers, answers challenges, removes its binding. It has no timers of its
own beyond retransmission; a test drives every step.
"""

import itertools
import os
import socket

from . import sip

T1_S = 0.5
ROUNDS = 4


class Device:
    """One account on one socket. `server` is (host, port), `address` the one that it sends from."""

    def __init__(self, server, username, password, host, contact_user=None, address="127.0.0.1"):
        self.server, self.username, self.password, self.host = server, username, password, host
        self.address, self.digest_user = address, username
        self.takes = 0  # which of several challenges it answers; -1: the last one
        self.counts = True  # False: nc is 00000001 in each request
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self.contact = f"sip:{contact_user or username}@{address}:{self.port}"
        self.call_id = f"{os.urandom(8).hex()}@device"
        self.tag = os.urandom(4).hex()
        self._cseq = itertools.count(1)
        self._credentials = None
        self.sent = []

    def begin_again(self):
        """Goes on under a new Call-ID, whose CSeq begins at 1."""
        self.call_id = f"{os.urandom(8).hex()}@device"
        self._cseq = itertools.count(1)

    def register(self, expires=60, timeout=8):
        """The final response, challenges answered; None where nothing came in `timeout` seconds."""
        return self._prove(timeout, *self.binding(expires))

    def unregister(self, timeout=8):
        return self.register(0, timeout)

    def fetch(self, timeout=8):
        """The response to a REGISTER that changes nothing: a 200 lists what is bound."""
        return self._prove(timeout)

    def attempt(self, expires=60, timeout=8):
        """One REGISTER and its response; a challenge in it is answered by the next one."""
        response = self.transact("REGISTER", timeout, *self.binding(expires))
        if response is not None and response.status in (401, 407):
            self._answer(response)
        return response

    def binding(self, expires):
        """The header lines that ask for it."""
        return f"Contact: <{self.contact}>;expires={expires}", f"Expires: {expires}"

    def post(self, *headers):
        """Sends one REGISTER and awaits nothing."""
        self.sent.append(self._request("REGISTER", headers))
        self.socket.sendto(self.sent[-1], self.server)

    def arrived(self):
        """The datagrams that have come, without waiting."""
        self.socket.setblocking(False)
        found = []
        try:
            while True:
                found.append(self.socket.recv(65536))
        except BlockingIOError:
            return found

    def _prove(self, timeout, *headers):
        for _ in range(ROUNDS):
            response = self.transact("REGISTER", timeout, *headers)
            if response is None or response.status not in (401, 407):
                return response
            self._answer(response)
        return response

    def transact(self, method, timeout, *headers):
        """Sends one request, retransmitting; gives its final response or None."""
        request = self._request(method, headers)
        branch = sip.Message(request).branch
        self.sent.append(request)
        wait = T1_S
        spent = 0.0
        while spent < timeout:
            self.socket.sendto(request, self.server)
            response = self._receive(branch, min(wait, timeout - spent))
            if response is not None:
                return response
            spent += wait
            wait = min(wait * 2, 4)
        return None

    def _receive(self, branch, timeout):
        self.socket.settimeout(timeout)
        while True:
            try:
                message = sip.Message(self.socket.recv(65536))
            except (socket.timeout, ConnectionRefusedError):
                return None
            if message.branch == branch and message.status >= 200:
                return message

    def _request(self, method, headers):
        uri = f"sip:{self.host}"
        lines = [f"{method} {uri} SIP/2.0",
                 f"Via: SIP/2.0/UDP {self.address}:{self.port};branch=z9hG4bK{os.urandom(8).hex()};rport",
                 "Max-Forwards: 70",
                 f"From: <sip:{self.username}@{self.host}>;tag={self.tag}",
                 f"To: <sip:{self.username}@{self.host}>",
                 f"Call-ID: {self.call_id}", f"CSeq: {next(self._cseq)} {method}", *headers]
        if self._credentials:
            lines.append(self._authorization(method, uri))
        return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()

    def _answer(self, response):
        name = "www-authenticate" if response.status == 401 else "proxy-authenticate"
        challenges = [sip.auth_params(v) for v in response.all(name)]
        known = [c for c in challenges if c.get("algorithm", "MD5") in sip.HASHES]
        self._credentials = (response.status, known[self.takes], 0)

    def _authorization(self, method, uri):
        status, challenge, used = self._credentials
        self._credentials = (status, challenge, used + self.counts)
        a = {"username": self.digest_user, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": uri}
        if "algorithm" in challenge:
            a["algorithm"] = challenge["algorithm"]
        if "opaque" in challenge:
            a["opaque"] = challenge["opaque"]
        if "qop" in challenge:
            a.update(qop="auth", nc=f"{used + 1:08x}", cnonce=os.urandom(4).hex())
        a["response"] = sip.digest(a, method, self.password)
        plain = ("algorithm", "qop", "nc")
        text = ", ".join(f"{n}={v}" if n in plain else f'{n}="{v}"' for n, v in a.items())
        return ("Authorization: Digest " if status == 401 else "Proxy-Authorization: Digest ") + text

    def close(self):
        self.socket.close()
