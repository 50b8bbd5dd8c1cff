# SPDX-License-Identifier: Apache-2.0
"""Kamailio binds and refuses in one answer, and lists what it holds in refusals: seen in its own location table."""

import pytest
from kit.client import Device
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import wait_until

ACCOUNTS = {"1001": "secret"}


def line(peer, **parameters):
    return {"parameters": {"SS_SIP_USER_AGENT_RETRY_DELAY": 30, "RG_UPSTREAM_RATE": 0, **parameters},
            "registrations": [registration("line", "1001", peer.uri, "secret")]}


def test_the_peer_refuses_for_want_of_path_and_binds(kamailio, edge, ending):
    """What the others lean on: 420, our Contact in that very answer, and the binding."""
    peer = kamailio(ACCOUNTS, use_path=True)
    device = ending(Device(edge(peer).address, "1001", "secret", "sw.example"))
    refused = device.register(300)
    assert (refused.status, refused.one("unsupported")) == (420, "path")
    assert [uri for uri, _ in refused.contacts] == [device.contact]
    assert [b.contact for b in peer.bindings()] == [device.contact]
    assert device.unregister().status == 420
    assert peer.bindings() == [], "and a cancel that is refused alike is done"


@pytest.mark.parametrize("send_unregister", ["On", "Off"])
def test_behind_an_edge_that_adds_path(kamailio, edge, regentd, send_unregister):
    peer = kamailio(ACCOUNTS, use_path=True)
    front = edge(peer)
    node = regentd(line(front, SS_SIP_USER_AGENT_SEND_UNREGISTER=send_unregister)).start()
    row = node.wait_state("registered")["line"]
    assert row["last_status"] == 200
    [held] = peer.bindings()
    assert held.contact in row["contact"]
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert stop.outcomes() == {"line": "clean" if send_unregister == "On" else "kept"}
    assert [b.contact for b in peer.bindings()] == ([] if send_unregister == "On" else [held.contact])


def test_a_full_account_names_its_holder(kamailio, regentd, ending):
    """503 with the binding of the device that is in the way."""
    peer = kamailio(ACCOUNTS, max_contacts=1)
    device = ending(Device(peer.address, "1001", "secret", "sw.example"))
    assert device.register(300).status == 200
    node = regentd(line(peer)).start()
    row = node.wait_state("waiting")["line"]
    assert (row["last_status"], row["foreign_bindings"]) == (503, 1)
    assert device.contact in node.ctl("registration", "show", "line")[1]
    stop = node.stop()
    assert (stop.exit, stop.outcomes()) == (CLEAN_EXIT, {"line": "clean"})
    assert [b.contact for b in peer.bindings()] == [device.contact], "the holder's is not ours to remove"


def test_a_full_account_does_not_hold_up_the_others(kamailio, regentd, ending):
    accounts = {str(1001 + i): "secret" for i in range(20)}
    full = list(accounts)[:5]
    peer = kamailio(accounts, max_contacts=1)
    for user in full:
        assert ending(Device(peer.address, user, "secret", "sw.example")).register(300).status == 200
    node = regentd({"registrations": [registration(f"line-{u}", u, peer.uri, "secret") for u in accounts]}).start()
    wait_until(lambda: len(peer.bindings()) == len(accounts), 20, node.registrations)
    node.wait_state("registered", [f"line-{u}" for u in accounts if u not in full])
    node.wait_state("waiting", [f"line-{u}" for u in full])
    assert node.stop().exit == CLEAN_EXIT
    assert {b.aor.partition("@")[0] for b in peer.bindings()} == set(full)
