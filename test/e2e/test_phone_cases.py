# SPDX-License-Identifier: Apache-2.0
"""A phone's requests byte for byte: repetitions, late ones, habits of clients, and cases from the field."""

import re
import signal

import pytest
from kit import browser, sip
from kit.regentd import OWING_EXIT, registration
from kit.registrar import HOST, NAME, OTHER, SECRET, bound, config, grant, objects, rows
from kit.scripts import silent_to_cancels
from kit.wait import wait_until


def test_a_repetition_is_answered_like_the_first_time(registrar, device):
    node = registrar()
    phone = device(node)
    first = phone.register()
    assert first.status == 200
    for _ in range(2):
        phone.socket.sendto(phone.sent[-1], node.address)
        phone.socket.settimeout(8)
        again = sip.Message(phone.socket.recv(65536))
        assert (again.status, again.cseq) == (200, first.cseq)
        assert [uri for uri, _ in again.contacts] == [phone.contact]


def test_what_comes_too_late_changes_nothing(registrar, device):
    """A replayed REGISTER creates nothing, and a replayed removal removes nothing."""
    node = registrar()
    phone = device(node)
    assert phone.register().status == 200
    made = phone.sent[-1]
    assert phone.unregister().status == 200
    removed = phone.sent[-1]
    phone.socket.sendto(made, node.address)
    assert bound(node) == {}
    assert phone.register().status == 200
    phone.socket.sendto(removed, node.address)
    assert list(bound(node)) == [phone.contact]


def test_a_nonce_of_an_earlier_life_is_stale_and_no_failure(registrar, device):
    node = registrar(SS_ENDPOINT_REGISTER_RETRY=1)
    phone, guesser = device(node), device(node, name=OTHER)
    assert phone.register().status == guesser.register().status == 200
    node.stop()
    node.start()
    assert stale(phone.attempt()) and phone.attempt().status == 200
    guesser.password = "wrong"
    assert not stale(guesser.attempt()), "nobody is told that a wrong password would have been right"
    assert [row["name"] for row in rows(node, "suspension")] == [OTHER]


def stale(response):
    """True where each challenge of a 401 says so."""
    assert response.status == 401
    said = {sip.auth_params(line).get("stale") for line in response.all("www-authenticate")}
    assert len(said) == 1
    return said == {"true"}


def test_habits_of_sip_js_and_jssip(registrar, device):
    """The last challenge, nc=00000001 for ever, another From tag in each refresh."""
    node = registrar(SS_ENDPOINT_REGISTER_RETRY=1)
    phone = device(node)
    phone.takes, phone.counts = -1, False
    assert phone.register().status == 200
    assert "algorithm=MD5" in phone.sent[-1].decode()
    for tag in ("b", "c", "d"):
        phone.tag = tag
        assert stale(phone.attempt())
        assert grant(phone, phone.attempt()) == 60
    assert list(bound(node)) == [phone.contact] and rows(node, "suspension") == []


@pytest.mark.parametrize("text, flows", [(browser.SIP_JS, False), (browser.SIP_JS, True), (browser.JSSIP, True)])
def test_browsers_behind_a_bridge(registrar, edge, ending, text, flows):
    node = registrar()
    bridge = edge(node, flows=flows)
    phone = ending(browser.Browser(text, bridge.address, NAME, SECRET, HOST))
    for _ in range(2):
        granted = phone.register()
        assert granted.status == 200 and granted.one("path") == f"<sip:127.0.0.1:{bridge.port};lr{';ob' * flows}>"
        [(contact, params)] = granted.contacts
        assert contact in phone.text and params["expires"] == "20"
        [row] = rows(node, "binding")
        assert row["contact"] == contact and row["path"] == granted.one("path")
    assert phone.register(0).status == 200
    assert rows(node, "binding") == []


def test_a_flow_through_a_bridge_that_knows_none(registrar, edge, ending):
    node = registrar()
    phone = ending(browser.Browser(browser.JSSIP, edge(node).address, NAME, SECRET, HOST))
    assert phone.register().status == 439
    assert rows(node, "binding") == []


