# SPDX-License-Identifier: Apache-2.0
"""While the disk does not take the ledger: edits of those that wait for their row, and how the others go on.

The library of test/kit/ledger_gate.c holds the ledger's syncs, or fails them;
regent.db beside it is written as ever, so edits are committed.
"""

import pytest
from kit import exits
from kit.api import Api
from kit.gate import LedgerGate
from kit.regentd import registration
from kit.scripts import challenging
from kit.wait import soon


@pytest.fixture
def gate(tmp_path, build, ending):
    return ending(LedgerGate(tmp_path, build))


@pytest.fixture
def peer(uas, ending):
    upstream = uas(challenging(None))
    ending(upstream, "check")
    return upstream


@pytest.fixture
def node(regentd, gate, peer):
    """One that is registered, and from now on a ledger that is not written."""
    made = regentd({"registrations": [registration("steady", "1000", peer.uri)]}, wrap=gate.wrap).start()
    made.wait_state("registered")
    return made


def line(peer, **more):
    return registration("line", "1001", peer.uri, **more)


def others_go_on(node, peer):
    """A refresh, a ping, and the state of the one that is registered."""
    before = len(peer.of_user("1000"))
    Api(node.socket).must("POST", "/registrations/steady/refresh", status=202)
    soon(lambda: len(peer.of_user("1000")) > before)
    branch = peer.ask("OPTIONS", node.address, f"sip:127.0.0.1:{node.port}")
    assert soon(lambda: peer.answer(branch)).status == 200
    node.wait_state("registered", ["steady"])


def nothing_left(node, peer, name="last", user="1009"):
    """This one stands behind all that waited: what was to leave before it has left when it is up."""
    Api(node.socket).must("POST", "/registrations", registration(name, user, peer.uri), 201)
    node.wait_state("registered", [name])


@pytest.mark.parametrize("trouble", ["hold", "fail"])
@pytest.mark.parametrize("edit", ["none", "remove", "replace", "disable", "flip", "move", "rename", "password"])
def test_edits_while_recording(uas, node, peer, gate, edit, trouble):
    api, other = Api(node.socket), uas(challenging(None))
    getattr(gate, trouble)()
    api.must("POST", "/registrations", line(peer), 201)
    node.wait_state("recording", ["line"])
    others_go_on(node, peer)
    if edit in ("remove", "replace"):
        api.must("DELETE", "/registrations/line")
        assert api.ask("GET", "/registrations/line")[0] == 404
    if edit == "replace":
        api.must("POST", "/registrations", {**line(peer), "username": "1002"}, 201)
    elif edit in ("disable", "flip"):
        api.must("PATCH", "/registrations/line", {"enabled": False})
        assert api.must("GET", "/registrations/line")["state"] == "disabled"
        if edit == "flip":
            api.must("PATCH", "/registrations/line", {"enabled": True})
    elif edit == "move":
        api.must("PATCH", "/registrations/line", {"proxy": other.uri})
    elif edit == "rename":
        api.must("PATCH", "/registrations/line", {"username": "1002"})
    elif edit == "password":
        api.must("PATCH", "/registrations/line", {"password": "another"})
    is_wanted = edit not in ("remove", "disable")
    if is_wanted:
        node.wait_state("recording", ["line"])
    others_go_on(node, peer)
    assert peer.users() == {"1000"} and not other.requests, "a REGISTER left before its row was durable"
    gate.let_go()
    node.wait_state("registered", ["steady"] + ["line"] * is_wanted)
    nothing_left(node, peer)
    # What was never asked for needs no cancel, and whoever is not wanted never asked.
    assert peer.users() == {"1000", "1009"} | {"replace": {"1002"}, "rename": {"1002"}, "none": {"1001"},
                                              "flip": {"1001"}, "password": {"1001"}}.get(edit, set())
    assert other.users() == ({"1001"} if edit == "move" else set())
    assert all(r.expires > 0 for r, _ in peer.requests + other.requests)
    assert api.must("GET", "/registrations?debts=1")["items"] == []
    assert node.stop().exit == exits.OK
    assert peer.bound() == other.bound() == set()
    other.check()


