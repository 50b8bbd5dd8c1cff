# SPDX-License-Identifier: Apache-2.0
"""regentctl against the real admin API with a made-up switch behind it (admin_stub).

What regentctl says of a real regentd is in test_stop.py and others; here are its
words, its tables and its exit codes, also for daemons that are silent, refuse, or die.
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest
from kit.process import Process
from kit.regentd import SANITIZER_ENV
from kit.wait import wait_until

pytestmark = pytest.mark.both_builds

DONE, REFUSED, USAGE, UNSETTLED, NO_DAEMON = range(5)
N = 600


class Stub:
    """An admin_stub in a folder, and regentctl pointed at it."""

    def __init__(self, folder, build, count, mood=""):
        self.folder, self.build = folder, build
        self.socket = str(folder / "s")
        argv = [os.path.join(build, "src/admin/admin_stub"), self.socket, folder, count]
        self.process = Process("admin_stub", argv + ([mood] if mood else []), folder, SANITIZER_ENV)
        wait_until(lambda: "ready" in self.process.log(), 10, lambda: self.process.describe("to be ready"))

    def argv(self, *args):
        return [os.path.join(self.build, "src/ctl/regentctl"), "--socket", self.socket, *args]

    def ctl(self, *args):
        return run(self.argv(*args))

    def close(self):
        self.process.end()


def run(argv):
    """(exit status, stdout, stderr)"""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False,
                          env={**os.environ, **SANITIZER_ENV})
    return done.returncode, done.stdout, done.stderr


def on_terminal(argv, columns):
    """What the program writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(argv, stdout=theirs, stderr=subprocess.PIPE, env={**os.environ, **SANITIZER_ENV}):
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: the other side is closed
                piece = b""
            if not piece:
                break
            text += piece
    os.close(ours)
    return text.decode()


@pytest.fixture
def stub(tmp_path, build, ending):
    return lambda count=N, mood="": ending(Stub(tmp_path, build, count, mood))


def test_status(stub):
    status, out, _ = stub().ctl("status")
    assert status == DONE
    assert out.startswith("stub: 597 of 600 registered, 3 need attention")
    assert [line.split()[0] for line in out.splitlines() if line.startswith("reg-")] == [
        "reg-00001", "reg-00002", "reg-00003"]
    assert "403 Forbidden" in out


def test_list_walks_all_pages(stub):
    node = stub()
    status, out, _ = node.ctl("registration", "list")
    assert status == DONE
    lines = out.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "SINCE", "EXPIRES", "NEXT", "TARGET", "LAST"]
    assert [line.split()[0] for line in lines[1:]] == [f"reg-{i + 1:05}" for i in range(N)]
    page = json.loads(node.ctl("registration", "list", "--json")[1])
    assert list(page) == ["items", "next"] and page["next"] is None
    assert [item["name"] for item in page["items"]] == [f"reg-{i + 1:05}" for i in range(N)]


def test_list_of_a_state(stub):
    node = stub()
    _, out, _ = node.ctl("registration", "list", "--state", "waiting")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["reg-00002"]
    page = json.loads(node.ctl("--json", "registration", "list", "--state", "rejected")[1])
    assert [item["name"] for item in page["items"]] == ["reg-00001"]
    status, out, errors = node.ctl("registration", "list", "--state", "displaced")
    assert (status, out) == (DONE, "") and "no registrations in state displaced" in errors
    status, _, errors = node.ctl("registration", "list", "--state", "registred")
    assert status == USAGE and "did you mean 'registered'?" in errors


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_list_fits_the_terminal(stub, columns):
    out = on_terminal(stub(5).argv("registration", "list"), columns)
    assert len(out.splitlines()) == 6
    assert max(len(line) for line in out.splitlines()) <= columns
    targets = [line for line in out.splitlines() if "192.0.2." in line]
    assert all("192.0.2.1:5060" in line for line in targets), "half a target"
    assert "\x1b" not in out, "a peer's reason steers the terminal"


def test_show(stub):
    node = stub()
    status, out, _ = node.ctl("registration", "show", "reg-00005")
    assert status == DONE
    fields = dict(line.split(maxsplit=1) for line in out.splitlines() if line.split()[0] in ("Name", "State", "CSeq"))
    assert fields == {"Name": "reg-00005", "State": "registered", "CSeq": "4711"}
    item = json.loads(node.ctl("registration", "show", "reg-00005", "--json")[1])
    assert item["name"] == "reg-00005" and item["last_status"] == 200


