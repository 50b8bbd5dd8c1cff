# SPDX-License-Identifier: Apache-2.0
"""The HTTP API at a living regentd: edits in every state, files of objects, the token, a crash, a restart."""

import itertools
import os
import signal
import threading

import pytest
import yaml
from kit import exits, sip
from kit.api import Api
from kit.ports import free_port
from kit.regentd import registration
from kit.scripts import challenging, granting, refusing, silent
from kit.uas import challenge, granted
from kit.wait import soon

forbidding = refusing(403, "Forbidden")
failing = refusing(500, "Server Internal Error")


def deaf_to_refreshes():
    """Grants the first REGISTER and every cancel, and hears nothing else."""
    request = yield
    request = yield granted(request)
    while True:
        request = yield granted(request) if request.expires == 0 else None


def deaf_to_answers():
    """Challenges, and hears of what follows only the cancels."""
    request = yield
    request = yield challenge(request)
    while True:
        request = yield granted(request) if request.expires == 0 else None


def displacing():
    """Grants once; from then on somebody else has the place."""
    request = yield
    request = yield granted(request)
    while True:
        request = yield sip.reply(request, 200, "OK", *(f"Contact: <sip:{u}@192.0.2.1>;expires=900" for u in "xy"))


def hard_of_hearing_for_cancels():
    """Hears a cancel when it comes for the fourth time, after three and a half seconds."""
    request = yield
    while True:
        answers = itertools.chain([None] * 3 * (request.expires == 0), itertools.repeat(granted(request)))
        request = yield lambda answers=answers: next(answers)


def cancels(peer, user=None):
    return [r for r, _ in peer.requests if r.expires == 0 and (user is None or f"sip:{user}@" in r.one("to"))]


def gone(api, name):
    return api.ask("GET", f"/registrations/{name}")[0] == 404


def without_debts(api):
    return api.must("GET", "/registrations?debts=1")["items"] == []


def line(peer, **more):
    return registration("line", "1001", peer.uri, **more)


def test_added_changed_removed(uas, regentd):
    peer = uas(granting)
    node = regentd().start()
    api = Api(node.socket)
    api.must("POST", "/registrations", line(peer), 201)
    node.wait_state("registered", ["line"])
    # Another AOR: the old binding is taken back, the new one registered.
    api.must("PATCH", "/registrations/line", {"username": "1002"})
    soon(lambda: cancels(peer, "1001"), 10)
    node.wait_state("registered", ["line"])
    # A password is no new binding.
    before = len(cancels(peer))
    api.must("PATCH", "/registrations/line", {"password": "another"})
    api.must("POST", "/registrations/line/refresh", status=202)
    assert len(cancels(peer)) == before
    shown = api.must("GET", "/registrations/line")
    assert shown["config"]["username"] == "1002" and shown["config"]["password"] == "set"
    assert "another" not in str(shown) + node.log()
    # Off is taken back, and on again registered.
    api.must("PATCH", "/registrations/line", {"enabled": False})
    soon(lambda: cancels(peer, "1002"), 10)
    node.wait_state("disabled", ["line"])
    api.must("PATCH", "/registrations/line", {"enabled": None})
    node.wait_state("registered", ["line"])
    before = len(cancels(peer, "1002"))
    api.must("DELETE", "/registrations/line")
    soon(lambda: len(cancels(peer, "1002")) > before, 10)
    assert gone(api, "line")
    soon(lambda: without_debts(api), 10)
    assert node.stop().exit == exits.OK
    peer.check()


