# SPDX-License-Identifier: Apache-2.0
"""No ghosts, with real processes: every way in which a life of registrations is cut short.

Before Kamailio and the practice upstream; their tables are the judge. Each test
counts what is held before it happens, and ends with the counter-check of ends().
What came of each: docs/scenarios.md. Farewell is in test_farewell.py.
"""

import random
import signal

import pytest
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.tap import DROP
from kit.wait import stays, wait_until

N = 5
USERS = [str(1001 + i) for i in range(N)]
NAMES = [f"line-{u}" for u in USERS]
ACCOUNTS = {u: f"secret-{u}" for u in USERS}
OFF = "SS_SIP_USER_AGENT_SEND_UNREGISTER"
EXPIRE = "SS_SIP_USER_AGENT_EXPIRE"


@pytest.fixture(params=["kamailio", "practice"])
def upstream(request):
    """upstream(accounts) starts one of the two."""
    make = request.getfixturevalue(request.param)
    made = []

    def start(accounts):
        # Kamailio's files have fixed names: a second upstream is a practice one.
        made.append(make(accounts) if not made else request.getfixturevalue("practice")(accounts))
        return made[-1]

    return start


def objects(peer, lines=None, **parameters):
    lines = lines or [registration(f"line-{u}", u, peer.uri, p) for u, p in ACCOUNTS.items()]
    return {"parameters": {EXPIRE: 300, "RG_UPSTREAM_RATE": 0, "RG_UPSTREAM_WINDOW": 0, **parameters},
            "registrations": lines}


def disabled(given):
    return {**given, "registrations": [{**line, "enabled": False} for line in given["registrations"]]}


def keys(peer):
    """{(AOR, Contact): binding}; fails where a binding stands twice."""
    rows = peer.bindings()
    found = {(b.aor, b.contact): b for b in rows}
    assert len(found) == len(rows), f"a binding stands twice: {rows}"
    return found


def up(node, peer, count):
    """Starts the node; gives the bindings, exactly `count` of them."""
    node.start()
    node.wait_state("registered")
    held = keys(peer)
    assert len(held) == count, held
    return held


def refreshed(peer, before, which=None):
    """Waits until all of `which` have a higher CSeq; never is there another binding, nor one fewer."""
    which = before if which is None else which

    def all_higher():
        held = keys(peer)
        assert held.keys() == before.keys()
        assert all(held[k].call_id == b.call_id for k, b in before.items()), "another registration"
        return all(held[k].cseq > b.cseq for k, b in which.items())

    wait_until(all_higher, 30, "a higher CSeq of each")


def ends(node, peers, count):
    """The counter-check: with SEND_UNREGISTER Off a stop leaves all of them, with On none."""
    node.ctl("param", "set", OFF, "Off")
    stop = node.stop()
    assert (stop.exit, stop.report["kept"]) == (CLEAN_EXIT, count)
    assert sum(len(keys(p)) for p in peers) == count, "kept, and yet not held"
    node.write_objects(None)
    node.start()
    node.ctl("param", "set", OFF, "On")
    node.wait_state("registered")
    stop = node.stop()
    assert (stop.exit, stop.report["clean"]) == (CLEAN_EXIT, count)
    assert [p.bindings() for p in peers] == [[] for _ in peers]


def test_killed_and_started_again(upstream, regentd):
    peer = upstream(ACCOUNTS)
    node = regentd(objects(peer))
    before = up(node, peer, N)
    for _ in range(2):
        node.kill9()
        assert keys(peer).keys() == before.keys(), "nobody took them back"
        node.start()
        refreshed(peer, before)
        node.wait_state("registered")
        before = keys(peer)
    ends(node, [peer], N)


# ---- changed while stopped, and while running ----

CHANGES = {
    "contact": {"contact_user": "moved"},
    "user": {"username": "2002"},
    "host": {"host": "other.example"},
    "proxy": {},  # set to the second upstream
    "password": {"password": "new-secret"},
    "same": {},
}
PLACES = {name: str(1001 + i) for i, name in enumerate(CHANGES)}


