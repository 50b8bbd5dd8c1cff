# SPDX-License-Identifier: Apache-2.0
"""The fields of a registration, each seen to do what it says on the wire.

One regentd and one scripted upstream for each group of fields; the tables say what
a field is set to and what the upstream must see. `period`, `retry_delay` and
`send_unregister` are in test_parameters.py, every pair of optional fields in
test_field_cases.py, what a field refuses in src/config/object_fields_test.c.
"""

import re
import signal
import socket
import time

import pytest
from kit import sip
from kit.api import Api
from kit.ports import free_port
from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import challenging, granting, silent_to_cancels
from kit.uas import challenge, granted
from kit.wait import stays, wait_until

URN = r"<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>"
OFFER = "Supported: path, outbound"


def with_headers(answer, *headers):
    """A response of the kit, with more headers."""
    head, rest = answer.split(b"\r\n", 1)
    return b"\r\n".join([head, *(h.encode() for h in headers), rest])


def live(node, count):
    rows = node.start().wait_state("registered")
    assert len(rows) == count
    return rows


def of(peer, user):
    """The requests of that account, without repetitions."""
    seen = {}
    for request, source in peer.requests:
        if re.search(rf"<sip:{re.escape(user)}@", request.one("to")):
            seen.setdefault(request.branch, (request, source))
    return list(seen.values())


def uri_parts(uri):
    """(user or None, host:port, parameters) of a SIP URI without a password."""
    rest, *parameters = uri.removeprefix("sip:").split(";")
    user, at, place = rest.rpartition("@")
    return (user if at else None), place, parameters


# ---- who: the fields that are texts ----

WHO = {
    # account: (fields, what every REGISTER of it must show)
    "1001": ({}, {"auth": "1001", "from": "<sip:1001@sw.example>", "agent": r"Regent/\d.*"}),
    "1002": ({"auth_username": "trunk-2"}, {"auth": "trunk-2"}),
    "1003": ({"display_name": "Front desk"}, {"from": '"Front desk" <sip:1003@sw.example>'}),
    "1004": ({"user_agent": "Trunk/7 (x)"}, {"agent": re.escape("Trunk/7 (x)")}),
    "1005": ({"host": "203.0.113.5"}, {"from": "<sip:1005@203.0.113.5>", "uri": "sip:203.0.113.5"}),
    "1006": ({"contact_user": "username"}, {"user": "1006"}),
    "1007": ({"contact_user": "desk 7"}, {"user": "desk%207"}),
    "1008": ({"contact_host": "pbx.example"}, {"place": "pbx.example:{port}"}),
    "1009": ({"proxy": "{uri};lr"}, {"route": "<{uri};lr>"}),
    "1010": ({"proxy": "{uri};transport=udp"}, {"route": None}),
    "1011": ({"line_limit": 30}, {}),
}


def test_texts(uas, regentd):
    peer = uas(challenging())
    lines = []
    for user, (fields, _) in WHO.items():
        fields = {k: v.format(uri=peer.uri) if isinstance(v, str) else v for k, v in fields.items()}
        lines.append(registration(f"line-{user}", user, fields.pop("proxy", peer.uri), **fields))
    node = regentd({"parameters": {"RG_UPSTREAM_RATE": 0}, "registrations": lines})
    rows = live(node, len(WHO))
    assert node.stop().exit == CLEAN_EXIT
    peer.check()
    for user, (_, wanted) in WHO.items():
        requests = of(peer, user)
        assert len(requests) == 3, "a challenge, its answer, the cancel"
        for request, source in requests:
            check_texts(request, node, peer, user, wanted)
            assert source == node.address
            assert request.contacts[0][0] == rows[f"line-{user}"]["contact"]
        assert requests[1][0].auth()["username"] == wanted.get("auth", user)
        assert [r.expires for r, _ in requests] == [3600, 3600, 0]


