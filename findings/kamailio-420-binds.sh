#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kamailio 5.6.3 refuses a REGISTER for want of Path support, and has bound it all the same.
#
# One would have sworn: a REGISTER that is answered with an error has changed nothing: requests are processed
# whole or not at all (RFC 3261 sections 8.2 and 10.3).
#
# What is so: with use_path=1 and the default path_mode, an edge adds Path to the REGISTER of a phone that does
# not say "Supported: path". Kamailio answers 420 with "Unsupported: path", and lists the phone's Contact, with
# its expiry, in that very answer. It is bound: calls for the account go there. A cancel is answered 420, too,
# and is carried out all the same.
#
# Why it matters: the phone believes that it is not registered and tells its user so, or goes to the next
# registrar, while calls still ring here, or ring at both. A client that trusts the status leaves a binding
# behind at each of its stops. Read the Contacts in a refusal: if ours stands there, it is bound and must be
# taken back. Operators: set path_mode to 1, or let clients say "Supported: path".
#
# Needs: Debian 12 amd64, apt, python3. Installs nothing; exits 0 as told, 1 if it behaves otherwise, 2 if it
# could not run.
set -euo pipefail

work=$(mktemp -d)
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
	pid=
}
trap 'stop; cd /; rm -rf "$work"' EXIT
cannot() { echo "cannot run: $*"; exit 2; }
free_port() {
	python3 -c 'from socket import *; s = socket(type=SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

cd "$work"
apt-get -qq -o APT::Sandbox::User=root download kamailio=5.6.3-2 ||
	cannot "kamailio 5.6.3-2 cannot be fetched"
dpkg -x kamailio_*.deb root
lib=$work/root/usr/lib/x86_64-linux-gnu/kamailio
export LD_LIBRARY_PATH=$lib

port=$(free_port)
# To an OPTIONS it says in the reason where calls for the account would go.
cat >kamailio.cfg <<END
#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:$port
mpath="$lib/modules"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "use_domain", 1)
modparam("registrar", "use_path", 1)
request_route {
	if (method == "REGISTER") {
		save("location");
		exit;
	}
	if (lookup("location")) {
		sl_send_reply("200", "calls go to \$ru");
	} else {
		sl_send_reply("404", "calls go nowhere");
	}
}
END
root/usr/sbin/kamailio -DD -E -f kamailio.cfg -Y "$work" -P "$work/pid" -m 32 -M 4 >kamailio.log 2>&1 &
pid=$!

cat >edge.py <<'END'
"""edge.py PORT: an edge with one phone behind it; prints what the registrar makes of its requests."""
import re, socket, sys, time

edge = socket.socket(type=socket.SOCK_DGRAM)
edge.bind(("127.0.0.1", 0))
edge.connect(("127.0.0.1", int(sys.argv[1])))
own = "127.0.0.1:%d" % edge.getsockname()[1]
cseq = 0


def ask(method, *lines):
    global cseq
    cseq += 1
    edge.send("\r\n".join([
        f"{method} sip:{'1001@' * (method == 'OPTIONS')}sw.example SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bKedge{cseq}",
        f"Via: SIP/2.0/UDP phone.invalid;branch=z9hG4bKphone{cseq}",
        "Max-Forwards: 69", "From: <sip:1001@sw.example>;tag=phone", "To: <sip:1001@sw.example>",
        "Call-ID: phone", f"CSeq: {cseq} {method}", *lines, "Content-Length: 0", "", ""]).encode())
    return edge.recv(65535).decode()


def header(answer, name):
    return " ".join(re.findall(rf"(?im)^{name}: (.*?)\r$", answer)) or "absent"


def register(what, seconds, *lines):
    answer = ask("REGISTER", "Contact: <sip:1001@phone.invalid>", f"Expires: {seconds}", *lines)
    contact = re.sub(r"expires=(29\d|300)\b", "expires=300", header(answer, "Contact"))
    print(f"{what}: {answer.split()[1]}, Unsupported {header(answer, 'Unsupported')}, Contact {contact}")
    print(f"{what}: {ask('OPTIONS').splitlines()[0].split(' ', 2)[2]}")


edge.settimeout(0.2)
for _ in range(100):  # until it is up
    try:
        ask("OPTIONS")
        break
    except OSError:
        time.sleep(0.1)
edge.settimeout(5)
path = f"Path: <sip:{own};lr>"
register("registers", 300, path)
register("cancels", 0, path)
register("registers, supports path", 300, path, "Supported: path")
register("cancels, supports path", 0, path, "Supported: path")
END
root/usr/sbin/kamailio -v | head -1
python3 edge.py "$port" | tee seen

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	registers: 420, Unsupported path, Contact <sip:1001@phone.invalid>;expires=300
	registers: calls go to sip:1001@phone.invalid
	cancels: 420, Unsupported path, Contact absent
	cancels: calls go nowhere
	registers, supports path: 200, Unsupported absent, Contact <sip:1001@phone.invalid>;expires=300
	registers, supports path: calls go to sip:1001@phone.invalid
	cancels, supports path: 200, Unsupported absent, Contact absent
	cancels, supports path: calls go nowhere
END
echo "as told"
