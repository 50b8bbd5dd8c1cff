# SPDX-License-Identifier: Apache-2.0
"""svwar and svcrack (Debian's sipvicious): they look for names, and guess passwords.

They exit with 0 whatever they found; what they found is in their output. svcrack reads the first
challenge of a response, and falls over its own feet where that is not MD5.
"""

import os
import re

from .ports import free_port
from .process import Process

PASSWORD = re.compile(r"The password for (\S+) is (\S+)")
NAME = re.compile(r"extension '([^']*)' (?:exists|probably exists)")


class Sipvicious:
    """`address` is the one that it attacks from."""

    def __init__(self, folder, address="127.0.0.1"):
        self.folder, self.address = str(folder), address
        self.log = ""

    def names(self, server, host, names, *options):
        """Those of the names that svwar finds."""
        path = self._words("names", names)
        return set(NAME.findall(self._run("svwar", server, host, "-d", path, *options)))

    def passwords(self, server, host, username, words):
        """{name: password} as svcrack finds it."""
        path = self._words("words", words)
        return dict(PASSWORD.findall(self._run("svcrack", server, host, "-u", username, "-d", path)))

    def _words(self, name, words):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.writelines(f"{word}\n" for word in words)
        return path

    def _run(self, program, server, host, *options):
        process = Process(program, [
            program, "-v", "-b", self.address, "-P", free_port(), "-p", server[1], "--domain", host,
            "--maximumtime", 1, *options, server[0]], self.folder, {"HOME": self.folder})
        try:
            process.wait(30)
        finally:
            process.end()
        self.log = process.log()
        assert "Unhandled exception" not in self.log, process.describe("fell over")
        return self.log
