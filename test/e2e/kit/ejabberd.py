# SPDX-License-Identifier: Apache-2.0
"""ejabberd's mod_sip as Debian ships it (ejabberd, erlang-p1-sip), as the upstream of a test.

An Erlang machine without distribution, so there is no epmd; all it writes stands in the test's folder.
The 200 to a REGISTER lists what that request sent and no more; a cancel or a fetch of what is gone
gets 404. Its table is read from itself: a datagram to a second port is answered with it.
"""

import os
import re
import signal
import socket

from .ports import free_port, udp_bound
from .process import Process
from .wait import wait_until

DOMAIN = "sw.example"
CONFIG = """hosts: [{domain}]
loglevel: info
certfiles: []
auth_method: [internal]
listen:
  - port: {port}
    ip: "127.0.0.1"
    transport: udp
    module: ejabberd_sip
modules:
  mod_sip: {{}}
"""
# Accounts, and the table for whoever asks; "forget" empties it first, as a restart would.
EXPRESSION = """
[ok = ejabberd_auth:try_register(U, <<"{domain}">>, P) || {{U, P}} <- [{accounts}]],
{{ok, S}} = gen_udp:open({port}, [{{ip, {{127, 0, 0, 1}}}}, binary, {{active, false}}]),
Serve = fun(Self) ->
    {{ok, {{A, P, What}}}} = gen_udp:recv(S, 0),
    What == <<"forget">> andalso ets:delete_all_objects(sip_session),
    gen_udp:send(S, A, P, io_lib:format("~0p", [ets:tab2list(sip_session)])),
    Self(Self)
end,
Serve(Serve).
"""
CONTACT = re.compile(r'\{uri,<<"sip">>,<<"([^"]*)">>,<<>>,<<"([^"]*)">>,(\d+)')


class Ejabberd:
    """`accounts` maps user names to passwords; realm and domain are sw.example."""

    def __init__(self, folder, accounts):
        self.folder, self.port, self._control = os.path.join(folder, "ejabberd"), free_port(), free_port()
        os.makedirs(self.folder)
        config = os.path.join(self.folder, "ejabberd.yml")
        with open(config, "w", encoding="ascii") as f:
            f.write(CONFIG.format(domain=DOMAIN, port=self.port))
        expression = EXPRESSION.format(domain=DOMAIN, port=self._control, accounts=", ".join(
            f'{{<<"{u}">>, <<"{p}">>}}' for u, p in accounts.items()))
        self.process = Process("ejabberd", [
            "erl", "+S", "1", "-noinput", "-mnesia", "dir", f'"{self.folder}/spool"', "-s", "ejabberd",
            "-eval", expression], self.folder, {
                "EJABBERD_CONFIG_PATH": config, "EJABBERD_LOG_PATH": os.path.join(self.folder, "ejabberd.log"),
                "ERL_CRASH_DUMP": os.path.join(self.folder, "dump"), "HOME": self.folder,
                "ERL_LIBS": "/usr/lib/x86_64-linux-gnu"})
        wait_until(self._up, 60, lambda: self.process.describe("to come up"))

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def _up(self):
        assert self.process.returncode() is None, self.process.describe("ended while starting")
        return udp_bound(self.port) and udp_bound(self._control)

    def bindings(self):
        """[Contact], of all accounts."""
        return sorted(f"sip:{user}@{host}:{port}" for user, host, port in CONTACT.findall(self._ask(b"table")))

    def forget(self):
        self._ask(b"forget")
        assert self.bindings() == []

    def _ask(self, what):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.sendto(what, ("127.0.0.1", self._control))
            return s.recv(1 << 16).decode()

    def stop(self):
        self.process.end(signal.SIGTERM, 20)