def test_a_new_call_id_and_a_lower_cseq_in_each_refresh(registrar, device):
    node = registrar()
    phone = device(node)
    for _ in range(3):
        assert phone.register().status == phone.register().status == 200
        [row] = rows(node, "binding")
        assert (row["call_id"], row["contact"]) == (phone.call_id, phone.contact)
        phone.begin_again()
    assert phone.unregister().status == 200
    assert bound(node) == {}


def test_max_contacts_is_lowered_under_five_phones(registrar, device):
    """No phone is refused its own place, and after one round one of them is left."""
    node = registrar(max_contacts=5)
    phones = [device(node, f"phone-{n}") for n in range(5)]
    assert [phone.register().status for phone in phones] == [200] * 5
    assert len(bound(node)) == 5
    node.ctl("endpoint", "set", NAME, "max_contacts=1")
    assert [phone.register().status for phone in phones] == [200] * 5
    assert list(bound(node)) == [phones[-1].contact]


def test_a_star_removes_all(registrar, device):
    node = registrar(max_contacts=2)
    first, second = device(node, "a"), device(node, "b")
    assert first.register().status == second.register().status == 200
    assert first.transact("REGISTER", 8, "Contact: *", "Expires: 60").status == 400
    assert len(bound(node)) == 2
    assert first.transact("REGISTER", 8, "Contact: *", "Expires: 0").status == 200
    assert bound(node) == {}


def test_an_office_behind_one_address_comes_back_at_once(regentd, device):
    """Two requests of each phone, and a SUBSCRIBE that is not served: nobody is suspended or refused."""
    names = [f"3{n:03}" for n in range(200)]
    objects = {"parameters": {"SS_ENDPOINT_REGISTER_RETRY": 1},
               "endpoints": [{"username": name, "password": SECRET} for name in names]}
    node = regentd(objects, config=config()).start()
    phones = [device(node, name=name) for name in names]
    for phone in phones:
        phone.post(*phone.binding(60))
    assert {phone.register().status for phone in phones} == {200}
    assert {phone.transact("SUBSCRIBE", 8, "Event: message-summary").status for phone in phones} == {405}
    assert len({row["aor"] for row in rows(node, "binding")}) == len(names)
    assert rows(node, "suspension") == []


def test_while_it_stops_a_phone_is_told_when_to_come_again(regentd, device, uas):
    peer = uas(silent_to_cancels)
    more = {"registrations": [registration("line", "1001", peer.uri)]}
    node = regentd({**objects(RG_STOP_DEADLINE=3), **more}, config=config()).start()
    node.wait_state("registered")
    phone = device(node)
    assert phone.register().status == 200
    node.process.kill(signal.SIGTERM)
    wait_until(lambda: peer.requests[-1][0].expires == 0, 10, "the cancel")
    refused = phone.register()
    assert refused.status == 503 and 5 <= int(refused.one("retry-after")) <= 30
    assert node.ended().exit == OWING_EXIT


def test_a_contact_is_repeated_byte_for_byte(registrar, device):
    node = registrar()
    phone = device(node)
    phone.contact = f"sip:De%73k+1@LOCALHOST:{phone.port};Transport=UDP;x-line=1"
    assert grant(phone, phone.register(100)) == 100
    assert list(bound(node)) == [phone.contact]


def test_names_that_exist_and_names_that_do_not_are_alike(registrar, device):
    node = registrar()
    said = []
    for name in (NAME, "2009"):
        phone = device(node, name=name, password="wrong")
        said.append([blank(phone.attempt().raw, phone) for _ in range(3)])
    assert said[0] == said[1]


def blank(data, phone):
    """The response without what differs in each."""
    text = re.sub(r'(tag|branch|nonce|rport)=("?)[^;",\r]*', r"\1=\2", data.decode())
    return text.replace(phone.call_id, "CALL").replace(phone.username, "NAME").replace(str(phone.port), "PORT")


@pytest.mark.parametrize("digest_user", [NAME, f"{NAME}@{HOST}"])
def test_domains_and_digest_users(registrar, device, digest_user):
    node = registrar()
    phone = device(node)
    phone.digest_user = digest_user
    assert phone.register().status == 200
    assert device(node, host="other.example").attempt().status == 404
