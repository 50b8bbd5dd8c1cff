#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ejabberd 23.01 (mod_sip) lists in a 200 only what that REGISTER sent, and answers 404 to a second cancel.
#
# One would have sworn: the 200 to a REGISTER lists every binding of the account (RFC 3261 section 10.3, step 8),
# so what is not listed is not bound; and to cancel what is already gone succeeds: 404 means that the account
# does not exist (step 5).
#
# What is so: two phones of one account are bound side by side, and each is told of itself alone, even by the
# 200 to its cancel, which still lists the Contact that has just been removed. Only a REGISTER without Contact
# gets the whole list. A cancel of a Contact that the registrar no longer holds gets 404, with right
# credentials, for an account that exists; so does a REGISTER without Contact once nothing is bound.
#
# Why it matters: a client that reads "not listed" as "displaced" starts a fight between two phones that both
# work. A client that reads 404 to a cancel as a failure repeats it for ever, or tells its operator that an
# upstream still holds what it forgot long ago, for instance after a restart of the upstream. 404, 410 and 481
# to a cancel whose credentials were accepted mean: gone.
#
# To run it in a folder of its own takes no installation, which would start it and leave epmd enabled: an Erlang
# machine without a node name needs no epmd; mnesia gets a folder; ERL_LIBS names the libraries of both folders.
#
# Needs: Debian 12 amd64, apt, python3, libssl3. Installs nothing; exits 0 as told, 1 if it behaves otherwise,
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
otp=1:25.2.3+dfsg-1+deb12u4
packages=(ejabberd=23.01-1 erlang-p1-sip=1.0.49-1)
for name in asn1 base crypto ftp inets mnesia odbc os-mon public-key runtime-tools ssl syntax-tools tftp tools \
	xmerl; do
	packages+=("erlang-$name=$otp")
done
packages+=(erlang-base64url=1.0.1-6 erlang-goldrush=0.2.0-8 erlang-idna=6.1.1-4 erlang-jiffy=1.1.1-1
	erlang-jose=1.11.5-1 erlang-lager=3.9.2-2 erlang-p1-acme=1.0.22-1 erlang-p1-cache-tab=1.0.30-2
	erlang-p1-eimp=1.0.22-2 erlang-p1-mqtree=1.0.15-2 erlang-p1-pkix=1.0.9-2 erlang-p1-stringprep=1.0.29-2
	erlang-p1-stun=1.2.7-1 erlang-p1-tls=1.1.16-2 erlang-p1-utils=1.0.25-2 erlang-p1-xml=1.1.49-2
	erlang-p1-xmpp=1.6.1-1 erlang-p1-yaml=1.0.36-1 erlang-p1-yconf=1.0.15-1 erlang-p1-zlib=1.0.12-2
	erlang-unicode-util-compat=0.7.0-4 libyaml-0-2=0.2.5-1)
# libexpat1 comes as Debian 12 has it: security updates replace it, and it parses no SIP.
apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" libexpat1 ||
	cannot "a package cannot be fetched"
for package in *.deb; do
	dpkg -x "$package" root
	rm "$package"
done

port=$(free_port) table=$(free_port)
cat >ejabberd.yml <<-END
	hosts: [sw.example]
	loglevel: info
	certfiles: []
	auth_method: [internal]
	listen:
	  - port: $port
	    ip: "127.0.0.1"
	    transport: udp
	    module: ejabberd_sip
	modules:
	  mod_sip: {}
