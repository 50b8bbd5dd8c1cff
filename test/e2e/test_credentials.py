# SPDX-License-Identifier: Apache-2.0
"""Challenges and refusals of credentials as real registrars make them, on real sockets.

What takes long (silence, refreshes by the clock, the pace of rejections) is in
sim/challenge_test.c; how a challenge is read, in src/sip/auth_test.c.
"""

from datetime import datetime

import pytest
from kit import sip
from kit.regentd import CLEAN_EXIT, registration
from kit.uas import granted
from kit.wait import wait_until

WWW, PROXY = "WWW-Authenticate", "Proxy-Authenticate"
BIG = "x" * 4096

# what: (status, header lines, credentials: header, parameters that must stand there and those that must not)
FORMS = {
    "empty-qop": (401, [f'{WWW}: Digest realm="r", nonce="n", qop=""'], "authorization", {}, ["qop", "cnonce", "nc"]),
    "no-qop": (401, [f'{WWW}: Digest realm="r", nonce="n", algorithm=MD5'], "authorization", {}, ["cnonce", "nc"]),
    "odd-qop": (401, [f'{WWW}: Digest realm="r", nonce="n", qop="auth-conf,auth"'], "authorization",
                {"qop": "auth"}, []),
    "auth-int": (401, [f'{WWW}: Digest realm="r", nonce="n", qop="auth-int"'], "authorization",
                 {"qop": "auth-int"}, []),
    "bare-list": (401, [f'{WWW}: Digest realm=r, nonce=n, qop=auth,auth-int, algorithm=SHA-256'], "authorization",
                  {"qop": "auth", "algorithm": "SHA-256"}, []),
    "twice": (401, [f'{WWW}: Digest realm="r", nonce="n", algorithm=MD5, algorithm=MD5, qop="auth", realm="r"'],
              "authorization", {"qop": "auth"}, []),
    "commas": (401, [f'{WWW}: ,Digest ,realm="r",, nonce="n",qop="auth",'], "authorization", {"qop": "auth"}, []),
    "sess": (401, [f'{WWW}: Digest realm="r", nonce="n", algorithm=MD5-sess'], "authorization",
             {"algorithm": "MD5-sess"}, ["qop", "nc"]),
    "crossed-401": (401, [f'{PROXY}: Digest realm="r", nonce="n", qop="auth"'], "proxy-authorization", {}, []),
    "crossed-407": (407, [f'{WWW}: Digest realm="r", nonce="n", qop="auth"'], "authorization", {}, []),
    "long": (401, [f'{WWW}: Digest realm="r", nonce="{BIG}", opaque="{BIG}", qop="auth"'], "authorization",
             {"nonce": BIG, "opaque": BIG}, []),
    # what sofia-sip's auth_module and npm's sip send
    "sofia": (407, [f'{PROXY}: Digest realm="r", nonce="n", uri="", algorithm=MD5, stale=false'],
              "proxy-authorization", {}, ["cnonce"]),
    "npm": (401, [f'{WWW}: Digest realm="r", nonce="n", qop="auth"'], "authorization", {}, ["algorithm"]),
}
UNFIT = {
    "magic": ([f'{WWW}: Digest realm="r", nonce="n", algorithm=MAGIC-9'], "unknown digest algorithm: MAGIC-9"),
    "conf": ([f'{WWW}: Digest realm="r", nonce="n", qop="auth-conf"'], "unknown qop: auth-conf"),
    "basic": ([f'{WWW}: Basic realm="r"'], "no digest challenge, only other schemes"),
    "none": ([], "no challenge"),
}


def scripted(scripts):
    """A script of the account's own for each user; each is a generator function that takes the first request."""

    def script():
        request = yield
        yield from scripts[request.user](request)

    return script


def started(uas, regentd, scripts, **more):
    peer = uas(scripted(scripts))
    lines = [registration(user, user, peer.uri, host="r", **more) for user in scripts]
    return peer, regentd({"parameters": {"RG_UPSTREAM_RATE": 0}, "registrations": lines}).start()


def ends_clean(peer, node):
    stop = node.stop()
    assert set(stop.outcomes().values()) == {"clean"}
    assert stop.exit == CLEAN_EXIT
    peer.check()


def challenged(form):
    status, lines, header, present, absent = form

    def script(request):
        assert request.auth(header) is None
        request = yield sip.reply(request, status, "Who Are You", *lines)
        while True:
            a = sip.verify(request, "secret", header, realm="r", **present)
            assert not set(absent) & set(a), f"{absent} are not all absent in {a}"
            request = yield granted(request)

    return script


