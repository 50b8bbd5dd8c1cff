# SPDX-License-Identifier: Apache-2.0
"""Answers with one header line that cannot be read: the rest of the answer counts."""

import socket

import pytest
from kit import sip
from kit.regentd import CLEAN_EXIT, registration
from kit.uas import challenge
from test_trace import Trace, is_state

BAD = {
    "no colon": "X-Info this line has no colon",
    "a name with a space": "X Info: 1",
    "cut in two by a line feed": "P-Asserted-Identity: <sip:1001@sw.example\n>",
    "a carriage return within": "X-Info: a\rb",
    "Content-Length a second time": "Content-Length: 0",
}


def marring(line):
    """Challenges, then grants; the line stands in every answer, before what matters."""

    def mar(answer):
        head, rest = answer.split(b"\r\n", 1)
        return head + b"\r\n" + line.encode() + b"\r\n" + rest

    def script():
        request = yield
        request = yield mar(challenge(request))
        while True:
            sip.verify(request, "secret")
            [(uri, _)] = request.contacts
            listed = [f"Contact: <{uri}>;expires=60"] if request.expires else []
            request = yield mar(sip.reply(request, 200, "OK", *listed))

    return script


@pytest.mark.both_builds
def test_the_rest_of_the_answer_counts(uas, regentd, ending):
    peers = {name: uas(marring(line)) for name, line in BAD.items()}
    lines = [registration(f"r{i}", f"100{i}", peers[name].uri, enabled=i != 0) for i, name in enumerate(BAD)]
    node = regentd({"registrations": lines}).start()
    node.wait_state("registered", [f"r{i}" for i in range(1, len(BAD))])
    assert node.status()["traffic"]["malformed"] == 0
    assert node.status()["traffic"]["skipped_lines"] == 2 * (len(BAD) - 1)

    trace = ending(Trace(node, "r0"))
    node.ctl("registration", "enable", "r0")
    told = [r["summary"] for r in trace.until(is_state("registered")) if r["direction"] == "in"]
    assert len(told) == 2, "a challenge and a 200"
    assert all(summary.endswith(", 1 line skipped: header line: no name and colon") for summary in told)
    assert node.stop().exit == CLEAN_EXIT
    for peer in peers.values():
        peer.check()


def listing(count):
    """Challenges, then grants; other devices of the account stand before ours in every 200."""

    def script():
        request = yield
        request = yield challenge(request)
        others = [f"Contact: <sip:phone-{i}@198.51.100.1:5060>;expires=600" for i in range(count)]
        while True:
            sip.verify(request, "secret")
            [(uri, _)] = request.contacts
            own = [f"Contact: <{uri}>;expires=60"] if request.expires else []
            request = yield sip.reply(request, 200, "OK", *others, *own)

    return script


def test_a_200_may_list_hundreds(uas, regentd):
    peer = uas(listing(600))
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]}).start()
    row = node.wait_state("registered")["line"]
    assert row["granted_s"] == 60 and row["foreign_bindings"] > 0
    assert node.stop().exit == CLEAN_EXIT
    peer.check()


def test_a_reason_phrase_forges_no_field(uas, regentd):
    phrase = 'No" event=registered status=200 reason="'

    def script():
        request = yield
        while True:
            request = yield sip.reply(request, 403, phrase)

    node = regentd({"registrations": [registration("line", "1001", uas(script).uri)]}).start()
    node.wait_state("rejected")
    [line] = [line for line in node.log().splitlines() if "event=rejected" in line]
    assert 'reason="No\\" event=registered' in line, line


STATUSES = {
    "another version": ("OPTIONS sip:127.0.0.1 SIP/3.0", "<sip:a@sw.example>", 505),
    "another scheme": ("OPTIONS http://127.0.0.1/ SIP/2.0", "<sip:a@sw.example>", 416),
    "a method nobody knows": ("JUGGLE sip:127.0.0.1 SIP/2.0", "<sip:a@sw.example>", 501),
    "a To that cannot be read": ("OPTIONS sip:127.0.0.1 SIP/2.0", "<sip:a@sw.example", 400),
}


def test_odd_requests_get_their_status_at_the_port_of_the_via(regentd):
    """Without rport the answer goes to the port of the Via, not to that of the source (RFC 3261 18.2.2)."""
    node = regentd({}).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
        via.bind(("127.0.0.1", 0))
        via.settimeout(10)
        for number, (name, (start, to, status)) in enumerate(STATUSES.items()):
            lines = [start, f"Via: SIP/2.0/UDP 127.0.0.1:{via.getsockname()[1]};branch=z9hG4bK{number}",
                     "From: <sip:b@sw.example>;tag=1", f"To: {to}", f"Call-ID: {number}@odd",
                     f"CSeq: 1 {start.split()[0]}", "Content-Length: 0", "", ""]
            source.sendto("\r\n".join(lines).encode(), node.address)
            assert sip.Message(via.recv(65535)).status == status, name
