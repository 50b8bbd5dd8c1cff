# SPDX-License-Identifier: Apache-2.0
"""After a kill, a disk that is full or can only be read does not keep the bindings at the upstream.

The start goes on with them and the farewell takes them back, from what can be read. Nothing new is registered,
since its row could not be durable. The state directory is a small tmpfs in a mount namespace of the test's own.
"""

import os
import subprocess
import sys

import pytest
from kit import exits
from kit.process import Process
from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import granting
from kit.wait import wait_until

USERS = [str(1001 + i) for i in range(3)]
FULL, READ_ONLY = "full", "read-only"


def possible():
    if os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not possible(), reason="needs the right to make a mount namespace")


class Disk:
    """The node's state directory as a disk of its own, which outlives the node's processes."""

    def __init__(self, node, size="12m", kind="tmpfs"):
        self.node = node
        self._holder = Process("disk", ["unshare", "--mount", "sh", "-ec",
                                        f"mount -t {kind} -o size={size} {kind} '{node.state}'; exec sleep 3600"],
                               node.folder)
        wait_until(lambda: self._in("mountpoint", "-q", node.state) == 0, 20, "a disk of its own")
        node.wrap = self._enter
        # What the kit reads of the state directory is seen from inside.
        self.outside, node.state = node.state, f"/proc/{self._holder.pid}/root{node.state}"

    @property
    def _enter(self):
        return ["nsenter", "--target", str(self._holder.pid), "--mount", "--root", "--"]

    def _in(self, *argv):
        return subprocess.run([*self._enter, *argv], capture_output=True, check=False).returncode

    def edit(self, name, statement):
        """From inside: SQLite follows /proc/PID/root to the place outside."""
        code = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
        assert self._in(sys.executable, "-c", code, f"{self.outside}/{name}", statement) == 0

    def spoil(self, how):
        if how == READ_ONLY:
            assert self._in("mount", "-o", "remount,ro", self.outside) == 0
        else:
            assert self._in("dd", "if=/dev/zero", f"of={self.outside}/filler", "bs=4096") != 0, "it is full"

    def mend(self, how):
        if how == READ_ONLY:
            assert self._in("mount", "-o", "remount,rw", self.outside) == 0
        else:
            os.unlink(os.path.join(self.node.state, "filler"))

    def close(self):
        self._holder.end()


@pytest.fixture
def peer(uas):
    return uas(granting)


def objects(peer, users=tuple(USERS)):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 600},
            "registrations": [registration(f"line-{u}", u, peer.uri) for u in users]}


@pytest.fixture
def killed(peer, regentd, ending):
    """(node, its disk): killed with all up."""
    node = regentd(objects(peer))
    disk = ending(Disk(node))
    node.start()
    node.wait_state("registered")
    node.kill9()
    node.applies = False
    return node, disk


def without_reserve(node):
    os.unlink(os.path.join(node.state, "reserve"))


def contacts(peer):
    return {uri for r, _ in peer.requests for uri, _ in r.contacts}


@pytest.mark.parametrize("how", [FULL, READ_ONLY])
def test_a_farewell_takes_them_back(killed, peer, how):
    node, disk = killed
    without_reserve(node)
    disk.spoil(how)
    farewell = node.farewell()
    assert farewell.wait(60) == exits.OK, farewell.describe("")
    assert peer.bound() == set(), farewell.describe("")
    assert "the ledger cannot be written: bindings" in farewell.log()
    assert '3 clean' in farewell.log() and "the report is printed here, but not in a file" in farewell.log()


@pytest.mark.parametrize("how", [FULL, READ_ONLY])
def test_a_start_goes_on_with_them(killed, peer, how):
    node, disk = killed
    calls, before = {r.call_id for r, _ in peer.requests}, len(peer.requests)
    numbers = {r.call_id: r.cseq for r, _ in peer.requests}
    without_reserve(node)
    disk.spoil(how)
    # What the file adds is not taken in, and keeps nothing else.
    node.write_objects(objects(peer, USERS + ["1009"]))
    for _ in range(2):
        node.start()
        node.wait_state("registered", [f"line-{u}" for u in USERS])
        wait_until(lambda: node.status()["ledger_failing"], 20, "the status to say so")
        assert "The ledger cannot be written" in node.ctl("status", check=False)[1]
        node.kill9()
    again = {r.branch: r for r, _ in peer.requests[before:]}.values()
    assert {r.call_id for r in again} == calls and not [r for r in again if r.expires == 0]
    assert len(again) >= 2 * len(USERS), "each start has branches of its own"
    for request in again:
        assert request.cseq > numbers[request.call_id], "a number is used once"
        numbers[request.call_id] = request.cseq
    assert len(contacts(peer)) == len(USERS)
    assert "is not applied, because the disk cannot be written" in node.log()

    # What the disk takes again is recorded, by the running process, and all is as it was.
    node.start()
    node.wait_state("registered", [f"line-{u}" for u in USERS])
    disk.mend(how)
    wait_until(lambda: not node.status()["ledger_failing"], 60, "the ledger to be written")
    assert node.stop().exit == CLEAN_EXIT
    assert peer.bound() == set()