def lines(first, second=None):
    """As they are at first, or with `second` as they are after the change."""
    made = []
    for name, user in PLACES.items():
        line = registration(name, user, first.uri, "secret")
        if second:
            line.update(CHANGES[name], **({"proxy": second.uri} if name == "proxy" else {}))
        made.append(line)
    return made


def change(node, given, while_running):
    if while_running:
        node.write_objects(given)
        node.process.kill(signal.SIGHUP)
        return
    node.kill9()
    node.write_objects(given)
    node.start()


def places(peer):
    """[AOR] of all bindings."""
    return sorted(b.aor for b in peer.bindings())


def settled(node):
    return wait_until(lambda: node.status()["debts"] == 0, 40, "all debts to be paid")


@pytest.mark.parametrize("while_running", [False, True])
def test_changed(upstream, regentd, while_running):
    """First under SEND_UNREGISTER Off, where what is old stays; On takes it back; then all is changed back."""
    accounts = {**{u: "secret" for u in PLACES.values()}, "2002": "secret"}
    first, second = upstream(accounts), upstream(accounts)
    old, new = objects(first, lines(first), **{OFF: "Off"}), objects(first, lines(first, second), **{OFF: "Off"})
    node = regentd(old)
    before = up(node, first, len(PLACES))
    assert second.bindings() == []
    rows = node.registrations()

    first.set_password(PLACES["password"], "new-secret")
    change(node, new, while_running)
    wait_until(lambda: len(first.bindings()) == 9 and len(second.bindings()) == 1, 30,
               lambda: f"what is new beside what is old: {places(first)}, {places(second)}")
    assert before.keys() <= keys(first).keys(), "Off, and yet something was taken back"
    node.ctl("param", "set", OFF, "On")
    settled(node)
    node.wait_state("registered")
    after = keys(first)
    assert places(first) == sorted(
        [f"{PLACES[n]}@sw.example" for n in ("contact", "password", "same")] + ["2002@sw.example",
                                                                              f"{PLACES['host']}@other.example"])
    assert places(second) == [f"{PLACES['proxy']}@sw.example"]
    assert [c for a, c in after if a.startswith(PLACES["contact"])][0].startswith("sip:moved@")
    now = node.registrations()
    for name in ("password", "same"):
        assert (now[name]["call_id"], now[name]["contact"]) == (rows[name]["call_id"], rows[name]["contact"])

    first.set_password(PLACES["password"], "secret")
    change(node, {**old, "parameters": {**old["parameters"], OFF: "On"}}, while_running)
    wait_until(lambda: keys(first).keys() == before.keys() and second.bindings() == [], 40,
               lambda: f"what was at first, and nothing else: {places(first)}, {places(second)}")
    settled(node)
    assert keys(first).keys() == before.keys()
    ends(node, [first, second], len(PLACES))


# ---- outage ----

@pytest.mark.parametrize("returns", ["before the start", "after the start"])
def test_outage_before_the_stop(upstream, tap, regentd, returns):
    peer = upstream(ACCOUNTS)
    wire = tap(peer)
    given = objects(wire, RG_STOP_DEADLINE=2)
    node = regentd(given)
    before = up(node, peer, N)
    wire.rule = lambda datagram: DROP
    stop = node.stop()
    assert (stop.exit, stop.report["unconfirmed"]) == (OWING_EXIT, N)
    assert keys(peer).keys() == before.keys(), "no cancel came through"
    node.write_objects(disabled(given))
    if returns == "before the start":
        wire.rule = None
        node.start()
    else:
        node.start()
        stays(lambda: node.status()["debts"] == N, 1, "N debts while nothing comes through")
        assert keys(peer).keys() == before.keys()
        wire.rule = None
    wait_until(lambda: peer.bindings() == [], 90, "the debts to be paid")
    settled(node)
    node.ctl("param", "set", "RG_STOP_DEADLINE", "auto")
    node.ctl("registration", "enable", *NAMES)
    node.wait_state("registered")
    ends(node, [peer], N)


# ---- rapid restart ----

