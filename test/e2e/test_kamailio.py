# SPDX-License-Identifier: Apache-2.0
"""Registrations at Kamailio: its own location table is the judge."""

import signal

import pytest
from kit.ports import free_port
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import stays, wait_until

N = 20
ACCOUNTS = {str(1001 + i): f"secret-{i}" for i in range(N)}
PERIOD_S = 20  # refreshed after 9 to 11 s
ROUND_S = 40  # every registration has had its refresh by then, also on a slow machine


def objects(upstream, **parameters):
    """Without a pace, which test_antiflood.py is about, unless a test wants one."""
    return {
        "parameters": {"SS_SIP_USER_AGENT_EXPIRE": PERIOD_S, "RG_UPSTREAM_RATE": 0, **parameters},
        "registrations": [registration(f"line-{u}", u, upstream.uri, p) for u, p in ACCOUNTS.items()],
    }


def by_user(bindings):
    """{user: binding}; fails where a user has more than one."""
    found = {b.aor.partition("@")[0]: b for b in bindings}
    assert len(found) == len(bindings), f"an AOR with two bindings: {bindings}"
    return found


def all_bound(peer, node):
    """Waits for N registered; gives Kamailio's N bindings."""
    rows = node.wait_state("registered", [f"line-{u}" for u in ACCOUNTS])
    bound = by_user(peer.bindings())
    assert set(bound) == set(ACCOUNTS)
    return rows, bound


@pytest.mark.both_builds
def test_registers_refreshes_and_takes_back(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer, RG_UPSTREAM_RATE="auto")).start()
    rows, bound = all_bound(peer, node)

    assert len({b.call_id for b in bound.values()}) == N
    for user, b in bound.items():
        row = rows[f"line-{user}"]
        assert (row["call_id"], row["cseq"]) == (b.call_id, b.cseq)
        assert b.contact in row["contact"]
        assert (row["asked_s"], row["granted_s"], row["last_status"]) == (PERIOD_S, PERIOD_S, 200)

    before = peer.refreshes()

    def refreshed_without_a_gap():
        assert len(peer.bindings()) == N, "a binding lapsed"
        return all(n > before[u] for u, n in peer.refreshes().items())

    wait_until(refreshed_without_a_gap, ROUND_S, "a refresh of each")
    refreshed = by_user(peer.bindings())
    assert set(refreshed) == set(ACCOUNTS)
    for user, b in refreshed.items():
        assert (b.call_id, b.contact) == (bound[user].call_id, bound[user].contact)
        assert b.cseq > bound[user].cseq

    stop = node.stop()
    assert peer.bindings() == []
    assert stop.exit == CLEAN_EXIT
    assert stop.report["clean"] == N
    assert stop.outcomes() == {f"line-{u}": "clean" for u in ACCOUNTS}


def test_upstream_restarts_and_forgets(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer)).start()
    _, before = all_bound(peer, node)

    peer.restart()
    wait_until(lambda: len(peer.bindings()) == N, ROUND_S, "all bindings back")
    after = by_user(peer.bindings())
    for user, b in after.items():
        assert (b.call_id, b.contact) == (before[user].call_id, before[user].contact)

    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []


def test_send_unregister_off_keeps_all(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer, SS_SIP_USER_AGENT_SEND_UNREGISTER="Off",
                           SS_SIP_USER_AGENT_EXPIRE=300)).start()
    _, before = all_bound(peer, node)

    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert stop.outcomes() == {f"line-{u}": "kept" for u in ACCOUNTS}
    stays(lambda: len(peer.bindings()) == N, 1, "N bindings after the stop")
    assert by_user(peer.bindings()).keys() == before.keys()
    assert all(s.expires != "0" for s in peer.saved())


@pytest.mark.both_builds
def test_killed_and_started_again_is_the_same_registration(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer, SS_SIP_USER_AGENT_EXPIRE=300)).start()
    _, before = all_bound(peer, node)

    node.kill9()
    assert by_user(peer.bindings()).keys() == before.keys()
    node.start()
    wait_until(lambda: all(b.cseq > before[u].cseq for u, b in by_user(peer.bindings()).items()), 30,
               "a higher CSeq of each after the restart")
    _, after = all_bound(peer, node)
    for user, b in after.items():
        assert (b.call_id, b.contact) == (before[user].call_id, before[user].contact)

    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []


def test_f7_killed_five_times_at_an_upstream_of_one_contact(kamailio, regentd):
    peer = kamailio(ACCOUNTS, max_contacts=1)
    node = regentd(objects(peer, SS_SIP_USER_AGENT_EXPIRE=300)).start()
    _, before = all_bound(peer, node)
    for _ in range(5):
        node.kill9()
        node.start()
        wait_until(lambda: all(b.cseq > before[u].cseq for u, b in by_user(peer.bindings()).items()), 30,
                   "a higher CSeq of each after the restart")
        _, before = all_bound(peer, node)
    assert peer.refusals() == 0
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []


@pytest.mark.parametrize("max_contacts", [0, 1])
def test_another_contact_in_one_request(kamailio, regentd, max_contacts):
    """multi_contact, in the plain form and in that of RFC 5626: the table has the new Contact alone."""
    peer = kamailio(ACCOUNTS, max_contacts=max_contacts)
    port = free_port()

    def lines(**more):
        forms = {"1001": {}, "1002": {"outbound": "on"}, "1003": {"contact_user": "username"}}
        return {"registrations": [registration(f"line-{u}", u, peer.uri, ACCOUNTS[u], multi_contact=True,
                                               **form, **more) for u, form in forms.items()]}

    node = regentd(lines()).start()
    node.wait_state("registered")
    before = by_user(peer.bindings())
    assert set(before) == {"1001", "1002", "1003"}
    saved = len(peer.saved())

    node.write_objects(lines(signaling_port=port))
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: all(f":{port}" in b.contact for b in by_user(peer.bindings()).values()), 30, "the new ports")
    node.wait_state("registered")
    after = by_user(peer.bindings())
    assert set(after) == set(before)
    assert node.status()["debts"] == 0
    # Beside reg-id Kamailio counts both Contacts against its limit, and refuses the one request.
    assert len(peer.saved()) == saved + (4 if max_contacts else 3)

    node.kill9()
    node.start()
    wait_until(lambda: all(b.cseq > after[u].cseq for u, b in by_user(peer.bindings()).items()), 30, "a refresh")
    assert {u: b.contact for u, b in by_user(peer.bindings()).items()} == {u: b.contact for u, b in after.items()}
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []
