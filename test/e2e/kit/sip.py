# SPDX-License-Identifier: Apache-2.0
"""A tiny and strict reader of SIP messages, and the digest of RFC 7616.

Strict on purpose: it accepts what Regent is meant to send, and raises on all
else (bare LF, folding, a Content-Length that does not fit, a missing header
that RFC 3261 8.1.1 demands). It is written independently of src/sip so that
both cannot be wrong in the same way.
"""

import hashlib
import re

COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "s": "subject", "k": "supported", "e": "content-encoding",
}
MANDATORY = ("via", "from", "to", "call-id", "cseq")
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512-256": lambda d: hashlib.new("sha512_256", d)}


class SipError(AssertionError):
    """The bytes are not a SIP message that this reader accepts."""


class Message:
    """Request or response; `raw` are its bytes, `headers` (name as sent, value) in order."""

    def __init__(self, raw):
        self.raw = raw
        head, sep, self.body = raw.partition(b"\r\n\r\n")
        if not sep:
            raise SipError(f"no empty line in {raw!r}")
        if b"\n" in head.replace(b"\r\n", b""):
            raise SipError(f"bare LF in {raw!r}")
        lines = head.decode("utf-8").split("\r\n")
        self.start = lines[0]
        self.headers = [self._header(line) for line in lines[1:]]
        self._start_line()
        for name in MANDATORY:
            self.one(name)
        length = self.all("content-length")
        if length and (len(length) != 1 or int(length[0]) != len(self.body)):
            raise SipError(f"Content-Length {length} for a body of {len(self.body)} bytes")

    @staticmethod
    def _header(line):
        m = re.fullmatch(r"([A-Za-z0-9.!%*_+`'~-]+): ?(.*?)\s*", line)
        if not m:
            raise SipError(f"not a header: {line!r}")
        return m.group(1), m.group(2)

    def _start_line(self):
        m = re.fullmatch(r"SIP/2\.0 ([1-6][0-9][0-9]) (.*)", self.start)
        if m:
            self.method, self.uri = None, None
            self.status, self.reason = int(m.group(1)), m.group(2)
            return
        m = re.fullmatch(r"([A-Z]+) (\S+) SIP/2\.0", self.start)
        if not m:
            raise SipError(f"not a start line: {self.start!r}")
        self.method, self.uri, self.status, self.reason = m.group(1), m.group(2), None, None

    def all(self, name):
        """The values of every header of that name, one per line of the message."""
        name = name.lower()
        return [v for n, v in self.headers if COMPACT.get(n.lower(), n.lower()) == name]

    def one(self, name):
        """The value of a header that must be there exactly once (Via: the topmost)."""
        values = self.all(name)
        if not values or (len(values) > 1 and name.lower() != "via"):
            raise SipError(f"{len(values)} times {name} in {self.start!r}")
        return values[0]

    def maybe(self, name):
        return self.one(name) if self.all(name) else None

    @property
    def call_id(self):
        return self.one("call-id")

    @property
    def cseq(self):
        number, method = self.one("cseq").split()
        if self.method and method != self.method:
            raise SipError(f"CSeq of another method: {self.one('cseq')}")
        return int(number)

    @property
    def branch(self):
        return params(self.one("via")).get("branch")

    @property
    def user(self):
        """Of To: whom a REGISTER is for."""
        return self.one("to").partition("sip:")[2].partition("@")[0]

    @property
    def contacts(self):
        """Every Contact as (URI, parameters); `*` is URI '*'."""
        found = []
        for line in self.all("contact"):
            found += [address(part) for part in split_outside(line, ",")]
        return found

    @property
    def expires(self):
        """What a REGISTER with one Contact asks: the Contact's parameter, else the header."""
        [(_, p)] = self.contacts
        value = p.get("expires", self.maybe("expires"))
        return None if value is None else int(value)

    def auth(self, name="authorization"):
        """The parameters of a digest challenge or credentials, unquoted; None where there is none."""
        value = self.maybe(name)
        return None if value is None else auth_params(value)

    def __repr__(self):
        return f"<{self.start}>"


def split_outside(text, separator):
    """Splits at separators that stand neither in quotes nor in angle brackets."""
    parts, current, quoted, angled, escaped = [], "", False, False, False
    for c in text:
        if escaped:
            escaped = False
        elif quoted and c == "\\":
            escaped = True
        elif c == '"':
            quoted = not quoted
        elif not quoted and c in "<>":
            angled = c == "<"
        if c == separator and not quoted and not angled:
            parts.append(current.strip())
            current = ""
        else:
            current += c
    return parts + [current.strip()]


def params(value):
    """The `;name=value` parameters of a header value, outside any brackets."""
    found = {}
    for part in split_outside(value, ";")[1:]:
        name, _, text = part.partition("=")
        found[name.strip().lower()] = text.strip().strip('"')
    return found


def address(value):
    """(URI, header parameters) of a name-addr or addr-spec."""
    m = re.match(r'\s*(?:"(?:[^"\\]|\\.)*"|[^"<]*)\s*<([^>]*)>', value)
    uri = m.group(1) if m else value.split(";")[0].strip()
    return uri, params(value)


def auth_params(value):
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "digest":
        raise SipError(f"not Digest: {value!r}")
    found = {}
    for part in split_outside(rest, ","):
        name, _, text = part.partition("=")
        if text.startswith('"') and text.endswith('"'):
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        if name.lower() in found:
            raise SipError(f"{name} twice in {value!r}")
        found[name.lower()] = text
    return found


def digest(a, method, password, body=b""):
    """The response that credentials `a` (a dict of their parameters) must carry."""
    algorithm = a.get("algorithm", "MD5")
    plain = algorithm.upper().removesuffix("-SESS")

    def h(data):
        return HASHES[plain](data if isinstance(data, bytes) else data.encode()).hexdigest()

    ha1 = h(f"{a['username']}:{a['realm']}:{password}")
    if algorithm.upper().endswith("-SESS"):
        ha1 = h(f"{ha1}:{a['nonce']}:{a['cnonce']}")
    ha2 = f"{method}:{a['uri']}"
    if a.get("qop") == "auth-int":
        ha2 += ":" + h(body)
    if "qop" in a:
        return h(f"{ha1}:{a['nonce']}:{a['nc']}:{a['cnonce']}:{a['qop']}:{h(ha2)}")
    return h(f"{ha1}:{a['nonce']}:{h(ha2)}")


def verify(request, password, header="authorization", **expected):
    """Asserts that the credentials are right and carry the `expected` parameters; gives them."""
    a = request.auth(header)
    assert a, f"no {header} in {request.raw!r}"
    for name, value in expected.items():
        assert a.get(name) == value, f"{name} is {a.get(name)!r}, not {value!r}, in {a}"
    assert a["uri"] == request.uri, f"digest uri {a['uri']} for {request.start}"
    assert a["response"] == digest(a, request.method, password, request.body), f"wrong digest: {a}"
    return a


def reply(request, status, reason, *headers, body=b""):
    """The bytes of a response: Via, From, To (with a tag), Call-ID, CSeq as RFC 3261 8.2.6 says."""
    to = request.one("to")
    if "tag" not in params(to):
        to += ";tag=e2e" + request.call_id[:8].replace("@", "")
    lines = [f"SIP/2.0 {status} {reason}"]
    lines += [f"Via: {v}" for v in request.all("via")]
    lines += [f"From: {request.one('from')}", f"To: {to}", f"Call-ID: {request.call_id}"]
    lines += [f"CSeq: {request.one('cseq')}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