def check_texts(request, node, peer, user, wanted):
    contact_user, place, parameters = uri_parts(request.contacts[0][0])
    assert request.uri == wanted.get("uri", "sip:sw.example")
    assert request.one("from").partition(";tag=")[0] == wanted.get("from", f"<sip:{user}@sw.example>")
    assert request.one("to") == f"<sip:{user}@{request.uri.removeprefix('sip:')}>"
    assert re.fullmatch(wanted.get("agent", r"Regent/.*"), request.one("user-agent"))
    assert place == wanted.get("place", "127.0.0.1:{port}").format(port=node.port)
    assert request.one("via").split()[1].partition(";")[0] == place
    assert parameters == []
    route = wanted.get("route")
    assert request.maybe("route") == (route and route.format(uri=peer.uri))
    if "user" in wanted:
        assert contact_user == wanted["user"]
    else:
        assert re.fullmatch(r"[a-z2-7]{16}", contact_user), "derived"
    assert request.one("supported") == "path", "RFC 3327 5.1: a proxy on the way may add Path"
    for name in ("require", "proxy-require", "privacy"):
        assert request.maybe(name) is None


def test_enabled_off_sends_nothing(uas, regentd):
    peer = uas(challenging())
    node = regentd({"registrations": [registration("off", "1001", peer.uri, enabled=False),
                                      registration("on", "1002", peer.uri)]}).start()
    rows = node.wait_state("registered", ["on"])
    assert rows["off"]["state"] == "disabled"
    assert node.stop().exit == CLEAN_EXIT
    assert of(peer, "1001") == []
    assert len(of(peer, "1002")) == 3


def test_password_file(uas, regentd, tmp_path):
    """The first line of the file, relative to the objects file or absolute."""
    peer = uas(challenging("from a file"))
    absolute = tmp_path / "absolute"
    absolute.write_text("from a file\nand not this\n")
    lines = [registration("absolute", "1001", peer.uri, password_file=str(absolute)),
             registration("relative", "1002", peer.uri, password_file="relative")]
    for line in lines:
        del line["password"]
    node = regentd({"registrations": lines})
    with open(node.folder + "/relative", "w", encoding="utf-8") as f:
        f.write("from a file")
    live(node, 2)
    assert node.stop().exit == CLEAN_EXIT
    peer.check()
    assert "from a file" not in node.log()


# ---- whence: signaling_port, local_address ----

def test_where_requests_leave(uas, regentd):
    """A further listener is opened where none of the node fits, and requests are answered there."""
    peer = uas(challenging())
    port, both = free_port(), free_port()
    places = {"1001": {}, "1002": {"signaling_port": port}, "1003": {"local_address": "127.0.0.2"},
              "1004": {"local_address": "127.0.0.3", "signaling_port": both}}
    lines = [registration(f"line-{u}", u, peer.uri, **fields) for u, fields in places.items()]
    node = regentd({"registrations": lines})
    live(node, 4)
    wanted = {"1001": node.address, "1002": ("127.0.0.1", port), "1003": ("127.0.0.2", node.port),
              "1004": ("127.0.0.3", both)}
    for user, place in wanted.items():
        for request, source in of(peer, user):
            assert source == place
            assert uri_parts(request.contacts[0][0])[1] == "%s:%d" % place
        contact = of(peer, user)[0][0].contacts[0][0]
        branch = peer.ask("OPTIONS", place, contact)
        wait_until(lambda b=branch: peer.answer(b), 10, f"an answer from {place}")
        assert peer.answer(branch).status == 200
    assert node.stop().exit == CLEAN_EXIT
    assert all(of(peer, user)[-1][1] == place for user, place in wanted.items()), "cancels leave from there too"


