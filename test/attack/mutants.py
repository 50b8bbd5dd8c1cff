#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An upstream that sends each answer in many mutated copies before the right one; no crash, and no false `clean`.

It never says 2xx to a cancel that it has not carried out, so whatever is reported as clean must be gone from its
table. Mutations are drawn from --seed.
"""

import contextlib
import json
import os
import random
import socket
import tempfile
import threading

import stage
from kit import sip
from kit.ports import free_port
from kit.uas import challenge
from kit.wait import wait_until

PIECES = [b"\r\n", b",", b";", b'"', b"<", b">", b"\0", b"\xff", b"expires=", b"9" * 30, b"-1", b" ", b"\r\n ", b"*"]


class Mutator:
    """The upstream. Of the accounts every fourth has its cancels refused."""

    def __init__(self, seed, copies):
        self.rng, self.copies, self.port = random.Random(seed), copies, free_port()
        self.held, self.sent = {}, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self.offences = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self):
        while not self._over.is_set():
            with contextlib.suppress(socket.timeout, ConnectionRefusedError):
                data, source = self._socket.recvfrom(65536)
                if data.startswith(b"REGISTER"):
                    # A mutated nonce comes back with whatever bytes it has, folds included.
                    data = data.replace(b"\r\n ", b" ").decode("latin-1").encode()
                    try:
                        self._answer(sip.Message(data), source)
                    except sip.SipError as e:
                        self.offences.append(str(e))

    def _answer(self, request, source):
        right = self._right(request)
        for _ in range(self.copies):
            self._socket.sendto(self.mutant(right), source)
            self.sent += 1
        self._socket.sendto(right, source)

    def _right(self, request):
        if not request.auth():
            return challenge(request, nonce=os.urandom(8).hex())
        [(uri, _)] = request.contacts
        held = self.held.setdefault(request.user, {})
        if request.expires == 0 and int(request.user) % 4 == 0:
            return sip.reply(request, 403, "Forbidden", f"Contact: <{uri}>;expires=900")
        held.pop(uri, None)
        if request.expires:
            held[uri] = request.expires
        return sip.reply(request, 200, "OK", *(f"Contact: <{u}>;expires={e}" for u, e in held.items()))

    def mutant(self, right):
        """Changed anywhere; but what does not say 2xx does not begin to."""
        data = bytearray(right)
        for _ in range(self.rng.randint(1, 6)):
            at = self.rng.randrange(len(data))
            kind = self.rng.randrange(4)
            if kind == 0:
                data[at] = self.rng.randrange(256)
            elif kind == 1:
                del data[at:at + self.rng.randint(1, 20)]
            elif kind == 2:
                data[at:at] = self.rng.choice(PIECES)
            else:
                data[at:at] = data[self.rng.randrange(len(data)):][:40]
        if not right.startswith(b"SIP/2.0 2"):
            data[:12] = right[:12]
        return bytes(data)


def mutants(build, wanted, seed, registrations=100, copies=50):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        peer = stack.enter_context(contextlib.closing(Mutator(seed, copies)))
        accounts = {u: "secret" for u in stage.users(registrations)}
        node = stack.enter_context(contextlib.closing(stage.Regentd(
            folder, build, stage.objects(peer, accounts, RG_STOP_DEADLINE=20), config={"log": {"level": "info"}})))
        node.start()
        names = [f"line-{u}" for u in accounts]
        while peer.sent < wanted:
            assert node.process.returncode() is None, node.process.describe("crashed")
            before = peer.sent
            for name in names:
                node.ctl("registration", "refresh", name, check=False)
            wait_until(lambda b=before: peer.sent > b, 60, "more requests")
        stop = node.stop()
        held = {f"line-{u}" for u, contacts in peer.held.items() if contacts}
        outcomes = stop.outcomes()
        return {"mutants": peer.sent, "seed": seed, "exit": stop.exit,
                "outcomes": {o: sum(v == o for v in outcomes.values()) for o in sorted(set(outcomes.values()))},
                "held": len(held), "offences": peer.offences, "false_clean": sorted(n for n in held if outcomes[n] == "clean")}


def main():
    o = stage.options(__doc__, mutants=200000, seed=1, registrations=100, copies=50)
    print(json.dumps(mutants(o.build, o.mutants, o.seed, o.registrations, o.copies)))


if __name__ == "__main__":
    main()