def test_what_does_not_exist_is_suggested(stub):
    node = stub()
    for args, status, words in [
            (("registration", "show", "reg-0005"), REFUSED, "did you mean 'reg-0000"),
            (("registration", "show", "zz"), REFUSED, "registration list"),
            (("registration", "show", "a b"), REFUSED, "1 to 64"),
            (("registration", "lst"), USAGE, "did you mean 'list'?"),
            (("registration",), USAGE, "list, show"),
            (("registration", "help"), USAGE, "takes one of: list, show, add"),
            (("help", "registration", "lst"), USAGE, "did you mean 'list'?"),
            (("registration", "list", "--debts", "--state", "waiting"), USAGE, "cannot be combined"),
            (("registration", "list", "--prune"), USAGE, "registration list does not take --prune"),
            (("registration", "add", "a"), USAGE, "username is required"),
            (("registration", "add", "a", "username=1"), USAGE, "host is required"),
            (("registration", "add", "a", "usrname=1"), USAGE, "did you mean 'username'?"),
            (("registration", "add", "a", "zzz=1"), USAGE, "registration add --help"),
            (("registration", "add", "a", "username"), USAGE, "FIELD=VALUE"),
            (("registration", "add", "a", "=1"), USAGE, "FIELD=VALUE"),
            (("registration", "add", "a", "host=a", "host=b"), USAGE, "host: given twice"),
            (("registration", "add", "a", "password=x", "password_file=x"), USAGE, "given twice"),
            (("registration", "set", "a", "password_file=/nowhere/at/all"), USAGE, "/nowhere/at/all: No such file"),
            (("registration", "set", "a"), USAGE, "usage: regentctl registration set [--wait] NAME FIELD=VALUE..."),
            (("registration", "ghosts", "a", "sip:b"), USAGE, "--remove"),
            (("param", "set", "a"), USAGE, "NAME VALUE"),
            (("parm", "list"), USAGE, "did you mean 'param'?"),
            (("apply",), USAGE, "FILE|-"),
            (("apply", "/nowhere/at/all"), USAGE, "/nowhere/at/all: No such file"),
            (("apply", "/tmp"), USAGE, "/tmp: Is a directory"),
            (("status", "--token-file", "/nowhere/at/all"), USAGE, "/nowhere/at/all: No such file"),
            (("stop", "--socket"), USAGE, "--socket needs a value"),
            (("registration", "show"), USAGE, "NAME"),
            (("statsu",), USAGE, "did you mean 'status'?"),
            (("--jsno", "status"), USAGE, "did you mean '--json'?"),
            (("status", "--state", "x"), USAGE, "--state"),
            (("status", "x"), USAGE, "usage"),
            ((), USAGE, "usage")]:
        got, out, errors = node.ctl(*args)
        assert (got, out) == (status, ""), args
        assert words in errors, args


def test_help_is_everywhere(build):
    ctl = os.path.join(build, "src/ctl/regentctl")
    tables = json.loads(run([ctl, "--tables"])[1])
    commands = [[c["noun"], *([c["verb"]] if "verb" in c else [])] for c in tables["commands"]]
    assert len(commands) > 20
    for args in [[], ["registration"], *commands]:
        status, out, _ = run([ctl, *args, "--help"])
        assert status == DONE and out.startswith("usage: regentctl") and "  regentctl " in out
        # An example is one line, to be copied.
        assert max(len(line) for line in out.splitlines() if not line.startswith("  regentctl")) <= 80, args
    assert "\n  username " in run([ctl, "registration", "add", "--help"])[1]


def test_tables_hold_together(build):
    """Each example is a command of the table, and no word of an option is unknown."""
    tables = json.loads(run([os.path.join(build, "src/ctl/regentctl"), "--tables"])[1])
    names = {o["name"] for o in tables["options"]}
    for command in tables["commands"]:
        words = " ".join(["regentctl", command["noun"], *([command["verb"]] if "verb" in command else [])])
        assert command["examples"] and all(e.startswith(words) for e in command["examples"]), words
        assert set(command["options"]) <= names and not command["summary"].endswith("."), words


