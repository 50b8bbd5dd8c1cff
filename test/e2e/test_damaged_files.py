# SPDX-License-Identifier: Apache-2.0
"""Files of the state directory, each damaged in many ways.

A start then either ends with 76 and names the file, or it is sound because nothing was lost. None crashes,
hangs, or puts it down to memory or to a fault of its own (70).
"""

import os
import random
import shutil
import socket
import sqlite3

import pytest
from kit import exits
from kit.regentd import registration
from kit.scripts import granting
from kit.wait import wait_until

PAGE = 4096
N = 12
SOUND = "sound"  # the start goes on
EITHER = {exits.DAMAGED, SOUND}


def truncated(n):
    return lambda path: os.truncate(path, n)


def overwritten(at, data):
    def damage(path):
        with open(path, "r+b") as f:
            f.seek(at)
            f.write(data)
    return damage


def flipped(at):
    def damage(path):
        with open(path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 0xff]))
    return damage


def text(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("this is no such file\n" * 300)


def _replaced(make):
    def damage(path):
        os.rename(path, f"{path}.away")
        make(path)
    return damage


def _socket(path):
    """By its folder's descriptor, for the path of a socket may not be long, and that of a test is."""
    folder = os.open(os.path.dirname(path), os.O_PATH)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    os.close(folder)


def sql(*statements):
    """What SQLite takes for sound."""
    def damage(path):
        db = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    return damage


NO_FILES = {
    "a directory": _replaced(os.mkdir),
    "a pipe": _replaced(os.mkfifo),
    "a symbolic link": _replaced(lambda path: os.symlink(f"{path}.away", path)),
    "a socket": _replaced(_socket),
}
LONG = "hex(zeroblob(40000))"
WRONG_ROWS = {
    "ledger.db": [
        *(f"UPDATE identities SET {column}={LONG} WHERE name='line-1003'"
          for column in ("name", "username", "host", "proxy", "contact", "user_agent")),
        "UPDATE identities SET proxy='no uri' WHERE name='line-1003'",
        "UPDATE identities SET password=zeroblob(100000)",
        "UPDATE identities SET password=x'00'",
        "UPDATE bindings SET echoed=" + LONG,
        "DELETE FROM identities",
        "DROP TABLE numbers",
        "INSERT INTO numbers VALUES('what', 1)",
        "ALTER TABLE bindings DROP COLUMN digest_least",
    ],
    "regent.db": [
        "UPDATE registrations SET username='' WHERE name='line-1003'",
        "UPDATE registrations SET period=-1",
        "UPDATE registrations SET keepalive=9223372036854775807",
        "UPDATE registrations SET password=zeroblob(600)",
        "UPDATE registrations SET host=" + LONG,
        "UPDATE parameters SET value='nonsense'",
        "UPDATE parameters SET name=" + LONG,
        "DROP TABLE registrations",
    ],
}


@pytest.fixture
def killed(uas, regentd):
    """A node that was killed with all up; `raw` is its state directory as it was left, `flat` without WALs."""
    peer = uas(granting)
    node = regentd({"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 600},
                    "registrations": [registration(f"line-{1001 + i}", str(1001 + i), peer.uri) for i in range(N)]})
    node.start()
    node.wait_state("registered")
    node.kill9()
    node.applies = False
    node.raw = shutil.copytree(node.state, os.path.join(node.folder, "raw"))
    node.flat = shutil.copytree(node.state, os.path.join(node.folder, "flat"))
    for name in ("ledger.db", "regent.db"):
        sql()(os.path.join(node.flat, name))
    return node


def judge(node, source, name, what, damage, expected):
    shutil.rmtree(node.state)
    shutil.copytree(source, node.state)
    damage(os.path.join(node.state, name))
    node.launch()
    wait_until(lambda: node.process.returncode() is not None or node.notify.ready(), 30,
               lambda: node.process.describe(f"{name}, {what}: an end, or a start"))
    status = node.process.returncode()
    node.process.kill(9)
    node.process.wait(10)
    outcome = SOUND if status is None else status
    assert outcome in expected, node.process.describe(f"{name}, {what}: {outcome} instead of {expected}")
    assert status is None or f"/{name}" in node.process.log(), node.process.describe(f"{name}, {what}")


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "regent.db", "identity", "key", "lock"])
def test_something_else_in_its_place(killed, name):
    for what, damage in NO_FILES.items():
        judge(killed, killed.raw, name, what, damage, {exits.DAMAGED})
        assert what in killed.process.log()
    judge(killed, killed.flat, name.removesuffix("-wal"), "text", text, {SOUND if name == "lock" else exits.DAMAGED})


def test_a_report_is_not_needed(killed):
    with open(os.path.join(killed.raw, "last-stop.json"), "wb"):
        pass
    for what, damage in {"text": text, **NO_FILES}.items():
        judge(killed, killed.raw, "last-stop.json", what, damage, {SOUND})


@pytest.mark.parametrize("name", ["identity", "key"])
def test_small_files(killed, name):
    size = os.path.getsize(os.path.join(killed.raw, name))
    for n in (0, 1, size - 1):
        judge(killed, killed.raw, name, f"cut after {n}", truncated(n), {exits.DAMAGED})
    for at in range(0, size, size // 8):
        judge(killed, killed.raw, name, f"byte {at}", flipped(at),
              {exits.DAMAGED} if name == "identity" else set(EITHER))


@pytest.mark.parametrize("name", ["ledger.db", "regent.db"])
def test_pages_and_header(killed, name):
    pages = os.path.getsize(os.path.join(killed.flat, name)) // PAGE
    draw = random.Random(24)
    for n in [1, 100, PAGE - 1, *(k * PAGE for k in range(1, pages)), (pages - 1) * PAGE + 1]:
        judge(killed, killed.flat, name, f"cut after {n}", truncated(n),
              {exits.DAMAGED} if n % PAGE == 0 or n < PAGE else EITHER)
    for k in range(pages):
        # Of an index without rows a zeroed page is the same.
        judge(killed, killed.flat, name, f"page {k} zeroed", overwritten(k * PAGE, bytes(PAGE)), EITHER)
        judge(killed, killed.flat, name, f"page {k} random", overwritten(k * PAGE, draw.randbytes(PAGE)), EITHER)
        judge(killed, killed.flat, name, f"head of page {k}", flipped(k * PAGE + (100 if k == 0 else 0)),
              {exits.DAMAGED})
    for at in (0, 15, 16, 18, 19, 21, 28, 44, 56, 60, 68):
        judge(killed, killed.flat, name, f"header byte {at}", flipped(at), EITHER)


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_rows_that_the_database_takes_for_sound(killed, name):
    for statement in WRONG_ROWS[name]:
        judge(killed, killed.flat, name, statement, sql(statement), {exits.DAMAGED})


def test_a_wal(killed):
    """Whatever hides commits behind it is damage; the very last one may be torn, as by a power cut."""
    size = os.path.getsize(os.path.join(killed.raw, "ledger.db-wal"))
    for at in (0, 3, 8, 16, 24, 31, 32, 40, 60, 5000, size // 2):
        judge(killed, killed.raw, "ledger.db-wal", f"byte {at}", flipped(at), {exits.DAMAGED})
    judge(killed, killed.raw, "ledger.db-wal", "torn", flipped(size - 100), {SOUND})
    judge(killed, killed.raw, "ledger.db-wal", "cut", truncated(size - 1), {SOUND})
