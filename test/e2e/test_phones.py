# SPDX-License-Identifier: Apache-2.0
"""Phones at Regent's registrar: user agents of others, and attackers."""

import re

import pytest
from kit import sip
from kit.baresip import Baresip
from kit.regentd import CLEAN_EXIT, registration
from kit.registrar import ELSEWHERE, HERE, HOST, NAME, OCCUPIED, SECRET, bound, rows, set_parameter
from kit.sipsak import REFUSED, TAKEN, Sipsak
from kit.sipvicious import Sipvicious
from kit.tap import IN
from kit.twinkle import Twinkle
from kit.uas import challenge, granted
from kit.wait import wait_until

WORDS = [f"word{n}" for n in range(12)] + [SECRET, "later"]


@pytest.fixture
def baresip(tmp_path, ending):
    return lambda node, password=SECRET, **more: ending(
        Baresip(tmp_path, node.address, NAME, password, HOST, **more))


@pytest.fixture
def twinkle(tmp_path, ending):
    return lambda node: ending(Twinkle(tmp_path, node.address, NAME, SECRET, HOST))


# ---- user agents of others ----


def test_baresip_registers_refreshes_and_leaves(registrar, baresip):
    node = registrar(RG_ENDPOINT_MIN_EXPIRE=10)
    phone = baresip(node, expires=10)
    phone.wait_statuses(200)
    contact = phone.contact
    assert list(bound(node)) == [contact]
    [row] = rows(node, "binding")
    assert row["user_agent"].startswith("baresip v") and row["cseq"] > 0
    phone.wait_statuses(200, 2)
    assert phone.statuses() == [401, 200] * 2
    assert list(bound(node)) == [contact] and rows(node, "binding")[0]["cseq"] == row["cseq"] + 2
    phone.leave()
    assert bound(node) == {}


def test_baresip_takes_a_place_and_is_refused_one(registrar, baresip, device):
    node = registrar()
    desk = device(node)
    assert desk.register().status == 200
    phone = baresip(node)
    phone.wait_statuses(200)
    assert list(bound(node)) == [phone.contact]

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    refused = desk.register()
    assert (refused.status, refused.one("warning")) == (403, OCCUPIED)
    phone.leave()
    assert desk.register().status == 200
    late = baresip(node)
    late.wait_statuses(403)
    assert list(bound(node)) == [desk.contact]


def test_baresip_comes_back_after_a_crash(registrar, baresip):
    """Its Contact is a new one; by its instance it is the same device, also where nobody is replaced."""
    node = registrar(SS_ENDPOINT_REGISTER_REPLACE="Off")
    uuid = "7194379b-e04f-047d-f4d1-79cbb5bb92bc"
    contacts = []
    for _ in range(2):
        phone = baresip(node, instance=uuid)
        phone.wait_statuses(200)
        contacts.append(phone.contact)
        assert list(bound(node)) == contacts[-1:]
        [row] = rows(node, "binding")
        assert (row["instance"], row["reg_id"]) == (f"urn:uuid:{uuid}", 1)
        phone.close()
    assert contacts[0] != contacts[1]
    stranger = baresip(node)
    stranger.wait_statuses(403)
    assert list(bound(node)) == contacts[-1:]


def test_baresip_with_a_wrong_password_is_suspended(registrar, baresip, device):
    node = registrar()
    phone = baresip(node, "wrong")
    phone.wait_statuses(403)
    assert phone.statuses() == [401] * 7 + [403], "it guesses as fast as it can, six times"
    assert bound(node) == {}
    assert device(node, address=ELSEWHERE).register().status == 200


def test_sipsak_registers_refreshes_and_leaves(registrar, tmp_path):
    node = registrar()
    phone = Sipsak(tmp_path, node.address, NAME, SECRET)
    for _ in range(2):
        assert (phone.register(60), phone.exit) == ([401, 200], TAKEN)
        assert bound(node) == {phone.contact: 60}
    assert (phone.unregister(), phone.exit) == ([401, 200], TAKEN)
    assert bound(node) == {}


def test_sipsak_takes_a_place_and_is_refused_one(registrar, device, tmp_path):
    node = registrar()
    desk, phone = device(node), Sipsak(tmp_path, node.address, NAME, SECRET)
    assert desk.register().status == 200
    assert phone.register() == [401, 200]
    assert list(bound(node)) == [phone.contact]
    assert desk.register().status == 200

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    assert (phone.register(), phone.exit, phone.warnings()) == ([401, 403], REFUSED, [OCCUPIED])
    assert list(bound(node)) == [desk.contact]


def test_twinkle_registers_refreshes_and_leaves(registrar, twinkle):
    node = registrar()
    phone = twinkle(node)
    phone.wait_registered()
    assert list(bound(node)) == [phone.contact]
    [row] = rows(node, "binding")
    phone.type("register")
    wait_until(lambda: rows(node, "binding")[0]["cseq"] > row["cseq"], 10, "the refresh")
    assert list(bound(node)) == [phone.contact]
    phone.leave()
    assert bound(node) == {}


