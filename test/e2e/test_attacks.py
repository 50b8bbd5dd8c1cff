# SPDX-License-Identifier: Apache-2.0
"""The attacks of test/attack in their short form; docs/reliability.md has the figures of the long ones."""

import os
import sys

import pytest
from kit import exits

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "attack"))

import flood  # noqa: E402
import kills  # noqa: E402
import mutants  # noqa: E402
import slow_clients  # noqa: E402
import stage  # noqa: E402

N = 20


@pytest.fixture
def played(build, tmp_path):
    with stage.play(build, N, folder=str(tmp_path)) as (node, peer):
        yield node, peer
        assert node.stop().exit == exits.OK
        assert peer.bindings() == []


@pytest.mark.parametrize("kind", flood.KINDS)
def test_a_flood_lapses_nothing(played, kind):
    node, peer = played
    seen = flood.flood(node, peer, N, kind, many=True, seconds=1, rate=5000)
    assert seen["sent"] > 0 and seen["bindings_at_least"] == N
    assert node.process.returncode() is None


def test_kills_lose_no_edit_and_leave_no_ghost(build):
    seen = kills.kills(build, 5, seed=7)
    assert (seen["lost"], seen["ghosts"], seen["exit"]) == ([], 0, exits.OK)


@pytest.mark.both_builds
def test_mutated_answers_make_nothing_falsely_clean(build):
    seen = mutants.mutants(build, 2000, seed=7, registrations=N, copies=20)
    assert (seen["false_clean"], seen["offences"]) == ([], [])
    assert seen["outcomes"]["clean"] > 0 and seen["held"] <= seen["outcomes"]["refused"]


@pytest.mark.parametrize("kind", slow_clients.KINDS)
def test_slow_clients_hold_up_no_registration(played, kind):
    node, peer = played
    seen = slow_clients.slow(node, peer, N, kind, clients=30, seconds=1)
    assert seen["connections"] >= 30 and seen["bindings_at_least"] == N
    assert seen["api_refused"] == 0
