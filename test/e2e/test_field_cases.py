# SPDX-License-Identifier: Apache-2.0
"""F4, F6, F25a, F42 of the cases from the field, on real sockets."""

import itertools
import os

import pytest
from kit import etc, sip
from kit.client import Device
from kit.ports import free_port
from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import challenging
from kit.uas import challenge, granted
from kit.wait import wait_until

# F4: every pair of settings of two of these columns stands in some row (checked below).
COLUMNS = ("auth_username", "contact_host", "contact_user", "display_name", "user_agent", "period",
           "outbound", "keepalive", "multi_contact", "route", "leaves_from", "host")
ROWS = [  # a contact_user of "bulk" is the other field, whose Contact has no user
    ("auth", None, "bulk", None, "Trunk/1", 90, "on", "off", None, False, "address", "sw.example"),
    (None, "198.51.100.20", None, 'Front "desk"', None, None, None, 10, True, True, "port", "sw.example"),
    ("auth", None, "desk-7", None, None, "auto", "off", None, True, True, None, "203.0.113.1"),
    (None, "198.51.100.20", "username", 'Front "desk"', "Trunk/1", 90, "off", 10, None, False, None, "203.0.113.1"),
    ("auth", "198.51.100.20", None, None, "Trunk/1", "auto", None, None, None, False, "port", "203.0.113.1"),
    (None, "198.51.100.20", "bulk", 'Front "desk"', None, "auto", "on", "off", True, True, "address", "203.0.113.1"),
    (None, None, "username", None, None, None, "on", None, True, False, "address", "sw.example"),
    ("auth", None, "desk-7", None, "Trunk/1", None, None, 10, None, True, "address", "203.0.113.1"),
    ("auth", None, "username", 'Front "desk"', None, 90, None, "off", True, True, "port", "203.0.113.1"),
    (None, "198.51.100.20", "desk-7", 'Front "desk"', "Trunk/1", "auto", "on", "off", True, False, None, "sw.example"),
    (None, None, None, 'Front "desk"', None, None, "off", "off", None, False, "address", "sw.example"),
    ("auth", "198.51.100.20", "bulk", 'Front "desk"', None, 90, "off", None, True, False, "port", "sw.example"),
    ("auth", "198.51.100.20", "bulk", 'Front "desk"', None, None, None, 10, True, False, None, "203.0.113.1"),
    (None, None, None, 'Front "desk"', None, 90, "on", 10, True, False, None, "203.0.113.1"),
    ("auth", "198.51.100.20", "desk-7", None, None, 90, "on", "off", True, True, "port", "sw.example"),
    (None, None, "username", None, "Trunk/1", "auto", "off", 10, True, True, "address", "sw.example"),
]
ADDRESS = "127.0.0.2"  # what `local_address` is set to; the listener is at 127.0.0.1


def test_f4_table_is_pairwise():
    for a, b in itertools.combinations(range(len(COLUMNS)), 2):
        wanted = set(itertools.product({r[a] for r in ROWS}, {r[b] for r in ROWS}))
        assert {(r[a], r[b]) for r in ROWS} == wanted, f"{COLUMNS[a]} and {COLUMNS[b]}"


def f4_registration(index, row, upstream):
    o = dict(zip(COLUMNS, row))
    user = str(1001 + index)
    more = {k: o[k] for k in COLUMNS[:9] if o[k] is not None}
    if o["contact_user"] == "bulk":
        more["bulk"] = more.pop("contact_user") == "bulk"
    if "auth_username" in more:
        more["auth_username"] = f"auth-{user}"
    if o["leaves_from"] == "address":
        more["local_address"] = ADDRESS
    if o["leaves_from"] == "port":
        more["signaling_port"] = free_port()
    proxy = upstream.uri + (";lr" if o["route"] else "")
    return registration(f"line-{user}", user, proxy, host=o["host"], **more)


