#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The registrar of Net::SIP 0.835 takes each REGISTER for the whole account, a question too.
#
# One would have sworn: a REGISTER adds or removes what it names and leaves the rest; one without Contact
# is a question and changes nothing (RFC 3261 sections 10.2.3 and 10.3); and 423 says in Min-Expires what
# would be long enough (section 10.3, step 7).
#
# What is so: the list of Contacts of a request replaces the account. A second phone unbinds the first one;
# a phone that takes its own Contact back empties the account; and a REGISTER without Contact, sent to
# learn who is bound, unbinds everybody, is answered 200 and lists nothing. 423 comes without Min-Expires.
#
# Why it matters: where a script or a test bed builds its registrar from this library, an audit that asks
# an account for its bindings, or a watchdog that probes whether a line is still bound, makes the outage
# that it reports. A client must not go on probing a registrar unless it has seen that a question leaves its
# binding alone. And after a 423 it has to guess a longer expiry by itself.
#
# Needs: Debian 12, apt, perl, python3. Installs nothing; exits 0 as told, 1 if it behaves otherwise, 2 if
# it could not run.
set -euo pipefail

work=$(mktemp -d)
pid=
stop() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
	pid=
}
trap 'stop; cd /; rm -rf "$work"' EXIT
cannot() { echo "cannot run: $*"; exit 2; }

cd "$work"
apt-get -qq -o APT::Sandbox::User=root download libnet-sip-perl=0.835-1 ||
	cannot "libnet-sip-perl 0.835-1 cannot be fetched"
dpkg -x libnet-sip-perl_*.deb root

# It writes its two ports into the file "ports"; any datagram to the second one is answered with the
# Contacts that the registrar itself names for user 1001.
cat >registrar.pl <<'END'
use strict;
use warnings;
use IO::Socket::INET;
use Net::SIP;
use Net::SIP::Dispatcher::Eventloop;

my ($sip, $table) = map { IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $! } 1, 2;
my $simple = Net::SIP::Simple->new(legs => [Net::SIP::Leg->new(sock => $sip)]);
my $registrar = $simple->create_registrar(domains => ['sw.example'], min_expires => 60, max_expires => 3600);
$simple->{loop}->addFD($table, EV_READ, sub {
	my $from = recv($table, my $question, 64, 0) or return;
	send($table, join(' ', sort $registrar->query('sip:1001@sw.example')), 0, $from);
});
open(my $file, '>', 'ports.new') or die $!;
print $file join(' ', map { $_->sockport } $sip, $table), "\n";
close($file) or die $!;
rename('ports.new', 'ports') or die $!;
$simple->loop;
END
perl -I"$work/root/usr/share/perl5" registrar.pl 2>registrar.log &
pid=$!
for _ in $(seq 100); do
	[ ! -e ports ] || break
	kill -0 "$pid" 2>/dev/null || { cat registrar.log; cannot "the registrar did not start"; }
	sleep 0.1
done
read -r port table <ports || cannot "the registrar did not start"

cat >phones.py <<'END'
"""phones.py PORT TABLE: what the registrar answers and holds after each request."""
import re, socket, sys

registrar, table = ("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2]))
cseq = 0
phone = socket.socket(type=socket.SOCK_DGRAM)
phone.bind(("127.0.0.1", 0))
phone.settimeout(5)
own = "127.0.0.1:%d" % phone.getsockname()[1]


def exchange(to, data):
    phone.sendto(data.encode(), to)
    return phone.recv(65535).decode()


def names(text):
    return ",".join(sorted(set(re.findall(r"sip:(desk|mobile)@", text)))) or "nobody"


def register(what, name, *lines):
    global cseq
    cseq += 1
    answer = exchange(registrar, "\r\n".join([
        "REGISTER sip:sw.example SIP/2.0", f"Via: SIP/2.0/UDP {own};branch=z9hG4bK-{cseq}", "Max-Forwards: 70",
        f"From: <sip:1001@sw.example>;tag={name}", "To: <sip:1001@sw.example>", f"Call-ID: {name}@{own}",
        f"CSeq: {cseq} REGISTER", *lines, "Content-Length: 0", "", ""]))
    listed = names("".join(re.findall(r"(?im)^(?:contact|m)\s*:.*$", answer)))
    least = re.search(r"(?im)^min-expires\s*:\s*(\d+)", answer)
    print(f"{what}: {answer.split()[1]}, lists {listed}, holds {names(exchange(table, '?'))}"
          + (f", Min-Expires {least[1] if least else 'absent'}" if " 423 " in answer.splitlines()[0] else ""))


def bind(name, seconds):
    return name, f"Contact: <sip:{name}@{own}>;expires={seconds}"


register("desk binds", *bind("desk", 300))
register("mobile binds", *bind("mobile", 300))
register("desk binds", *bind("desk", 300))
register("desk asks", "desk")
register("desk binds", *bind("desk", 300))
register("mobile cancels", *bind("mobile", 0))
register("desk binds for 20 s", *bind("desk", 20))
END
echo "version: Net::SIP $(perl -I"$work/root/usr/share/perl5" -MNet::SIP -e 'print $Net::SIP::VERSION')"
python3 phones.py "$port" "$table" | tee seen

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	desk binds: 200, lists desk, holds desk
	mobile binds: 200, lists mobile, holds mobile
	desk binds: 200, lists desk, holds desk
	desk asks: 200, lists nobody, holds nobody
	desk binds: 200, lists desk, holds desk
	mobile cancels: 200, lists nobody, holds nobody
	desk binds for 20 s: 423, lists nobody, holds nobody, Min-Expires absent
END
echo "as told"
