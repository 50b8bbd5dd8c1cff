# SPDX-License-Identifier: Apache-2.0
"""A database that is lost beside the other is not a first start: nothing is sent on its account.

The start says which file it is and what to do, and each of the ways that it names works.
"""

import os
import shutil
import sqlite3

import pytest
from kit import exits
from kit.regentd import CLEAN_EXIT, registration
from kit.scripts import granting
from kit.wait import wait_until

USERS = [str(1001 + i) for i in range(3)]


def objects(peer, users=tuple(USERS)):
    return {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 600},
            "registrations": [registration(f"line-{u}", u, peer.uri) for u in users]}


def made_empty(path):
    """What is left where SQLite was cut off before the first table."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    assert os.path.getsize(path) > 0


WAYS = {"absent": lambda path: None, "empty": lambda path: open(path, "wb").close(), "no tables": made_empty}


def lose(node, name, way="absent"):
    """The file and its WAL; gives a copy of the directory as it was."""
    kept = shutil.copytree(node.state, os.path.join(node.folder, "kept"))
    for file in (name, f"{name}-wal"):
        path = os.path.join(node.state, file)
        if os.path.exists(path):
            os.unlink(path)
    WAYS[way](os.path.join(node.state, name))
    return kept


def restore(node, kept):
    shutil.rmtree(node.state)
    shutil.copytree(kept, node.state)


@pytest.fixture
def peer(uas):
    return uas(granting)


@pytest.fixture
def killed(peer, regentd):
    """A node that was killed with all its registrations up."""
    node = regentd(objects(peer)).start()
    node.wait_state("registered")
    node.kill9()
    return node


def refused(node, name):
    status, errors = node.refused()
    assert status == exits.IDENTITY, node.process.describe(f"should have ended with {exits.IDENTITY}")
    assert len(errors) == 1, node.process.describe("should have had one error line")
    for word in (f"{node.state}/{name}", "restore it", "regentd anew"):
        assert word in errors[0], errors[0]


def goes_on(node, peer, before):
    """The same registrations, and nothing was cancelled."""
    node.start()
    node.wait_state("registered")
    assert not [r for r, _ in peer.requests if r.expires == 0]
    assert {r.call_id for r, _ in peer.requests} == before
    assert len({uri for r, _ in peer.requests for uri, _ in r.contacts}) == len(USERS)


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["regent.db", "ledger.db"])
def test_a_lost_database_stops_the_start(killed, peer, name, way, applies):
    before, asked = {r.call_id for r, _ in peer.requests}, len(peer.requests)
    kept = lose(killed, name, way)
    killed.applies = applies
    # The second start is not fooled by what the first has left.
    refused(killed, name)
    refused(killed, name)
    assert len(peer.requests) == asked, "nothing is sent"
    restore(killed, kept)
    goes_on(killed, peer, before)


def test_a_wal_without_its_database_is_kept(killed):
    """SQLite would delete it as that of another file."""
    wal = os.path.join(killed.state, "ledger.db-wal")
    size = os.path.getsize(wal)
    assert size > 0
    os.unlink(os.path.join(killed.state, "ledger.db"))
    refused(killed, "ledger.db")
    assert os.path.getsize(wal) == size


def test_anew_without_objects_goes_on_with_what_the_file_names(killed, peer):
    calls = {r.user: r.call_id for r, _ in peer.requests}
    lose(killed, "regent.db")
    done = killed.anew()
    assert done.wait(30) == exits.OK and f"{killed.state}/regent.db: made anew" in done.log(), done.describe("")
    killed.write_objects(objects(peer, USERS[:2]))
    killed.start()
    killed.wait_state("registered")
    wait_until(lambda: peer.bound() == set(USERS[:2]), 30, "the one that the file does not name is taken back")
    assert {r.user for r, _ in peer.requests if r.expires == 0} == set(USERS[2:])
    assert {r.user: r.call_id for r, _ in peer.requests} == calls


def test_anew_without_ledger_registers_again(killed):
    lose(killed, "ledger.db")
    done = killed.anew()
    assert done.wait(30) == exits.OK and f"{killed.state}/ledger.db: made anew" in done.log(), done.describe("")
    killed.start()
    killed.wait_state("registered")
    assert killed.stop().exit == CLEAN_EXIT


def test_anew_makes_nothing_where_nothing_is_missing(killed, peer, regentd):
    before = {r.call_id for r, _ in peer.requests}
    done = killed.anew()
    assert done.wait(30) == exits.OK and "no database is missing" in done.log()
    goes_on(killed, peer, before)
    assert killed.anew().wait(30) == exits.LOCKED
    fresh = regentd({})
    assert fresh.anew().wait(30) == exits.OK
    assert os.listdir(fresh.state) == ["lock"]


@pytest.mark.parametrize("args", [(), ("--after", "1")])
@pytest.mark.parametrize("way", ["absent", "empty"])
def test_a_farewell_without_objects_cancels_nothing(killed, peer, way, args):
    """SEND_UNREGISTER stands in the file that is lost. `anew` is the operator's word to cancel all the same."""
    lose(killed, "regent.db", way)
    asked = len(peer.requests)
    farewell = killed.farewell(*args)
    assert farewell.wait(60) == exits.IDENTITY, farewell.describe("")
    for words in (f"{killed.state}/regent.db: is ", "SEND_UNREGISTER", "regentd anew, then regentd farewell"):
        assert words in farewell.log(), farewell.describe(words)
    assert len(peer.requests) == asked and len(peer.bound()) == len(USERS)
    assert killed.anew().wait(30) == exits.OK
    farewell = killed.farewell(*args)
    assert farewell.wait(60) == exits.OK, farewell.describe("")
    assert peer.bound() == set() and killed.last_stop()["clean"] == len(USERS)


