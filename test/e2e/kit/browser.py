# SPDX-License-Identifier: Apache-2.0
"""What SIP.js 0.21 and JsSIP 3.13 send, byte for byte but for the digest, as a WebSocket bridge passes it on.

Both answer the last challenge of a response. Their Contacts lead nowhere but through the bridge.
"""

import socket

from . import sip

SIP_JS = """\
REGISTER sip:{host} SIP/2.0
Via: SIP/2.0/WS 58gh85i6uaj8.invalid;branch=z9hG4bK270022{cseq}
To: <sip:{username}@{host}>
From: <sip:{username}@{host}>;tag=pvfjl07eb9
CSeq: {cseq} REGISTER
Call-ID: i2gj1hvj301i9kofs9og
Max-Forwards: 70
{authorization}Contact: <sip:vlilo4f0@58gh85i6uaj8.invalid;transport=ws>;expires={expires}
Allow: ACK,CANCEL,INVITE,MESSAGE,BYE,OPTIONS,INFO,NOTIFY,REFER
Supported: outbound, path, gruu
User-Agent: SIP.js/0.21.1
Content-Length: 0

"""
JSSIP = """\
REGISTER sip:{host} SIP/2.0
Via: SIP/2.0/WS biu0ju212boh.invalid;branch=z9hG4bK160416{cseq}
Max-Forwards: 69
To: <sip:{username}@{host}>
From: <sip:{username}@{host}>;tag=3amab6d69k
Call-ID: fl0uqaon7nqm3doac1iq0h
CSeq: {cseq} REGISTER
{authorization}Expires: {expires}
Contact: <sip:ieohb8qi@biu0ju212boh.invalid;transport=ws>;+sip.ice;reg-id=1;\
+sip.instance="<urn:uuid:52e5aba1-01ba-45db-8aa6-a78494952b1c>";expires={expires}
Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY,SUBSCRIBE
Supported: path,gruu,outbound
User-Agent: JsSIP 3.13.8
Content-Length: 0

"""
AUTHORIZATION = ('Authorization: Digest algorithm=MD5, username="{username}", realm="{realm}", nonce="{nonce}", '
                 'uri="{uri}", response="{response}", qop=auth, cnonce="{cnonce}", nc={nc}\n')


class Browser:
    """`server` is the (host, port) of what it sends to, `text` one of the above."""

    def __init__(self, text, server, username, password, host):
        self.text, self.server, self.password = text, server, password
        self.names = {"username": username, "host": host}
        self.cseq = 1
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(8)

    def register(self, expires=20):
        """The final response, the challenge answered."""
        challenged = self._ask(expires, "")
        assert challenged.status == 401
        challenge = sip.auth_params(challenged.all("www-authenticate")[-1])
        a = {"username": self.names["username"], "realm": challenge["realm"], "nonce": challenge["nonce"],
             "uri": f"sip:{self.names['host']}", "qop": "auth", "cnonce": "vco4i9ll0q6k", "nc": "00000001"}
        return self._ask(expires, AUTHORIZATION.format(response=sip.digest(a, "REGISTER", self.password), **a))

    def _ask(self, expires, authorization):
        self.cseq += 1
        text = self.text.format(cseq=self.cseq, expires=expires, authorization=authorization, **self.names)
        self.socket.sendto(text.replace("\n", "\r\n").encode(), self.server)
        return sip.Message(self.socket.recv(65536))

    def close(self):
        self.socket.close()
