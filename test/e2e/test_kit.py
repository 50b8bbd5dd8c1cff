# SPDX-License-Identifier: Apache-2.0
"""The harness itself, without Regent: what is to judge must be able to say no."""

import socket

import pytest
from kit import sip
from kit.client import Device
from kit.tap import DROP, HOLD
from kit.uas import challenge, granted
from kit.wait import TimedOut, wait_until

ACCOUNTS = {"1001": "secret", "1002": "other"}
HOST = "sw.example"


@pytest.fixture
def device(ending):
    return lambda peer, password="secret", user="1001": ending(Device(peer.address, user, password, HOST))


def test_kamailio_tells_bindings_from_none(kamailio, device):
    peer = kamailio(ACCOUNTS)
    assert peer.bindings() == []
    one, two = device(peer), device(peer, "other", "1002")
    assert one.register(60).status == two.register(60).status == 200
    assert {b.aor for b in peer.bindings()} == {"1001@sw.example", "1002@sw.example"}
    assert device(peer, "wrong").register(60).status == 401
    assert one.unregister().status == 200
    [left] = peer.bindings()
    assert (left.contact, left.call_id, left.cseq) == (two.contact, two.call_id, 2)
    peer.restart()
    assert peer.bindings() == []
    assert two.register(60).status == 200
    wait_until(lambda: peer.refreshes() == {"1001": 1, "1002": 2}, 5, "the log lines")


def test_kamailio_of_one_contact_refuses_a_second(kamailio, device):
    peer = kamailio(ACCOUNTS, max_contacts=1)
    assert device(peer).register(60).status == 200
    assert device(peer).register(60).status == 503
    assert len(peer.bindings()) == 1
    wait_until(lambda: peer.refusals() == 1, 5, "the log line")


def test_kamailio_forgets_what_expires(kamailio, device):
    peer = kamailio(ACCOUNTS, min_expires=1)
    assert device(peer).register(1).status == 200
    wait_until(lambda: len(peer.saved()) == 1, 5, "the log line")
    wait_until(lambda: peer.bindings() == [], 20, "the binding to expire")


def test_antiflood_bans(kamailio, device):
    peer = kamailio(ACCOUNTS, antiflood=True)
    client = device(peer)
    assert client.register(60).status == 200
    assert not peer.banned()

    def flood():
        for _ in range(20):
            client.socket.sendto(client.sent[0], peer.address)
        return peer.banned()

    wait_until(flood, 20, "the ban")
    assert client.register(60, timeout=1) is None
    assert peer.bans() >= 1


@pytest.mark.parametrize("scenario", ["ordinary", "stale_nonce", "new_nonce", "md5_above_sha256", "two_contacts",
                                      "rewritten_contact", "header_expires", "cancel_challenged_twice"])
def test_sipp_accepts_the_right_and_refuses_the_wrong(sipp, device, scenario):
    right, wrong, lingering = sipp(scenario), sipp(scenario), sipp(scenario)
    client = device(right)
    assert client.register(60).status == 200
    assert client.unregister().status == 200
    right.passed()
    device(wrong, "wrong").register(60, timeout=1)
    assert wrong.failed()
    client = device(lingering)
    assert client.register(60).status == 200
    client.register(60, timeout=1)
    assert lingering.failed(), "a refresh is not a removal"


@pytest.mark.parametrize("scenario, header, algorithm", [
    ("proxy_407", "proxy-authorization", "MD5"), ("sha256_only", "authorization", "SHA-256"),
    ("md5_and_sha256", "authorization", "SHA-256")])
def test_digests_that_sipp_does_not_judge_are_in_its_log(sipp, device, scenario, header, algorithm):
    peer = sipp(scenario)
    client = device(peer)
    assert client.register(60).status == client.unregister().status == 200
    peer.passed()
    _, *answers = peer.received()
    for request in answers:
        sip.verify(request, "secret", header, algorithm=algorithm)
        with pytest.raises(AssertionError, match="wrong digest"):
            sip.verify(request, "wrong", header)


def test_digest_of_rfc_7616():
    """The example of RFC 7616 3.9.1, both algorithms."""
    a = {"username": "Mufasa", "realm": "http-auth@example.org", "uri": "/dir/index.html", "qop": "auth",
         "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001",
         "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"}
    assert sip.digest(a, "GET", "Circle of Life") == "8ca523f5e9506fed4657c9700eebdbec"
    assert sip.digest({**a, "algorithm": "SHA-256"}, "GET", "Circle of Life") == \
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


GOOD = (b"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
        b"To: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\n"
        b"Contact: \"a, <b>\" <sip:a@127.0.0.1;x=y>;expires=30, <sip:b@h>\r\nContent-Length: 0\r\n\r\n")


def test_reader_is_strict():
    message = sip.Message(GOOD)
    assert (message.method, message.uri, message.cseq, message.branch) == ("REGISTER", "sip:h", 7, "z9hG4bK1")
    assert message.contacts == [("sip:a@127.0.0.1;x=y", {"expires": "30"}), ("sip:b@h", {})]
    for bad in (GOOD.replace(b"\r\nTo:", b"\nTo:"), GOOD.replace(b"To:", b"Tox:"), GOOD[:-2], GOOD + b"x",
                GOOD.replace(b"Call-ID: c", b"Call-ID: c\r\ni: c"), GOOD.replace(b"SIP/2.0\r", b"SIP/3.0\r", 1),
                GOOD.replace(b"From", b" From")):
        with pytest.raises(AssertionError):
            sip.Message(bad)


class Echo:
    """A peer for the tap that only listens."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()

    def close(self):
        self.socket.close()


def test_tap_passes_drops_delays_and_reorders(tap, ending):
    peer, client = ending(Echo()), ending(Echo())
    fates = {b"b": DROP, b"c": HOLD, b"e": 0.3}
    line = tap(peer, lambda d: fates.get(d.data))
    for data in (b"a", b"b", b"c", b"d", b"e", b"f"):
        client.socket.sendto(data, ("127.0.0.1", line.port))
    got = []
    for _ in range(5):
        data, back = peer.socket.recvfrom(100)
        got.append(data)
    assert got == [b"a", b"d", b"c", b"f", b"e"]
    assert [d.data for d in line.datagrams()] == [b"a", b"b", b"c", b"d", b"e", b"f"]
    peer.socket.sendto(b"back", back)
    assert client.socket.recv(100) == b"back"


def scripted():
    request = yield
    request = yield challenge(request, 407, algorithms=("SHA-512-256", "MD5"))
    sip.verify(request, "secret", "proxy-authorization", algorithm="SHA-512-256")
    request = yield granted(request, 45)
    assert request.expires == 0
    yield granted(request)


def test_uas_follows_its_script_and_keeps_what_went_wrong(uas, device):
    right, wrong = uas(scripted), uas(scripted)
    client = device(right)
    assert client.register(60).contacts == [(client.contact, {"expires": "45"})]
    assert client.unregister().status == 200
    right.check()
    assert device(wrong, "wrong").register(60).status == 500
    with pytest.raises(AssertionError, match="wrong digest"):
        wrong.check()


def test_waiting_ends():
    with pytest.raises(TimedOut, match="the end of the world"):
        wait_until(lambda: False, 0.1, "the end of the world")