def is_bound(place):
    """True where another process cannot have that UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(place)
        except OSError:
            return True
    return False


def test_listeners_that_nobody_needs_are_closed(uas, regentd):
    """Not those that another registration has, nor where a cancel is owed, nor the node's own."""
    peer, deaf = uas(granting), uas(silent_to_cancels)
    ports = {name: free_port() for name in ("removed", "edited", "disabled", "shared", "owed")}
    lines = {name: registration(name, str(1001 + i), deaf.uri if name == "owed" else peer.uri, signaling_port=port)
             for i, (name, port) in enumerate(ports.items())}
    lines["other"] = registration("other", "1009", peer.uri, signaling_port=ports["shared"])
    node = regentd({"registrations": list(lines.values())})
    live(node, len(lines))
    api = Api(node.socket)
    places = {name: ("127.0.0.1", port) for name, port in ports.items()}
    assert all(is_bound(place) for place in places.values())
    for name in ("removed", "shared", "owed"):
        api.must("DELETE", f"/registrations/{name}")
    api.must("PATCH", "/registrations/edited", {"signaling_port": None})
    api.must("PATCH", "/registrations/disabled", {"enabled": False})
    goes = {"removed", "edited", "disabled"}
    wait_until(lambda: not any(is_bound(places[name]) for name in goes), 120, "three ports to be free")
    assert is_bound(places["shared"]) and is_bound(places["owed"]) and is_bound(node.address)
    # What is there still works, and what is asked for again is opened again.
    branch = peer.ask("OPTIONS", places["shared"], "sip:127.0.0.1")
    wait_until(lambda: peer.answer(branch), 10, "an answer")
    api.must("POST", "/registrations", lines["removed"], 201)
    api.must("PATCH", "/registrations/disabled", {"enabled": True})
    node.wait_state("registered", ["removed", "disabled", "edited", "other"])
    for user, place in (("1001", places["removed"]), ("1002", node.address), ("1003", places["disabled"])):
        assert of(peer, user)[-1][1] == place and is_bound(place)
    peer.check()


# ---- digest_min ----

def offering(*algorithms):
    """Challenges with these, top to bottom, and grants whatever is answered rightly."""

    def script():
        request = yield
        request = yield challenge(request, algorithms=algorithms)
        while True:
            sip.verify(request, "secret")
            request = yield granted(request)

    return script


@pytest.mark.parametrize("least, offered, used", [
    (None, ["MD5"], "MD5"),
    ("MD5", ["MD5", "SHA-256"], "MD5"),
    ("SHA-256", ["MD5", "SHA-256"], "SHA-256"),
    ("SHA-512-256", ["MD5", "SHA-256", "SHA-512-256"], "SHA-512-256"),
    ("SHA-256", ["MD5"], None),
    ("SHA-512-256", ["SHA-256"], None),
])
def test_digest_min(uas, regentd, least, offered, used):
    peer = uas(offering(*offered))
    more = {"digest_min": least} if least else {}
    node = regentd({"registrations": [registration("line", "1001", peer.uri, **more)]}).start()
    if used:
        node.wait_state("registered")
        assert peer.requests[-1][0].auth()["algorithm"] == used
    else:
        row = node.wait_state("rejected")["line"]
        assert row["last_reason"] == f"weaker than digest_min: {offered[0]} is offered, not {least}"
        assert all(r.auth() is None for r, _ in peer.requests), "nothing weaker was answered"
    assert node.stop().exit == CLEAN_EXIT
    peer.check()


def test_digest_is_never_weaker_than_what_succeeded(uas, regentd):
    """MD5 is allowed, but SHA-256 has worked: a cancel that is offered MD5 alone is not answered.

    Nor is it after a crash: the ledger knows. Whoever sets digest_min anew decides anew.
    """

    def script():
        request = yield
        request = yield challenge(request, algorithms=["SHA-256"], nonce="strong")
        request = yield granted(request)
        while True:
            request = yield challenge(request, algorithms=["MD5"], nonce="weak")

    peer = uas(script)
    line = registration("line", "1001", peer.uri, digest_min="SHA-256")
    node = regentd({"parameters": {"RG_STOP_DEADLINE": 3},
                    "registrations": [registration("line", "1001", peer.uri)]})
    live(node, 1)
    node.kill9()
    node.start()
    row = node.wait_state("rejected")["line"]
    assert row["last_reason"] == "weaker than what worked before: MD5 is offered, not SHA-256"
    node.stop()
    assert len(peer.requests) >= 4
    assert {r.auth()["algorithm"] for r, _ in peer.requests if r.auth()} == {"SHA-256"}

    node.write_objects({"registrations": [line]})
    node.start()
    node.wait_state("rejected")
    node.write_objects({"registrations": [{**line, "digest_min": "MD5"}]})
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: (peer.requests[-1][0].auth() or {}).get("algorithm") == "MD5", 30, "an answer with MD5")