def test_rapid_restart_with_late_and_reordered_packets(upstream, tap, regentd):
    """Each datagram is up to 1.5 s late, both ways, so most are overtaken; kills and stops fall between them."""
    peer = upstream(ACCOUNTS)
    wire = tap(peer)
    node = regentd(objects(wire, RG_STOP_DEADLINE=1))
    before = up(node, peer, N)
    lots = random.Random(5)
    wire.rule = lambda datagram: lots.uniform(0.001, 1.5)
    for i in range(6):
        if i % 2:
            node.stop()
        else:
            node.kill9()
        node.start()
        stays(lambda: len(keys(peer)) <= N, lots.uniform(0, 1), "never more bindings than registrations")
    wire.rule = None
    node.wait_state("registered", timeout=60)
    node.ctl("registration", "refresh", *NAMES)
    wait_until(lambda: keys(peer).keys() == before.keys(), 60, "the same bindings, each once")
    stays(lambda: keys(peer).keys() == before.keys(), 3, "nothing stale, nothing missing")
    fates = [d.fate for d in wire.datagrams() if d.fate]
    assert len(fates) > 20 and fates != sorted(fates), "nothing was late"
    node.ctl("param", "set", "RG_STOP_DEADLINE", "auto")
    ends(node, [peer], N)


# ---- two instances with the same credentials ----

def test_two_instances(upstream, regentd):
    peer = upstream(ACCOUNTS)
    first, second = regentd(objects(peer)), regentd(objects(peer))
    of_first = up(first, peer, N)
    both = up(second, peer, 2 * N)
    assert of_first.keys() < both.keys()
    first.ctl("registration", "refresh", *NAMES)
    refreshed(peer, both, of_first)
    both = keys(peer)
    of_first = {k: both[k] for k in of_first}
    for node in (first, second):
        wait_until(lambda n=node: all(r["foreign_bindings"] == 1 for r in n.registrations().values()), 30,
                   "the other's shown as foreign")
        assert all(r["ghost_bindings"] == 0 for r in node.registrations().values())

    first.kill9()
    first.start()
    refreshed(peer, both, of_first)
    first.wait_state("registered")
    assert first.stop().report["clean"] == N
    assert keys(peer).keys() == both.keys() - of_first.keys(), "the other's stand, ours are gone"
    assert second.status()["states"]["registered"] == N
    ends(second, [peer], N)


# ---- upstreams ----

def test_upstream_forgets(practice, regentd):
    """Found by the next refresh and registered again as the same; Kamailio: test_kamailio.py."""
    peer = practice(ACCOUNTS)
    node = regentd(objects(peer, **{EXPIRE: 20}))
    before = up(node, peer, N)
    peer.tell("restart")
    assert peer.bindings() == []
    wait_until(lambda: keys(peer).keys() == before.keys(), 30, "all of them back")
    held = keys(peer)
    assert all(held[k].call_id == b.call_id and held[k].cseq > b.cseq for k, b in before.items())
    ends(node, [peer], N)


@pytest.mark.slow
def test_cancel_refused(practice, regentd):
    """403 to some, 401 for ever to others: told with its reason, owed until it has expired."""
    peer = practice(ACCOUNTS)
    given = objects(peer, **{EXPIRE: 20})
    node = regentd(given)
    before = up(node, peer, N)
    peer.tell("set answer 403:only=cancel,user=1001")
    peer.tell("set answer 401:only=cancel")
    stop = node.stop()
    assert (stop.exit, stop.report["refused"]) == (OWING_EXIT, N), stop.report
    statuses = {row["name"]: row["status"] for row in stop.report["registrations"]}
    assert statuses == {f"line-{u}": 403 if u == "1001" else 401 for u in USERS}
    assert all(row["reason"] and row["bound_until"] for row in stop.report["registrations"])
    assert keys(peer).keys() == before.keys(), "what was refused is still held"

    node.write_objects(disabled(given))
    node.start()
    wait_until(lambda: all(d["state"] == "refused" for d in node.debts()), 30, "the refusals")
    owed = node.debts()
    assert {d["name"]: d["last_status"] for d in owed} == statuses
    assert {(d["aor"].removeprefix("sip:"), d["contact"]) for d in owed} == before.keys()
    wait_until(lambda: peer.bindings() == [] and node.status()["debts"] == 0, 90, "all to have expired")
    peer.tell("set answer none")
    node.ctl("registration", "enable", *NAMES)
    node.wait_state("registered")
    ends(node, [peer], N)