@pytest.mark.both_builds
def test_challenges_as_they_come(uas, regentd):
    peer, node = started(uas, regentd, {name: challenged(form) for name, form in FORMS.items()})
    node.wait_state("registered")
    ends_clean(peer, node)


def test_what_cannot_be_answered_is_named(uas, regentd):
    def challenges(lines):
        def script(request):
            while True:
                request = yield sip.reply(request, 401, "Unauthorized", *lines)

        return script

    peer, node = started(uas, regentd, {name: challenges(lines) for name, (lines, _) in UNFIT.items()})
    rows = node.wait_state("rejected")
    assert {name: row["last_reason"] for name, row in rows.items()} == {n: reason for n, (_, reason) in UNFIT.items()}
    ends_clean(peer, node)


def good_once(status):
    """Each nonce is good for one request; a used one gets `status`."""

    def script(request):
        used, issued = set(), 0
        while True:
            a = request.auth()
            if a and a["nonce"] in used:
                request = yield sip.reply(request, status, "No")
                continue
            if a:
                sip.verify(request, "secret")
                used.add(a["nonce"])
                request = yield granted(request)
                continue
            issued += 1
            request = yield sip.reply(
                request, 401, "Unauthorized", f'{WWW}: Digest realm="r", nonce="n{issued}", algorithm=MD5')

    return script


def test_used_nonces_refused_without_a_challenge(uas, regentd):
    statuses = [403, 400, 404, 480, 500, 603]
    peer, node = started(uas, regentd, {f"u{status}": good_once(status) for status in statuses})
    node.wait_state("registered")
    for status in statuses:
        node.ctl("registration", "refresh", f"u{status}")
        wait_until(lambda: len(peer.of_user(f"u{status}")) == 5, 10, f"u{status} refreshed")
    node.wait_state("registered")
    ends_clean(peer, node)
    for status in statuses:
        nonces = [(r.auth() or {}).get("nonce") for r in peer.of_user(f"u{status}")]
        assert nonces == [None, "n1", "n1", None, "n2", "n2", None, "n3"]


@pytest.mark.parametrize("stale", ["", ", stale=true"])
def test_front_ends_with_realms_of_their_own(uas, regentd, stale):
    """Each reads the first Authorization header only; from the second request on another one answers."""

    def script(request):
        for end in ("one", "two"):
            while True:
                first = request.all("authorization")[:1]
                a = sip.auth_params(first[0]) if first else None
                if a and a["realm"] == end:
                    sip.verify(request, "secret", realm=end)
                    request = yield granted(request)
                    break
                request = yield sip.reply(
                    request, 401, "Unauthorized", f'{WWW}: Digest realm="{end}", nonce="{end}"' + (stale if a else ""))
        while True:
            sip.verify(request, "secret", realm="two")
            request = yield granted(request)

    peer, node = started(uas, regentd, {"1001": script})
    node.wait_state("registered")
    node.ctl("registration", "refresh", "1001")
    wait_until(lambda: len(peer.requests) == 4, 10, "the refresh at the second front end")
    node.wait_state("registered")
    ends_clean(peer, node)
    realms = [[sip.auth_params(v)["realm"] for v in r.all("authorization")] for r, _ in peer.requests]
    assert realms == [[], ["one"], ["one"], ["two"], ["two"]]


