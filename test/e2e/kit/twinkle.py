# SPDX-License-Identifier: Apache-2.0
"""twinkle-console as a phone: one account, driven by the commands that a user types.

It registers at its start, and unregisters when it quits. It reads the last challenge of a response,
and asks for a new one each time.
"""

import os
import re
import signal

from .ports import free_port
from .process import Process
from .wait import wait_until

SYSTEM = """\
sip_port={port}
validate_audio_dev=no
dev_ringtone=
dev_speaker=
dev_mic=
"""
PROFILE = """\
user_name={username}
user_domain={host}
auth_name={username}
auth_pass={password}
outbound_proxy={server[0]}:{server[1]}
all_requests_to_proxy=yes
register_at_startup=yes
registration_time={expires}
mwi_solicited=no
"""
SUCCEEDED, FAILED = "registration succeeded", re.compile(r"registration failed: (\d+)")


class Twinkle:
    """Started at once. `server` is (host, port)."""

    def __init__(self, folder, server, username, password, host, expires=60):
        folder = os.path.join(str(folder), f"twinkle-{username}-{len(os.listdir(folder))}")
        port = free_port()
        self.contact = f"sip:{username}@127.0.0.1:{port}"
        os.makedirs(os.path.join(folder, ".twinkle"))
        _write(folder, "twinkle.sys", SYSTEM.format(port=port))
        _write(folder, "phone.cfg", PROFILE.format(username=username, password=password, host=host,
                                                   expires=expires, server=server))
        reader, self._keys = os.pipe()
        self.process = Process("twinkle", ["stdbuf", "-oL", "twinkle-console", "phone.cfg"], folder,
                               {"HOME": folder}, stdin=reader)
        os.close(reader)

    def type(self, command):
        os.write(self._keys, f"{command}\n".encode())

    def wait_registered(self, count=1, timeout=20):
        wait_until(lambda: self.process.log().count(SUCCEEDED) >= count, timeout,
                   lambda: self.process.describe(f"to register {count} times"))

    def wait_refused(self, timeout=20):
        """The status."""
        return int(wait_until(lambda: FAILED.search(self.process.log()), timeout,
                              lambda: self.process.describe("to be refused")).group(1))

    def leave(self):
        """Ends it as a user does."""
        self.type("quit")
        assert self.process.wait(10) == 0, self.process.describe("ended badly")

    def close(self):
        os.close(self._keys)
        self.process.end(signal.SIGKILL)


def _write(folder, name, text):
    with open(os.path.join(folder, ".twinkle", name), "w", encoding="ascii") as f:
        f.write(text)
