# SPDX-License-Identifier: Apache-2.0
"""Answers with one header line that cannot be read: the rest of the answer counts."""

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