@pytest.mark.parametrize("script, state", [(silent, "registering"), (forbidding, "rejected"), (failing, "waiting")])
@pytest.mark.parametrize("edit", ["remove", "disable", "move"])
def test_edits_where_nothing_is_registered(uas, regentd, script, state, edit):
    deaf, peer = uas(script), uas(granting)
    node = regentd().start()
    api = Api(node.socket)
    api.must("POST", "/registrations", line(deaf), 201)
    node.wait_state(state, ["line"])
    soon(lambda: deaf.requests, 10)
    if edit == "remove":
        api.must("DELETE", "/registrations/line")
        assert gone(api, "line")
    elif edit == "disable":
        api.must("PATCH", "/registrations/line", {"enabled": "off"})
        # What was asked and not answered may be held: that is cancelled, not forgotten.
        assert api.must("GET", "/registrations/line")["state"] in ("disabled", "cancelling", "unconfirmed")
    else:
        api.must("PATCH", "/registrations/line", {"proxy": peer.uri})
        node.wait_state("registered", ["line"])
    if script is forbidding:
        assert without_debts(api)
        assert not cancels(deaf)
    elif script is silent:
        soon(lambda: cancels(deaf), 15)


def into_state(node, api, script, peer):
    """Where the script leads, by what an operator does."""
    if script is deaf_to_answers:
        soon(lambda: len(peer.requests) > 1, 10)
        return "registering"
    node.wait_state("registered", ["line"])
    if script is hard_of_hearing_for_cancels:
        api.must("PATCH", "/registrations/line", {"enabled": False})
        return "cancelling"
    api.must("POST", "/registrations/line/refresh", status=202)
    return "displaced" if script is displacing else "refreshing"


@pytest.mark.parametrize("script", [deaf_to_refreshes, deaf_to_answers, displacing, hard_of_hearing_for_cancels])
@pytest.mark.parametrize("edit", ["remove", "disable", "move"])
def test_edits_in_the_midst(uas, regentd, script, edit):
    peer, other = uas(script), uas(granting)
    node = regentd().start()
    api = Api(node.socket)
    api.must("POST", "/registrations", line(peer), 201)
    node.wait_state(into_state(node, api, script, peer), ["line"])
    if edit == "remove":
        api.must("DELETE", "/registrations/line")
        assert gone(api, "line")
        # The name is free at once, while the cancel is under way.
        api.must("POST", "/registrations", line(other), 201)
    elif edit == "disable":
        api.must("PATCH", "/registrations/line", {"enabled": False})
    else:
        api.must("PATCH", "/registrations/line", {"proxy": other.uri, "enabled": True})
    node.wait_state("disabled" if edit == "disable" else "registered", ["line"], timeout=60)
    soon(lambda: without_debts(api), 60)
    # Displaced, ours may be held all the same: its exact Contact is cancelled, and no other.
    assert {c.contacts[0][0] for c in cancels(peer)} == {r.contacts[0][0] for r, _ in peer.requests}
    peer.check()


def test_foreign_bindings_are_removed_by_name(uas, regentd):
    foreign = ["sip:x@192.0.2.1", "sip:y@192.0.2.2"]

    def crowded():
        request = yield
        while True:
            more = [f"Contact: <{uri}>;expires=900" for uri in foreign]
            [(uri, _)] = request.contacts
            if request.expires == 0 and uri in foreign:
                foreign.remove(uri)
                more = [m for m in more if uri not in m]
            request = yield granted(request, None, *more)

    peer = uas(crowded)
    node = regentd({"registrations": [line(peer)]}).start()
    api = Api(node.socket)
    node.wait_state("registered")
    listed = api.must("GET", "/registrations/line/ghosts")["items"]
    assert sorted(i["contact"] for i in listed if i["kind"] == "foreign") == foreign
    both = list(foreign)
    assert api.ask("POST", "/registrations/line/ghosts", {"remove": [""]})[0] == 400
    assert api.must("POST", "/registrations/line/ghosts", {"remove": True}, 202)["removing"] == 0
    assert api.must("POST", "/registrations/line/ghosts", {"remove": both}, 202)["removing"] == 2
    soon(lambda: not foreign, 20)


