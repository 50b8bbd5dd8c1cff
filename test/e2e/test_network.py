# SPDX-License-Identifier: Apache-2.0
"""Our own network goes away, comes back, or gets another address, while regentd runs and between."""

import pytest
from kit import netns, sip
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.wait import wait_until

N = 3
SOON_S = 20  # far below the 60 s after which a timer alone would look again

pytestmark = pytest.mark.skipif(not netns.possible(), reason="may not make a network of its own")


class Table:
    """What an upstream holds: {user: Contacts}, as its script has granted it."""

    def __init__(self):
        self.bindings = {}

    def script(self):
        request = yield
        while True:
            request = yield self._register(request)

    def _register(self, request):
        user = request.one("to")
        held = self.bindings.setdefault(user, {})
        for uri, _ in request.contacts:
            held.pop(uri, None)
            if request.expires > 0:
                held[uri] = request.expires
        lines = [f"Contact: <{uri}>;expires={expires}" for uri, expires in held.items()]
        return sip.reply(request, 200, "OK", *lines)

    def contacts(self):
        return [uri for held in self.bindings.values() for uri in held]


@pytest.fixture
def cable(tmp_path, ending):
    return ending(netns.Netns(tmp_path))


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def peer(cable, uas, table):
    return uas(table.script, host=cable.outside)


def objects(peer, count=N):
    lines = [registration(f"line-{i}", str(1001 + i), peer.uri) for i in range(count)]
    return {"parameters": {"RG_STOP_DEADLINE": 3}, "registrations": lines}


def node_inside(regentd, cable, peer):
    node = regentd(objects(peer, N + 1), wrap=cable.wrap)
    node.write_config({"listen": [f"udp:0.0.0.0:{node.port}"]})
    return node


def test_a_debt_of_an_outage_is_paid_when_the_cable_is_back(regentd, cable, peer, table):
    node = node_inside(regentd, cable, peer).start()
    node.wait_state("registered")
    cable.pull()
    stop = node.stop()
    assert stop.exit == OWING_EXIT
    assert stop.report["unconfirmed"] + stop.report["unsent"] == N + 1
    assert len(table.contacts()) == N + 1

    # The last of them is not wanted any more: a debt, and nothing that a refresh would settle.
    lines = objects(peer, N + 1)
    lines["registrations"][N]["enabled"] = False
    node.write_objects(lines)
    node.start()
    wanted = [f"line-{i}" for i in range(N)]
    node.wait_state("waiting", wanted)
    before = table.contacts()
    assert len(before) == N + 1
    cable.plug()
    node.wait_state("registered", wanted, SOON_S)
    wait_until(lambda: node.status()["debts"] == 0, SOON_S, "the debt to be paid")
    assert len(table.contacts()) == N
    assert set(table.contacts()) < set(before), "the bindings that were there go on"
    stop = node.stop()
    assert stop.exit == CLEAN_EXIT
    assert table.contacts() == []
    peer.check()


def test_another_address_is_registered_at_once(regentd, cable, peer, table):
    node = node_inside(regentd, cable, peer).start()
    node.wait_state("registered")
    assert all(f"@{cable.inside}:" in uri for uri in table.contacts())
    cable.renumber(7)

    def moved():
        return len(table.contacts()) == N + 1 and all(f"@{cable.inside}:" in c for c in table.contacts())

    wait_until(moved, SOON_S, lambda: f"the new Contacts alone, not {table.contacts()}")
    wait_until(lambda: node.status()["debts"] == 0, SOON_S, "nothing to be owed")
    node.wait_state("registered")
    assert node.stop().exit == CLEAN_EXIT
    assert table.contacts() == []
    peer.check()
