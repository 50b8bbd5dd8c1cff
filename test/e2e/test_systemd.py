# SPDX-License-Identifier: Apache-2.0
"""The units as they are installed, under a real systemd: start, crash, stop, restart, reboot, power cut.

Kamailio lives beside the machine, in the same network, and is there before and after it.
"""

import subprocess

import pytest
import yaml
from kit import exits
from kit.kamailio import Kamailio
from kit.machine import Machine, impossible
from kit.regentd import registration
from kit.wait import wait_until

N = 3
ACCOUNTS = {str(1001 + i): f"secret-{i}" for i in range(N)}
OFF = "SS_SIP_USER_AGENT_SEND_UNREGISTER"
LISTEN = "udp:127.0.0.1:5060"
STEP_S = 0.2  # between two questions to systemctl

pytestmark = pytest.mark.usefixtures("possible")


@pytest.fixture(scope="module")
def possible(tmp_path_factory):
    reason = impossible(str(tmp_path_factory.mktemp("machine")))
    if reason:
        pytest.skip(reason)


@pytest.fixture
def installed(build, build_kind, tmp_path_factory):
    """What `meson install` puts into /usr/local; once for all tests."""
    if build_kind == "sanitized":
        pytest.skip("the units keep from a program what a sanitizer needs")
    folder = tmp_path_factory.getbasetemp() / "installed"
    if not folder.exists():
        subprocess.run(["/usr/bin/meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder],
                       check=True, timeout=60)
    return folder


@pytest.fixture
def service(tmp_path, installed, ending):
    """service(parameters) gives Regent as a service and its upstream: set up as README.md says, all registered."""

    def make(**parameters):
        machine = ending(Machine(tmp_path))
        peer = Kamailio(tmp_path, ACCOUNTS, wrap=machine.wrap)
        ending(peer, "stop")
        s = Service(machine, peer.start())
        s.set_up(installed, parameters)
        return s

    return make


class Service:
    """regent.service on a machine, and what an upstream sees of it."""

    def __init__(self, machine, peer):
        self.machine, self.peer = machine, peer

    def set_up(self, installed, parameters):
        machine = self.machine.boot()
        machine.install(installed)
        machine.run("systemd-sysusers")
        self.configure()
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "enable", "--now", "regent")
        objects = {"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 300, **parameters},
                   "registrations": [registration(f"line-{u}", u, self.peer.uri, p) for u, p in ACCOUNTS.items()]}
        machine.run("regentctl", "apply", "-", stdin=yaml.safe_dump(objects))

    def configure(self, **more):
        self.machine.write("/etc/regent/regent.yaml", yaml.safe_dump({"listen": [LISTEN], **more}))

    def cseqs(self):
        """{(Contact, Call-ID): CSeq}, as upstream has it; whenever it is asked there are at most N."""
        held = {(b.contact, b.call_id): b.cseq for b in self.peer.bindings()}
        assert len(held) <= N, held
        return held

    def bound(self):
        """Waits until upstream holds N bindings; gives them."""
        wait_until(lambda: len(self.cseqs()) == N, 30,
                   lambda: self.machine.describe(f"{N} bindings, not {self.cseqs()}"))
        return self.cseqs()

    def refreshed(self, before):
        """Waits until each of these bindings has been refreshed; none is missing meanwhile, none is added."""

        def refreshed():
            now = self.cseqs()
            assert now.keys() == before.keys()
            return all(now[b] > before[b] for b in before)

        wait_until(refreshed, 30, lambda: self.machine.describe(f"a refresh of each of {before}"))

    def cancels(self):
        return [s for s in self.peer.saved() if s.expires == "0"]

    def wait(self, *state, unit="regent"):
        """Waits for ActiveState, Result and the program's exit status of a unit."""
        properties = ("ActiveState", "Result", "ExecMainStatus")[:len(state)]
        wait_until(lambda: self.machine.show(unit, *properties) == list(state), 60, lambda: self.machine.describe(
            f"{unit} to be {state}, not {self.machine.show(unit, *properties)}"), STEP_S)

    def show(self, name):
        return self.machine.show("regent", name)[0]

    def kill(self):
        """kill -9 of regentd; returns when systemd has another, or gives up."""
        before = self.show("MainPID")
        self.machine.run("sh", "-c", f"kill -9 {before}")

        def over():
            pid, state = self.machine.show("regent", "MainPID", "ActiveState")
            return state == "failed" or (state == "active" and pid not in (before, "0"))

        wait_until(over, 60, lambda: self.machine.describe("what follows a crash"), STEP_S)

    def farewells(self):
        """How often the farewell was started, and how often it ended well."""
        said = self.machine.journal("--unit", "regent-farewell", "_PID=1")
        return said.count("Starting regent-farewell.service"), said.count("Finished regent-farewell.service")


def link_is_up(machine):
    done = subprocess.run([*machine.wrap, "ip", "-o", "link", "show", "lo"], capture_output=True, text=True, check=True)
    return ",UP" in done.stdout


def set_link(machine, state):
    subprocess.run([*machine.wrap, "ip", "link", "set", "lo", state], check=True)