def test_what_changes_nothing_sends_nothing(uas, regentd):
    peer = uas(challenging())
    objects = {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 900}, "registrations": [line(peer)]}
    node = regentd(objects).start()
    api = Api(node.socket)
    node.wait_state("registered")
    sent = len(peer.requests)
    assert api.must("POST", "/apply", yaml.safe_dump(objects))["unchanged"] == 2
    assert api.must("PUT", "/registrations/line", line(peer))["action"] == "unchanged"
    api.must("PUT", "/parameters/SS_SIP_USER_AGENT_EXPIRE", {"value": 900})
    exported = api.must("GET", "/export")
    assert "secret" not in exported
    counts = api.must("POST", "/apply?prune=1", exported)
    assert (counts["added"], counts["changed"], counts["removed"], counts["unchanged"]) == (0, 0, 0, 2)
    assert api.must("GET", "/export") == exported
    node.process.kill(signal.SIGHUP)
    soon(lambda: "reload=done added=0 changed=0 unchanged=2" in node.log(), 10)
    # The next that leaves is the one that is asked for.
    api.must("POST", "/registrations/line/refresh", status=202)
    soon(lambda: len(peer.requests) > sent, 10)
    assert len(peer.requests) == sent + 1
    peer.check()


def test_a_parameter_holds_from_the_next_request(uas, regentd):
    peer = uas(challenging())
    node = regentd({"registrations": [line(peer)]}).start()
    api = Api(node.socket)
    node.wait_state("registered")
    sent = len(peer.requests)
    assert api.must("PUT", "/parameters/ss_sip_user_agent_expire", {"value": 600})["value"] == 600
    api.must("POST", "/registrations/line/refresh", status=202)
    soon(lambda: len(peer.requests) > sent, 10)
    assert peer.requests[sent][0].one("expires") == "600"
    assert api.must("DELETE", "/parameters/SS_SIP_USER_AGENT_EXPIRE")["is_default"]
    node.kill9()
    node.start()
    assert api.must("GET", "/parameters/SS_SIP_USER_AGENT_EXPIRE")["value"] == "Auto"


def many(count, **more):
    """A file of registrations that are off."""
    return "registrations:\n" + "".join(
        f"- {{name: r{i}, username: u{i}, host: sw.example, enabled: off" +
        "".join(f", {k}: {v}" for k, v in more.items()) + "}\n" for i in range(count))


def names(api):
    seen, cursor = [], ""
    while True:
        page = api.must("GET", f"/registrations?order=name{cursor}")
        seen += [row["name"] for row in page["items"]]
        if page["next"] is None:
            return seen
        cursor = f"&cursor={page['next']}"


def test_apply_of_thousands(uas, regentd):
    peer = uas(challenging())
    node = regentd({"registrations": [line(peer, period=20)]}).start()
    api = Api(node.socket)
    node.wait_state("registered", ["line"])
    dry = api.must("POST", "/apply?dry_run=1", many(3000))
    assert (dry["added"], dry["dry_run"], len(dry["items"])) == (3000, True, 1000)
    assert names(api) == ["line"]
    assert api.must("POST", "/apply", many(3000))["added"] == 3000
    assert len(names(api)) == 3001
    assert api.must("POST", "/apply", many(3000, period=300))["changed"] == 3000
    assert api.must("POST", "/apply", many(3000, period=300))["unchanged"] == 3000
    counts = api.must("POST", "/apply?prune=1&dry_run=1", many(10, period=300))
    assert (counts["removed"], counts["unchanged"]) == (2991, 10)
    assert api.must("POST", "/apply?prune=1", many(10, period=300))["removed"] == 2991
    assert names(api) == sorted(f"r{i}" for i in range(10))
    soon(lambda: cancels(peer, "1001"), 10)
    status, answer = api.ask("POST", "/apply", many(100) + "- {name: bad, host: sw.example}\n")
    assert status == 400 and answer["problems"][0]["line"] == 102
    assert api.must("GET", "/registrations/r1")["config"]["period"] == 300
    peer.check()


