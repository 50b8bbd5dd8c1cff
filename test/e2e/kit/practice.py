# SPDX-License-Identifier: Apache-2.0
"""The practice upstream of this project, told by its control socket.

Speaks the same words as kit/kamailio.py where a test asks for the table, so that
one test runs before both; what only it can do (refusals, forgetting) is tell().
"""

import json
import os
import signal
import socket

from .kamailio import Binding
from .ports import free_port
from .process import Process
from .wait import wait_until


class Practice:
    """`accounts` maps user names to passwords; `options` go to its command line."""

    def __init__(self, folder, build, accounts, *options):
        self.port = free_port()
        self._control = os.path.join(str(folder), f"practice.{self.port}")
        argv = [os.path.join(str(build), "practice/regent-practice"), "--quiet", "--listen", f"127.0.0.1:{self.port}",
                "--control", self._control, *options]
        for user, password in accounts.items():
            argv += ["--account", f"{user}:{password}"]
        self.process = Process("practice", argv, str(folder))
        wait_until(lambda: "ready" in self.process.log(), 20, lambda: self.process.describe("to be ready"))

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def tell(self, line):
        """The answer to a line of its control socket."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(self._control)
            s.sendall(line.encode() + b"\n")
            answer = json.loads(s.makefile().readline())
        assert "error" not in answer, f"practice: {line}: {answer}"
        return answer

    def bindings(self):
        return [Binding(row["aor"].removeprefix("sip:"), row["contact"], row["call_id"], row["cseq"],
                        int(row["expires_in_s"]), "") for row in self.tell("table")]

    def set_password(self, user, password):
        self.tell(f"account {user} {password}")

    def stop(self):
        self.process.end(signal.SIGTERM)