@pytest.mark.both_builds
def test_f4_bytes_of_a_cancel(uas, regentd):
    peer = uas(challenging())
    lines = [f4_registration(i, row, peer) for i, row in enumerate(ROWS)]
    node = regentd({"parameters": {"RG_UPSTREAM_RATE": 0}, "registrations": lines}).start()
    rows = node.wait_state("registered")
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    peer.check()

    for line in lines:
        sent = [(r, s) for r, s in peer.requests if f"sip:{line['username']}@{line['host']}" in r.one("to")]
        *registers, (cancel, cancel_source) = sent
        assert len(registers) == 2
        for register, source in registers:
            check_same(register, cancel)
            assert source == cancel_source
            assert cancel.cseq > register.cseq
        check_cancel(cancel, rows[line["name"]])
        check_settings(cancel, cancel_source, line, node, peer)


def check_same(register, cancel):
    """What a cancel shares with the REGISTER whose binding it takes back."""
    assert cancel.start == register.start
    assert cancel.call_id == register.call_id
    assert cancel.one("from") == register.one("from")
    assert cancel.one("to") == register.one("to")
    [(uri, parameters)], [(other, others)] = cancel.contacts, register.contacts
    assert uri == other and {**parameters, "expires": ""} == {**others, "expires": ""}
    for name in ("user-agent", "route", "require", "proxy-require", "supported"):
        assert cancel.maybe(name) == register.maybe(name)


def check_cancel(cancel, row):
    assert cancel.one("expires") == "0"
    [(uri, parameters)] = cancel.contacts
    assert uri != "*" and uri in row["contact"]
    assert parameters["expires"] == "0"
    assert "tag" in sip.params(cancel.one("from"))
    assert "tag" not in sip.params(cancel.one("to"))
    assert cancel.one("max-forwards") == "70"
    assert cancel.maybe("privacy") is None
    assert cancel.body == b""


def check_settings(cancel, source, line, node, peer):
    """Each optional setting is where it belongs."""
    assert cancel.uri == f"sip:{line['host']}"
    sip.verify(cancel, "secret", username=line.get("auth_username", line["username"]), nc="00000002")
    wanted_source = (line.get("local_address", "127.0.0.1"), line.get("signaling_port", node.port))
    assert source == wanted_source
    uri, _, form = cancel.contacts[0][0].partition(";")
    user, _, host_port = uri.removeprefix("sip:").rpartition("@")
    assert host_port == f"{line.get('contact_host', wanted_source[0])}:{wanted_source[1]}"
    bulk, outbound = line.get("bulk", False), line.get("outbound") == "on"
    fixed = "" if bulk else {"username": line["username"], "desk-7": "desk-7"}.get(line.get("contact_user"))
    assert user not in ("", line["username"]) if fixed is None else user == fixed
    assert form == ";".join(["bnc"] * bulk + ["ob"] * outbound)
    assert ("+sip.instance" in cancel.contacts[0][1]) == ("reg-id" in cancel.contacts[0][1]) == outbound
    assert cancel.maybe("require") == cancel.maybe("proxy-require") == ("gin" if bulk else None)
    assert cancel.one("supported") == ("path, outbound" if outbound else "path")
    assert cancel.one("via").split()[1].partition(";")[0] == host_port
    if "display_name" in line:
        assert r'"Front \"desk\""' in cancel.one("from")
    if "user_agent" in line:
        assert cancel.one("user-agent") == line["user_agent"]
    else:
        assert cancel.one("user-agent").startswith("Regent/")
    assert cancel.maybe("route") == (f"<{peer.uri};lr>" if line["proxy"].endswith(";lr") else None)


def test_f6_second_device_survives_our_cancel(kamailio, regentd, ending):
    peer = kamailio({"1001": "secret"})
    device = ending(Device(peer.address, "1001", "secret", "sw.example"))
    assert device.register(300).status == 200
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]}).start()
    row = node.wait_state("registered")["line"]
    assert len(peer.bindings()) == 2
    assert row["foreign_bindings"] == 1

    assert node.stop().exit == CLEAN_EXIT
    [left] = peer.bindings()
    assert left.contact == device.contact
    assert (left.call_id, left.cseq) == (device.call_id, 2), "nobody but the device touched it"


