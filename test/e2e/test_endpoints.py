# SPDX-License-Identifier: Apache-2.0
"""Endpoints as objects, through every face: file, API, regentctl; and what is shown of their devices."""

import json
import os

import pytest
import yaml
from kit.api import Api
from kit.client import Device

pytestmark = pytest.mark.both_builds

DONE, REFUSED, USAGE = range(3)
SECRET = "correct horse"


def endpoint(username="2001", password=SECRET, **more):
    """One endpoint as an operator writes it."""
    return {"username": username, "password": password, **more}


def device(node, username="2001", password=SECRET, **more):
    return Device(node.address, username, password, "sw.example", **more)


def listed(node, what, *args):
    return json.loads(node.ctl(what, "list", *args, "--json")[1])["items"]


def stored(node):
    """Every byte of the state directory and of the log."""
    files = [os.path.join(node.state, name) for name in os.listdir(node.state)]
    found = node.log().encode()
    for path in files:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found += file.read()
    return found


def test_added_changed_shown_removed(regentd):
    node = regentd().start()
    api = Api(node.socket)
    assert api.must("GET", "/endpoints") == {"items": [], "next": None}
    done = api.must("POST", "/endpoints", endpoint(networks="127.0.0.0/8, ::1"), 201)
    assert done == {"kind": "endpoint", "name": "2001", "action": "added", "fields": []}
    status, answer = api.ask("POST", "/endpoints", endpoint())
    assert status == 409 and answer == {"error": "username: 2001 is there already", "field": "username"}
    api.must("PUT", "/endpoints/%2B4930.1_a-b", {"password": "x", "max_contacts": 3}, 201)
    shown = api.must("GET", "/endpoints/2001")
    assert shown == {
        "name": "2001", "enabled": True, "online": False, "contacts": 0, "max_contacts": 1, "last_seen": None,
        "calls": 0,
        "config": {"username": "2001", "enabled": True, "password": "set", "max_contacts": 1, "transports": "any",
                   "networks": "127.0.0.0/8, ::1", "caller_id": None, "line_limit": 0}}
    done = api.must("PATCH", "/endpoints/2001", {"max_contacts": 2, "networks": None, "transports": "udp"})
    assert done["action"] == "changed" and done["fields"] == ["max_contacts", "transports", "networks"]
    assert api.must("PATCH", "/endpoints/2001", {"max_contacts": 2})["action"] == "unchanged"
    config = api.must("GET", "/endpoints/2001")["config"]
    assert [config[k] for k in ("max_contacts", "networks", "transports", "password")] == [2, None, "udp", "set"]
    assert [e["name"] for e in api.must("GET", "/endpoints")["items"]] == ["+4930.1_a-b", "2001"]
    assert api.must("DELETE", "/endpoints/2001")["action"] == "removed"
    for method in ("GET", "DELETE"):
        assert api.ask(method, "/endpoints/2001")[0] == 404
    assert api.ask("PATCH", "/endpoints/2001", {"enabled": False})[0] == 404


@pytest.mark.parametrize("path, body, status, said", [
    ("/endpoints", {"username": "u"}, 400, "password: is missing; an endpoint needs a password"),
    ("/endpoints", {"password": "p"}, 400, "username: is missing; the user name of the phone would be right"),
    ("/endpoints", endpoint("a b"), 400, "username: a b; 1–64 letters, digits"),
    ("/endpoints", endpoint(max_contacts=0), 400, "max_contacts: 0 is outside 1–32 devices"),
    ("/endpoints", endpoint(transports="tls"), 400, "transports: tls: known, but not in this version"),
    ("/endpoints", endpoint(networks="10.0.0.1/8"), 400, "has bits outside its prefix; 10.0.0.0/8 would be right"),
    ("/endpoints", endpoint(host="h"), 400, "host: unknown"),
])
def test_refused_objects(regentd, path, body, status, said):
    """Nothing is kept of what is wrong, and no password is repeated."""
    node = regentd().start()
    got, answer = Api(node.socket).ask("POST", path, body)
    assert got == status and said in answer["error"] and SECRET not in json.dumps(answer)
    assert listed(node, "endpoint") == []


