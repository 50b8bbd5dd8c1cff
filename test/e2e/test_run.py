# SPDX-License-Identifier: Apache-2.0
"""./run as a newcomer meets it: on a terminal, from its first line to the report after Ctrl-C.

It has fixed ports and a fixed state directory, so it gets a network of its own
and a folder of its own, with the release build that ./check has made in it.
"""

import os
import re
import shutil
import signal
import subprocess

import pytest
from kit import namespace
from kit.sipsak import TAKEN, Sipsak
from kit.terminal import CTRL_C, Terminal
from kit.wait import wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UP = ["carrier-a", "carrier-b", "carrier-c", "office-north", "office-south"]
READY = "Ctrl-C unregisters everything"
SUMMARY = re.compile(r"practice upstream: .* (\d+) bound, .* (\d+) unregistered, (\d+) left, (\d+) offences")
OWN_NETWORK = "ip link set lo up"

pytestmark = pytest.mark.skipif(not namespace.possible("--net", OWN_NETWORK),
                                reason="may not make a network of its own")


class Leftovers:
    """What still runs in the folder when every terminal is closed: nothing."""

    def __init__(self, folder):
        self.folder = folder

    def close(self):
        left = programs(self.folder)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, "something of ./run was left running"


@pytest.fixture
def run(tmp_path, ending):
    """run(*args) starts ./run; several in one test share their folder, one after the other."""
    ending(Leftovers(tmp_path))
    build = os.environ.get("REGENT_BUILD_RELEASE")
    if not build:
        pytest.fail("REGENT_BUILD_RELEASE does not name a build folder", pytrace=False)
    for name in ("examples", "packaging"):
        shutil.copytree(os.path.join(ROOT, name), tmp_path / name)
    shutil.copy(os.path.join(ROOT, "run"), tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "run").symlink_to(build)
    return lambda *args: ending(Terminal([*namespace.enter("--net", OWN_NETWORK), "./run", *args], tmp_path))


def shown(terminal):
    """The lines as they stand at the end: what was erased in place is gone."""
    return [line.split("\r\x1b[K")[-1].rstrip() for line in terminal.text.replace("\r\n", "\n").split("\n")]


def rows(lines, state):
    """Names of the rows of a table whose second column is `state`."""
    return [line.split()[0] for line in lines if line.split()[1:2] == [state]]


def test_registrations_come_up_and_ctrl_c_takes_them_back(run):
    terminal = run()
    terminal.await_text(READY, 60)
    lines = shown(terminal)
    assert rows(lines, "registered") == UP
    assert rows(lines, "disabled") == ["paused"]
    assert sum("→ REGISTER" in line for line in lines) == 2 * len(UP)
    assert [line for line in lines if line.startswith("desk REGISTER")] == [
        "desk REGISTER → 401 Unauthorized", "desk REGISTER → 200 OK"]
    assert rows(lines, "sip:desk@127.0.0.1:5064") == ["desk"]

    terminal.press(CTRL_C)
    assert terminal.ended(30) == 0
    lines = shown(terminal)
    assert "stopping: 5 to unregister" in terminal.text
    assert sorted(rows(lines, "clean")) == sorted([*UP, "paused"])
    [summary] = filter(None, map(SUMMARY.search, lines))
    assert [int(n) for n in summary.groups()] == [5, 5, 0, 0]


def test_second_ctrl_c_leaves_at_once_and_the_next_run_settles_it(run):
    terminal = run()
    terminal.await_text(READY, 60)
    terminal.press(CTRL_C)
    terminal.await_text("stopping: 5 to unregister", 10)

    def impatient():
        terminal.press(CTRL_C)
        return terminal.shows("stopping at once", 0.2)

    wait_until(impatient, 10, "the second Ctrl-C to be heard")
    assert terminal.ended(30) == 3

    terminal = run()
    terminal.await_text(READY, 60)
    terminal.press(CTRL_C)
    assert terminal.ended(60) == 0


def test_ctrl_c_before_anything_is_up(run):
    terminal = run()
    terminal.await_text("regentd=", 60)
    terminal.press(CTRL_C)
    assert terminal.ended(30) == 0
    assert "stopped after" in terminal.text


def test_arguments_go_to_regentd(run):
    terminal = run("--", "--check")
    assert terminal.ended(60) == 0
    terminal = run("--", "--no-such-option")
    assert terminal.ended(60) == 2
    assert "--no-such-option" in terminal.text


def test_a_terminal_that_is_closed_takes_everything_with_it(run, tmp_path):
    terminal = run()
    terminal.await_text(READY, 60)
    terminal.close()
    wait_until(lambda: not programs(tmp_path), 30, lambda: f"the end of {programs(tmp_path)}")
    with open(tmp_path / "build/quickstart/state/last-stop.json", encoding="utf-8") as f:
        assert '"clean": 6' in f.read()


def test_the_phones_of_the_example(run, tmp_path):
    """As README.md tells it: they and a trunk come to the node of ./run, and leave nothing at the upstream."""
    terminal = run()
    terminal.await_text(READY, 60)
    inside = namespace.join("--net", terminal.pid)

    def ctl(*args):
        return subprocess.run(
            [*inside, "build/run/src/ctl/regentctl", "--socket", "build/quickstart/admin.sock", *args],
            cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True).stdout

    ctl("apply", "examples/phones.yaml")
    terminal.await_text("registration=trunk event=registered", 20)
    phone = Sipsak(tmp_path, ("127.0.0.1", 5062), "2001", "practice", wrap=inside)
    assert (phone.register(), phone.exit) == ([401, 200], TAKEN)
    for name in ("2002", "2003"):
        subprocess.run([*inside, "examples/phone.sh", name, "practice"], cwd=tmp_path, timeout=30, check=True)
    bound = [line.split()[:2] for line in ctl("binding", "list").splitlines()[1:]]
    assert sorted(bound) == [["2001", phone.contact], ["2002", "sip:2002@127.0.0.1:5064"],
                             ["2003", "sip:2003@127.0.0.1:5064"], ["desk", "sip:desk@127.0.0.1:5064"]]
    subprocess.run([*inside, "examples/phone.sh", "2003", "practice", "127.0.0.1", "5062", "0"], cwd=tmp_path,
                   timeout=30, check=True)
    assert "2003" not in ctl("binding", "list")
    terminal.press(CTRL_C)
    assert terminal.ended(30) == 0
    assert sorted(rows(shown(terminal), "clean")) == sorted([*UP, "paused", "trunk"])


def programs(folder):
    """What runs in that folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == str(folder):
                found.append(int(pid))
        except OSError:
            pass
    return found
