# SPDX-License-Identifier: Apache-2.0
"""regentctl at a living regentd: what an operator types, what is said, and what goes over the wire."""

import os
import re
import signal
import subprocess

from kit import sip
from kit.regentd import SANITIZER_ENV, registration
from kit.uas import challenge, granted
from kit.wait import wait_until

DONE, REFUSED, USAGE, UNSETTLED, NO_DAEMON = range(5)


def obliging(password="secret"):
    """Challenges once, then grants whatever is asked."""
    def script():
        request = yield
        request = yield challenge(request)
        while True:
            sip.verify(request, password)
            request = yield granted(request)
    return script


def silent():
    yield
    while True:
        yield None


class Running:
    """regentctl under way, its output in a file."""

    def __init__(self, node, *args):
        self.path = os.path.join(node.folder, "ctl.out")
        with open(self.path, "w", encoding="utf-8") as out:
            # pylint: disable-next=consider-using-with; close() waits for it
            self.process = subprocess.Popen(
                [os.path.join(node.build, "src/ctl/regentctl"), "--socket", node.socket, *args],
                stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **SANITIZER_ENV})

    def text(self):
        with open(self.path, encoding="utf-8") as out:
            return out.read()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def test_trace_draws_a_ladder_until_interrupted(uas, regentd, ending):
    peer = uas(obliging())
    node = regentd({"registrations": [registration("a", "1001", peer.uri, enabled=False)]}).start()
    trace = ending(Running(node, "trace", "a", "--full"))
    wait_until(lambda: "* disabled" in trace.text(), 10, trace.text)
    node.write_objects({"registrations": [registration("a", "1001", peer.uri)]})
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: "* registered" in trace.text(), 20, trace.text)
    assert trace.interrupt() == DONE
    text = trace.text()
    assert re.search(r"us 127\.0\.0\.1:%d +127\.0\.0\.1:%d\n" % (node.port, peer.port), text)
    arrows = re.findall(r"^\d\d:\d\d:\d\d\.\d{3}  (\|.*\|)  CSeq \d+", text, re.M)
    assert [re.sub("-+", "-", arrow) for arrow in arrows] == [
        "|- REGISTER ->|", "|<- 401 Unauthorized -|", "|- REGISTER ->|", "|<- 200 OK -|"]
    assert "  REGISTER sip:sw.example SIP/2.0\n" in text and "response=***" in text
    status, _, errors = node.ctl("trace", "b", check=False)
    assert status == REFUSED and "there is no registration 'b'" in errors


def test_what_no_answer_has_confirmed_shows_as_maybe(uas, regentd):
    peer = uas(silent)
    node = regentd({"registrations": [registration("a", "1001", peer.uri)]}).start()
    wait_until(lambda: "maybe" in node.ctl("registration", "list")[1], 10,
               lambda: node.ctl("registration", "list")[1])
    assert peer.uri.removeprefix("sip:") in node.ctl("registration", "list")[1]
