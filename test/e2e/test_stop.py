# SPDX-License-Identifier: Apache-2.0
"""Stopping as a service manager and an operator see it: signals, sd_notify, exit status, report."""

import fcntl
import json
import os
import signal
import socket
import threading
import time

import pytest
from kit.regentd import CLEAN_EXIT, OWING_EXIT, registration
from kit.scripts import granting, silent_to_cancels
from kit.uas import granted
from kit.wait import wait_until

N = 3


def objects(peer, **parameters):
    lines = [registration(f"line-{i}", str(1001 + i), peer.uri) for i in range(N)]
    return {"parameters": parameters, "registrations": lines}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_cleanly(uas, regentd, number):
    peer = uas(granting)
    node = regentd(objects(peer)).start()
    node.wait_state("registered")
    node.process.kill(number)
    stop = node.ended()
    assert stop.exit == CLEAN_EXIT
    assert (stop.report["clean"], stop.report["unsent"]) == (N, 0)
    assert len({r.call_id for r, _ in peer.requests if r.expires == 0}) == N
    assert "1" in node.notify.values("STOPPING")


def test_regentctl_stop_and_last_stop(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer)).start()
    node.wait_state("registered")
    status, _, errors = node.ctl("stop", check=False)
    assert status == 0, errors
    stop = node.ended()
    assert stop.exit == CLEAN_EXIT
    node.start()
    assert json.loads(node.ctl("--json", "last-stop")[1]) == stop.report
    assert node.stop().exit == CLEAN_EXIT


def test_a_start_may_follow_a_stop_at_once(uas, regentd):
    peer = uas(granting)
    node = regentd(objects(peer)).start()
    for _ in range(3):
        node.wait_state("registered")
        assert node.ctl("stop")[0] == 0
        with open(os.path.join(node.state, "lock"), "rb") as lock:
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert node.ended().exit == CLEAN_EXIT
        node.start()
    assert node.stop().exit == CLEAN_EXIT


def test_a_start_waits_for_a_predecessor_about_to_end(regentd):
    node = regentd({"registrations": []})
    with open(os.path.join(node.state, "lock"), "wb") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        node.launch()
        time.sleep(0.5)
        assert node.process.returncode() is None, node.process.describe("to wait for the lock")
    wait_until(node.notify.ready, 10, lambda: node.process.describe("to say READY"))
    assert node.stop().exit == CLEAN_EXIT


def forward(listening, socket_path):
    """Joins each connection to the Unix socket; no file of the daemon's is within the client's reach."""
    def pour(source, sink):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)

    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        daemon = socket.socket(socket.AF_UNIX)
        try:
            daemon.connect(socket_path)
        except OSError:
            # As the daemon's own would: nobody listens any more.
            listening.close()
            client.close()
            return
        for pair in ((client, daemon), (daemon, client)):
            threading.Thread(target=pour, args=pair, daemon=True).start()


def test_the_report_of_a_stop_comes_over_the_socket(uas, regentd):
    """To those who may use the socket, and cannot read the state directory."""
    peer = uas(granting)
    node = regentd(objects(peer)).start()
    node.wait_state("registered")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=forward, args=(listening, node.socket), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        status, out, errors = node.ctl("--url", url, "--json", "stop", check=False)
    assert status == 0, errors
    stop = node.ended()
    assert stop.exit == CLEAN_EXIT
    assert json.loads(out) == stop.report


def test_regentctl_without_a_daemon(regentd):
    node = regentd({})
    status, _, errors = node.ctl("status", check=False)
    assert status == 4
    assert node.socket in errors


def test_unanswered_stop_ends_by_its_deadline_and_tells(uas, regentd):
    peer = uas(silent_to_cancels)
    node = regentd(objects(peer, RG_STOP_DEADLINE=6)).start()
    node.wait_state("registered")
    stop = node.stop()
    assert stop.exit == OWING_EXIT
    assert (stop.report["deadline_s"], stop.report["unconfirmed"], stop.report["clean"]) == (6, N, 0)
    assert all(row["bound_until"] for row in stop.report["registrations"])
    assert node.notify.values("STATUS"), "progress for systemctl status"
    assert all(int(v) > 0 for v in node.notify.values("EXTEND_TIMEOUT_USEC"))
    assert node.notify.values("EXTEND_TIMEOUT_USEC"), "a service manager would end it early"


def test_debts_of_a_stop_are_paid_by_the_next_start(uas, regentd):
    """What the last stop could not confirm is cancelled by a start without the registrations."""
    deaf = [True]

    def script():
        request = yield
        while True:
            request = yield None if request.expires == 0 and deaf else granted(request)

    peer = uas(script)
    node = regentd(objects(peer, RG_STOP_DEADLINE=2)).start()
    node.wait_state("registered")
    assert node.stop().exit == OWING_EXIT
    deaf.clear()
    before = len(peer.requests)
    node.write_objects({"registrations": [
        {**line, "enabled": False} for line in objects(peer)["registrations"]]})
    node.start()
    wait_until(lambda: len({r.call_id for r, _ in peer.requests[before:] if r.expires == 0}) == N, 30,
               "a cancel of each")
    # Settled only when what the first process sent can no longer arrive.
    wait_until(lambda: node.status()["debts"] == 0, 30, "the debts to be paid")
    assert all(r.expires == 0 for r, _ in peer.requests[before:])
    assert node.stop().exit == CLEAN_EXIT


def test_a_stop_ends_a_reload(uas, regentd):
    """Nothing is told of it to a service manager that was told to wait for the stop."""
    peer = uas(silent_to_cancels)
    wanted = objects(peer, RG_STOP_DEADLINE=3)
    node = regentd(wanted).start()
    node.wait_state("registered")
    more = [dict(registration(f"more-{i}", "1", peer.uri), enabled=False) for i in range(20000)]
    node.write_objects(dict(wanted, registrations=wanted["registrations"] + more))
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: node.notify.values("RELOADING"), 10, "the reload")
    node.process.kill(signal.SIGTERM)
    assert node.ended().exit == OWING_EXIT
    assert "reload=refused: nothing was changed" in node.log()
    assert "regentd is stopping; nothing was changed" in node.log()
    assert "would be right" not in node.log()
    told = [name for _, name, _ in node.notify.lines()]
    assert "READY" not in told[told.index("STOPPING"):]


def test_second_signal_stops_at_once(uas, regentd):
    peer = uas(silent_to_cancels)
    node = regentd({"registrations": []}).start()
    assert node.stop().report["clean"] == 0
    node.write_objects(objects(peer, RG_STOP_DEADLINE=600))
    node.start()
    node.wait_state("registered")
    node.process.kill(signal.SIGTERM)
    wait_until(lambda: len([r for r, _ in peer.requests if r.expires == 0]) >= N, 30, "the cancels")
    node.process.kill(signal.SIGTERM)
    stop = node.ended(20)
    assert stop.exit == OWING_EXIT
    # The report is of this stop, not of the one before.
    assert (stop.report["deadline_s"], stop.report["clean"], stop.report["unconfirmed"]) == (600, 0, N)
    assert stop.outcomes() == {f"line-{i}": "unconfirmed" for i in range(N)}
    assert all(row["bound_until"] for row in stop.report["registrations"])


def test_watchdog_is_fed(regentd):
    node = regentd({}, env={"WATCHDOG_USEC": "1000000"}).start()
    wait_until(lambda: len(node.notify.values("WATCHDOG")) >= 2, 20, "two signs of life")
    assert node.stop().exit == CLEAN_EXIT
