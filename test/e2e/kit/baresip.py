# SPDX-License-Identifier: Apache-2.0
"""baresip (Debian's baresip-core) as a phone: one account, no audio, its messages in its log.

It asks for `expires`, comes back at nine tenths of that, and unregisters at SIGTERM. It uses no
nonce twice, and makes a new Contact user at each start. With an `instance`, a UUID, it speaks
RFC 5626. A 401 to its credentials it answers at once, without end.
"""

import os
import re
import signal

from .process import Process
from .wait import wait_until

CONFIG = """\
sip_listen {address}:0
net_interface {address}
module_path /usr/lib/baresip/modules
module_tmp uuid.so
module_tmp account.so
module_app menu.so
"""
ACCOUNT = '<sip:{username}@{host}>;auth_pass={password};regint={expires};outbound="sip:{server[0]}:{server[1]}"{more}\n'
STATUS = re.compile(r"^SIP/2\.0 (\d+) ", re.M)
CONTACT = re.compile(r"^Contact: <([^>]*)>", re.M)


class Baresip:
    """Started at once. `server` is (host, port)."""

    def __init__(self, folder, server, username, password, host, expires=60, address="127.0.0.1", instance=None):
        folder = os.path.join(str(folder), f"baresip-{username}-{len(os.listdir(folder))}")
        os.mkdir(folder)
        _write(folder, "config", CONFIG.format(address=address))
        _write(folder, "accounts", ACCOUNT.format(username=username, password=password, host=host,
                                                  expires=expires, server=server,
                                                  more=";sipnat=outbound" if instance else ""))
        if instance:
            _write(folder, "uuid", instance)
        self.process = Process("baresip", ["baresip", "-s", "-f", folder], folder, {"HOME": folder})

    @property
    def contact(self):
        return CONTACT.search(self.process.log()).group(1)

    def statuses(self):
        """Those of the responses that have come."""
        return [int(status) for status in STATUS.findall(self.process.log())]

    def wait_statuses(self, status, count=1, timeout=20):
        """Waits for so many responses of that status."""
        wait_until(lambda: self.statuses().count(status) >= count, timeout,
                   lambda: self.process.describe(f"to get {count} times {status}"))

    def leave(self):
        """Ends it as a user does."""
        self.process.kill(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.process.describe("ended badly")

    def close(self):
        self.process.end(signal.SIGKILL)


def _write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="ascii") as f:
        f.write(text)