# ---- outbound, bulk ----

def offered_outbound(status=401):
    def script():
        request = yield
        while True:
            request = yield with_headers(challenge(request, status), OFFER)
            if request.auth("authorization" if status == 401 else "proxy-authorization"):
                break
        while True:
            request = yield granted(request)

    return script


def check_outbound(request):
    [(uri, parameters)] = request.contacts
    assert uri_parts(uri)[2] == ["ob"]
    assert parameters["reg-id"] == "1"
    assert re.fullmatch(URN, parameters["+sip.instance"])
    assert request.one("supported") == "path, outbound"
    return parameters["+sip.instance"]


def check_plain(request):
    [(uri, parameters)] = request.contacts
    assert uri_parts(uri)[2] == [] and set(parameters) == {"expires"}
    assert request.one("supported") == "path"


@pytest.mark.parametrize("setting, status, outbound", [
    ("on", None, True), ("off", 401, False), ("auto", None, False), ("auto", 401, True), ("auto", 407, True),
    (None, 401, True),
])
def test_outbound(uas, regentd, setting, status, outbound):
    peer = uas(offered_outbound(status) if status else challenging())
    more = {"outbound": setting} if setting else {}
    node = regentd({"registrations": [registration("line", "1001", peer.uri, **more)]})
    live(node, 1)
    assert node.stop().exit == CLEAN_EXIT
    peer.check()
    *before, cancel = [r for r, _ in of(peer, "1001")]
    assert cancel.expires == 0
    for request in (before[-1], cancel):
        (check_outbound if outbound else check_plain)(request)
    if outbound and setting != "on":
        check_plain(before[0])
    if outbound:
        assert check_outbound(before[-1]) == check_outbound(cancel)


def test_outbound_goes_on_after_a_crash(uas, regentd):
    """The process that comes back keeps the form and the instance of the binding that upstream has."""

    def script():
        request = yield
        while True:
            if request.auth():
                request = yield granted(request)
            else:
                request = yield with_headers(challenge(request), OFFER)

    peer = uas(script)
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]})
    live(node, 1)
    before = check_outbound(peer.requests[-1][0])
    node.kill9()
    seen = len(peer.requests)
    live(node, 1)
    for request, _ in peer.requests[seen:]:
        assert check_outbound(request) == before
        assert request.expires == 3600, "nothing was cancelled"
    assert node.stop().exit == CLEAN_EXIT


def test_outbound_instance_tells_which_contact_is_ours(uas, regentd):
    """Rewritten whole, and not the only one: the grant is that of our instance."""

    def script():
        request = yield
        while True:
            [(_, parameters)] = request.contacts
            ours = [f'Contact: <sip:u9@203.0.113.7:61000>;expires=300;+sip.instance="{parameters["+sip.instance"]}"']
            theirs = 'Contact: <sip:u8@203.0.113.8>;expires=3000;+sip.instance="<urn:uuid:1>"'
            request = yield sip.reply(request, 200, "OK", theirs, *(ours if request.expires else []))

    peer = uas(script)
    node = regentd({"registrations": [registration("line", "1001", peer.uri, outbound="on")]})
    row = live(node, 1)["line"]
    assert (row["granted_s"], row["foreign_bindings"]) == (300, 1)
    assert node.stop().exit == CLEAN_EXIT