@pytest.mark.skipif(not etc.possible(), reason="may not give a program another /etc/hosts")
def test_f25a_both_legs_from_one_socket_to_one_address(uas, regentd, tmp_path):
    """One name, two addresses, each with nonces of its own, registrations on several sockets."""
    first_legs = {}

    def upstream(address):
        def script():
            request = yield
            first_legs[request.call_id] = address
            while True:
                request = yield challenge(request, nonce=f"of-{address}")
                sip.verify(request, "secret", nonce=f"of-{address}")
                request = yield granted(request)
                sip.verify(request, "secret", nonce=f"of-{address}")
                request = yield granted(request)
        return script

    port = free_port()
    peers = [uas(upstream(a), host=a, port=port) for a in ("127.0.0.11", "127.0.0.12")]
    lines = []
    for i in range(6):
        more = {"signaling_port": free_port()} if i % 2 else {}
        lines.append(registration(f"line-{i}", str(1001 + i), f"sip:upstream.e2e:{port}", **more))
    node = regentd({"registrations": lines}, wrap=etc.wrap(
        tmp_path, hosts="127.0.0.11 upstream.e2e\n127.0.0.12 upstream.e2e\n"))
    node.start()
    node.wait_state("registered", [line["name"] for line in lines])
    assert node.stop().exit == CLEAN_EXIT
    for peer in peers:
        peer.check()
        for call_id in {r.call_id for r, _ in peer.requests}:
            assert len({s for r, s in peer.requests if r.call_id == call_id}) == 1, "more than one socket"
    everywhere = [{r.call_id for r, _ in p.requests} for p in peers]
    assert not everywhere[0] & everywhere[1], "an exchange went to both addresses"
    assert len(first_legs) == 6


def reluctant(hold):
    """Registers whoever asks; a cancel gets its answer only once hold is empty."""
    def script():
        request = yield
        request = yield challenge(request)
        while True:
            answer = granted(request)
            request = yield (lambda a=answer: None if hold else a) if request.expires == 0 else answer
    return script


def test_f42_options_from_the_first_second_and_503_once_stopping(uas, regentd):
    hold = ["cancel"]
    peer = uas(reluctant(hold))
    node = regentd({"parameters": {"RG_STOP_DEADLINE": 30},
                    "registrations": [registration("line", "1001", peer.uri)]}).launch()
    wait_until(lambda: peer.requests, 30, "the first REGISTER")
    uri = peer.requests[0][0].contacts[0][0]
    assert answered(peer, node, "OPTIONS", uri).status == 200
    node.wait_state("registered")
    assert answered(peer, node, "OPTIONS", uri).status == 200

    node.process.kill(15)
    wait_until(lambda: any(r.expires == 0 for r, _ in peer.requests), 30, "the cancel")
    assert answered(peer, node, "OPTIONS", uri).status == 503
    assert answered(peer, node, "OPTIONS", uri).status == 503
    hold.clear()
    assert node.ended().exit == CLEAN_EXIT


REQUESTS = [
    ("OPTIONS", [], 200), ("NOTIFY", ["Event: message-summary", "Subscription-State: active"], 481),
    ("BYE", [], 481), ("INVITE", ["Contact: <sip:127.0.0.1>"], 480), ("MESSAGE", [], 405), ("SUBSCRIBE", [], 405),
    ("OPTIONS", ["Require: no-such-thing"], 420), ("JUGGLE", [], 501),
]


def test_f42_requests_of_an_upstream_are_answered(uas, regentd):
    peer = uas(challenging())
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]}).start()
    node.wait_state("registered")
    uri = peer.requests[0][0].contacts[0][0]
    for method, headers, status in REQUESTS:
        response = answered(peer, node, method, uri, *headers)
        assert response.status == status, f"{method} {headers}: {response.start}"
        assert "tag" in sip.params(response.one("to"))
        if status in (200, 405, 501):
            assert "OPTIONS" in response.one("allow")
        if status == 200:
            assert response.all("accept")
        if status == 420:
            assert response.one("unsupported") == "no-such-thing"


def answered(peer, node, method, uri, *headers):
    """The final response to a request from the upstream's own address."""
    branch = peer.ask(method, node.address, uri, *headers)
    return wait_until(lambda: peer.answer(branch), 10, f"an answer to {method} {headers}")
