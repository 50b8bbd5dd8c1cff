# SPDX-License-Identifier: Apache-2.0
"""A regentd that was killed and does not come back: `regentd farewell` takes back what it left."""

import signal

import pytest
from kit import exits
from kit.regentd import registration
from kit.scripts import granting, silent_to_cancels
from kit.wait import stays, wait_until

N = 5
ACCOUNTS = {str(1001 + i): f"secret-{i}" for i in range(N)}
OFF = "SS_SIP_USER_AGENT_SEND_UNREGISTER"


def objects(peer, own=None, **parameters):
    """`own` gives some registrations a send_unregister of their own."""
    lines = [registration(f"line-{u}", u, peer.uri, p, **({"send_unregister": own[u]} if own and u in own else {}))
             for u, p in ACCOUNTS.items()]
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 300, **parameters}, "registrations": lines}


def killed(node, peer=None):
    """Starts the node, and kills it once all is registered."""
    node.start()
    node.wait_state("registered")
    if peer:
        assert len(peer.bindings()) == N
    node.kill9()


@pytest.mark.both_builds
def test_what_a_killed_one_left_is_taken_back(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer))
    killed(node, peer)
    farewell = node.farewell()
    assert farewell.wait(60) == exits.OK, farewell.describe("")
    assert peer.bindings() == []
    assert node.last_stop()["clean"] == N
    assert "5 clean, 0 refused, 0 unconfirmed, 0 unsent, 0 kept" in farewell.log()
    # Nothing is left to do, and that is soon done.
    again = node.farewell()
    assert again.wait(10) == exits.OK
    assert "stopped after 0.0 s" in again.log()


@pytest.mark.parametrize("parameter, own, kept", [
    ("Off", {}, set(ACCOUNTS)),
    ("Off", {"1002": "on"}, set(ACCOUNTS) - {"1002"}),
    ("On", {"1003": "off"}, {"1003"}),
])
def test_send_unregister_is_honoured(kamailio, regentd, parameter, own, kept):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer, own, **{OFF: parameter}))
    killed(node, peer)
    farewell = node.farewell()
    assert farewell.wait(60) == exits.OK, farewell.describe("")
    assert {b.aor.partition("@")[0] for b in peer.bindings()} == kept
    report = node.last_stop()
    assert (report["kept"], report["clean"]) == (len(kept), N - len(kept))


def test_cancels_leave_from_the_same_port(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer))
    killed(node)
    before = len(peer.requests)
    assert node.farewell().wait(60) == exits.OK
    cancels = peer.requests[before:]
    assert {r.call_id for r, _ in cancels} == {r.call_id for r, _ in peer.requests[:before]}
    assert all(r.expires == 0 for r, _ in cancels)
    assert {source for _, source in cancels} == {node.address}


def test_what_cannot_be_paid_stays_owed(uas, regentd):
    peer = uas(silent_to_cancels)
    node = regentd(objects(peer, RG_STOP_DEADLINE=3))
    killed(node)
    farewell = node.farewell()
    assert farewell.wait(60) == exits.OWED, farewell.describe("")
    assert node.last_stop()["unconfirmed"] == N


def test_a_running_daemon_is_left_alone(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer)).start()
    node.wait_state("registered")
    farewell = node.farewell()
    assert farewell.wait(30) == exits.LOCKED
    assert f"held by process {node.process.pid} regentd" in farewell.log()
    assert node.farewell("--after", "10").wait(30) == exits.OK
    assert node.process.returncode() is None
    assert not [r for r, _ in peer.requests if r.expires == 0]


def test_it_waits_whether_a_daemon_comes_back(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer))
    killed(node)
    before = len(peer.requests)
    farewell = node.farewell("--after", "600")
    stays(lambda: farewell.returncode() is None and len(peer.requests) == before, 1, "watching, and nothing sent")
    node.start()
    assert farewell.wait(10) == exits.OK
    node.wait_state("registered")
    assert len({r.call_id for r, _ in peer.requests}) == N, "the same registrations"
    assert not [r for r, _ in peer.requests if r.expires == 0]


def test_it_pays_when_none_comes_back(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer))
    killed(node)
    assert node.farewell("--after", "1").wait(60) == exits.OK
    assert len({r.call_id for r, _ in peer.requests if r.expires == 0}) == N


def catches(pid, number):
    """That process has a handler for the signal."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        mask = next(line.split()[1] for line in status if line.startswith("SigCgt"))
    return int(mask, 16) >> (number - 1) & 1


def test_told_to_end_while_it_watches_it_pays_at_once(uas, regentd):
    """The machine goes down: there is no time to see whether a daemon comes back."""
    peer = uas(granting)
    node = regentd(objects(peer))
    killed(node)
    farewell = node.farewell("--after", "600")
    wait_until(lambda: catches(farewell.pid, signal.SIGTERM), 30, "watching")
    farewell.kill(signal.SIGTERM)
    assert farewell.wait(60) == exits.OK
    assert len({r.call_id for r, _ in peer.requests if r.expires == 0}) == N


def test_it_gives_way_to_a_daemon(uas, regentd):
    """What it has not yet cancelled is continued, what it has is registered again: never two bindings."""
    peer = uas(silent_to_cancels)
    node = regentd(objects(peer, RG_STOP_DEADLINE=600))
    killed(node)
    before = len(peer.requests)
    farewell = node.farewell()
    wait_until(lambda: len(peer.requests) > before, 30, "the first cancel")
    assert farewell.returncode() is None
    node.start()
    assert farewell.wait(10) == exits.OWED, farewell.describe("")
    assert f"the farewell in process {farewell.pid} uses it" in node.log()
    node.wait_state("registered")
    assert len({r.call_id for r, _ in peer.requests}) == N
    assert len({uri for r, _ in peer.requests for uri, _ in r.contacts}) == N


def test_a_signal_ends_it_at_once(uas, regentd):
    peer = uas(silent_to_cancels)
    node = regentd(objects(peer, RG_STOP_DEADLINE=600))
    killed(node)
    before = len(peer.requests)
    farewell = node.farewell()
    wait_until(lambda: len(peer.requests) >= before + N, 30, "the cancels")
    farewell.kill(signal.SIGTERM)
    assert farewell.wait(20) == exits.OWED
    assert node.last_stop()["unconfirmed"] == N
