# SPDX-License-Identifier: Apache-2.0
"""Upstreams with habits, each played by sipp from scenarios/.

sipp judges what it receives. What it cannot judge (SHA-256, digests in
Proxy-Authorization, what must not be sent) is read from its message log or from a
tap. Every test has one registration and takes it back at the end.
"""

import datetime

import pytest
from kit import sip
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.tap import DROP
from kit.wait import stays

ACCOUNT = "1001"


def objects(uri, period=60, **parameters):
    return {"parameters": parameters, "registrations": [registration("line", ACCOUNT, uri, period=period)]}


def wait_for(node, state, **more):
    return node.wait_state(state, ["line"], **more)["line"]


def live_through(regentd, peer, state="registered", **more):
    """Registers at the peer and takes it back; sipp has to be content. Gives the row before the stop."""
    node = regentd(objects(peer.uri, **more)).start()
    row = wait_for(node, state)
    stop = node.stop()
    peer.passed()
    assert stop.exit == CLEAN_EXIT
    assert stop.outcomes() == {"line": "clean"}
    return row


def seconds_until(row):
    """From now to the row's next_at."""
    at = datetime.datetime.fromisoformat(row["next_at"].replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


@pytest.mark.parametrize("scenario", ["ordinary", "stale_nonce", "new_nonce", "md5_above_sha256",
                                      "cancel_challenged_twice"])
def test_challenges(sipp, regentd, scenario):
    assert live_through(regentd, sipp(scenario))["granted_s"] == 60


def test_proxy_407(sipp, regentd):
    peer = sipp("proxy_407")
    live_through(regentd, peer)
    for request in peer.received()[1:]:
        sip.verify(request, "secret", "proxy-authorization", username=ACCOUNT)
        assert request.maybe("authorization") is None


@pytest.mark.parametrize("scenario", ["sha256_only", "md5_and_sha256"])
def test_sha256(sipp, regentd, scenario):
    peer = sipp(scenario)
    live_through(regentd, peer)
    assert len(peer.received()) == 3
    for request in peer.received()[1:]:
        sip.verify(request, "secret", algorithm="SHA-256", username=ACCOUNT)


def test_interval_423(sipp, regentd):
    row = live_through(regentd, sipp("interval_423"), period=30)
    assert row["granted_s"] == 90


def test_forbidden_403(sipp, tap, regentd):
    peer = sipp("forbidden_403")
    line = tap(peer)
    node = regentd(objects(line.uri, SS_SIP_USER_AGENT_RETRY_DELAY=30)).start()
    row = wait_for(node, "rejected")
    peer.passed()
    assert row["last_status"] == 403
    assert row["next_at"] is not None and seconds_until(row) < 3600
    stays(lambda: len(line.requests()) == 2, 2, "no further request soon after a 403")
    assert node.stop().exit == CLEAN_EXIT
    assert len(line.requests()) == 2, "nothing was bound, so nothing is to be taken back"


def test_moved_302(sipp, tap, regentd):
    there = sipp("moved_here")
    here = sipp("moved_302", keys={"target": f"127.0.0.1:{there.port}"})
    line = tap(here)
    node = regentd(objects(line.uri)).start()
    wait_for(node, "registered")
    here.passed()
    stop = node.stop()
    there.passed()
    assert stop.exit == CLEAN_EXIT
    assert len(line.requests()) == 2, "the removal goes to where the binding is"


def test_unavailable_503(sipp, tap, regentd):
    peer = sipp("unavailable_503")
    line = tap(peer)
    node = regentd(objects(line.uri, SS_SIP_USER_AGENT_RETRY_DELAY=30, RG_STOP_DEADLINE=5)).start()
    row = wait_for(node, "waiting")
    peer.passed()
    assert row["last_status"] == 503
    assert 60 < seconds_until(row) < 300, "Retry-After 120 wins over the 30 s, jitter only lengthens it"
    stays(lambda: len(line.requests()) == 1, 2, "no further request before Retry-After")
    node.stop()
    assert len(line.requests()) == 1 + len(line.cancels()), "at most the removal follows"


def test_two_contacts(sipp, regentd):
    row = live_through(regentd, sipp("two_contacts"))
    assert row["granted_s"] == 45, "the grant of our own Contact, not that of the first"
    assert row["foreign_bindings"] == 1


def test_rewritten_contact(sipp, regentd):
    row = live_through(regentd, sipp("rewritten_contact"))
    assert row["granted_s"] == 45


def test_header_expires(sipp, regentd):
    row = live_through(regentd, sipp("header_expires"))
    assert row["granted_s"] == 45


@pytest.mark.parametrize("lost", [1, 3])
def test_lost_200(sipp, tap, regentd, lost):
    """The 200 is lost on its way: the retransmitted request is answered again."""
    peer = sipp("ordinary")
    line = tap(peer)

    def lose(datagram):
        gone = sum(d.fate == DROP for d in line.datagrams())
        return DROP if datagram.data.startswith(b"SIP/2.0 200") and gone < lost else None

    line.rule = lose
    node = regentd(objects(line.uri)).start()
    wait_for(node, "registered")
    sent = [d.data for d in line.requests()]
    assert sent[1:] == [sent[1]] * (1 + lost), "a retransmission has the same bytes"
    assert node.stop().exit == CLEAN_EXIT
    peer.passed()


def test_cancel_unanswered(sipp, tap, regentd):
    peer = sipp("cancel_unanswered")
    line = tap(peer)
    node = regentd(objects(line.uri, RG_STOP_DEADLINE=4)).start()
    wait_for(node, "registered")
    stop = node.stop()
    peer.passed()
    assert stop.exit == OWING_EXIT
    [row] = stop.report["registrations"]
    assert row["outcome"] == "unconfirmed"
    assert row["bound_until"], "until when upstream may hold it"
    assert len(line.cancels()) > 1, "it was retransmitted"
