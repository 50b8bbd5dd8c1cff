# SPDX-License-Identifier: Apache-2.0
"""What an upstream holds follows from what it lists, not from the status it says it with.

Each upstream is scripted after one that was met in the field; docs/upstreams.md
tells operators what Regent makes of it.
"""

import re

import pytest
from kit import sip
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.scripts import granting
from kit.uas import challenge, granted
from kit.wait import wait_until

FAST = {"RG_UPSTREAM_RATE": 0, "SS_SIP_USER_AGENT_RETRY_DELAY": 30}


def one(regentd, peer, **more):
    """A node with one registration, started."""
    return regentd({"parameters": FAST, "registrations": [registration("line", "1001", peer.uri, **more)]}).start()


def uri_of(request):
    [(uri, _)] = request.contacts
    return uri


def cancels(peer):
    return [r for r, _ in peer.requests if r.expires == 0]


def row_of(stop, name="line"):
    return next(row for row in stop.report["registrations"] if row["name"] == name)


def seen_from(answer, host, port):
    """The answer of an upstream that saw the request come from there (RFC 3581)."""
    return re.sub(rb";rport(=\d+)?(;received=[^\r;]*)?", f";received={host};rport={port}".encode(), answer, count=1)


# ---- a refusal may bind ----


def binding_refusal(status):
    """Refuses each REGISTER, and lists it as bound in that very answer; lets cancels through."""

    def script():
        request = yield
        while True:
            if request.expires == 0:
                request = yield granted(request)
            else:
                request = yield sip.reply(request, status, "Refused", f"Contact: <{uri_of(request)}>;expires=900")

    return script


@pytest.mark.parametrize("status", [400, 403, 420, 486])
def test_what_a_refusal_lists_is_taken_back(uas, regentd, status):
    peer = uas(binding_refusal(status))
    node = one(regentd, peer)
    node.wait_state("rejected" if status == 403 else "waiting")
    assert not cancels(peer)
    assert node.registrations()["line"]["bound_until"] is not None
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert len(cancels(peer)) == 1
    assert (row_of(stop)["outcome"], row_of(stop)["status"]) == ("clean", 200)


def test_a_refused_cancel_that_lists_nothing_is_not_clean(uas, regentd):
    def script():
        request = yield
        while True:
            request = yield granted(request) if request.expires else sip.reply(request, 403, "Forbidden")

    peer = uas(script)
    node = one(regentd, peer)
    node.wait_state("registered")
    stop = node.stop()
    assert stop.exit == OWING_EXIT and row_of(stop)["outcome"] == "refused"


@pytest.mark.parametrize("status, header", [(420, "Unsupported"), (421, "Require")])
def test_a_demanded_extension_is_used(uas, regentd, status, header):
    """RFC 5626 by `outbound: auto`; also where the first form was bound by the refusal."""

    def script():
        request = yield
        while True:
            if "outbound" in request.one("supported") or request.expires == 0:
                request = yield granted(request)
            else:
                request = yield sip.reply(request, status, "Extension", f"{header}: outbound",
                                          f"Contact: <{uri_of(request)}>;expires=900")

    peer = uas(script)
    node = one(regentd, peer)
    row = node.wait_state("registered")["line"]
    assert row["contact"].endswith(";ob")
    wait_until(lambda: cancels(peer), 10, lambda: "the cancel of the first form")
    assert not uri_of(cancels(peer)[0]).endswith(";ob")
    assert node.stop().exit == CLEAN_EXIT
    assert {uri_of(r) for r in cancels(peer)} == {uri_of(r) for r, _ in peer.requests}


def test_an_extension_that_is_not_there_is_named(uas, regentd):
    def script():
        request = yield
        while True:
            request = yield sip.reply(request, 421, "Extension Required", "Require: gin")

    node = one(regentd, uas(script))
    assert node.wait_state("waiting")["line"]["last_reason"] == "Extension Required: gin"
    assert "bulk=on" in node.ctl("registration", "show", "line")[1]


# ---- whose Contact it is ----

DEVICE = "Contact: <sip:1001@198.51.100.4:5060>;expires=900"


def listing(lines_of, seen=None):
    """Answers each REGISTER with a 200 that lists lines_of(its Contact), each cancel with a bare one."""

    def script():
        request = yield
        while True:
            lines = lines_of(uri_of(request)) if request.expires else []
            answer = sip.reply(request, 200, "OK", *lines)
            request = yield seen_from(answer, *seen) if seen else answer

    return script


@pytest.mark.parametrize("lines_of, seen", [
    # a session border controller shows its own user at the address it saw us at
    (lambda uri: ["Contact: <sip:1001@203.0.113.9:41000>;expires=60", DEVICE], ("203.0.113.9", 41000)),
    # the same beside our own Contact, which it calls gone
    (lambda uri: [f"Contact: <{uri}>;expires=0, <sip:1001@203.0.113.9:41000>;expires=60", DEVICE],
     ("203.0.113.9", 41000)),
    # ours, with a parameter more
    (lambda uri: [DEVICE, f"Contact: <{uri};transport=udp>;expires=60"], None),
])
def test_ours_under_another_name_beside_others(uas, regentd, lines_of, seen):
    peer = uas(listing(lines_of, seen))
    node = one(regentd, peer, contact_user="username")
    row = node.wait_state("registered")["line"]
    assert (row["granted_s"], row["foreign_bindings"]) == (60, 1)
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT and len(cancels(peer)) == 1
    assert row_of(stop)["status"] == 200