def seconds_until(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - datetime.now().timestamp()


def test_403_to_a_first_digest_is_a_wrong_password(uas, regentd):
    def script(request):
        while True:
            request = yield (sip.reply(request, 403, "Forbidden") if request.auth() else
                             sip.reply(request, 401, "Unauthorized", f'{WWW}: Digest realm="r", nonce="n"'))

    peer, node = started(uas, regentd, {"1001": script})
    row = node.wait_state("rejected")["1001"]
    assert row["last_status"] == 403
    assert row["last_reason"] == "password never accepted yet (Forbidden)"
    assert seconds_until(row["next_at"]) > 500
    assert "password=-" in node.ctl("registration", "show", "1001")[1]
    assert [bool(r.auth()) for r, _ in peer.requests] == [False, True]
    ends_clean(peer, node)


def test_another_algorithm_after_403(uas, regentd):
    """The account has a hash of MD5 only. Once that is known, no new nonce costs a wrong digest."""

    def script(request):
        number = 0
        while True:
            a = request.auth()
            if a and a["nonce"] == f"{number}" and a["algorithm"] == "MD5":
                sip.verify(request, "secret")
                request = yield granted(request)
                number += 1
            elif a and a["nonce"] == f"{number}":
                request = yield sip.reply(request, 403, "Forbidden")
            else:
                request = yield sip.reply(request, 401, "Unauthorized", *offers("r", number))

    peer, node = started(uas, regentd, {"1001": script})
    node.wait_state("registered")
    node.ctl("registration", "refresh", "1001")
    wait_until(lambda: len(peer.requests) == 6, 10, "the refresh")
    node.wait_state("registered")
    ends_clean(peer, node)
    algorithms = [(r.auth() or {}).get("algorithm") for r, _ in peer.requests]
    assert algorithms == [None, "SHA-256", None, "MD5", "MD5", "MD5", "MD5", "MD5"]


def offers(realm, nonce, header=WWW, more=""):
    """A challenge of two algorithms."""
    return [f'{header}: Digest realm="{realm}", nonce="{nonce}", algorithm={name}{more}' for name in ("SHA-256", "MD5")]


def digests(peer):
    return [r.auth() or r.auth("proxy-authorization") for r, _ in peer.requests
            if r.auth() or r.auth("proxy-authorization")]


def test_a_new_realm_each_time_falls_back_once(uas, regentd):
    def script(request):
        number = 0
        while True:
            number += 1
            request = yield (sip.reply(request, 403, "Forbidden") if request.auth() else
                             sip.reply(request, 401, "Unauthorized", *offers(f"r{number}", number)))

    peer, node = started(uas, regentd, {"1001": script})
    assert node.wait_state("rejected")["1001"]["last_status"] == 403
    assert len(digests(peer)) == 2
    ends_clean(peer, node)


def test_challenges_of_one_exchange_are_counted(uas, regentd):
    """Two realms that call each first answer stale, then bring a new nonce without that, then another."""

    def script(request):
        number = 0
        while True:
            for header, realm in ((PROXY, "p"), (WWW, "r")):
                for stale in ("", ", stale=true", "", ""):
                    number += 1
                    request = yield sip.reply(
                        request, 401, "Unauthorized", *offers(realm, number, header, stale))

    peer, node = started(uas, regentd, {"1001": script})
    assert node.wait_state("rejected")["1001"]["last_reason"] == "challenged again after every answer"
    assert len(digests(peer)) == 6
    ends_clean(peer, node)


@pytest.mark.both_builds
def test_nonces_beside_long_names(uas, regentd):
    """A nonce that is not long by itself, in a request that is long without it: it gets a long buffer."""
    host = ".".join(["h" * 60] * 4)
    sizes = {"u" * 58 + f"{i}": 560 + 10 * i for i in range(10, 16)}

    def challenges(request):
        size = sizes[request.user]
        request = yield sip.reply(request, 401, "Who Are You", f'{WWW}: Digest realm="r", nonce="{"n" * size}", qop="auth"')
        for count in range(1, 100):
            assert sip.verify(request, "secret", realm="r")["nc"] == f"{count:08x}"
            request = yield granted(request)

    peer = uas(scripted(dict.fromkeys(sizes, challenges)))
    lines = [registration(f"r{size}", user, peer.uri, host=host) for user, size in sizes.items()]
    node = regentd({"parameters": {"RG_UPSTREAM_RATE": 0}, "registrations": lines}).start()
    node.wait_state("registered")
    node.ctl("registration", "refresh", "r660")
    wait_until(lambda: len(peer.requests) == 3 * len(sizes) - len(sizes) + 1, 10, "the refresh")
    node.wait_state("registered")
    ends_clean(peer, node)


# www_challenge()'s flags: (what a right password leads to, why a wrong one is refused)
KAMAILIO = {
    "16": ("registered", "every nonce is called stale, or the password is wrong"),  # stale=true in every challenge
    "2": ("rejected", "wrong credentials, or upstream cannot check the auth-int it demands"),  # auth-int alone
}


@pytest.mark.parametrize("flags", KAMAILIO)
def test_kamailio_challenges(kamailio, regentd, flags):
    state, reason = KAMAILIO[flags]
    peer = kamailio({"1001": "secret", "1002": "secret"}, challenge_flags=flags)
    node = regentd({"registrations": [registration("right", "1001", peer.uri),
                                      registration("wrong", "1002", peer.uri, "guess")]}).start()
    assert node.wait_state("rejected", ["wrong"])["wrong"]["last_reason"] == reason
    assert node.wait_state(state, ["right"])["right"]["last_status"] == (200 if state == "registered" else 401)
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []
