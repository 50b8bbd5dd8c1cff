# SPDX-License-Identifier: Apache-2.0
"""Kamailio 5.6 as Debian ships it, as the upstream registrar of a test.

Started in the foreground from a configuration written here, on one UDP port of
127.0.0.1, everything it writes under the test's folder. Digest accounts are
static, the location table lives in its memory (a restart forgets it) and is
read through the jsonrpcs module's datagram socket. `antiflood` adds pike and
the ban table exactly as Kamailio's own default configuration has them.
"""

import json
import os
import re
import signal
import socket
from dataclasses import dataclass

from .ports import free_port, udp_bound
from .process import Process
from .wait import wait_until

MODULES = "kex pv sl maxfwd textops siputils xlog usrloc registrar auth htable pike jsonrpcs"

CONFIG = """#!KAMAILIO
debug=2
log_stderror=yes
children={children}
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:{port}
{loads}
modparam("jsonrpcs", "transport", 4)
modparam("jsonrpcs", "dgram_socket", "{rpc}")
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "use_domain", 1)
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "max_contacts", {max_contacts})
modparam("registrar", "min_expires", {min_expires})
modparam("registrar", "max_expires", {max_expires})
modparam("registrar", "default_expires", 3600)
modparam("registrar", "use_path", {use_path})
modparam("auth", "nonce_expire", {nonce_expire})
{auth}
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 16)
modparam("pike", "remove_latency", 4)
modparam("htable", "htable", "ipban=>size=8;autoexpire=300;")
modparam("htable", "htable", "password=>size=10;")

event_route[htable:mod-init] {{
{accounts}
}}

request_route {{
	force_rport();
{antiflood}
	if (!mf_process_maxfwd_header("10")) {{
		sl_send_reply("483", "Too Many Hops");
		exit;
	}}
	if (is_method("OPTIONS")) {{
		sl_send_reply("200", "OK");
		exit;
	}}
	if (!is_method("REGISTER")) {{
		sl_send_reply("405", "Method Not Allowed");
		exit;
	}}
	if ($sht(password=>$tU) == $null || ($au != $null && $au != $tU)) {{
		sl_send_reply("403", "Forbidden");
		exit;
	}}
	if (!pv_www_authenticate("$td", "$sht(password=>$tU)", "0")) {{
		www_challenge("$td", "{challenge_flags}");
		exit;
	}}
	if (!save("location", "{save_flags}")) {{
		xlog("L_WARN", "e2e-refused user=$tU");
		exit;
	}}
	xlog("L_WARN", "e2e-saved user=$tU callid=$ci cseq=$cs expires=$hdr(Expires) contact=$ct source=$si:$sp\\n");
	exit;
}}
"""

ANTIFLOOD = """	if ($sht(ipban=>$si) != $null) {
		exit;
	}
	if (!pike_check_req()) {
		xlog("L_ALERT", "e2e-banned source=$si\\n");
		$sht(ipban=>$si) = 1;
		exit;
	}"""

SAVED = re.compile(r"e2e-saved user=(\S+) callid=(\S+) cseq=(\d+) expires=(\S+) contact=(.*) source=(\S+)$")


@dataclass(frozen=True)
class Binding:
    aor: str
    contact: str
    call_id: str
    cseq: int
    expires: int
    user_agent: str


@dataclass(frozen=True)
class Saved:
    """One REGISTER that Kamailio carried out."""

    user: str
    call_id: str
    cseq: int
    expires: str  # header, '<null>' without
    contact: str
    source: str


class Kamailio:
    """`accounts` maps user names to passwords; the realm is the domain of the AOR.

    `wrap` stands before the program on its command line, `challenge_flags` are those of www_challenge().
    """

    def __init__(self, folder, accounts, antiflood=False, max_contacts=10, min_expires=10, max_expires=0,
                 nonce_expire=300, qop=False, replace=False, use_path=False, children=2, wrap=(), challenge_flags=None):
        self.folder, self.wrap = str(folder), list(wrap)
        self.port = free_port()
        self.process = None
        self._logs = []
        self._rpc_path = os.path.join(self.folder, "kamailio.rpc")
        self._config_path = os.path.join(self.folder, "kamailio.cfg")
        config = CONFIG.format(
            port=self.port, children=children, rpc=self._rpc_path, max_contacts=max_contacts,
            min_expires=min_expires, max_expires=max_expires, nonce_expire=nonce_expire,
            loads="\n".join(f'loadmodule "{m}.so"' for m in MODULES.split()),
            accounts="\n".join(f'\t$sht(password=>{u}) = "{p}";' for u, p in accounts.items()),
            use_path=int(use_path),
            antiflood=ANTIFLOOD if antiflood else "",
            auth='modparam("auth", "qop", "auth")' if qop else "",
            challenge_flags=challenge_flags or ("1" if qop else "0"),
            save_flags="0x04" if replace else "0")
        with open(self._config_path, "w", encoding="ascii") as f:
            f.write(config)

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def start(self):
        for path in (self._rpc_path,):
            if os.path.exists(path):
                os.unlink(path)
        self.process = Process("kamailio", [
            *self.wrap, "kamailio", "-DD", "-E", "-f", self._config_path, "-Y", self.folder,
            "-P", os.path.join(self.folder, "kamailio.pid"), "-m", "64", "-M", "8"], self.folder)
        self._logs.append(self.process)
        wait_until(self._up, 20, lambda: self.process.describe("to come up"))
        return self

    def _up(self):
        assert self.process.returncode() is None, self.process.describe("ended while starting")
        return os.path.exists(self._rpc_path) and udp_bound(self.port, self.process.pid) and self._answers()

    def _answers(self):
        try:
            return self.rpc("core.version", timeout=1)
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.end(signal.SIGTERM, 15)
            self.process = None

    def restart(self):
        """The location table is empty afterwards: it was in memory."""
        self.stop()
        return self.start()

    def rpc(self, method, *params, timeout=5):
        """The result of one JSON-RPC call over the datagram socket."""
        own = os.path.join(self.folder, "kamailio.reply")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            if os.path.exists(own):
                os.unlink(own)
            s.bind(own)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.settimeout(timeout)
            request = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 1}
            s.sendto(json.dumps(request).encode(), self._rpc_path)
            answer = json.loads(s.recv(1 << 20))
        if "error" in answer:
            raise RuntimeError(f"kamailio rpc {method}: {answer['error']}")
        return answer["result"]

    def set_password(self, user, password):
        self.rpc("htable.sets", "password", user, password)

    def bindings(self):
        """Kamailio's location table, read from Kamailio."""
        found = []
        for domain in self.rpc("ul.dump").get("Domains", []):
            for row in domain["Domain"].get("AoRs", []):
                info = row["Info"]
                for entry in info["Contacts"]:
                    c = entry["Contact"]
                    if c["Expires"] not in ("expired", "deleted"):
                        found.append(Binding(info["AoR"], c["Address"], c["Call-ID"], int(c["CSeq"]),
                                             int(c["Expires"]), c["User-Agent"]))
        return found

    def saved(self):
        """Every REGISTER carried out so far, also before a restart, in order.

        A line is written after the answer has left: await it, do not expect it.
        """
        lines = (line for p in self._logs for line in p.log().splitlines())
        rows = (SAVED.search(line.replace("\\n", "").rstrip()) for line in lines)
        return [Saved(m[1], m[2], int(m[3]), m[4], m[5], m[6]) for m in rows if m]

    def refreshes(self):
        """For each user, how many REGISTERs with a lifetime above 0 were carried out."""
        counts = {}
        for s in self.saved():
            if s.expires != "0":
                counts[s.user] = counts.get(s.user, 0) + 1
        return counts

    def bans(self):
        """How often a source was banned so far."""
        return sum(p.log().count("e2e-banned") for p in self._logs)

    def refusals(self):
        """How many authenticated REGISTERs it did not carry out (too many contacts, CSeq order)."""
        return sum(p.log().count("e2e-refused") for p in self._logs)

    def banned(self):
        """True while the ban table holds somebody."""
        return bool(self.rpc("htable.dump", "ipban"))