@pytest.mark.parametrize("setting", ["auto", "on"])
def test_outbound_439(uas, regentd, setting):
    """First Hop Lacks Outbound Support: auto does without, on says so."""

    def script():
        request = yield
        request = yield with_headers(challenge(request), OFFER)
        while True:
            if "ob" in uri_parts(request.contacts[0][0])[2]:
                request = yield sip.reply(request, 439, "First Hop Lacks Outbound Support")
            elif request.auth():
                request = yield granted(request)
            else:
                request = yield with_headers(challenge(request), OFFER)

    peer = uas(script)
    node = regentd({"registrations": [registration("line", "1001", peer.uri, outbound=setting)]}).start()
    if setting == "auto":
        node.wait_state("registered")
        check_plain(peer.requests[-1][0])
    else:
        assert node.wait_state("waiting")["line"]["last_status"] == 439
    assert node.stop().exit == CLEAN_EXIT
    peer.check()


def test_outbound_421(uas, regentd):
    """Extension Required: auto offers it."""

    def script():
        request = yield
        while True:
            if "ob" in uri_parts(request.contacts[0][0])[2]:
                request = yield granted(request)
            else:
                request = yield sip.reply(request, 421, "Extension Required", "Require: outbound")

    peer = uas(script)
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]})
    live(node, 1)
    assert node.stop().exit == CLEAN_EXIT
    check_outbound(peer.requests[-1][0])


def test_bulk(uas, regentd):
    """RFC 6140: no user in the Contact, gin required; the cancel is the same."""
    peer = uas(challenging())
    node = regentd({"registrations": [registration("pbx", "pbx", peer.uri, bulk=True),
                                      registration("other", "other", peer.uri)]})
    rows = live(node, 2)
    assert rows["pbx"]["contact"] == f"sip:127.0.0.1:{node.port};bnc"
    assert node.stop().exit == CLEAN_EXIT
    peer.check()
    requests = [r for r, _ in of(peer, "pbx")]
    assert [r.expires for r in requests] == [3600, 3600, 0]
    for request in requests:
        [(uri, parameters)] = request.contacts
        assert uri == f"sip:127.0.0.1:{node.port};bnc"
        assert set(parameters) == {"expires"}
        assert request.one("require") == request.one("proxy-require") == "gin"
        assert request.one("supported") == "path"
    for request, _ in of(peer, "other"):
        assert request.maybe("require") is None


# ---- multi_contact ----

def registrar():
    """Keeps a table as RFC 3261 10.3 says, for one account; challenges every REGISTER."""
    table = {}
    request = yield
    while True:
        if not request.auth():
            request = yield challenge(request, nonce=f"n{request.cseq}")
            continue
        sip.verify(request, "secret")
        for uri, parameters in request.contacts:
            table[uri] = int(parameters["expires"])
        table = {uri: left for uri, left in table.items() if left}
        request = yield sip.reply(request, 200, "OK",
                                  *(f"Contact: <{u}>;expires={s}" for u, s in table.items()))


EDITS = {
    "contact_user": {"contact_user": "desk-7"},
    "contact_host": {"contact_host": "pbx.example"},
    "signaling_port": {"signaling_port": None},
    "local_address": {"local_address": "127.0.0.4"},
}


