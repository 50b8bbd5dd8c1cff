# SPDX-License-Identifier: Apache-2.0
"""A network of its own for one program, joined to ours by a cable that a test can pull.

The network lives as long as a process that sleeps in it; the cable (a veth
pair) goes with it. Needs the right to make one: `possible()` says.
"""

import os
import random
import subprocess

from .process import Process
from .wait import wait_until

INSIDE = "inside"


def possible():
    """True where this user may make a network and a cable."""
    if os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


def _run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"


class Netns:
    """`outside` is our address at the cable, `inside` the other's; both on one /24 of RFC 2544's."""

    def __init__(self, folder):
        self.net = f"198.18.{random.randint(0, 255)}"
        self.outside, self.inside = f"{self.net}.1", f"{self.net}.2"
        self._cable = f"rg{os.getpid() % 100000}{random.randint(0, 999)}"
        self._holder = Process("netns", ["unshare", "--net", "sleep", "3600"], str(folder))
        self._path = f"/proc/{self._holder.pid}/ns/net"
        ours = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(self._path) != ours, 10, "a network of its own")
        try:
            _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", INSIDE,
                 "netns", str(self._holder.pid))
            _run("ip", "addr", "add", f"{self.outside}/24", "dev", self._cable)
            _run("ip", "link", "set", self._cable, "up")
            self.ip("link", "set", "lo", "up")
            self.ip("addr", "add", f"{self.inside}/24", "dev", INSIDE)
            self.plug()
        except AssertionError:
            self.close()
            raise

    @property
    def wrap(self):
        """What stands before a program that shall live in it."""
        return ["nsenter", f"--net={self._path}", "--"]

    def ip(self, *args):
        """Runs ip(8) in it."""
        _run(*self.wrap, "ip", *args)

    def plug(self):
        self.ip("link", "set", INSIDE, "up")

    def pull(self):
        self.ip("link", "set", INSIDE, "down")

    def renumber(self, last):
        """Another address takes the place of the one it had."""
        self.ip("addr", "del", f"{self.inside}/24", "dev", INSIDE)
        self.inside = f"{self.net}.{last}"
        self.ip("addr", "add", f"{self.inside}/24", "dev", INSIDE)

    def close(self):
        subprocess.run(["ip", "link", "del", self._cable], capture_output=True, check=False)
        self._holder.end()
