# SPDX-License-Identifier: Apache-2.0
"""Net::SIP's registrar (Perl, libnet-sip-perl) as the upstream of a test.

Every REGISTER replaces the whole account, a fetch and another phone's cancel included; it refuses
with 423 without Min-Expires, puts no To tag into any answer, challenges without qop, and lists
nothing in the 200 to a cancel.
"""

import json
import os
import signal
import socket

from .ports import free_port, udp_bound
from .process import Process
from .wait import wait_until


class NetSip:
    """`accounts` maps user names to passwords; the realm is sw.example."""

    def __init__(self, folder, accounts, min_expires=10):
        self.folder, self.port = str(folder), free_port()
        self._path = os.path.join(self.folder, "netsip.sock")
        self.process = Process("netsip", [
            "perl", os.path.join(os.path.dirname(os.path.abspath(__file__)), "netsip.pl"), self.port, self._path,
            min_expires, *(f"{u}={p}" for u, p in accounts.items())], self.folder)
        wait_until(self._up, 20, lambda: self.process.describe("to come up"))

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def _up(self):
        assert self.process.returncode() is None, self.process.describe("ended while starting")
        return os.path.exists(self._path) and udp_bound(self.port)

    def bindings(self):
        """{user: [Contact]}, without the accounts that have none."""
        own = os.path.join(self.folder, "netsip.reply")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            if os.path.exists(own):
                os.unlink(own)
            s.bind(own)
            s.settimeout(5)
            s.sendto(b"table", self._path)
            table = json.loads(s.recv(1 << 20))
        # A cancel leaves an entry that has just expired.
        return {aor.split(":")[1].split("@")[0]: sorted(c for c, until in held.items() if until)
                for aor, held in table.items() if any(held.values())}

    def stop(self):
        self.process.end(signal.SIGTERM)
