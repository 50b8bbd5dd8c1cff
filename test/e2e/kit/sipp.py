# SPDX-License-Identifier: Apache-2.0
"""sipp (Debian's sip-tester) playing a scenario of scenarios/, as the upstream or as a phone.

sipp judges what it receives: a scenario that meets something else fails its
call, and sipp then exits with a status other than 0. What it saw is in its
message log as well, for checks that sipp cannot make itself.
"""

import os
import re

from . import sip
from .ports import free_port, udp_bound
from .process import Process
from .wait import wait_until

SCENARIOS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")
HEAD = re.compile(rb"^-{20,} .*\nUDP message (received|sent)[^\n]*:\n\n", re.M)


class Sipp:
    """One scenario, played for `calls` registrations (a Call-ID each).

    With a `server`, (host, port), it is a phone with an `account`, (name, password).
    """

    def __init__(self, folder, scenario, calls=1, lifetime=60, keys=None, server=None, account=None):
        self.folder = str(folder)
        self.port = free_port()
        self.messages_path = os.path.join(self.folder, f"{scenario}.{self.port}.messages")
        self.errors_path = os.path.join(self.folder, f"{scenario}.{self.port}.errors")
        self.process = Process(f"sipp-{scenario}", [
            "sipp", "-sf", os.path.join(SCENARIOS, f"{scenario}.xml"), "-i", "127.0.0.1", "-p", self.port,
            "-m", calls, "-nostdin", "-timeout", lifetime, "-timeout_error", "-nd",
            *(a for k, v in (keys or {}).items() for a in ("-key", k, v)), "-trace_msg", "-message_file", self.messages_path, "-trace_err", "-error_file", self.errors_path,
            *(["-s", account[0], "-au", account[0], "-ap", account[1]] if account else []),
            *([f"{server[0]}:{server[1]}"] if server else []),
        ], self.folder, env={"TERM": "dumb"})
        if not server:
            wait_until(self._up, 10, lambda: self.process.describe("to bind its port"))

    def _up(self):
        assert self.process.returncode() is None, self.process.describe("ended at once")
        return udp_bound(self.port)

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def passed(self, timeout=60):
        """Asserts that every call of the scenario went as written."""
        status = self.process.wait(timeout)
        assert status == 0, f"sipp's verdict is {status}\n{self.errors()}\n{self.trace()}"

    def failed(self, timeout=60):
        """True where sipp judged that something was not as written."""
        return self.process.wait(timeout) != 0

    def errors(self):
        return _read(self.errors_path).decode(errors="replace")

    def trace(self):
        return _read(self.messages_path).decode(errors="replace")

    def received(self):
        """The requests sipp got, in order."""
        parts = HEAD.split(_read(self.messages_path))[1:]
        return [sip.Message(_body(text)) for kind, text in zip(parts[::2], parts[1::2]) if kind == b"received"]

    def close(self):
        self.process.end()


def _body(text):
    """A message of the log ends in an empty line, then the log's own newline."""
    head, _, body = text.partition(b"\r\n\r\n")
    length = re.search(rb"(?mi)^(?:content-length|l)\s*:\s*(\d+)", head)
    return head + b"\r\n\r\n" + body[: int(length.group(1)) if length else 0]


def _read(path):
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as f:
        return f.read()
