# SPDX-License-Identifier: Apache-2.0
"""What the attacks share: a node with registrations at the practice upstream, and an onlooker that never looks away."""

import argparse
import contextlib
import os
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

from kit.api import Api  # noqa: E402
from kit.practice import Practice  # noqa: E402
from kit.regentd import Regentd, registration  # noqa: E402

PASSWORD = "secret"
PERIOD_S = 20  # the shortest there is: refreshed every 10 s or so
PATIENCE_S = 2  # an answer that comes later is lost
OPTIONS = ("OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{n}\r\n"
           "Max-Forwards: 70\r\nFrom: <sip:onlooker@sw.example>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {n}@onlooker\r\n"
           "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")


def users(count):
    return {str(100001 + i): PASSWORD for i in range(count)}


def objects(peer, accounts, **parameters):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": PERIOD_S, "RG_UPSTREAM_RATE": 0, **parameters},
            "registrations": [registration(f"line-{u}", u, peer.uri, p) for u, p in accounts.items()]}


@contextlib.contextmanager
def play(build, count, config=None, folder=None):
    """(node, peer): `count` registrations, all up. Ended, whatever happens in between."""
    with contextlib.ExitStack() as stack:
        folder = folder or stack.enter_context(tempfile.TemporaryDirectory())
        accounts = users(count)
        peer = Practice(folder, build, accounts)
        stack.callback(peer.stop)
        os.makedirs(os.path.join(folder, "node"))
        # What is logged of an attack shall not be what is measured.
        node = Regentd(os.path.join(folder, "node"), build, objects(peer, accounts),
                       config={"log": {"level": "info"}, **(config or {})})
        stack.callback(node.close)
        node.start()
        node.wait_state("registered", timeout=60)
        yield node, peer


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def summary(times):
    """Of round trips in ms: median, 99 of 100, worst."""
    times = sorted(times) or [0]
    return {"median": round(times[len(times) // 2], 1), "p99": round(times[len(times) * 99 // 100], 1),
            "worst": round(times[-1], 1)}


class Onlooker:
    """From construction to close(): OPTIONS and API requests ten times a second, the table twice a second."""

    def __init__(self, node, peer, count):
        self.node, self.peer, self.count = node, peer, count
        self.sip_ms, self.api_ms, self.lost, self.refused, self.fewest = [], [], 0, 0, count
        self.before_kb = self.most_kb = resident_kb(node.process.pid)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._sip, self._http, self._table)]
        for thread in self._threads:
            thread.start()

    def close(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        return {"bindings_at_least": self.fewest, "of": self.count, "options_ms": summary(self.sip_ms),
                "options_asked": len(self.sip_ms) + self.lost, "options_lost": self.lost,
                "api_ms": summary(self.api_ms), "api_refused": self.refused,
                "rss_kb": [self.before_kb, self.most_kb, resident_kb(self.node.process.pid)]}

    def _sip(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.77", 0))
            s.settimeout(PATIENCE_S)
            n = 0
            while not self._over.wait(0.1):
                n += 1
                begun = time.monotonic()
                s.sendto(OPTIONS.format(port=self.node.port, own=s.getsockname()[1], n=n).encode(), self.node.address)
                if self._answered(s, n):
                    self.sip_ms.append(1000 * (time.monotonic() - begun))
                else:
                    self.lost += 1

    @staticmethod
    def _answered(s, n):
        with contextlib.suppress(socket.timeout):
            while f"Call-ID: {n}@onlooker".encode() not in s.recv(65536):
                pass
            return True
        return False

    def _http(self):
        api = Api(self.node.socket, timeout=PATIENCE_S)
        while not self._over.wait(0.1):
            begun = time.monotonic()
            try:
                api.must("GET", "/status")
                self.api_ms.append(1000 * (time.monotonic() - begun))
            except (OSError, AssertionError):
                self.refused += 1

    def _table(self):
        while not self._over.wait(0.5):
            self.fewest = min(self.fewest, len(self.peer.bindings()))
            self.most_kb = max(self.most_kb, resident_kb(self.node.process.pid))


def options(text, **numbers):
    """The command line: BUILD, and `--name N` for each number."""
    parser = argparse.ArgumentParser(description=text.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="a build folder, e.g. build/release with -Dtests=true, or build/gcc")
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=value, help=f"({value})")
    found = parser.parse_args()
    found.build = os.path.abspath(found.build)
    return found
