# SPDX-License-Identifier: Apache-2.0
"""The ledger covers a binding before upstream can hold it, seen from outside by strace.

For each Contact, in this order: a write to STATE/ledger.db* that holds it, an
fdatasync of that file that has returned, the first datagram that carries it.
"""

import os
import re

import pytest
from kit.regentd import registration
from kit.scripts import granting

CALLS = "fdatasync,fsync,write,writev,pwrite64,pwritev,pwritev2,sendmmsg,sendmsg,sendto"
LINE = re.compile(r"^(?P<thread>\d+) +(?P<call>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
N = 5


def calls(trace):
    """[(begun at line, returned at line, name, arguments)] of strace -f -y -o."""
    found, open_calls = [], {}
    for number, line in enumerate(trace.splitlines()):
        begun, resumed = LINE.match(line), RESUMED.match(line)
        if resumed:
            start, name, head = open_calls.pop(resumed["thread"])
            found.append((start, number, name, head + resumed["rest"]))
        elif begun and begun["rest"].endswith("<unfinished ...>"):
            open_calls[begun["thread"]] = (number, begun["call"], begun["rest"])
        elif begun:
            found.append((number, number, begun["call"], begun["rest"]))
    return found


def durable_before_sent(trace, contact):
    """True where the write, the sync and the first datagram of `contact` come in that order."""
    seen = calls(trace)
    sent = [begin for begin, _, name, text in seen if name.startswith("send") and "REGISTER sip:" in text
            and contact in text]
    written = [end for _, end, name, text in seen if "write" in name and "/ledger.db" in text.split(",")[0]
               and contact in text]
    if not sent or not written:
        return False
    return any(end < min(sent) and begin > min(written) for begin, end, name, text in seen
               if name in ("fdatasync", "fsync") and "/ledger.db" in text and text.rstrip().endswith("= 0"))


GOOD = """7 pwrite64(9</s/ledger.db-wal>, "..sip:abc@127.0.0.1..", 40, 0) = 40
7 fdatasync(9</s/ledger.db-wal> <unfinished ...>
8 sendto(5<UDP:[1]>, "OPTIONS", 7, 0, NULL, 0) = 7
7 <... fdatasync resumed>) = 0
8 sendmmsg(5<UDP:[1]>, [{msg_hdr={msg_iov=[{iov_base="REGISTER sip:x SIP/2.0\\r\\nContact: <sip:abc@127.0.0.1>"}]}}], 1, 0) = 1
"""


def test_the_reader_of_traces_can_tell():
    lines = GOOD.splitlines()
    assert durable_before_sent(GOOD, "sip:abc@")
    assert not durable_before_sent("\n".join([lines[4]] + lines[:4]), "sip:abc@"), "sent first"
    assert not durable_before_sent("\n".join(lines[:3] + [lines[4], lines[3]]), "sip:abc@"), "sent before it returned"
    assert not durable_before_sent("\n".join(lines[1:4] + [lines[0], lines[4]]), "sip:abc@"), "written after the sync"
    assert not durable_before_sent(GOOD.replace("ledger.db", "other.db"), "sip:abc@")
    assert not durable_before_sent(GOOD.replace("resumed>) = 0", "resumed>) = -1 EIO"), "sip:abc@")


@pytest.mark.parametrize("expire", [300])
def test_ledger_is_durable_before_the_first_datagram(uas, regentd, tmp_path, expire):
    peer = uas(granting)
    trace_path = os.path.join(tmp_path, "strace")
    node = regentd({"parameters": {"SS_SIP_USER_AGENT_EXPIRE": expire},
                    "registrations": [registration(f"line-{i}", str(1001 + i), peer.uri) for i in range(N)]},
                   wrap=["strace", "-D", "-f", "-y", "-s", "65536", "-e", f"trace={CALLS}", "-o", trace_path, "--"])
    node.start()
    node.wait_state("registered", timeout=60)
    contacts = {uri.partition("@")[0] + "@" for r, _ in peer.requests for uri, _ in r.contacts}
    assert len(contacts) == N
    node.stop()
    with open(trace_path, encoding="utf-8", errors="replace") as f:
        trace = f.read()
    for contact in contacts:
        assert durable_before_sent(trace, contact), f"{contact} left before its row was durable"
