# SPDX-License-Identifier: Apache-2.0
"""sipsak as a phone: each run sends one REGISTER, answers a challenge, and ends.

The port stands in an option of its own, since sipsak 0.9.8 drops the last digit of a port that has
five of them. So the domain is an address.
"""

import re

from .process import Process

STATUS = re.compile(r"^SIP/2\.0 (\d+) ", re.M)
WARNING = re.compile(r"^Warning: (.*?)\r?$", re.M)
TAKEN, REFUSED = 0, 1


class Sipsak:
    """`server` is (host, port). Its Contact is `contact`; nothing listens there.

    `wrap` stands before the program on its command line.
    """

    def __init__(self, folder, server, username, password, contact=None, wrap=()):
        self.folder, self.server, self.username, self.password = str(folder), server, username, password
        self.contact = contact or f"sip:{username}@127.0.0.1:5066"
        self.wrap, self.log = list(wrap), ""

    def register(self, expires=60):
        """The statuses of the responses, in order."""
        host, port = self.server
        process = Process("sipsak", [
            *self.wrap, "stdbuf", "-o0", "sipsak", "-U", "-i", "-vvv", "-x", expires, "-C", self.contact, "-r", port,
            "-u", self.username, "-a", self.password, "-s", f"sip:{self.username}@{host}"], self.folder)
        try:
            self.exit = process.wait(15)
        finally:
            process.end()
        self.log = process.log()
        return [int(status) for status in STATUS.findall(self.log)]

    def unregister(self):
        return self.register(0)

    def warnings(self):
        """Those of the last run."""
        return WARNING.findall(self.log)
