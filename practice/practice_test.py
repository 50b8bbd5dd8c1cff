#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The practice upstream as a program: sockets, control socket, ladder, signals, end."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
REGISTER = (
    "REGISTER sip:practice SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{cseq}\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:1001@practice>;tag=1\r\nTo: <sip:1001@practice>\r\n"
    "Call-ID: call-of-1001\r\nCSeq: {cseq} REGISTER\r\n"
    "Contact: <sip:r1@127.0.0.1:{port}>;expires={expires}\r\nExpires: {expires}\r\n"
    "Content-Length: 0\r\n\r\n")


class Practice:
    def __init__(self, folder, *options):
        self.control = os.path.join(folder, "control")
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", "--control", self.control, *options],
            stdout=subprocess.PIPE, text=True)
        word, address = self.process.stdout.readline().split()
        assert word == "ready", word
        self.address = ("127.0.0.1", int(address.rsplit(":", 1)[1]))

    def tell(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(self.control)
            s.sendall(line.encode() + b"\n")
            answer = s.makefile().readline()
        return json.loads(answer)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=10)
        return self.process.returncode, out


def client():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(10)
    return s


def register(s, practice, cseq, expires):
    port = s.getsockname()[1]
    message = REGISTER.format(port=port, cseq=cseq, expires=expires)
    s.sendto(message.encode(), practice.address)
    return s.recv(65535).decode()


def whole_life(folder):
    report = os.path.join(folder, "report.json")
    p = Practice(folder, "--challenge", "none", "--ladder", "--json", report, "--ignore-int")
    s = client()
    assert register(s, p, 1, 600).startswith("SIP/2.0 200 ")
    table = p.tell("table")
    assert len(table) == 1, table
    port = s.getsockname()[1]
    assert table[0]["aor"] == "sip:1001@practice", table
    assert table[0]["contact"] == f"sip:r1@127.0.0.1:{port}", table
    assert table[0]["source"] == f"127.0.0.1:{port}", table
    assert table[0]["call_id"] == "call-of-1001" and table[0]["cseq"] == 1, table
    assert 590 < table[0]["expires_in_s"] <= 600 and table[0]["refreshes"] == 0, table

    assert p.tell("options 1001") == {"sent": 1}
    ping = s.recv(65535).decode()
    assert ping.startswith(f"OPTIONS sip:r1@127.0.0.1:{port} SIP/2.0"), ping
    answer = "SIP/2.0 200 OK\r\n" + "".join(
        line + "\r\n" for line in ping.split("\r\n")
        if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")) + "\r\n"
    s.sendto(answer.encode(), p.address)

    assert p.tell("set answer 503:retry-after=7,count=1") == {"ok": True}
    refused = register(s, p, 2, 600)
    assert refused.startswith("SIP/2.0 503 ") and "Retry-After: 7" in refused, refused
    assert "right would be PERCENT" in p.tell("set loss many")["error"]
    assert p.tell("set delay 200") == {"ok": True}
    assert register(s, p, 3, 0).startswith("SIP/2.0 200 ")
    assert p.tell("table") == []
    counters = p.tell("counters")
    assert counters["bound"] == 1 and counters["unbound"] == 1, counters
    assert counters["pings_ok"] == 1 and counters["offences"] == 0, counters
    assert p.tell("restart") == {"ok": True}
    assert "error" in p.tell("nonsense")

    p.process.send_signal(signal.SIGINT)
    assert p.tell("counters")["refused"] == 1
    status, out = p.end()
    assert status == 0, status
    assert "→ REGISTER" in out and "← 200 OK" in out and "call call-of-" in out, out
    assert "1 bound" in out and "1 unregistered" in out and "0 left" in out, out
    with open(report) as f:
        assert json.load(f)["counters"]["cancels"] == 1
    assert not os.path.exists(p.control)


def real_registrars(folder):
    p = Practice(folder, "--challenge", "none", "--answer", "420:done,without=path",
                 "--write-back", "1", "--nat", "--quiet")
    s = client()
    refused = register(s, p, 1, 600)
    assert refused.startswith("SIP/2.0 420 ") and "Unsupported: path" in refused, refused
    assert ";received=203.0.0.1;" in refused + ";" and ";expires=600" in refused, refused
    assert len(p.tell("table")) == 1

    # What is taken back before the table is written is there again after a crash.
    for cseq in range(2, 200):
        assert p.tell("restart keep") == {"ok": True}
        if p.tell("table"):
            break
        register(s, p, cseq, 600)
        time.sleep(0.1)
    assert p.tell("set write-back 1000") == {"ok": True}
    gone = register(s, p, 200, 0)
    assert gone.startswith("SIP/2.0 420 ") and "Contact" not in gone, gone
    assert p.tell("table") == []
    assert p.tell("restart keep") == {"ok": True}
    assert len(p.tell("table")) == 1
    assert p.tell("counters")["returned"] == 1
    p.end()


def quiet_end(folder):
    p = Practice(folder, "--quiet", "--account", "1001:secret")
    assert register(client(), p, 1, 60).startswith("SIP/2.0 401 ")
    assert p.end(signal.SIGINT) == (0, "")


def clear_refusals(folder):
    p = Practice(folder)
    address = f"127.0.0.1:{p.address[1]}"
    taken = subprocess.run([PROGRAM, "--listen", address], capture_output=True, text=True,
                           timeout=10)
    assert taken.returncode == 1 and address in taken.stderr and "in use" in taken.stderr, taken
    wrong = subprocess.run([PROGRAM, "--loss", "200"], capture_output=True, text=True, timeout=10)
    assert wrong.returncode == 2 and "--loss 200" in wrong.stderr, wrong
    helped = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, timeout=10)
    assert helped.returncode == 0 and "--antiflood" in helped.stdout, helped
    p.end()


for test in (whole_life, real_registrars, quiet_end, clear_refusals):
    with tempfile.TemporaryDirectory() as scratch:
        test(scratch)
    print("ok", test.__name__)