def test_start(service):
    s = service()
    assert s.machine.show("regent", "ActiveState", "SubState", "Type", "NRestarts", "UnitFileState") \
        == ["active", "running", "notify", "0", "enabled"]
    assert len(s.bound()) == N
    # What it is kept from holds for the process; and systemd had nothing to say of either unit.
    status = dict(line.split(":\t", 1) for line in
                  s.machine.run("cat", f"/proc/{s.show('MainPID')}/status")[1].splitlines())
    assert (status["CapEff"].strip("0"), status["NoNewPrivs"], status["Seccomp"]) == ("", "1", "2")
    assert status["Uid"].split() == [s.machine.run("id", "-u", "regent")[1].strip()] * 4
    assert s.show("NFileDescriptorStore") == "1"
    assert "regent" not in s.machine.journal("--priority", "warning", "_PID=1")


def test_a_crash_is_followed_by_a_start(service):
    s = service()
    before, sockets = s.bound(), s.machine.sockets()
    s.kill()
    s.refreshed(before)
    assert s.machine.sockets() == sockets, "another socket"
    assert s.show("NRestarts") == "1" and s.farewells() == (0, 0)
    assert not s.cancels()


def crash_on_and_on(s):
    """The limit is five starts within a minute: on a slow machine it takes more."""
    for _ in range(20):
        if s.show("ActiveState") != "failed":
            s.kill()
    s.wait("failed", "signal", "9")


def fail_to_start(s):
    s.configure(admin={"socket": "/run/nowhere/admin.sock"})
    s.kill()
    s.wait("failed", "exit-code", str(exits.LISTEN))


@pytest.mark.parametrize("end", [crash_on_and_on, fail_to_start])
def test_no_way_back_ends_in_a_farewell(service, end):
    s = service()
    before = s.bound()
    end(s)
    assert s.cseqs().keys() == before.keys()
    wait_until(lambda: s.cseqs() == {}, 60, lambda: s.machine.describe("an empty table"))
    s.wait("inactive", "success", "0", unit="regent-farewell")
    assert s.farewells() == (1, 1)


def test_a_farewell_gives_way_to_a_start(service):
    s = service()
    before = s.bound()
    crash_on_and_on(s)
    s.wait("activating", unit="regent-farewell")
    s.machine.run("systemctl", "reset-failed", "regent")
    s.machine.run("systemctl", "start", "regent")
    s.refreshed(before)
    s.wait("inactive", "success", "0", unit="regent-farewell")
    assert not s.cancels() and s.show("ActiveState") == "active"


def test_stop(service):
    s = service()
    s.bound()
    s.machine.run("systemctl", "stop", "regent")
    assert s.cseqs() == {}
    s.wait("inactive", "success", "0")
    assert s.show("NRestarts") == "0" and s.farewells() == (0, 0)


def test_a_stop_that_leaves_debts_is_no_failure(service):
    s = service(RG_STOP_DEADLINE=2)
    before = s.bound()
    set_link(s.machine, "down")
    s.machine.run("systemctl", "stop", "regent")
    s.wait("inactive", "success", str(exits.OWED))
    assert s.show("NRestarts") == "0" and s.farewells() == (0, 0)
    set_link(s.machine, "up")
    assert s.cseqs() == before
    s.machine.run("systemctl", "start", "regent")
    s.refreshed(before)


def test_reload(service):
    s = service()
    before, pid = s.bound(), s.show("MainPID")
    s.configure(log={"format": "json"})
    s.machine.run("systemctl", "reload", "regent")
    s.wait("active")
    assert s.show("MainPID") == pid and s.cseqs() == before
    s.machine.run("systemctl", "stop", "regent")
    s.wait("inactive", "success", "0")
    assert '{"' in s.machine.journal("--unit", "regent"), "it has read how to log"


@pytest.mark.parametrize("command", ["regentctl restart", "systemctl restart regent"])
def test_restart(service, command):
    s = service()
    before = s.bound()
    s.machine.run(*command.split())
    assert s.bound().keys() == before.keys()
    wait_until(lambda: len(s.cancels()) == N, 10, "the log lines of the cancels")
    assert s.show("ActiveState") == "active" and s.farewells() == (0, 0)
    assert s.show("NRestarts") == ("1" if command == "regentctl restart" else "0")


def test_restart_keep(service):
    s = service()
    before = s.bound()
    s.machine.run("regentctl", "restart", "--keep")
    s.refreshed(before)
    assert s.show("NRestarts") == "1" and s.farewells() == (0, 0)
    assert not s.cancels()


@pytest.mark.parametrize("verb", ["reboot", "poweroff"])
def test_shutdown_takes_back(service, verb):
    s = service()
    before = s.bound()
    s.machine.shut_down(verb)
    assert not link_is_up(s.machine), "the network was to go after regentd"
    assert s.cseqs() == {}
    # It is enabled: the next boot brings back the same.
    s.machine.boot()
    assert s.bound().keys() == before.keys()


def test_shutdown_while_the_farewell_watches(service):
    s = service()
    s.bound()
    crash_on_and_on(s)
    s.wait("activating", unit="regent-farewell")
    s.machine.shut_down("poweroff")
    assert s.cseqs() == {}


def test_shutdown_with_send_unregister_off(service):
    s = service(**{OFF: "Off"})
    before = s.bound()
    s.machine.shut_down("reboot")
    assert s.cseqs() == before
    s.machine.boot()
    s.refreshed(before)


def test_power_cut(service):
    s = service()
    before = s.bound()
    s.machine.cut()
    assert s.cseqs() == before
    s.machine.boot()
    s.refreshed(before)
    assert not s.cancels()
