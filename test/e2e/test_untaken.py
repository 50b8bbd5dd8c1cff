# SPDX-License-Identifier: Apache-2.0
"""Answers that come and are not taken: show, status, log and trace say so."""

import socket

from kit.regentd import registration
from kit.uas import challenge
from kit.wait import wait_until
from test_trace import Trace


def elsewhere(other, tell):
    """The answers leave from another socket; `tell` is handed whom they go to."""

    def script():
        request = yield
        while True:
            other.sendto(challenge(request), tell())
            request = yield None

    return script


def unreadable():
    request = yield
    while True:
        request = yield challenge(request).replace(b"Call-ID:", b"Call ID:")


def test_people_are_told_of_answers_that_are_not_taken(uas, regentd, ending):
    other = ending(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    other.bind(("127.0.0.2", 0))
    moved = uas(elsewhere(other, lambda: node.address))
    broken = uas(unreadable)
    node = regentd({"registrations": [registration("moved", "1001", moved.uri, enabled=False),
                                      registration("broken", "1002", broken.uri)]}).start()
    trace = ending(Trace(node, "moved"))
    node.ctl("registration", "enable", "moved")
    wanted = {"moved": f"answers come from 127.0.0.2:{other.getsockname()[1]}, not from 127.0.0.1:{moved.port}",
              "broken": "answers cannot be read: Call-ID is missing"}
    wait_until(lambda: {n: r["last_reason"] for n, r in node.registrations().items()} == wanted, 10, "both reasons")

    shown = " ".join(node.ctl("registration", "show", "moved")[1].split())
    assert wanted["moved"] in shown
    assert "What to do if that address is the carrier's, set proxy to it" in shown
    status = node.ctl("status")[1]
    assert "answers from another address than the one that was asked: ignored" in status
    assert "answers that are not valid SIP: ignored" in status
    for name in wanted:
        lines = [line for line in node.log().splitlines() if f"registration={name} event=answers-not-taken" in line]
        assert len(lines) == 1 and wanted[name] in lines[0]
    records = trace.until(lambda record: record["kind"] == "note")
    assert records[-1]["summary"] == f"not taken: {wanted['moved']}"
    assert records[-2]["summary"].startswith("401 Unauthorized")
    assert records[-2]["peer"].startswith("127.0.0.2:")