def test_refused_requests(regentd):
    node = regentd().start()
    api = Api(node.socket)
    api.must("POST", "/endpoints", endpoint(), 201)
    for path, status in (("/endpoints/a%20b", 400), ("/endpoints/" + "x" * 65, 400), ("/endpoints?limit=0", 400),
                         ("/endpoints?limit=257", 400), ("/bindings?cursor=x", 400),
                         ("/bindings?endpoint=nobody", 404)):
        assert api.ask("GET", path)[0] == status, path
    assert api.ask("PUT", "/endpoints/2002", endpoint("2003"))[0] == 400
    assert api.ask("PATCH", "/endpoints/2001", {"username": "2002"})[0] == 400
    assert api.ask("DELETE", "/bindings/2001")[0] == 404
    assert api.ask("DELETE", "/suspensions/here")[0] == 400
    assert api.ask("POST", "/bindings/2001")[0] == 405


def test_a_file_and_an_export(regentd):
    """An export is taken back unchanged, by this node and, without a word of a password, after a restart."""
    objects = {"endpoints": [endpoint(), endpoint("+49301", "other secret", max_contacts=2, enabled=False,
                                                  networks="192.0.2.0/24", caller_id="0301", line_limit=2)],
               "parameters": {"SS_ENDPOINT_EXPIRE": 120}}
    node = regentd(objects).start()
    _, exported, _ = node.ctl("export")
    assert exported.count("!sealed") == 2 and SECRET not in exported
    read = yaml.compose(exported)
    assert [key.value for key, _ in read.value] == ["parameters", "endpoints"]
    path = os.path.join(node.folder, "exported.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(exported)
    outcome = json.loads(node.ctl("apply", path, "--prune", "--json")[1])
    assert [outcome[k] for k in ("added", "changed", "removed", "unchanged")] == [0, 0, 0, 3]
    node.stop()
    node.write_objects(None)
    node.start()
    assert node.ctl("export")[1] == exported
    assert device(node).register().status == 200
    node.ctl("endpoint", "remove", "+49301", "2001")
    outcome = json.loads(node.ctl("apply", path, "--json")[1])
    assert outcome["added"] == 2 and [i["kind"] for i in outcome["items"]] == ["endpoint", "endpoint"]
    assert device(node).register().status == 200
    assert SECRET.encode() not in stored(node)


def test_prune_removes_them(regentd):
    node = regentd({"endpoints": [endpoint(), endpoint("2002")]}).start()
    path = os.path.join(node.folder, "some.yaml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump({"endpoints": [endpoint("2002")]}, file)
    status, _, errors = node.ctl("apply", "--prune", path, check=False)
    assert status == USAGE and "1 object not in the file will be removed" in errors
    assert device(node).register().status == 200
    node.ctl("apply", "--prune", "-y", path)
    assert [e["name"] for e in listed(node, "endpoint")] == ["2002"]
    assert listed(node, "binding") == [] and device(node).register(timeout=2).status != 200


def test_a_mistake_is_told_with_its_place(regentd):
    node = regentd().start()
    path = os.path.join(node.folder, "wrong.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("endpoints:\n- {username: a, password: p}\n- {username: a, password: q}\n")
    status, _, errors = node.ctl("apply", path, check=False)
    assert status == REFUSED and f"{path}:3:14: endpoints[1].username: a is there twice, first in line 2" in errors
    assert listed(node, "endpoint") == []


def test_typed(regentd):
    """What an operator types, and what is said."""
    node = regentd().start()
    secret = os.path.join(node.folder, "secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write(SECRET + "\n")
    _, _, said = node.ctl("endpoint", "add", "+4930", f"password_file={secret}", "max_contacts=2")
    assert "+4930: added" in said and "regentctl binding list +4930" in said
    assert device(node, "+4930").register().status == 200
    _, out, _ = node.ctl("endpoint", "list")
    assert [line.split()[:3] for line in out.splitlines()] == [["NAME", "STATE", "DEVICES"], ["+4930", "online", "1/2"]]
    _, out, _ = node.ctl("endpoint", "show", "+4930")
    assert "Devices           1\n" in out and "password          set\n" in out and SECRET not in out
    _, _, said = node.ctl("endpoint", "set", "+4930", "max_contacts=3", "caller_id=030")
    assert "+4930: changed: max_contacts, caller_id" in said
    _, _, said = node.ctl("endpoint", "set", "+4930", "max_contacts=3")
    assert "+4930: unchanged" in said
    _, _, said = node.ctl("endpoint", "disable", "+4930")
    assert "no longer registered" in said and listed(node, "binding") == []
    assert node.ctl("endpoint", "list")[1].splitlines()[1].split()[:2] == ["+4930", "disabled"]
    node.ctl("endpoint", "enable", "+4930")
    assert device(node, "+4930").register().status == 200
    for args, status, words in ((("set", "+493", "max_contacts=1"), REFUSED, "did you mean '+4930'?"),
                                (("set", "+4930", "max_contact=1"), USAGE, "did you mean 'max_contacts'?"),
                                (("set", "+4930", "transports=tcp"), REFUSED, "known, but not in this version"),
                                (("add", "+4930", "password=x"), REFUSED, "regentctl endpoint set +4930"),
                                (("add", "2002"), REFUSED, "password: is missing"),
                                (("show", "nobody"), REFUSED, "there is no endpoint 'nobody'"),
                                (("lst",), USAGE, "did you mean 'list'?")):
        got, _, errors = node.ctl("endpoint", *args, check=False)
        assert got == status and words in errors, (args, got, errors)
    node.ctl("endpoint", "remove", "+4930")
    assert listed(node, "endpoint") == []


def test_bindings(regentd):
    node = regentd({"endpoints": [endpoint(max_contacts=2), endpoint("2002")]}).start()
    first, second = device(node), device(node, contact_user="desk")
    assert first.register(600).status == second.register(300).status == 200
    items = listed(node, "binding", "2001")
    assert {i["contact"] for i in items} == {first.contact, second.contact}
    item = next(i for i in items if i["contact"] == first.contact)
    assert item["aor"] == "2001" and item["call_id"] == first.call_id and item["cseq"] == 2
    assert item["received"] == f"127.0.0.1:{first.port}" and item["flow"] == f"127.0.0.1:{node.port}"
    assert item["transport"] == "UDP" and item["q"] == 1.0 and 300 < item["granted_s"] <= 600
    assert [item[k] for k in ("path", "instance", "reg_id", "reachable")] == [None] * 4
    assert listed(node, "binding", "2002") == [] and len(listed(node, "binding")) == 2
    status = node.status()
    assert (status["endpoints"], status["bindings"]) == (2, 2)
    said = [line.split()[:2] for line in node.ctl("status")[1].splitlines()]
    assert ["endpoints", "2"] in said and ["bindings", "2"] in said
    _, out, _ = node.ctl("binding", "list")
    assert len(out.splitlines()) == 3 and first.contact in out
    _, out, _ = node.ctl("binding", "show", "2001")
    assert out.count("Call-ID") == 2 and f"Contact           {second.contact}\n" in out
    status, _, errors = node.ctl("binding", "list", "2003", check=False)
    assert status == REFUSED and "there is no endpoint '2003'" in errors

    _, _, said = node.ctl("binding", "remove", "2001", first.contact)
    assert f"{first.contact}: 1 removed" in said
    assert [i["contact"] for i in listed(node, "binding")] == [second.contact]
    status, _, errors = node.ctl("binding", "remove", "2001", first.contact, check=False)
    assert status == REFUSED and "no such binding" in errors
    assert Api(node.socket).must("DELETE", "/bindings/2001") == {"removed": 1}
    assert listed(node, "binding") == []
    # It must prove its password once more, and is there again.
    challenged = len(first.sent)
    assert first.register().status == 200 and len(first.sent) == challenged + 2


def test_pages(regentd):
    """More than fit one page, each of them once, in the order of names."""
    names = [f"{n:04}" for n in range(600)]
    node = regentd({"endpoints": [endpoint(name) for name in names]}).start()
    assert [e["name"] for e in listed(node, "endpoint")] == names
    page = Api(node.socket).must("GET", "/endpoints?limit=10&cursor=0042")
    assert [e["name"] for e in page["items"]] == names[43:53] and page["next"] == "0052"


def test_a_suspension_is_lifted(regentd):
    node = regentd({"endpoints": [endpoint()],
                    "parameters": {"SS_ENDPOINT_REGISTER_RETRY": 2, "SS_ENDPOINT_REGISTER_SUSPEND": 600}}).start()
    assert listed(node, "suspension") == []
    for _ in range(3):
        device(node, password="wrong").register(timeout=1)
    item, = listed(node, "suspension")
    assert item["name"] == "2001" and item["source"] == "127.0.0.1" and item["failures"] >= 2
    assert node.ctl("suspension", "list")[1].splitlines()[1].split()[:2] == ["2001", "127.0.0.1"]
    answer = device(node).register(timeout=1)
    assert answer is None or answer.status == 403
    _, _, said = node.ctl("suspension", "lift", "127.0.0.1", "2001")
    assert "lifted" in said and listed(node, "suspension") == []
    assert device(node).register().status == 200
    status, _, _ = node.ctl("suspension", "lift", "127.0.0.1", "2001", check=False)
    assert status == REFUSED
