# SPDX-License-Identifier: Apache-2.0
"""RG_PROBE on the wire: a fetch, or OPTIONS that come back, and what follows where we are forgotten."""

import pytest
from kit import sip
from kit.regentd import CLEAN_EXIT, registration
from kit.uas import challenge
from kit.wait import wait_until

EVERY = 10  # the least
SOON_S = 3 * EVERY


class Registrar:
    """Holds one AOR's Contacts; asks for a digest; forwards OPTIONS to where the AOR is bound."""

    def __init__(self, lists):
        self.lists, self.held, self.peer, self.forwarded = lists, {}, None, 0

    def script(self):
        request = yield
        while True:
            request = yield self.answer(request)

    def answer(self, request):
        if request.method == "OPTIONS":
            return self.forward(request)
        if not request.auth():
            return challenge(request, 401, nonce="n1")
        sip.verify(request, "secret", nonce="n1")
        for uri, p in request.contacts:
            self.held.pop(uri, None)
            if int(p["expires"]) > 0:
                self.held[uri] = p["expires"]
        if self.lists:
            return sip.reply(request, 200, "OK", *[f"Contact: <{c}>;expires={e}" for c, e in self.held.items()])
        return sip.reply(request, 200, "OK", f"Expires: {request.maybe('expires')}")

    def forward(self, request):
        if not self.held:
            return sip.reply(request, 404, "Not Found")
        [uri] = self.held
        host, port = uri.split("@")[1].split(":")
        start, rest = request.raw.decode().split("\r\n", 1)
        via = f"Via: SIP/2.0/UDP {self.peer.host}:{self.peer.port};branch=z9hG4bKfw{self.forwarded}"
        self.forwarded += 1
        self.peer.send(f"OPTIONS {uri} SIP/2.0\r\n{via}\r\n{rest}".encode(), (host, int(port)))
        return sip.reply(request, 200, "OK")


@pytest.fixture
def probed(uas, regentd):
    def make(lists):
        registrar = Registrar(lists)
        registrar.peer = uas(registrar.script)
        node = regentd({"parameters": {"RG_PROBE": EVERY},
                        "registrations": [registration("line", "1001", registrar.peer.uri)]}).start()
        node.wait_state("registered")
        return registrar, registrar.peer, node
    return make


def registers(peer):
    """Those that bind: requests, challenges answered or not."""
    return [r for r, _ in peer.requests if r.method == "REGISTER" and r.contacts and r.expires > 0]


def test_a_fetch_finds_that_we_are_forgotten(probed):
    registrar, peer, node = probed(lists=True)

    def fetches():
        return [r for r, _ in peer.requests if r.method == "REGISTER" and not r.contacts]

    wait_until(fetches, SOON_S, "a fetch")
    bound = registers(peer)
    [last, fetch] = [bound[-1], fetches()[0]]
    assert fetch.maybe("expires") is None
    assert fetch.call_id == last.call_id
    assert fetch.cseq > last.cseq
    assert fetch.auth()["nonce"] == "n1", "a nonce that is known is used without being asked"
    assert int(fetch.auth()["nc"], 16) > int(last.auth()["nc"], 16)
    # As long as it is listed nothing follows.
    wait_until(lambda: len(fetches()) >= 2, SOON_S, "the next fetch")
    assert len(registers(peer)) == len(bound)
    before = dict(registrar.held)
    registrar.held.clear()
    wait_until(lambda: registrar.held, SOON_S, "to be registered again")
    assert registrar.held == before
    assert "event=binding-lost" in node.log()
    # Off: nothing more.
    node.ctl("param", "set", "RG_PROBE", "off")
    assert node.stop().exit == CLEAN_EXIT
    assert not registrar.held
    peer.check()


def test_options_that_come_back_where_nothing_is_listed(probed):
    registrar, peer, node = probed(lists=False)

    def options():
        return [r for r, _ in peer.requests if r.method == "OPTIONS"]

    wait_until(lambda: registrar.forwarded >= 1, SOON_S, "OPTIONS to our AOR")
    assert options()[0].uri == "sip:1001@sw.example"
    wait_until(lambda: peer.answer("z9hG4bKfw0"), SOON_S, "our own answer to them")
    assert peer.answer("z9hG4bKfw0").status == 200
    assert len(registers(peer)) == 2, "the challenge and its answer"
    registrar.held.clear()
    wait_until(lambda: registrar.held, SOON_S, "to be registered again")
    assert len({r.call_id for r in options()}) == len({r.branch for r in options()})
    assert node.stop().exit == CLEAN_EXIT
    assert not registrar.held
    peer.check()