@pytest.mark.parametrize("how", [FULL, READ_ONLY])
def test_nothing_new_is_registered(killed, peer, how):
    """Of a Contact that the ledger does not name nothing would be known after the next kill."""
    node, disk = killed
    without_reserve(node)
    disk.spoil(how)
    other = {"listen": [f"udp:127.0.0.1:{node.port}"], "state": disk.outside, "admin": {"socket": node.socket},
             "log": {"level": "debug"}, "advertise": "127.0.0.9"}
    node.write_config({**other})
    old, before = contacts(peer), len(peer.requests)
    node.start()
    wait_until(lambda: peer.bound() == set(), 30, "the old Contacts are taken back")
    node.wait_state("recording")
    assert {uri for r, _ in peer.requests[before:] for uri, _ in r.contacts} <= old
    disk.mend(how)
    node.wait_state("registered", timeout=60)
    assert contacts(peer) != old
    assert node.stop().exit == CLEAN_EXIT


def test_what_is_reserved_is_enough_to_be_recorded(killed, peer):
    """A full disk: the start's numbers, and the end of a farewell."""
    node, disk = killed
    assert os.path.getsize(os.path.join(node.state, "reserve")) > 0
    disk.spoil(FULL)
    farewell = node.farewell()
    assert farewell.wait(60) == exits.OK, farewell.describe("")
    assert peer.bound() == set() and "the ledger cannot be written: bindings" not in farewell.log()
    assert node.last_stop()["clean"] == len(USERS)
    again = node.farewell()
    assert again.wait(30) == exits.OK and again.log().count("nothing was bound") == len(USERS), "all is paid"


def test_a_reserve_that_is_cut_short_is_made_whole(peer, regentd, ending):
    """Also on a file system without fallocate(2), where glibc reads before it writes."""
    node = regentd(objects(peer))
    ending(Disk(node, kind="ramfs"))
    path = os.path.join(node.state, "reserve")
    with open(path, "wb") as f:
        f.write(bytes(8192))
    node.start()
    node.wait_state("registered")
    assert os.path.getsize(path) == 1 << 20
    assert "reserve: cannot be" not in node.log()
    assert node.stop().exit == CLEAN_EXIT


def test_a_disk_without_room_for_the_reserve_is_told(peer, regentd, ending):
    node = regentd(objects(peer))
    ending(Disk(node, "1m"))
    node.start()
    node.wait_state("registered")
    assert node.log().count("/reserve: cannot be made") == 1, node.log()
    assert not os.path.exists(os.path.join(node.state, "reserve"))
    assert node.stop().exit == CLEAN_EXIT


def test_two_cannot_hold_a_disk_that_is_only_read(killed):
    node, disk = killed
    disk.spoil(READ_ONLY)
    node.start()
    node.wait_state("registered")
    farewell = node.farewell()
    assert farewell.wait(30) == exits.LOCKED, farewell.describe("")


def test_what_is_wrong_in_a_database_that_is_only_read_is_named(killed):
    node, disk = killed
    disk.edit("regent.db", "UPDATE parameters SET value='nonsense'")
    disk.spoil(READ_ONLY)
    status, errors = node.refused()
    assert status == exits.DAMAGED and f"{disk.outside}/regent.db: parameters: " in errors[-1], errors


def test_a_first_start_has_nothing_to_go_on_with(peer, regentd, ending):
    node = regentd(objects(peer))
    ending(Disk(node, "64k")).spoil(FULL)
    status, errors = node.refused()
    assert status == exits.DISK and len(errors) == 1, errors
