# SPDX-License-Identifier: Apache-2.0
"""F44, against Kamailio's stock antiflood: 16 requests in 2 s, then 300 s of silence.

Takes up to eight minutes of real time, nearly all of it the ban's. `./check`
runs this file beside the others.
"""

import pytest
from kit.regentd import CLEAN_EXIT, registration
from kit.wait import wait_until

N = 100
ACCOUNTS = {str(2001 + i): f"secret-{i}" for i in range(N)}
BOUND_S = 900  # a ban, its rest, and 200 requests at the pace that is left
STOP_S = 400


@pytest.mark.slow
def test_f44_all_come_up_and_are_all_taken_back(kamailio, regentd):
    peer = kamailio(ACCOUNTS, antiflood=True, nonce_expire=3600)
    node = regentd({"registrations": [registration(f"line-{u}", u, peer.uri, p) for u, p in ACCOUNTS.items()]})
    node.start()
    wait_until(lambda: len(peer.bindings()) == N, BOUND_S,
               lambda: f"{N} bindings; {len(peer.bindings())} there, {peer.bans()} bans")
    node.wait_state("registered", timeout=60)
    print(f"{peer.bans()} bans on the way up")

    stop = node.stop(STOP_S)
    assert peer.bindings() == []
    assert stop.exit == CLEAN_EXIT
    assert stop.report["clean"] == N
