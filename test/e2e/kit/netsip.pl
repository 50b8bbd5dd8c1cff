#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Net::SIP's registrar behind its authentication: netsip.pl PORT SOCKET MIN_EXPIRES USER=PASSWORD...
# Whoever sends a datagram to the Unix socket SOCKET gets its table as JSON.
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;
use Net::SIP;
use Net::SIP::Dispatcher::Eventloop;
use Socket qw(SOCK_DGRAM);

my ($port, $path, $min_expires, @accounts) = @ARGV;
my $simple = Net::SIP::Simple->new(legs => [Net::SIP::Leg->new(addr => '127.0.0.1', port => $port)]);
my $auth = $simple->create_auth(user2pass => {map { split /=/, $_, 2 } @accounts}, realm => 'sw.example');
my $registrar = $simple->create_registrar(domains => ['sw.example'], min_expires => $min_expires, max_expires => 3600);
$simple->create_chain([$auth, $registrar]);

my $control = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$path: $!";
$simple->{loop}->addFD($control, EV_READ, sub {
	my $from = recv($control, my $question, 1024, 0);
	send($control, encode_json($registrar->_store), 0, $from) if $from;
});
$simple->loop;