def test_two_clients_at_once(regentd):
    node = regentd().start()
    problems = []

    def edit(first):
        api = Api(node.socket)
        try:
            for i in range(first, first + 100):
                api.must("POST", "/registrations", {"name": f"r{i}", "username": f"u{i}", "host": "sw.example",
                                                    "enabled": False}, 201)
                api.must("PATCH", f"/registrations/r{i}", {"period": 300})
        except AssertionError as e:
            problems.append(str(e))

    threads = [threading.Thread(target=edit, args=(first,)) for first in (0, 100)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not problems
    api = Api(node.socket)
    assert len(names(api)) == 200
    assert api.must("POST", "/apply", many(200, period=300))["unchanged"] == 200


def test_over_tcp_with_the_token(regentd):
    port = free_port()
    node = regentd()
    node.write_config({"admin": {"socket": node.socket, "listen": port}})
    node.start()
    path = os.path.join(node.state, "admin-token")
    with open(path, encoding="ascii") as f:
        token = f.read().strip()
    assert os.stat(path).st_mode & 0o777 == 0o600
    place = ("127.0.0.1", port)
    for wrong in (None, "", "x", token[:-1], token + "a"):
        for method, what in (("GET", "/status"), ("POST", "/stop"), ("GET", "/nothing")):
            assert Api(place, wrong).ask(method, what)[0] == 401
    assert Api(place, token).must("GET", "/node")["node"] == "e2e"
    assert token not in node.log()
    node.kill9()
    node.start()
    assert Api(place, token).ask("GET", "/node")[0] == 200


@pytest.mark.parametrize("until", ["read", "delivered"])
def test_killed_in_an_apply(regentd, until):
    """After the commit all of it runs at the next start, before it none."""
    node = regentd().start()
    api = Api(node.socket)
    asking = threading.Thread(target=lambda: _ignore_loss(api, many(5000)))
    asking.start()
    soon(lambda: api.must("GET", "/apply")[until] > 0, 30)
    node.kill9()
    asking.join()
    node.start()
    assert len(names(api)) in ((5000,) if until == "delivered" else (0, 5000))
    assert api.must("POST", "/apply", many(5000))["unchanged"] in (0, 5000)
    assert len(names(api)) == 5000


def _ignore_loss(api, file):
    try:
        api.ask("POST", "/apply", file)
    except OSError:
        pass
    except Exception as e:  # http.client's own, of a connection that ended
        assert "Remote end closed" in str(e) or "IncompleteRead" in repr(e), repr(e)


def test_restart_under_a_service_manager(uas, regentd):
    peer = uas(granting)
    node = regentd({"registrations": [line(peer)]}).start()
    node.wait_state("registered")
    Api(node.socket).must("POST", "/restart", status=202)
    assert node.process.wait(60) == exits.RESTART
    assert cancels(peer)
    assert node.last_stop()["clean"] == 1
    assert f"restart=asked uid={os.getuid()}" in node.log()


def test_restart_without_one(uas, regentd):
    peer = uas(granting)
    node = regentd({"registrations": [line(peer)]}, wrap=["env", "-u", "NOTIFY_SOCKET"]).launch()
    api = Api(node.socket)
    soon(lambda: os.path.exists(node.socket), 20)
    node.wait_state("registered")
    boot = api.must("GET", "/node")["boot"]
    api.must("POST", "/restart", status=202)

    def anew():
        try:
            return api.ask("GET", "/node")[1].get("boot") == boot + 1
        except (OSError, AttributeError):
            return False

    soon(anew, 30)
    node.wait_state("registered")
    assert node.stop().exit == exits.OK


def test_log_settings_are_read_again(regentd):
    node = regentd().start()
    node.write_config({"log": {"level": "warning"}})
    node.process.kill(signal.SIGHUP)
    soon(lambda: "signal=SIGHUP" in node.log(), 10)
    soon(lambda: node.notify.ready(), 10)
    seen = node.log().count("signal=SIGHUP")
    node.process.kill(signal.SIGHUP)
    Api(node.socket).must("GET", "/status")
    assert node.log().count("signal=SIGHUP") == seen