def test_twinkle_takes_a_place_and_is_refused_one(registrar, twinkle, device):
    node = registrar()
    desk = device(node)
    assert desk.register().status == 200
    phone = twinkle(node)
    phone.wait_registered()
    assert list(bound(node)) == [phone.contact]
    phone.leave()
    assert desk.register().status == 200

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    assert twinkle(node).wait_refused() == 403
    assert list(bound(node)) == [desk.contact]


def test_sipp_registers_refreshes_and_leaves(registrar, device, sipp):
    """Over the place of another device; the scenario judges each 200."""
    node = registrar()
    desk = device(node)
    assert desk.register().status == 200
    play(sipp, node, "phone")
    assert bound(node) == {}
    assert desk.register().status == 200

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    play(sipp, node, "phone_refused")
    assert list(bound(node)) == [desk.contact]


def play(sipp, node, scenario):
    sipp(scenario, server=node.address, account=(NAME, SECRET), keys={"domain": HOST}).passed()


def test_regent_registers_to_regent(registrar, regentd):
    node = registrar()
    line = registration("line", NAME, f"sip:{HERE}:{node.port}", host=HOST, retry_delay=30)
    client = regentd({"registrations": [line]}).start()
    assert client.wait_state("registered")["line"]["granted_s"] == 3600
    [contact] = bound(node)
    [before] = rows(node, "binding")
    client.ctl("registration", "refresh", "line")
    wait_until(lambda: rows(node, "binding")[0]["cseq"] > before["cseq"], 10, "the refresh")
    assert list(bound(node)) == [contact]
    stop = client.stop()
    assert (stop.exit, stop.outcomes()) == (CLEAN_EXIT, {"line": "clean"})
    assert bound(node) == {}


def test_regent_takes_a_place_at_regent_and_is_refused_one(registrar, regentd, device):
    node = registrar()
    desk = device(node)
    assert desk.register().status == 200
    client = regentd({"registrations": [registration("line", NAME, f"sip:{HERE}:{node.port}", host=HOST)]}).start()
    client.wait_state("registered")
    [contact] = bound(node)
    assert contact != desk.contact
    assert desk.register().status == 200
    assert list(bound(node)) == [desk.contact]

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    client.ctl("registration", "refresh", "line")
    row = client.wait_state("rejected")["line"]
    assert row["last_status"] == 403
    assert client.stop().exit == CLEAN_EXIT
    assert list(bound(node)) == [desk.contact]


# ---- attackers ----


def leaky(names):
    """A registrar that tells which names it has, and suspends nobody."""

    def script():
        request = yield
        while True:
            request = yield answer(request)

    def answer(request):
        password = names.get(request.user)
        if password is None:
            return sip.reply(request, 404, "Not Found")
        a = request.auth()
        if a and a["response"] == sip.digest(a, request.method, password):
            return granted(request, 60)
        return challenge(request)

    return script


def without_sha256(datagram):
    """A rule for a tap."""
    if datagram.direction == IN:
        datagram.data = re.sub(rb"WWW-Authenticate: [^\r]*SHA-256[^\r]*\r\n", b"", datagram.data)


@pytest.mark.parametrize("reply", ["On", "Off"])
def test_svwar_finds_no_name(registrar, uas, tmp_path, reply):
    attacker = Sipvicious(tmp_path)
    names = ["2000", NAME, "2002", "2003"]
    assert attacker.names(uas(leaky({NAME: SECRET})).address, HOST, names) == {NAME}
    node = registrar(SS_REPLY_UNAUTHORIZED=reply)
    assert attacker.names(node.address, HOST, names) == set()
    assert attacker.names(node.address, HOST, names, "--force") == set()
    assert bound(node) == {}


@pytest.mark.parametrize("reply", ["On", "Off"])
def test_svcrack_finds_no_password(registrar, device, uas, tap, tmp_path, reply):
    attacker = Sipvicious(tmp_path)
    assert attacker.passwords(uas(leaky({NAME: SECRET})).address, HOST, NAME, WORDS) == {NAME: SECRET}
    node = registrar(SS_REPLY_UNAUTHORIZED=reply)
    phone = device(node, address=ELSEWHERE)
    assert phone.register().status == 200
    line = tap(node, without_sha256)
    assert attacker.passwords(("127.0.0.1", line.port), HOST, NAME, WORDS) == {}
    [row] = rows(node, "suspension")
    assert (row["name"], row["source"]) == (NAME, HERE)
    assert phone.register().status == 200
    assert device(node, "desk", ELSEWHERE).register().status == 200

    set_parameter(node, "SS_ENDPOINT_REGISTER_RETRY", 0)
    set_parameter(node, "SS_REPLY_UNAUTHORIZED", "On")
    found = attacker.passwords(("127.0.0.1", line.port), HOST, NAME, WORDS)
    assert found == {NAME: SECRET}, "it is the suspension that stops it"