@pytest.mark.parametrize("trouble", ["hold", "fail"])
@pytest.mark.parametrize("edit", ["remove", "disable", "move", "rename", "password"])
def test_edits_of_a_binding_while_the_ledger_waits(uas, node, peer, gate, edit, trouble):
    """A cancel is not held up by the disk; the new identity is."""
    api, other = Api(node.socket), uas(challenging(None))
    [contact] = {uri for r in peer.of_user("1000") for uri, _ in r.contacts}
    getattr(gate, trouble)()
    before = len(peer.of_user("1000"))
    if edit == "remove":
        api.must("DELETE", "/registrations/steady")
    else:
        api.must("PATCH", "/registrations/steady", {
            "disable": {"enabled": False}, "move": {"proxy": other.uri}, "rename": {"username": "1002"},
            "password": {"password": "another"}}[edit])
    if edit == "password":
        soon(lambda: len(peer.of_user("1000")) > before)
        node.wait_state("registered", ["steady"])
        assert peer.bound() == {"1000"}
    else:
        soon(lambda: peer.bound() == set())
        assert {uri for r in peer.of_user("1000")[before:] for uri, _ in r.contacts} == {contact}
        soon(lambda: api.must("GET", "/registrations?debts=1")["items"] == [])
    if edit in ("move", "rename"):
        node.wait_state("recording", ["steady"])
    assert not peer.of_user("1002") and not other.requests, "a REGISTER left before its row was durable"
    gate.let_go()
    nothing_left(node, peer)
    if edit in ("move", "rename"):
        node.wait_state("registered", ["steady"])
    assert peer.bound() == {"1009"} | {"rename": {"1002"}, "password": {"1000"}}.get(edit, set())
    assert other.bound() == ({"1000"} if edit == "move" else set())
    assert node.stop().exit == exits.OK
    assert peer.bound() == other.bound() == set()
    other.check()


def test_a_stop_while_recording(node, peer, gate):
    api = Api(node.socket)
    gate.hold()
    api.must("POST", "/registrations", line(peer), 201)
    node.wait_state("recording", ["line"])
    stop = node.stop()
    # The cancel was confirmed all the same; what the disk does not know the next start finds out.
    assert stop.exit == exits.OK and "the disk did not take the last ledger entries in time" in node.log()
    assert stop.outcomes() == {"line": "clean", "steady": "clean"}
    assert peer.bound() == set() and peer.users() == {"1000"}
    gate.let_go()
    node.start()
    node.wait_state("registered")
    assert peer.bound() == {"1000", "1001"}
    assert node.stop().exit == exits.OK
    assert peer.bound() == set()


@pytest.mark.parametrize("edit", ["none", "disable"])
def test_killed_while_recording(node, peer, gate, edit):
    """What may or may not have reached the disk is continued, or nothing of it is owed for long."""
    api = Api(node.socket)
    gate.hold()
    api.must("POST", "/registrations", line(peer), 201)
    node.wait_state("recording", ["line"])
    if edit == "disable":
        api.must("PATCH", "/registrations/line", {"enabled": False})
    node.kill9()
    assert peer.users() == {"1000"}
    gate.let_go()
    node.start()
    node.wait_state("registered", ["steady"] + ["line"] * (edit == "none"))
    soon(lambda: api.must("GET", "/registrations?debts=1")["items"] == [])
    assert peer.bound() == {"1000"} | ({"1001"} if edit == "none" else set())
    assert len({uri for r in peer.of_user("1001") for uri, _ in r.contacts}) <= 1
    assert node.stop().exit == exits.OK
    assert peer.bound() == set()


def test_a_ledger_that_is_not_written_for_long(node, peer, gate):
    api = Api(node.socket)
    gate.fail()
    api.must("POST", "/registrations", line(peer), 201)
    rows = node.wait_state("waiting", ["line"], timeout=60)
    assert rows["line"]["last_reason"] == "ledger not written"
    others_go_on(node, peer)
    assert peer.users() == {"1000"}
    gate.let_go()
    api.must("POST", "/registrations/line/refresh", status=202)
    node.wait_state("registered", timeout=60)
    assert node.stop().exit == exits.OK
    assert peer.bound() == set()