END
# Makes the account; then any datagram to the second port is answered with the table of bindings.
serve="ok = ejabberd_auth:try_register(<<\"1001\">>, <<\"sw.example\">>, <<\"secret\">>),
	{ok, S} = gen_udp:open($table, [{ip, {127, 0, 0, 1}}, binary, {active, false}]),
	Serve = fun(Self) ->
		{ok, {A, P, _}} = gen_udp:recv(S, 0),
		gen_udp:send(S, A, P, io_lib:format(\"~0p\", [ets:tab2list(sip_session)])),
		Self(Self)
	end,
	Serve(Serve)."
library=$work/root/usr/lib
export ROOTDIR=$library/erlang BINDIR=$library/erlang/erts-13.1.5/bin EMU=beam PROGNAME=erl HOME=$work
export ERL_LIBS=$library/x86_64-linux-gnu LD_LIBRARY_PATH=$library/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu
export ERL_CRASH_DUMP=$work/dump EJABBERD_CONFIG_PATH=$work/ejabberd.yml EJABBERD_LOG_PATH=$work/ejabberd.log
"$BINDIR/erlexec" +S 1 -noinput -mnesia dir "\"$work/spool\"" -s ejabberd -eval "$serve" >out.log 2>&1 &
pid=$!

cat >phones.py <<'END'
"""phones.py PORT TABLE: what the registrar answers and holds after each request of two phones of one account."""
import hashlib, re, socket, sys, time

registrar, table = ("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2]))
cseq = 0
phone = socket.socket(type=socket.SOCK_DGRAM)
phone.bind(("127.0.0.1", 0))
own = "127.0.0.1:%d" % phone.getsockname()[1]


def exchange(to, data):
    phone.sendto(data.encode(), to)
    while True:
        data, source = phone.recvfrom(65535)
        if source == to:
            return data.decode()


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def send(name, *lines):
    global cseq
    cseq += 1
    return exchange(registrar, "\r\n".join([
        "REGISTER sip:sw.example SIP/2.0", f"Via: SIP/2.0/UDP {own};branch=z9hG4bK-{cseq};rport", "Max-Forwards: 70",
        f"From: <sip:1001@sw.example>;tag={name}", "To: <sip:1001@sw.example>", f"Call-ID: {name}@{own}",
        f"CSeq: {cseq} REGISTER", *lines, "Content-Length: 0", "", ""]))


def authorized(name, *lines):
    challenge = send(name, *lines)
    realm, nonce = (re.search(rf'{key}="([^"]*)"', challenge)[1] for key in ("realm", "nonce"))
    response = md5(md5("1001", realm, "secret"), nonce, "00000001", "c1", "auth", md5("REGISTER", "sip:sw.example"))
    return send(name, *lines, f'Authorization: Digest username="1001", realm="{realm}", nonce="{nonce}", '
                f'uri="sip:sw.example", response="{response}", qop=auth, cnonce="c1", nc=00000001')


def names(found):
    return ",".join(sorted(set(found))) or "nobody"


def register(what, name, *lines):
    answer = authorized(name, *lines)
    listed = re.findall(r"sip:(desk|mobile)@", "".join(re.findall(r"(?im)^(?:contact|m)\s*:.*$", answer)))
    held = re.findall(r'<<"(desk|mobile)">>', exchange(table, "?"))
    print(f"{what}: {answer.split()[1]}, lists {names(listed)}, holds {names(held)}")


def bind(name, seconds):
    return name, f"Contact: <sip:{name}@{own}>;expires={seconds}"


phone.settimeout(0.2)
for _ in range(150):  # until it is up
    try:
        exchange(table, "?")
        break
    except OSError:
        time.sleep(0.2)
phone.settimeout(5)
register("desk binds", *bind("desk", 300))
register("mobile binds", *bind("mobile", 300))
register("desk binds again", *bind("desk", 300))
register("desk asks", "desk")
register("desk cancels", *bind("desk", 0))
register("desk cancels again", *bind("desk", 0))
register("mobile cancels", *bind("mobile", 0))
register("desk asks", "desk")
END
python3 phones.py "$port" "$table" >seen || cannot "there is no answer; ejabberd says: $(tail -5 out.log)"
echo "version: $(grep -o 'ejabberd [^ ]* is started' out.log)"
cat seen

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	desk binds: 200, lists desk, holds desk
	mobile binds: 200, lists mobile, holds desk,mobile
	desk binds again: 200, lists desk, holds desk,mobile
	desk asks: 200, lists desk,mobile, holds desk,mobile
	desk cancels: 200, lists desk, holds mobile
	desk cancels again: 404, lists nobody, holds mobile
	mobile cancels: 200, lists mobile, holds nobody
	desk asks: 404, lists nobody, holds nobody
END
echo "as told"
