# SPDX-License-Identifier: Apache-2.0
"""Registrations at ejabberd's mod_sip: a 200 lists only what was sent, and the cancel of what is gone gets 404."""

import pytest
from kit.client import Device
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import wait_until

ACCOUNTS = {"1001": "secret-1", "1002": "secret-2"}


def lines(peer, **parameters):
    return {"parameters": {"RG_UPSTREAM_RATE": 0, **parameters},
            "registrations": [registration(f"line-{u}", u, peer.uri, p) for u, p in ACCOUNTS.items()]}


def contacts(rows):
    return sorted(row["contact"].strip("<>").split(">")[0] for row in rows.values())


def test_the_peer_is_as_we_think(ejabberd, ending):
    """What the others lean on."""
    peer = ejabberd(ACCOUNTS)
    first, second = (ending(Device(peer.address, "1001", "secret-1", "sw.example")) for _ in range(2))
    first.register(300)
    assert [uri for uri, _ in second.register(300).contacts] == [second.contact]
    assert peer.bindings() == sorted([first.contact, second.contact])
    assert first.unregister().status == second.unregister().status == 200
    assert first.unregister().status == first.transact("REGISTER", 8).status == 404


def test_registers_refreshes_and_takes_back(ejabberd, tap, regentd, ending):
    peer = ejabberd(ACCOUNTS)
    device = ending(Device(peer.address, "1001", "secret-1", "sw.example"))
    device.register(300)
    between = tap(peer)
    node = regentd(lines(between)).start()
    rows = node.wait_state("registered")
    assert peer.bindings() == sorted([device.contact, *contacts(rows)])
    for name in rows:
        node.ctl("registration", "refresh", name)
    wait_until(lambda: len(between.responses(200)) == 2 * len(ACCOUNTS), 20, "a refresh of each")
    assert contacts(node.wait_state("registered")) == contacts(rows)
    stop = node.stop()
    assert (stop.exit, stop.outcomes()) == (CLEAN_EXIT, dict.fromkeys(rows, "clean"))
    assert peer.bindings() == [device.contact]


@pytest.mark.both_builds
def test_a_cancel_of_what_is_gone_is_clean(ejabberd, tap, regentd):
    peer = ejabberd(ACCOUNTS)
    between = tap(peer)
    node = regentd(lines(between)).start()
    rows = node.wait_state("registered")
    assert len(peer.bindings()) == len(ACCOUNTS)
    peer.forget()
    stop = node.stop()
    assert {d.sip.status for d in between.responses(404)} == {404}
    assert (stop.exit, stop.outcomes()) == (CLEAN_EXIT, dict.fromkeys(rows, "clean"))


def test_send_unregister_off_keeps_all(ejabberd, regentd):
    peer = ejabberd(ACCOUNTS)
    node = regentd(lines(peer, SS_SIP_USER_AGENT_SEND_UNREGISTER="Off")).start()
    held = contacts(node.wait_state("registered"))
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == held
