# SPDX-License-Identifier: Apache-2.0
"""Registrations at Net::SIP's registrar, for which every REGISTER is the whole account."""

import pytest
from kit.client import Device
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import wait_until

ACCOUNTS = {"1001": "secret-1", "1002": "secret-2"}


def lines(peer, **parameters):
    return {"parameters": {"RG_UPSTREAM_RATE": 0, "SS_SIP_USER_AGENT_RETRY_DELAY": 30, **parameters},
            "registrations": [registration(f"line-{u}", u, peer.uri, p) for u, p in ACCOUNTS.items()]}


def contacts(rows):
    """{user: [Contact]} as Regent has it."""
    return {name.removeprefix("line-"): [row["contact"].strip("<>").split(">")[0]] for name, row in rows.items()}


def test_the_peer_is_as_we_think(netsip, ending):
    """What the others lean on."""
    peer = netsip(ACCOUNTS)
    device = ending(Device(peer.address, "1001", "secret-1", "sw.example"))
    bound = device.register(60)
    assert bound.status == 200 and "tag=" not in bound.one("to")
    assert peer.bindings() == {"1001": [device.contact]}
    brief = device.register(5)
    assert (brief.status, brief.all("min-expires")) == (423, [])
    assert device.transact("REGISTER", 8).contacts == [], "a fetch"
    assert peer.bindings() == {}, "has emptied the account"
    device.register(60)
    cancelled = device.unregister()
    assert (cancelled.status, peer.bindings()) == (200, {})


@pytest.mark.both_builds
def test_registers_refreshes_and_takes_back(netsip, tap, regentd):
    peer = netsip(ACCOUNTS)
    between = tap(peer)
    node = regentd(lines(between, SS_SIP_USER_AGENT_EXPIRE=20)).start()
    rows = node.wait_state("registered")
    assert peer.bindings() == contacts(rows)
    for name in rows:
        node.ctl("registration", "refresh", name)
    wait_until(lambda: len(between.responses(200)) == 2 * len(ACCOUNTS), 20, "a refresh of each")
    assert peer.bindings() == contacts(node.wait_state("registered"))
    # Without qop there is no client nonce either (RFC 2617 3.2.2).
    credentials = [d.sip.auth() for d in between.requests() if d.sip.auth()]
    assert credentials and not any(a.keys() & {"qop", "nc", "cnonce"} for a in credentials)
    stop = node.stop()
    assert (stop.exit, stop.outcomes()) == (CLEAN_EXIT, dict.fromkeys(rows, "clean"))
    assert peer.bindings() == {}


def test_send_unregister_off_keeps_all(netsip, regentd):
    peer = netsip(ACCOUNTS)
    node = regentd(lines(peer, SS_SIP_USER_AGENT_SEND_UNREGISTER="Off")).start()
    held = contacts(node.wait_state("registered"))
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == held


def test_423_without_min_expires(netsip, regentd):
    peer = netsip(ACCOUNTS, min_expires=30)
    node = regentd(lines(peer, SS_SIP_USER_AGENT_EXPIRE=20)).start()
    rows = node.wait_state("registered")
    assert {(r["asked_s"], r["granted_s"]) for r in rows.values()} == {(40, 40)}
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == {}


def test_a_probe_that_empties_the_account_is_noticed(netsip, tap, regentd):
    """Whoever gives up fetching registers once more, and says so at warning."""
    peer = netsip(ACCOUNTS)
    between = tap(peer)
    node = regentd(lines(between, RG_PROBE=10)).start()
    held = contacts(node.wait_state("registered"))
    wait_until(lambda: "event=probe-useless" in node.log(), 60, node.log)
    [told] = {line.split()[1] for line in node.log().splitlines() if "event=probe-useless" in line}
    assert told == "warning"
    fetches = len([d for d in between.requests() if not d.sip.contacts])
    wait_until(lambda: peer.bindings() == held, 30, lambda: f"{held}, not {peer.bindings()}")
    assert len([d for d in between.requests() if not d.sip.contacts]) == fetches
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == {}
