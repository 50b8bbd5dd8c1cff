# SPDX-License-Identifier: Apache-2.0
"""A state directory on another machine: nothing is sent until somebody says what it is.

Machines are told apart by the product's UUID, which a service manager hands to an
unprivileged regentd as a credential; here the test is that manager.
"""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit import exits
from kit.ports import udp_bound
from kit.regentd import registration
from kit.scripts import granting
from kit.wait import stays, wait_until

N = 3
HERE, THERE = "4c4c4544-0042-3510-8050-b4c04f4e4d32", "564d9e1c-3a6b-11ee-be56-0242ac120002"


def objects(peer):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 300},
            "registrations": [registration(f"line-{i}", str(1001 + i), peer.uri) for i in range(N)]}


def machine(node, uuid):
    """The next start is on the machine of that UUID."""
    folder = os.path.join(node.folder, "credentials")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "product_uuid"), "w", encoding="ascii") as f:
        f.write(uuid)
    node.env["CREDENTIALS_DIRECTORY"] = folder


def call_ids(peer, begin=0):
    return {r.call_id for r, _ in peer.requests[begin:]}


def cancels(peer):
    return [r for r, _ in peer.requests if r.expires == 0]


@pytest.fixture
def pair(uas, regentd):
    """A node that was killed while registered, and a clone of it on another machine, not started."""
    peer = uas(granting)
    original, clone = regentd(objects(peer)), regentd()
    machine(original, HERE)
    machine(clone, THERE)
    original.start()
    original.wait_state("registered")
    original.kill9()
    shutil.rmtree(clone.state)
    shutil.copytree(original.state, clone.state)
    return peer, original, clone


def node_of(node, check=True):
    status, out, _ = node.ctl("--json", "node", check=check)
    return status, json.loads(out)


def held(clone, peer):
    """Starts the clone; sees it hold still, and say why."""
    before = len(peer.requests)
    clone.launch()
    wait_until(clone.notify.ready, 30, lambda: clone.process.describe("to say READY"))
    status, shown = node_of(clone, check=False)
    assert (status, shown["machine"], shown["held"]) == (3, "another", True)
    status, _, errors = clone.ctl("status", check=False)
    assert status == 3 and "another machine" in errors
    assert "regentctl node adopt" in clone.log() and "regentctl node renew" in clone.log()
    stays(lambda: len(peer.requests) == before, 3, "nothing is sent")
    assert not udp_bound(clone.port)


def decide(clone, word):
    """regentctl node adopt or renew, with the test as the service manager that starts regentd again."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(clone.ctl, "node", word)
        assert clone.process.wait(30) == exits.RESTART
        clone.start()
        asked.result()


@pytest.mark.both_builds
def test_a_clone_sends_nothing_and_the_original_goes_on(pair):
    peer, original, clone = pair
    held(clone, peer)
    # Nor when told to do something else.
    for command in (["registration", "set", "line-0", "period=60"], ["registration", "refresh", "line-0"],
                    ["param", "set", "RG_GHOSTS", "off"]):
        assert clone.ctl(*command, check=False)[0] == 1, command
    before = len(peer.requests)
    assert clone.stop().exit == exits.OK
    assert len(peer.requests) == before
    # The counter-check: the same files on their own machine.
    original.start()
    wait_until(lambda: len(call_ids(peer, before)) == N, 30, "a refresh of each")
    assert call_ids(peer) == call_ids(peer, before) and not cancels(peer)


def test_farewell_of_a_clone_cancels_nothing(pair):
    peer, original, clone = pair
    before = len(peer.requests)
    assert clone.farewell().wait(30) == exits.IDENTITY
    assert len(peer.requests) == before
    assert original.farewell().wait(60) == exits.OK
    assert len({r.call_id for r in cancels(peer)}) == N


def test_adopt_goes_on_with_the_same_bindings(pair):
    peer, _, clone = pair
    known = call_ids(peer)
    held(clone, peer)
    before = len(peer.requests)
    decide(clone, "adopt")
    assert node_of(clone)[1]["machine"] == "its own"
    wait_until(lambda: len(call_ids(peer, before)) == N, 30, "a REGISTER of each")
    assert call_ids(peer, before) == known
    # It is at home here now.
    clone.kill9()
    clone.start()
    assert node_of(clone) == (0, {**node_of(clone)[1], "held": False})
    assert clone.ctl("node", "adopt", check=False)[0] == 1
    assert clone.ctl("node", "adpt", check=False)[0] == 2


def test_renew_is_another_node_and_cancels_nothing(pair):
    peer, original, clone = pair
    known, contacts = call_ids(peer), {uri for r, _ in peer.requests for uri, _ in r.contacts}
    held(clone, peer)
    before, was = len(peer.requests), node_of(clone, check=False)[1]["id"]
    decide(clone, "renew")
    clone.wait_state("registered")
    assert node_of(clone)[1]["id"] != was
    assert len(call_ids(peer, before)) == N and not call_ids(peer, before) & known
    assert not {uri for r, _ in peer.requests[before:] for uri, _ in r.contacts} & contacts
    assert not cancels(peer)
    # The original is what it was.
    original.start()
    wait_until(lambda: known <= call_ids(peer, before), 30, "the original's refreshes")
    assert not cancels(peer)


def test_portable_goes_from_machine_to_machine(pair):
    peer, _, clone = pair
    known, before = call_ids(peer), len(peer.requests)
    clone.write_config({"identity": "portable"})
    clone.start()
    assert node_of(clone)[1]["machine"] == "portable"
    wait_until(lambda: len(call_ids(peer, before)) == N, 30, "a REGISTER of each")
    assert call_ids(peer, before) == known


def test_an_older_state_directory_is_bound_at_its_first_start(regentd):
    """It has no fingerprint; from then on it has."""
    node = regentd({}, config={"identity": "portable"})
    machine(node, HERE)
    node.start()
    assert node.stop().exit == exits.OK
    node.write_config({})
    node.start()
    assert node_of(node)[1]["machine"] == "its own"
    assert node.stop().exit == exits.OK
    machine(node, THERE)
    node.launch()
    wait_until(node.notify.ready, 30, "READY")
    assert node_of(node, check=False)[1]["machine"] == "another"
