#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kamailio 5.6.3 demands auth-int and then refuses every right answer to it.
#
# One would have sworn: flags of www_challenge() that are added up offer both, so that "3" sends
# qop="auth,auth-int" and a client takes what it knows; and a qop that a registrar offers, it can check.
#
# What is so: with flags 3 the challenge says qop="auth-int" alone, as with flags 2. A REGISTER whose
# auth-int digest is right (RFC 2617 section 3.2.2.3: the hash of the body, here an empty one, ends A2)
# gets 401 each time. With flags 1 (qop="auth") the same phone and password get 200.
#
# Why it matters: a client that follows the RFC never registers, and the log on both sides reads like a
# wrong password, up to a ban for guessing. An operator who adds flag 2 "to be safer" locks out every
# correct client. A client should try once, and then say that the registrar cannot check what it demands.
#
# Needs: Debian 12 amd64, apt, python3. Installs nothing; exits 0 as told, 1 if it behaves otherwise,
# 2 if it could not run.
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

# registrar FLAGS: Kamailio on a free port, where user 1001 has the password "secret".
registrar() {
	port=$(free_port)
	cat >kamailio.cfg <<-END
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
		loadmodule "auth.so"
		request_route {
			if (method != "REGISTER") {
				sl_send_reply("200", "OK");
				exit;
			}
			if (!pv_www_authenticate("sw.example", "secret", "0")) {
				www_challenge("sw.example", "$1");
				exit;
			}
			sl_send_reply("200", "OK");
		}
	END
	root/usr/sbin/kamailio -DD -E -f kamailio.cfg -Y "$work" -P "$work/pid" -m 32 -M 4 >>kamailio.log 2>&1 &
	pid=$!
}

cat >phone.py <<'END'
"""phone.py PORT QOP: answers the challenge with a right digest of QOP; prints the offer and the status."""
import hashlib, re, socket, sys, time

port, qop = int(sys.argv[1]), sys.argv[2]
phone = socket.socket(type=socket.SOCK_DGRAM)
phone.bind(("127.0.0.1", 0))
phone.connect(("127.0.0.1", port))
own = "127.0.0.1:%d" % phone.getsockname()[1]


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def ask(method, cseq, *lines):
    phone.send("\r\n".join([
        f"{method} sip:sw.example SIP/2.0", f"Via: SIP/2.0/UDP {own};branch=z9hG4bK-{cseq}-{time.time_ns()}",
        "Max-Forwards: 70", f"From: <sip:1001@sw.example>;tag={qop}", "To: <sip:1001@sw.example>",
        f"Call-ID: {qop}@{own}", f"CSeq: {cseq} {method}", f"Contact: <sip:1001@{own}>", *lines,
        "Content-Length: 0", "", ""]).encode())
    return phone.recv(65535).decode()


phone.settimeout(0.2)
for _ in range(100):  # until it is up
    try:
        ask("OPTIONS", 1)
        break
    except OSError:
        time.sleep(0.1)
phone.settimeout(5)
challenge = ask("REGISTER", 2)
realm, nonce, offered = (re.search(rf'{name}="([^"]*)"', challenge)[1] for name in ("realm", "nonce", "qop"))
a2 = ["REGISTER", "sip:sw.example"] + ([md5("")] if qop == "auth-int" else [])
response = md5(md5("1001", realm, "secret"), nonce, "00000001", "c1", qop, md5(*a2))
answer = ask("REGISTER", 3, f'Authorization: Digest username="1001", realm="{realm}", nonce="{nonce}", '
             f'uri="sip:sw.example", response="{response}", qop={qop}, cnonce="c1", nc=00000001, algorithm=MD5')
print(f"offered {offered}, answered {qop}: {answer.split()[1]}")
END

root/usr/sbin/kamailio -v | head -1
for try in "1 auth" "2 auth-int" "3 auth-int"; do
	read -r flags qop <<<"$try"
	registrar "$flags"
	echo "flags $flags: $(python3 phone.py "$port" "$qop")" | tee -a seen
	stop
done

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	flags 1: offered auth, answered auth: 200
	flags 2: offered auth-int, answered auth-int: 401
	flags 3: offered auth-int, answered auth-int: 401
END
echo "as told"