@pytest.mark.parametrize("multi", [True, False])
@pytest.mark.parametrize("edit", EDITS)
def test_multi_contact(uas, regentd, edit, multi):
    """A changed Contact: one REGISTER with both, the old one at expires=0; else a cancel and a REGISTER."""
    peer = uas(registrar)
    more = dict(EDITS[edit])
    if "signaling_port" in more:
        more["signaling_port"] = free_port()
    line = registration("line", "1001", peer.uri, multi_contact=multi)
    node = regentd({"registrations": [line]})
    old = live(node, 1)["line"]["contact"]
    seen = len(of(peer, "1001"))
    node.write_objects({"registrations": [{**line, **more}]})
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: node.registrations()["line"]["contact"] not in (None, "", old), 30, "another Contact")
    node.wait_state("registered")
    new = node.registrations()["line"]["contact"]
    wait_until(lambda: node.status()["debts"] == 0, 30, "no debt")
    requests = [r for r, _ in of(peer, "1001")[seen:] if r.auth()]
    listed = [[(u, p["expires"]) for u, p in r.contacts] for r in requests]
    if multi:
        assert listed == [[(new, "3600"), (old, "0")]]
        assert requests[0].one("expires") == "3600"
    else:
        assert listed == [[(old, "0")], [(new, "3600")]]
    assert node.stop().exit == CLEAN_EXIT
    assert [u for u, _ in of(peer, "1001")[-1][0].contacts] == [new], "nothing else was left"
    peer.check()


# ---- keepalive ----

def behind_nat(request, answer):
    """The answer as an upstream gives it that saw another address and port."""
    via = request.one("via")
    seen = via.replace(";rport", ";received=203.0.113.99;rport=40000")
    assert seen != via
    return answer.replace(via.encode(), seen.encode())


def natted():
    request = yield
    request = yield behind_nat(request, challenge(request))
    while True:
        request = yield behind_nat(request, granted(request))


def test_keepalive_is_one_for_each_flow(uas, regentd):
    """CRLF CRLF from the socket of the registration; those that share a flow share it."""
    peer, quiet, nat = uas(challenging()), uas(challenging()), uas(natted)
    port = free_port()
    lines = [registration(f"line-{i}", str(1001 + i), peer.uri, keepalive=10) for i in range(5)]
    lines.append(registration("own", "1009", peer.uri, keepalive=10, signaling_port=port))
    lines += [registration("auto", "1001", quiet.uri, keepalive="auto", host="quiet.example"),
              registration("off", "1002", nat.uri, keepalive="off", host="nat.example")]
    node = regentd({"parameters": {"RG_UPSTREAM_RATE": 0}, "registrations": lines})
    live(node, 8)
    began = time.monotonic()
    own = ("127.0.0.1", port)
    wait_until(lambda: all([s for _, s in peer.keepalives].count(w) >= 2 for w in (node.address, own)), 40,
               "two keepalives on each flow")
    most = (time.monotonic() - began + 1) / 8 + 1
    assert {data for data, _ in peer.keepalives} == {b"\r\n\r\n"}
    for source in (node.address, own):
        assert [s for _, s in peer.keepalives].count(source) <= most, "one for the flow, not one each"
    assert {s for _, s in peer.keepalives} == {node.address, own}
    assert quiet.keepalives == [] == nat.keepalives
    assert node.stop().exit == CLEAN_EXIT
    after = len(peer.keepalives)
    stays(lambda: len(peer.keepalives) == after, 1, "no keepalive after the stop")


@pytest.mark.slow
def test_keepalive_auto_behind_nat(uas, regentd):
    peer, plain = uas(natted), uas(challenging())
    lines = [registration("nat", "1001", peer.uri), registration("plain", "1002", plain.uri)]
    node = regentd({"registrations": lines})
    live(node, 2)
    wait_until(lambda: peer.keepalives, 40, "a keepalive within 25 s")
    assert peer.keepalives[0] == (b"\r\n\r\n", node.address)
    assert plain.keepalives == []
    node.stop()


# ---- fields of calls: refused until something reads them ----

@pytest.mark.parametrize("field, value", [
    ("route_to", "routes"), ("called_from", "auto"), ("caller_as", "username"), ("identity", "pai"), ("privacy", "id"),
])
def test_fields_of_calls_are_refused(uas, regentd, field, value):
    peer = uas(challenging())
    status, [message] = regentd({"registrations": [registration("line", "1001", peer.uri, **{field: value})]}).refused()
    assert status != 0
    assert message.endswith(f"registrations[0].{field}: known, but not in this version")
    assert peer.requests == []
