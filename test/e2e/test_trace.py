# SPDX-License-Identifier: Apache-2.0
"""GET /api/v1/trace/NAME on a living node: messages, repetitions, states, and no secret."""

import json
import socket

from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import challenging
from kit.tap import DROP, OUT
from kit.wait import wait_until


class Trace:
    """Looks on at a registration; lines are read when they are asked for."""

    def __init__(self, node, name):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(node.socket)
        self.socket.sendall(f"GET /api/v1/trace/{name} HTTP/1.0\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def until(self, good):
        """The records up to the first that is `good`."""
        records = []
        for line in self.file:
            records.append(json.loads(line))
            if good(records[-1]):
                return records
        raise AssertionError(f"the trace ended with {records}")

    def close(self):
        self.file.close()
        self.socket.close()


def is_state(word):
    return lambda record: record["kind"] == "state" and record["text"] == word


def messages(records):
    return [(r["direction"], r["summary"].split(",")[0], r["retransmission"]) for r in records
            if r["kind"] == "message"]


def test_a_life_with_losses(uas, tap, regentd, ending):
    """The first copy of each request is lost: the trace shows it, and the one that got through."""
    peer = uas(challenging())
    seen = set()

    def first_copy(datagram):
        if datagram.direction != OUT or datagram.sip.branch in seen:
            return None
        seen.add(datagram.sip.branch)
        return DROP

    way = tap(peer, first_copy)
    lines = [registration("line", "1001", f"sip:127.0.0.1:{way.port}"),
             registration("other", "1002", f"sip:127.0.0.1:{way.port}", enabled=False)]
    node = regentd({"registrations": lines}).start()
    trace = ending(Trace(node, "line"))
    assert trace.status == 200
    records = trace.until(is_state("registered"))
    assert records[0]["kind"] == "state"
    whole = [("out", "REGISTER", 0), ("out", "REGISTER", 1), ("in", "401 Unauthorized", 0),
             ("out", "REGISTER", 0), ("out", "REGISTER", 1), ("in", "200 OK", 0)]
    # The first REGISTER may have left before anybody looked on; its repetition comes half a second later.
    assert messages(records) in (whole, whole[1:])
    assert all(r["peer"] == f"127.0.0.1:{way.port}" and r["local"].endswith(f":{node.port}")
               for r in records if r["kind"] == "message")
    answered = [r["text"] for r in records if r["kind"] == "message" and "Authorization:" in r["text"]]
    assert answered and all("response=***" in text and "nonce=" in text for text in answered)

    assert node.stop().exit == CLEAN_EXIT
    records = [json.loads(line) for line in trace.file]
    assert messages(records) == [("out", "REGISTER", 0), ("out", "REGISTER", 1), ("in", "200 OK", 0)]
    assert all("Expires 0" in r["summary"] for r in records if r["direction"] == "out")
    assert [r["text"] for r in records if r["kind"] == "state"] == ["cancelling", "unregistered"]


def test_who_is_not_there_is_not_traced(uas, regentd, ending):
    peer = uas(challenging())
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]}).start()
    assert ending(Trace(node, "nobody")).status == 404
    off = regentd({"parameters": {"RG_TRACE_BYTES": 0}, "registrations": [
        registration("line", "1001", uas(challenging()).uri)]}).start()
    assert ending(Trace(off, "line")).status == 409


def test_clients_that_go_leave_room(uas, regentd, ending):
    """More come and go than may look on at one time."""
    peer = uas(challenging())
    node = regentd({"registrations": [registration("line", "1001", peer.uri)]}).start()
    node.wait_state("registered")
    for _ in range(16):
        trace = Trace(node, "line")
        assert trace.status == 200
        trace.until(is_state("registered"))
        trace.close()

    def again():
        trace = Trace(node, "line")
        trace.close()
        return trace.status == 200

    wait_until(again, 10, "a place for one more")
