#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# examples/phone.sh NAME PASSWORD [HOST [PORT [SECONDS]]]
#
# The smallest phone: it registers, answers the challenge, and shows the response to
# each of its two requests. SECONDS 0 unregisters it. Exits with 0 if the last response
# was 200.
set -euo pipefail
name=$1 password=$2 host=${3:-127.0.0.1} port=${4:-5062} seconds=${5:-60}
call=$RANDOM$RANDOM$RANDOM

exec {line}<>"/dev/udp/$host/$port"

# register CSEQ [AUTHORIZATION]: the response is in $response.
register() {
	local request

	request=$(printf '%s\r\n' "REGISTER sip:$host SIP/2.0" \
		"Via: SIP/2.0/UDP 127.0.0.1:5064;branch=z9hG4bK$call$1;rport" "Max-Forwards: 70" \
		"From: <sip:$name@$host>;tag=$call" "To: <sip:$name@$host>" "Call-ID: $call" \
		"CSeq: $1 REGISTER" "Contact: <sip:$name@127.0.0.1:5064>" "Expires: $seconds" \
		"User-Agent: phone.sh" ${2:+"$2"} "Content-Length: 0" "")
	cat <<<"$request" >&"$line" # one write, so one datagram
	response=$(timeout 5 dd bs=65536 count=1 status=none <&"$line" 2>/dev/null | tr -d '\r') ||
		{ echo "$name REGISTER → no response" >&2; exit 1; }
	echo "$name REGISTER → $(sed -n '1s/^SIP.2.0 //p' <<<"$response")"
}

md5() {
	printf %s "$1" | md5sum | cut -d ' ' -f 1
}

# challenged NAME: that value of the challenge with MD5.
challenged() {
	sed -n "/^WWW-Authenticate: .*algorithm=MD5/s/.*$1=\"\([^\"]*\)\".*/\1/p" <<<"$response"
}

register 1
nonce=$(challenged nonce) realm=$(challenged realm) uri=sip:$host
proof=$(md5 "$(md5 "$name:$realm:$password"):$nonce:00000001:phone:auth:$(md5 "REGISTER:$uri")")
register 2 "Authorization: Digest username=\"$name\", realm=\"$realm\", nonce=\"$nonce\", \
uri=\"$uri\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"phone\", response=\"$proof\""
[[ $response == "SIP/2.0 200 "* ]]