def orphan_wal(path):
    """Removes the database alone; gives what its WAL holds, which is something in any case."""
    os.unlink(path)
    with open(f"{path}-wal", "a+b") as f:
        if f.tell() == 0:
            f.write(b"commits of before")
        f.seek(0)
        return f.read()


@pytest.mark.parametrize("name", ["regent.db", "ledger.db"])
def test_anew_keeps_the_wal_of_a_lost_database(killed, peer, name):
    """As after a kill and an `rm` of the file alone: what the message advises works."""
    path = os.path.join(killed.state, name)
    wal = orphan_wal(path)
    refused(killed, name)
    assert "-wal.lost" in killed.process.log()
    done = killed.anew()
    assert done.wait(30) == exits.OK, done.describe("")
    for words in (f"renamed to {path}-wal.lost", f"{path}: made anew"):
        assert words in done.log(), done.describe(words)
    with open(f"{path}-wal.lost", "rb") as f:
        assert f.read() == wal
    killed.start()
    killed.wait_state("registered")
    assert not [r for r, _ in peer.requests if r.expires == 0]
    killed.kill9()

    # An earlier one is not overwritten.
    orphan_wal(path)
    refused(killed, name)
    done = killed.anew()
    assert done.wait(30) == exits.UNWRITABLE and "is already there; move that away" in done.log(), done.describe("")
    with open(f"{path}-wal.lost", "rb") as f:
        assert f.read() == wal


def test_a_farewell_without_ledger_says_so(killed, peer):
    lose(killed, "ledger.db")
    asked = len(peer.requests)
    farewell = killed.farewell()
    assert farewell.wait(30) == exits.IDENTITY
    assert f"{killed.state}/ledger.db: is missing" in farewell.log()
    assert len(peer.requests) == asked and not os.path.exists(os.path.join(killed.state, "ledger.db"))


def test_a_first_start_that_was_cut_off_is_still_a_first_start(peer, regentd):
    """It makes the ledger first: identity and key alone, or with a ledger that names nothing."""
    node = regentd({}).start()
    node.kill9()
    lose(node, "regent.db", "no tables")
    node.write_objects(objects(peer))
    node.start()
    node.wait_state("registered")
    assert node.stop().exit == CLEAN_EXIT
    for file in os.listdir(node.state):
        if file not in ("identity", "key"):
            os.unlink(os.path.join(node.state, file))
    node.start()
    node.wait_state("registered")
    assert node.stop().exit == CLEAN_EXIT