def test_displaced_is_cancelled_before_it_is_clean(uas, regentd):
    peer = uas(listing(lambda uri: [DEVICE, "Contact: <sip:x@198.51.100.5>;expires=900"]))
    node = one(regentd, peer)
    row = node.wait_state("displaced")["line"]
    assert row["foreign_bindings"] == 2
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert [uri_of(r) for r in cancels(peer)] == [row["contact"]]
    assert (row_of(stop)["outcome"], row_of(stop)["status"]) == ("clean", 200)


# ---- gone, or never there ----


@pytest.mark.parametrize("status", [404, 410, 481])
def test_a_cancel_of_what_is_gone(uas, regentd, status):
    """Each request is challenged anew, so the credentials were accepted."""

    def script():
        request = yield
        nonce = 0
        while True:
            nonce += 1
            request = yield challenge(request, nonce=f"n{nonce}", qop=None)
            sip.verify(request, "secret", nonce=f"n{nonce}")
            request = yield (sip.reply(request, status, "Gone") if request.expires == 0 else granted(request))

    peer = uas(script)
    node = one(regentd, peer)
    node.wait_state("registered")
    stop = node.stop()
    peer.check()
    assert stop.exit == CLEAN_EXIT
    assert (row_of(stop)["outcome"], row_of(stop)["status"]) == ("clean", status)


def test_an_unknown_account_is_no_proof(uas, regentd):
    """Without credentials 404 may as well mean that nobody was looked for."""

    def script():
        request = yield
        while True:
            request = yield granted(request) if request.expires else sip.reply(request, 404, "Not Found")

    node = one(regentd, uas(script))
    node.wait_state("registered")
    stop = node.stop()
    assert stop.exit == OWING_EXIT and row_of(stop)["outcome"] == "refused"


def test_what_was_refused_from_the_first_on_is_not_owed(uas, regentd):
    """A wrong password, and a crash: the next stop has nothing to take back."""

    def script():
        request = yield
        while True:
            request = yield challenge(request)

    peer = uas(script)
    node = one(regentd, peer)
    node.wait_state("rejected")
    node.kill9()
    seen = len(peer.requests)
    node.start().wait_state("rejected")
    assert len(peer.requests) > seen
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT and row_of(stop)["outcome"] == "clean"
    assert not cancels(peer)


def test_a_digest_that_was_never_accepted_proves_nothing(uas, regentd):
    """500 to the REGISTER, which may have bound; 404 to the cancel may be the digest's."""

    def script():
        request = yield
        nonce = 0
        while True:
            nonce += 1
            request = yield challenge(request, nonce=f"n{nonce}", qop=None)
            status, reason = (404, "Not Found") if request.expires == 0 else (500, "Server Error")
            request = yield sip.reply(request, status, reason)

    node = one(regentd, uas(script))
    node.wait_state("waiting")
    stop = node.stop()
    assert stop.exit == OWING_EXIT and row_of(stop)["outcome"] == "refused"


def test_a_contact_that_is_only_copied_proves_nothing(uas, regentd):
    def script():
        request = yield
        while True:
            request = yield sip.reply(request, 403, "Forbidden", f"Contact: <{uri_of(request)}>")

    peer = uas(script)
    node = one(regentd, peer)
    node.wait_state("rejected")
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT and not cancels(peer)


# ---- two registrations of one account ----

SIBLINGS = ("first", "second")


def siblings(regentd, peer):
    node = regentd({"parameters": FAST, "registrations": [
        registration(name, "1001", peer.uri, enabled=name == "first") for name in SIBLINGS]}).start()
    node.wait_state("registered", ["first"])
    node.ctl("registration", "enable", "second")
    return node, node.wait_state("registered", SIBLINGS)


def test_a_sibling_that_is_listed_no_longer(uas, regentd):
    """Each has a Call-ID, so the list is shared here; at first it names both."""
    bound, keeps = [], [2]

    def script():
        request = yield
        while True:
            uri = uri_of(request)
            bound[:] = [other for other in bound if other != uri]
            if request.expires:
                bound[:] = [*bound, uri][-keeps[0]:]
            request = yield sip.reply(request, 200, "OK", *[f"Contact: <{uri}>;expires=600" for uri in bound])

    peer = uas(script)
    node, rows = siblings(regentd, peer)
    assert len(bound) == 2
    keeps[0] = 1
    node.ctl("registration", "refresh", "second")
    lost = node.wait_state("displaced", ["first"])["first"]
    assert lost["last_reason"] == "not listed beside another registration of the account"
    assert bound == [rows["second"]["contact"]]
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT and not bound


def test_siblings_that_are_never_listed_together(uas, regentd):
    """It may keep one Contact, or list what it was asked for only: one line, and no guess."""
    peer = uas(granting)
    node, _ = siblings(regentd, peer)
    for name in SIBLINGS:
        seen = len(peer.requests)
        node.ctl("registration", "refresh", name)
        wait_until(lambda n=seen: len(peer.requests) > n, 10, lambda: "a refresh")
        node.wait_state("registered", SIBLINGS)
    assert node.log().count("registration=first event=sibling-unlisted") == 1
    assert "event=displaced" not in node.log()
    assert node.stop().exit == CLEAN_EXIT
