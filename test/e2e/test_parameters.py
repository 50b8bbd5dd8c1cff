# SPDX-License-Identifier: Apache-2.0
"""SS_SIP_USER_AGENT_SEND_UNREGISTER, _EXPIRE and _RETRY_DELAY, on the wire and at their limits."""

import datetime

import pytest
from kit.exits import CONFIG
from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import challenging, refusing
from kit.wait import wait_until

JITTER = 1.2


def objects(peer, *more, **parameters):
    return {"parameters": parameters, "registrations": list(more) or [registration("line", "1001", peer.uri)]}


@pytest.mark.parametrize("value, asked", [(20, 20), (7200, 7200), ("Auto", 3600), (None, 3600)])
def test_expire_is_what_is_asked(uas, regentd, value, asked):
    peer = uas(challenging())
    parameters = {} if value is None else {"SS_SIP_USER_AGENT_EXPIRE": value}
    node = regentd(objects(peer, **parameters)).start()
    row = node.wait_state("registered")["line"]
    assert (row["asked_s"], row["granted_s"]) == (asked, asked)
    assert [r.expires for r, _ in peer.requests] == [asked, asked]
    assert all(r.one("expires") == str(asked) for r, _ in peer.requests)
    assert node.stop().exit == CLEAN_EXIT
    peer.check()


def test_period_of_a_registration_wins(uas, regentd):
    peer = uas(challenging())
    lines = [registration("short", "1001", peer.uri, period=20), registration("plain", "1002", peer.uri),
             registration("auto", "1003", peer.uri, period="auto")]
    node = regentd(objects(peer, *lines, SS_SIP_USER_AGENT_EXPIRE=7200)).start()
    rows = node.wait_state("registered")
    assert {n: r["asked_s"] for n, r in rows.items()} == {"short": 20, "plain": 7200, "auto": 3600}


@pytest.mark.parametrize("name, value, limits", [
    ("SS_SIP_USER_AGENT_EXPIRE", 19, "20–7200 s"),
    ("SS_SIP_USER_AGENT_EXPIRE", 7201, "20–7200 s"),
    ("SS_SIP_USER_AGENT_RETRY_DELAY", 29, "30–600 s"),
    ("SS_SIP_USER_AGENT_RETRY_DELAY", 601, "30–600 s"),
    ("SS_SIP_USER_AGENT_SEND_UNREGISTER", "maybe", "On"),
])
def test_outside_the_limits_is_refused_with_the_range(uas, regentd, name, value, limits):
    peer = uas(challenging())
    node = regentd(objects(peer, **{name: value}))
    status, errors = node.refused()
    assert status == CONFIG
    [message] = errors
    assert name in message and limits in message and str(value) in message
    assert peer.requests == []


@pytest.mark.parametrize("value", [20, 7200])
def test_period_outside_the_limits_is_refused_with_the_range(uas, regentd, value):
    beyond = {20: 19, 7200: 7201}[value]
    peer = uas(challenging())
    status, errors = regentd(objects(peer, registration("line", "1001", peer.uri, period=beyond))).refused()
    assert status == CONFIG
    [message] = errors
    assert "period" in message and "20–7200 s" in message and str(beyond) in message


def test_retry_delay_30_is_waited(uas, tap, regentd):
    """The next attempt comes no earlier than 30 s after the failure; several at once, for the jitter."""
    peer = uas(refusing(500, "Server Internal Error"))
    line = tap(peer)
    lines = [registration(f"line-{i}", str(1001 + i), line.uri) for i in range(5)]
    node = regentd(objects(peer, *lines, SS_SIP_USER_AGENT_RETRY_DELAY=30, RG_STOP_DEADLINE=2)).start()

    def attempts():
        by_call = {}
        for d in line.requests():
            times = by_call.setdefault(d.sip.one("to"), {})
            times.setdefault(d.sip.branch, d.at)
        return [sorted(t.values()) for t in by_call.values()]

    wait_until(lambda: len(attempts()) == 5 and all(len(t) >= 2 for t in attempts()), 90, "a second attempt of each")
    for first, second, *_ in attempts():
        assert second - first >= 30 - 0.1, "the tap's clock reads a little after the send"
    node.stop()


@pytest.mark.parametrize("value, override", [(30, None), (600, None), (30, 600)])
def test_retry_delay_is_what_is_planned(uas, regentd, value, override):
    peer = uas(refusing(500, "Server Internal Error"))
    more = {} if override is None else {"retry_delay": override}
    node = regentd(objects(peer, registration("line", "1001", peer.uri, **more),
                           SS_SIP_USER_AGENT_RETRY_DELAY=value, RG_STOP_DEADLINE=2)).start()
    row = node.wait_state("waiting")["line"]
    assert row["last_status"] == 500
    wait = (moment(row["next_at"]) - moment(row["since"])).total_seconds()
    delay = override or value
    assert delay - 1 <= wait <= delay * JITTER + 1
    node.stop()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


OPERATORS_HAND = """
parameters:
  SS_SIP_USER_AGENT_SEND_UNREGISTER: {switch}
registrations:
  - {{name: inherits, username: "1001", password: secret, host: sw.example, proxy: "{proxy}"}}
  - {{name: on, username: "1002", password: secret, host: sw.example, proxy: "{proxy}", send_unregister: On}}
  - {{name: off, username: "1003", password: secret, host: sw.example, proxy: "{proxy}", send_unregister: Off}}
"""


@pytest.mark.parametrize("switch, outcomes", [
    ("On", {"inherits": "clean", "on": "clean", "off": "kept"}),
    ("Off", {"inherits": "kept", "on": "clean", "off": "kept"}),
])
def test_send_unregister(uas, regentd, switch, outcomes):
    peer = uas(challenging())
    node = regentd(OPERATORS_HAND.format(switch=switch, proxy=peer.uri)).start()
    node.wait_state("registered")
    assert len(peer.requests) == 6
    stop = node.stop()
    assert stop.outcomes() == outcomes
    assert stop.exit == CLEAN_EXIT
    users = {"inherits": "1001", "on": "1002", "off": "1003"}
    cancelled = {r.one("to") for r, _ in peer.requests if r.expires == 0}
    assert cancelled == {f"<sip:{users[n]}@sw.example>" for n, o in outcomes.items() if o == "clean"}
    peer.check()