def test_no_daemon(build, tmp_path):
    ctl, socket = os.path.join(build, "src/ctl/regentctl"), str(tmp_path / "none")
    objects = tmp_path / "objects.yaml"
    objects.write_text("registrations: []\n")
    for args in [["status"], ["registration", "list"], ["registration", "show", "a"],
                 ["registration", "add", "a", "username=1", "host=b", "password="],
                 ["registration", "set", "a", "host=b"], ["registration", "remove", "a", "b"],
                 ["registration", "enable", "a"], ["registration", "refresh", "a"],
                 ["registration", "ghosts", "a"], ["param", "list"], ["param", "get", "a"],
                 ["param", "set", "a", "1"], ["param", "reset", "a"], ["apply", str(objects)],
                 ["apply", "--prune", str(objects)], ["export"], ["trace", "a"], ["node"],
                 ["stop"], ["restart"], ["last-stop"]]:
        status, out, errors = run([ctl, "--socket", socket, *args])
        assert (status, out) == (NO_DAEMON, "") and socket in errors, args
    env = {**os.environ, **SANITIZER_ENV, "REGENT_SOCKET": socket}
    done = subprocess.run([ctl, "status"], env=env, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == NO_DAEMON and socket in done.stderr


def test_a_daemon_that_is_silent_or_refuses(stub, tmp_path, build, ending):
    status, _, errors = stub(5, "silent").ctl("status")
    assert status == REFUSED and "did not answer" in errors
    folder = tmp_path / "second"
    folder.mkdir()
    node = ending(Stub(folder, build, 5, "refuses"))
    status, _, errors = node.ctl("stop")
    assert status == REFUSED and "not while the fake refuses" in errors


def test_stop_that_ends_clean(stub):
    node = stub(50)
    status, out, errors = node.ctl("stop")
    assert status == DONE
    assert "50 clean, 0 refused" in out
    assert "50 to unregister" in errors and "0 left" in errors
    assert node.process.wait(5) == 0
    assert not os.path.exists(node.socket)
    status, out, _ = node.ctl("last-stop", "--state", str(node.folder))
    assert status == DONE and "50 clean" in out


def test_stop_that_leaves_something(stub):
    node = stub(50, "unclean")
    status, out, _ = node.ctl("stop", "--json")
    assert status == UNSETTLED
    with open(node.folder / "last-stop.json", encoding="utf-8") as file:
        assert json.loads(out) == json.load(file)
    status, out, _ = node.ctl("last-stop", "--state", str(node.folder))
    assert status == UNSETTLED
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("reg-")] == [
        ["reg-00001", "refused"], ["reg-00002", "unconfirmed"]]


def test_a_daemon_that_dies_on_the_way_leaves_no_old_report_to_believe(stub):
    node = stub(5, "dies")
    with open(node.folder / "last-stop.json", "w", encoding="utf-8") as file:
        json.dump({"started": "2020-01-01T00:00:00.000Z", "ended": "2020-01-01T00:00:01.000Z", "deadline_s": 20,
                   "clean": 5, "refused": 0, "unconfirmed": 0, "unsent": 0, "kept": 0, "registrations": []}, file)
    assert node.ctl("last-stop")[0] == DONE
    status, out, errors = node.ctl("stop")
    assert (status, out) == (UNSETTLED, "")
    assert "without a report" in errors


COMPLETE = """
. "$1"; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_regentctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("line, some, none", [
    ("re", ["registration", "restart"], ["status"]),
    ("registration ", ["list", "ghosts"], ["status"]),
    ("--socket x param g", ["get"], ["set"]),
    ("param set SS_SIP_USER_AGENT_E", ["SS_SIP_USER_AGENT_EXPIRE"], ["RG_STOP_DEADLINE"]),
    ("registration add a user", ["username=", "user_agent="], ["host="]),
    ("registration list --", ["--state", "--json"], ["--prune"]),
    ("registration list --state re", ["registered", "rejected"], ["waiting"]),
    ("apply --", ["--prune", "--dry-run"], ["--state"]),
])
def test_completion(build, line, some, none):
    script = os.path.join(build, "packaging/regentctl.bash")
    done = subprocess.run(["bash", "-c", COMPLETE, "complete", script, "regentctl", *line.split(" ")],
                          capture_output=True, text=True, timeout=30, check=True)
    words = done.stdout.split()
    assert not done.stderr and set(some) <= set(words) and not set(none) & set(words)
