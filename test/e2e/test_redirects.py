# SPDX-License-Identifier: Apache-2.0
"""Redirects on the wire: where the next REGISTER goes, and what it carries there."""

from kit import sip
from kit.ports import free_port
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.uas import challenge, granted
from kit.scripts import challenging, refusing
from kit.wait import wait_until


def moved(request, *contacts):
    return sip.reply(request, 302, "Moved Temporarily", "Contact: " + ", ".join(contacts))


def redirecting(*contacts):
    def script():
        request = yield
        while True:
            request = yield moved(request, *contacts)

    return script


def test_the_best_of_several_contacts_is_asked_first(uas, regentd):
    """The first in order has the lower q, and nobody is there (RFC 3261 8.1.3.4)."""
    good = uas(challenging())
    home = uas(redirecting(f"<sip:127.0.0.1:{free_port()}>;q=0.1", f"<{good.uri}>;q=0.9"))
    node = regentd({"registrations": [registration("r", "1001", home.uri)]}).start()
    row = node.wait_state("registered")["r"]
    assert row["target"] == f"127.0.0.1:{good.port}"
    assert len(home.requests) == 1
    assert node.stop().exit == CLEAN_EXIT
    home.check()
    good.check()


def test_a_refusal_leads_to_the_next_contact(uas, regentd):
    good, refuser = uas(challenging()), uas(refusing(480, "Temporarily Unavailable"))
    home = uas(redirecting(f"<{refuser.uri}>", f"<{good.uri}>"))
    node = regentd({"registrations": [registration("r", "1001", home.uri)]}).start()
    node.wait_state("registered")
    assert (len(home.requests), len(refuser.requests)) == (1, 1)
    assert node.stop().exit == CLEAN_EXIT
    good.check()


def test_credentials_are_not_offered_unasked(uas, regentd):
    """Home has asked and taken them; behind its redirect they wait for a challenge of their own."""

    def home_script():
        request = yield
        request = yield challenge(request)
        sip.verify(request, "secret")
        request = yield granted(request)
        while True:
            request = yield granted(request) if request.expires == 0 else moved(request, f"<{good.uri}>")

    good = uas(challenging(nonce="other"))
    home = uas(home_script)
    node = regentd({"registrations": [registration("r", "1001", home.uri)]}).start()
    node.wait_state("registered")
    node.ctl("registration", "refresh", "r")
    node.wait_state("registered")
    first, second = [request for request, _ in good.requests][:2]
    assert first.auth() is None
    sip.verify(second, "secret", nonce="other")
    node.stop()
    good.check()
    home.check()


def granting_once(target, to_cancels=None):
    """Grants an hour, then leads every REGISTER to the target; cancels get 200, or what is given."""

    def script():
        request = yield
        request = yield granted(request)
        while True:
            if request.expires > 0:
                request = yield moved(request, f"<{target}>")
            else:
                request = yield to_cancels(request) if to_cancels else granted(request)

    return script


def at_both(uas, regentd, **home_more):
    target = uas(challenging(None))
    home = uas(granting_once(target.uri, **home_more))
    node = regentd({"registrations": [registration("r", "1001", home.uri)]}).start()
    node.wait_state("registered")
    node.ctl("registration", "refresh", "r")
    wait_until(lambda: is_at(node, target), 10, "a binding at the target")
    return node, home, target


def is_at(node, target):
    row = node.registrations()["r"]
    return (row["state"], row["target"]) == ("registered", f"127.0.0.1:{target.port}")


def test_home_and_target_are_both_taken_back_after_a_kill(uas, regentd):
    node, home, target = at_both(uas, regentd)
    node.kill9()
    node.start()
    wait_until(lambda: is_at(node, target), 30, "the target again")
    assert [d["outcome"] for d in node.debts()] == ["redirected"]
    assert all(r.expires > 0 for r, _ in home.requests + target.requests), "nothing was cancelled meanwhile"
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert home.bound() == target.bound() == set()


def test_the_target_alone_makes_no_clean_stop(uas, regentd):
    node, home, target = at_both(uas, regentd, to_cancels=lambda request: sip.reply(request, 403, "Forbidden"))
    stop = node.stop()
    assert stop.exit == OWING_EXIT
    assert target.bound() == set()
    assert sorted(row["outcome"] for row in node.last_stop()["registrations"]) == ["clean", "refused"]
