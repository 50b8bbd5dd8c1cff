# SPDX-License-Identifier: Apache-2.0
"""Starts that cannot succeed: one clear message and an exit status of its own each.

And a disk that fills while running, which stops nothing that runs. Disks are small
tmpfs in a mount namespace of the process, so nothing of the machine is touched.
"""

import os
import re
import socket
import sqlite3

import pytest
from kit import exits, namespace
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import wait_until

ACCOUNTS = {str(1001 + i): "secret" for i in range(5)}
DATABASES = ["ledger.db", "regent.db"]

own_disk = pytest.mark.skipif(not namespace.possible("--mount", "mount -t tmpfs tmpfs /mnt"),
                              reason="may not give a program a disk of its own")


def objects(uri="sip:127.0.0.1:9"):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 20},
            "registrations": [registration(f"line-{u}", u, uri, p) for u, p in ACCOUNTS.items()]}


def refused(node, status, *words):
    """The start ends with that status and exactly one error line, in which all the words (patterns) stand."""
    got, errors = node.refused()
    assert got == status, node.process.describe(f"should have ended with {status}")
    assert len(errors) == 1, node.process.describe("should have had one error line")
    for word in words:
        assert re.search(word, errors[0], re.IGNORECASE), f"{word!r} is missing in {errors[0]!r}"


@pytest.fixture
def used(regentd):
    """A node that has run and stopped, so that its state directory holds everything."""
    node = regentd({"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 20}}).start()
    assert node.stop().exit == CLEAN_EXIT
    return node


def test_port_in_use(regentd):
    node = regentd(objects())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(node.address)
        refused(node, exits.LISTEN, str(node.port), "in use")


def test_unwritable_state_directory(regentd):
    """As root without capabilities, the directory being nobody's: no user is changed, no path lost."""
    node = regentd(objects())
    if os.geteuid() == 0:
        os.chown(node.state, 65534, 65534)
        node.wrap = ["setpriv", "--bounding-set=-all", "--"]
    os.chmod(node.state, 0o555)
    refused(node, exits.UNWRITABLE, node.state, "permission denied")


def test_state_directory_of_a_running_node(regentd):
    first = regentd({}).start()
    second = regentd({}, config={"state": first.state})
    refused(second, exits.LOCKED, first.state)
    assert first.process.returncode() is None
    assert first.stop().exit == CLEAN_EXIT


@pytest.mark.parametrize("name", DATABASES)
def test_locked_database(used, name):
    other = sqlite3.connect(os.path.join(used.state, name), isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        refused(used, exits.LOCKED, name, "locked")
    finally:
        other.close()


@pytest.mark.parametrize("name", DATABASES)
def test_damaged_database(used, name):
    path = os.path.join(used.state, name)
    # A clean stop has moved into the file what the log held; else a start would mend it from there.
    if os.path.exists(f"{path}-wal"):
        assert os.path.getsize(f"{path}-wal") == 0
    with open(path, "r+b") as f:
        f.write(b"this is no database\n" * 200)
    refused(used, exits.DAMAGED, name, "move it and its -wal file away")
    with open(path, "rb") as f:
        assert f.read(19) == b"this is no database", "what is damaged is left for its owner to look at"
    # The advice holds.
    for file in (path, f"{path}-wal"):
        if os.path.exists(file):
            os.rename(file, f"{file}.damaged")
    assert used.anew().wait(30) == exits.OK
    used.start()
    assert used.stop().exit == exits.OK


@own_disk
def test_full_disk_at_start(regentd):
    node = regentd(objects())
    node.wrap = namespace.enter("--mount", 'mount -t tmpfs -o size=64k tmpfs "$1"\n'
                                'head -c 65536 /dev/zero > "$1"/filler || true', node.state)
    refused(node, exits.DISK, node.state, "no space left|full")


@own_disk
def test_disk_that_fills_while_running_stops_nothing(kamailio, regentd):
    peer = kamailio(ACCOUNTS)
    node = regentd(objects(peer.uri))
    node.wrap = namespace.enter("--mount", 'mount -t tmpfs -o size=8m tmpfs "$1"', node.state)
    node.start()
    node.wait_state("registered", [f"line-{u}" for u in ACCOUNTS])
    assert len(peer.bindings()) == len(ACCOUNTS)

    fill(f"/proc/{node.process.pid}/root{node.state}/filler")
    before = peer.refreshes()
    wait_until(lambda: all(n > before[u] for u, n in peer.refreshes().items()), 40, "a refresh of each, disk full")
    assert len(peer.bindings()) == len(ACCOUNTS)
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bindings() == []


def fill(path):
    """Writes until nothing fits any more."""
    block = b"\0" * 4096
    with open(path, "wb", buffering=0) as f:
        with pytest.raises(OSError, match="No space left"):
            while True:
                f.write(block)
