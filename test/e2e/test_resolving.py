# SPDX-License-Identifier: Apache-2.0
"""While a name server is silent: edits of those that wait for it, and what the others notice of it (F26)."""

import pytest
from kit import exits, nameserver
from kit.api import Api
from kit.regentd import registration
from kit.scripts import challenging
from kit.wait import soon

NAME = "sbc.carrier.example"
N = 5

pytestmark = pytest.mark.skipif(not nameserver.possible(), reason="may not give a program another resolv.conf")


def named(name, username, peer, **more):
    return registration(name, username, f"sip:{NAME}:{peer.port}", **more)


@pytest.fixture
def names(tmp_path, ending):
    server = ending(nameserver.Nameserver(tmp_path, {NAME: "127.0.0.1"}))
    server.silence()
    return server


@pytest.mark.parametrize("edit", ["remove", "replace", "disable", "flip", "move", "rename", "password"])
def test_edits_while_resolving(uas, regentd, names, edit):
    password = "another" if edit == "password" else "secret"
    peer, other = uas(challenging(password)), uas(challenging())
    node = regentd(wrap=names.wrap).start()
    api = Api(node.socket)
    api.must("POST", "/registrations", named("line", "1001", peer), 201)
    soon(lambda: NAME in names.asked)
    node.wait_state("resolving", ["line"])
    if edit in ("remove", "replace"):
        api.must("DELETE", "/registrations/line")
        assert api.ask("GET", "/registrations/line")[0] == 404
    if edit == "replace":
        api.must("POST", "/registrations", named("line", "1002", peer), 201)
    elif edit in ("disable", "flip"):
        api.must("PATCH", "/registrations/line", {"enabled": False})
        assert api.must("GET", "/registrations/line")["state"] == "disabled"
        if edit == "flip":
            api.must("PATCH", "/registrations/line", {"enabled": True})
    elif edit == "move":
        api.must("PATCH", "/registrations/line", {"proxy": other.uri})
        node.wait_state("registered", ["line"])
    elif edit == "rename":
        api.must("PATCH", "/registrations/line", {"username": "1002"})
    elif edit == "password":
        api.must("PATCH", "/registrations/line", {"password": password})
    assert not peer.requests
    # The first shows that the answer has arrived; the second stands behind all that the answer set going.
    api.must("POST", "/registrations", named("first", "1008", peer, password=password), 201)
    node.wait_state("resolving", ["first"])
    names.speak()
    node.wait_state("registered", ["first"] + ["line"] * (edit not in ("remove", "disable")))
    api.must("POST", "/registrations", named("second", "1009", peer, password=password), 201)
    node.wait_state("registered", ["second"])
    assert api.must("GET", "/registrations?debts=1")["items"] == []
    # Whoever is not wanted never asked, and what was never asked for needs no cancel.
    assert peer.users() == {"1008", "1009"} | {"replace": {"1002"}, "rename": {"1002"}, "flip": {"1001"},
                                              "password": {"1001"}}.get(edit, set())
    assert other.users() == ({"1001"} if edit == "move" else set())
    assert all(r.expires > 0 for r, _ in peer.requests + other.requests)
    assert node.stop().exit == exits.OK
    assert peer.bound() == other.bound() == set()
    peer.check()
    other.check()


def test_a_silent_name_server_delays_nobody_else(uas, regentd, names):
    peer = uas(challenging())
    plain = [registration(f"plain-{i}", str(1001 + i), peer.uri) for i in range(N)]
    waiting = [named(f"named-{i}", str(2001 + i), peer, retry_delay=30) for i in range(N)]
    node = regentd({"registrations": waiting + plain}, wrap=names.wrap).start()
    api = Api(node.socket)
    node.wait_state("registered", [r["name"] for r in plain])
    for row in plain:
        api.must("POST", f"/registrations/{row['name']}/refresh", status=202)
    soon(lambda: all(len(peer.of_user(r["username"])) == 3 for r in plain))
    node.wait_state("registered", [r["name"] for r in plain])
    branch = peer.ask("OPTIONS", node.address, f"sip:127.0.0.1:{node.port}")
    assert soon(lambda: peer.answer(branch)).status == 200
    # Nobody waits for ever for an answer; what was asked is asked again.
    rows = node.wait_state("waiting", [r["name"] for r in waiting])
    assert {rows[r["name"]]["last_reason"] for r in waiting} == {"no answer about name or route"}
    assert all(rows[r["name"]]["state"] == "registered" for r in plain)
    names.speak()
    node.wait_state("registered", timeout=60)
    assert node.stop().exit == exits.OK
    assert peer.bound() == set()
    peer.check()


def test_a_stop_does_not_wait_for_a_name_server(uas, regentd, names):
    peer = uas(challenging())
    node = regentd({"registrations": [named("line", "1001", peer), registration("plain", "1002", peer.uri)]},
                   wrap=names.wrap).start()
    node.wait_state("registered", ["plain"])
    node.wait_state("resolving", ["line"])
    stop = node.stop()
    assert stop.exit == exits.OK
    assert stop.outcomes() == {"line": "clean", "plain": "clean"}
    assert peer.of_user("1001") == [] and peer.bound() == set()
    peer.check()
