# SPDX-License-Identifier: Apache-2.0
"""Accounts that another switch holds, at a registrar that answers those with 503 and serves everybody else."""

from kit import sip
from kit.regentd import CLEAN_EXIT, registration
from kit.uas import granted
from kit.wait import wait_until

COUNT = 24
HOLDER = "sip:old-switch@198.51.100.9:5060"
FULL = {str(1001 + i) for i in range(COUNT) if i % 4 == 0} | {"1002", "1003"}  # the first three among them


def limited():
    """As Kamailio and OpenSIPS answer an AOR above its limit of Contacts."""
    request = yield
    while True:
        if request.user in FULL and request.expires:
            request = yield sip.reply(request, 503, "Service Unavailable", f"Contact: <{HOLDER}>;expires=3000",
                                      "P-Registrar-Error: Too many registered contacts")
        else:
            request = yield granted(request)


def test_full_accounts_hold_up_nobody_and_the_holder_is_named(uas, regentd):
    peer = uas(limited)
    lines = [registration(f"r{1001 + i}", str(1001 + i), peer.uri) for i in range(COUNT)]
    node = regentd({"registrations": lines}).start()
    healthy = [line["name"] for line in lines if line["username"] not in FULL]
    # The first three are full: a rest by their 503s would last longer than this waits.
    node.wait_state("registered", healthy)

    def told():
        rows = node.registrations()
        return {(rows[f"r{user}"]["state"], rows[f"r{user}"]["foreign_bindings"], rows[f"r{user}"]["last_reason"])
                for user in FULL}

    wait_until(lambda: told() == {("waiting", 1, f"account held by {HOLDER}")}, 10, told)
    assert "event=rests" not in node.log()
    shown = node.ctl("registration", "show", "r1001")[1]
    assert f"switch off the device that registers {HOLDER}" in " ".join(shown.split())
    assert HOLDER in node.ctl("registration", "ghosts", "r1001")[1]
    assert node.stop().exit == CLEAN_EXIT
    peer.check()
