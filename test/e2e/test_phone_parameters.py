# SPDX-License-Identifier: Apache-2.0
"""Each parameter of the registrar on the wire: on, off, at its limits, and changed at run time."""

import datetime
import time

import pytest
from kit.registrar import ELSEWHERE, HERE, NAME, OCCUPIED, OTHER, bound, grant, replies, rows, set_parameter


@pytest.mark.parametrize("name, low, high, unit", [
    ("SS_ENDPOINT_REGISTER_SUSPEND", 59, 3601, "60–3600 s"), ("SS_ENDPOINT_EXPIRE", 19, 7201, "20–7200 s"),
    ("RG_ENDPOINT_MIN_EXPIRE", 9, 3601, "10–3600 s"), ("SS_ENDPOINT_REGISTER_RETRY", -1, 1000, "1–999"),
])
def test_beyond_the_limits_is_refused_with_the_range(registrar, name, low, high, unit):
    node = registrar()
    for value in (low, high):
        status, _, errors = node.ctl("param", "set", "--", name, str(value), check=False)
        assert status != 0 and unit in errors, errors


def test_replace(registrar, device):
    """Another device; the same one, after a restart at another port; and back again."""
    node = registrar()
    first, second = device(node), device(node, "mobile")
    assert first.register().status == second.register().status == 200
    assert list(bound(node)) == [second.contact]

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    refused = first.register()
    assert (refused.status, refused.one("warning")) == (403, OCCUPIED)
    assert second.register(50).status == 200, "the device that has the place refreshes"
    restarted = device(node, "mobile")
    assert restarted.register().status == 200, "same address, same user and host in the Contact"
    assert list(bound(node)) == [restarted.contact]
    assert device(node, "mobile", ELSEWHERE).register().status == 403, "from another address it is another device"
    assert restarted.unregister().status == 200
    assert first.register().status == 200

    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "On")
    assert second.register().status == 200
    assert list(bound(node)) == [second.contact]


def test_replace_with_two_places(registrar, device):
    node = registrar(max_contacts=2)
    first, second, third = (device(node, user) for user in ("a", "b", "c"))
    assert first.register().status == second.register().status == first.register().status == 200
    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "Off")
    assert third.register().status == 403
    set_parameter(node, "SS_ENDPOINT_REGISTER_REPLACE", "On")
    assert third.register().status == 200
    assert sorted(bound(node)) == sorted([second.contact, third.contact]), "the oldest one leaves"


@pytest.mark.parametrize("retry, guesses", [(0, 12), (1, 1), (6, 6)])
def test_retry(registrar, device, retry, guesses):
    node = registrar(SS_ENDPOINT_REGISTER_RETRY=retry)
    guesser, owner = device(node, password="wrong"), device(node)
    assert [guesser.attempt().status for _ in range(1 + guesses)] == [401] * (1 + guesses)
    assert owner.attempt().status == 401
    assert owner.attempt().status == (403 if retry else 200)
    assert device(node, address=ELSEWHERE).register().status == 200
    assert device(node, name=OTHER).register().status == 200
    set_parameter(node, "SS_ENDPOINT_REGISTER_RETRY", 0)
    assert device(node).register().status == 200, "0 suspends nobody any more"


def test_failures_are_forgotten_after_a_success(registrar, device):
    node = registrar()
    guesser, owner = device(node, password="wrong"), device(node)
    for _ in range(3):
        assert [guesser.attempt().status for _ in range(5)] == [401] * 5
        assert owner.register().status == 200
    assert rows(node, "suspension") == []


def test_a_registered_device_goes_on_while_its_source_is_suspended(registrar, device):
    node = registrar(SS_ENDPOINT_REGISTER_RETRY=1)
    phone = device(node)
    assert phone.register().status == 200
    guesser = device(node, "other", password="wrong")
    assert [guesser.attempt().status for _ in range(3)] == [401, 401, 403]
    assert phone.register().status == 200
    assert list(bound(node)) == [phone.contact]


def test_suspend(registrar, device):
    """403 once a second, else silence; for as long as the parameter says now; until it is lifted."""
    node = registrar(SS_ENDPOINT_REGISTER_RETRY=1, SS_ENDPOINT_REGISTER_SUSPEND=60)
    guesser = device(node, password="wrong")
    assert [guesser.attempt().status for _ in range(2)] == [401, 401]
    began = time.monotonic()
    refused = replies(node, guesser, 5)
    assert refused[0].status == 403 and len(refused) <= 1 + (time.monotonic() - began)
    assert guesser.attempt().status == 403
    assert time.monotonic() - began > 0.9, "it came to a retransmission"

    [row] = rows(node, "suspension")
    assert (row["name"], row["source"]) == (NAME, HERE) and 50 < seconds_until(row["until"]) <= 60
    set_parameter(node, "SS_ENDPOINT_REGISTER_SUSPEND", 3600)
    assert 3500 < seconds_until(rows(node, "suspension")[0]["until"]) <= 3600
    node.ctl("suspension", "lift", HERE, NAME)
    assert rows(node, "suspension") == []
    assert device(node).register().status == 200


def seconds_until(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def test_expire(registrar, device):
    """What is asked for, up to the parameter, exactly; beyond it a little less, so that phones spread."""
    node = registrar(RG_ENDPOINT_MIN_EXPIRE=10)
    phone = device(node)
    assert grant(phone, phone.register(3600)) == 3600
    for limit in (20, 7200, 600):
        set_parameter(node, "SS_ENDPOINT_EXPIRE", limit)
        assert grant(phone, phone.register(limit)) == limit
        grants = [grant(phone, phone.register(limit + 100000)) for _ in range(20)]
        assert limit * 0.9 <= min(grants) < max(grants) <= limit
        assert max(bound(node).values()) <= limit


def test_min_expire(registrar, device):
    node = registrar()
    phone = device(node)
    for least in (20, 10, 3600):
        set_parameter(node, "RG_ENDPOINT_MIN_EXPIRE", least)
        refused = phone.register(least - 1)
        assert (refused.status, refused.one("min-expires")) == (423, str(least))
        assert bound(node) == {}
        assert grant(phone, phone.register(least)) == least
        assert phone.unregister().status == 200


def test_min_expire_is_granted_also_above_expire(registrar, device):
    node = registrar(RG_ENDPOINT_MIN_EXPIRE=300, SS_ENDPOINT_EXPIRE=60)
    phone = device(node)
    assert grant(phone, phone.register(500)) == 300


def test_reply_unauthorized(registrar, device):
    node = registrar(SS_REPLY_UNAUTHORIZED="Off", SS_ENDPOINT_REGISTER_RETRY=2)
    for name in (NAME, "2009"):
        stranger = device(node, name=name, password="wrong")
        assert stranger.attempt().status == 401, "the first one is challenged, whatever the name"
        for _ in range(4):
            assert replies(node, stranger) == [], "wrong answers, then the suspension"
    assert replies(node, device(node, host="other.example")) == []

    known = device(node, address=ELSEWHERE)
    assert known.register(600).status == 200
    assert known.register(5).status == 423
    assert device(node, address=ELSEWHERE, host="other.example").attempt().status == 404
    wrong = device(node, address=ELSEWHERE, password="wrong")
    assert [wrong.attempt().status for _ in range(2)] == [401, 401]

    set_parameter(node, "SS_REPLY_UNAUTHORIZED", "On")
    assert device(node, host="other.example").attempt().status == 404
    wrong = device(node, name=OTHER, password="wrong")
    assert [wrong.attempt().status for _ in range(2)] == [401, 401]
