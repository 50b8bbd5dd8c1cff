# SPDX-License-Identifier: Apache-2.0
"""Under a service manager, played by the units that are installed: crash, restart, stop, reload."""

import os
import socket

import pytest
from kit import exits
from kit.manager import Manager
from kit.ports import udp_bound
from kit.regentd import registration
from kit.scripts import granting, silent_to_cancels
from kit.wait import wait_until

N = 3
ACCOUNTS = {str(1001 + i): "secret" for i in range(N)}


def objects(peer, **parameters):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 300, **parameters},
            "registrations": [registration(f"line-{u}", u, peer.uri, p) for u, p in ACCOUNTS.items()]}


@pytest.fixture
def managed(regentd, build, ending):
    """managed(objects) gives a node and the manager that runs it, started."""

    def make(objects_, **more):
        node = regentd(objects_, **more)
        packaging = os.path.join(build, "packaging")
        manager = ending(Manager(node, os.path.join(packaging, "regent.service"),
                                 os.path.join(packaging, "regent-farewell.service")))
        manager.start()
        return node, manager

    return make


def inode(pid, port):
    """The socket that a process has bound to that UDP port."""
    with open("/proc/net/udp", encoding="ascii") as f:
        bound = {line.split()[9] for line in f.readlines()[1:] if line.split()[1].endswith(f":{port:04X}")}
    links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    found = [link for link in links if link.startswith("socket:[") and link[8:-1] in bound]
    assert len(found) == 1, found
    return found[0]


def crash(manager):
    starts = manager.starts
    manager.process.kill(9)
    wait_until(lambda: manager.starts > starts and manager.state == "active", 30, "the start after the crash")


def test_a_crash_keeps_socket_and_bindings(uas, managed):
    peer = uas(granting)
    node, manager = managed(objects(peer))
    node.wait_state("registered")
    before, first = inode(manager.process.pid, node.port), len(peer.requests)
    contacts = {uri for r, _ in peer.requests for uri, _ in r.contacts}
    assert [name for name, _ in manager.store] == [f"udp-127.0.0.1_{node.port}"]
    # What came while nobody was there is answered by the next one.
    manager.process.kill(19)
    branch = peer.ask("OPTIONS", node.address, f"sip:{node.port}")
    crash(manager)
    assert inode(manager.process.pid, node.port) == before, "another socket"
    wait_until(lambda: peer.answer(branch), 10, "an answer to what lay in the socket")
    assert peer.answer(branch).status == 200
    wait_until(lambda: len({r.call_id for r, _ in peer.requests[first:]}) == N, 30, "a refresh of each")
    assert {uri for r, _ in peer.requests for uri, _ in r.contacts} == contacts
    assert not [r for r, _ in peer.requests if r.expires == 0]
    assert len(manager.store) == 1


def test_a_kept_socket_that_does_not_fit_goes(managed):
    """Nothing is registered from it: a cancel would open that port again."""
    node, manager = managed({"registrations": []})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        other = probe.getsockname()[1]
    old = node.port
    node.write_config({"listen": [f"udp:127.0.0.1:{other}"]})
    crash(manager)
    wait_until(lambda: not udp_bound(old), 10, "the old socket to go")
    assert udp_bound(other)
    assert [name for name, _ in manager.store] == [f"udp-127.0.0.1_{other}"]


def test_a_kept_socket_does_not_stand_in_the_way(managed):
    """From one address to all of them, at the same port."""
    node, manager = managed({"registrations": []})
    for place in (f"udp:0.0.0.0:{node.port}", f"udp:127.0.0.1:{node.port}"):
        node.write_config({"listen": [place]})
        crash(manager)
        assert f"listen={place}" in manager.process.log()
    assert [name for name, _ in manager.store] == [f"udp-127.0.0.1_{node.port}"]
    assert manager.exits == [-9, -9]


def test_crash_without_restart_ends_in_a_farewell(kamailio, managed):
    peer = kamailio(ACCOUNTS)
    node, manager = managed(objects(peer))
    node.wait_state("registered")
    assert len(peer.bindings()) == N
    manager.broken = True
    manager.process.kill(9)
    manager.wait("failed")
    assert manager.starts == 5, "the start limit"
    assert manager.farewell.wait(60) == exits.OK, manager.farewell.describe("")
    assert peer.bindings() == []


def test_send_unregister_off_leaves_them(kamailio, managed):
    peer = kamailio(ACCOUNTS)
    node, manager = managed(objects(peer, SS_SIP_USER_AGENT_SEND_UNREGISTER="Off"))
    node.wait_state("registered")
    manager.broken = True
    manager.process.kill(9)
    manager.wait("failed")
    assert manager.farewell.wait(60) == exits.OK
    assert len(peer.bindings()) == N


def test_a_lost_database_cancels_nothing(uas, managed):
    """Neither by the starts, of which there is one, nor by the farewell after them."""
    peer = uas(granting)
    node, manager = managed(objects(peer))
    node.wait_state("registered")
    os.unlink(os.path.join(node.state, "regent.db"))
    manager.process.kill(9)
    manager.wait("failed")
    assert manager.exits == [-9, exits.IDENTITY]
    assert manager.farewell.wait(60) == exits.IDENTITY, manager.farewell.describe("")
    assert "regent.db: is missing" in manager.farewell.log()
    assert peer.bound() == set(ACCOUNTS) and not [r for r, _ in peer.requests if r.expires == 0]


def test_a_stop_answers_and_stays_stopped(uas, managed):
    peer = uas(silent_to_cancels)
    node, manager = managed(objects(peer, RG_STOP_DEADLINE=4))
    node.wait_state("registered")
    before = peer.ask("OPTIONS", node.address, f"sip:{node.port}")
    wait_until(lambda: peer.answer(before), 10, "an answer")
    assert peer.answer(before).status == 200
    manager.stop()
    wait_until(lambda: any("EXTEND_TIMEOUT_USEC" in m for m in manager.told), 10, "the stop to ask for its time")
    during = peer.ask("OPTIONS", node.address, f"sip:{node.port}")
    wait_until(lambda: peer.answer(during), 10, "an answer")
    assert peer.answer(during).status == 503
    manager.wait("inactive")
    assert manager.exits == [exits.OWED]
    assert manager.farewell is None and manager.starts == 1 and not manager.store
    asked = [int(m["EXTEND_TIMEOUT_USEC"]) for m in manager.told if "EXTEND_TIMEOUT_USEC" in m]
    assert asked[0] >= 4_000_000


def test_a_stop_of_its_own_is_no_failure(uas, managed):
    peer = uas(silent_to_cancels)
    node, manager = managed(objects(peer, RG_STOP_DEADLINE=2))
    node.wait_state("registered")
    node.ctl("stop", check=False)
    manager.wait("inactive")
    assert (manager.exits, manager.starts, manager.farewell) == ([exits.OWED], 1, None)


def test_regentctl_restart(uas, managed):
    peer = uas(granting)
    node, manager = managed(objects(peer))
    node.wait_state("registered")
    node.ctl("restart")
    wait_until(lambda: manager.starts == 2 and manager.state == "active", 30, "the second start")
    assert manager.exits == [exits.RESTART]
    node.wait_state("registered")


def test_reload(uas, managed):
    peer = uas(granting)
    node, manager = managed(objects(peer))
    node.wait_state("registered")
    manager.reload()
    wait_until(lambda: any(m.get("RELOADING") == "1" for m in manager.told), 10, "RELOADING")
    wait_until(lambda: [m.get("READY") for m in manager.told].count("1") == 2, 10, "READY again")
    assert manager.starts == 1 and manager.state == "active"
