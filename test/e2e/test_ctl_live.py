# SPDX-License-Identifier: Apache-2.0
"""regentctl at a living regentd: what an operator types, what is said, and what goes over the wire."""

import json
import os
import re
import signal
import subprocess

import pytest
import yaml
from kit import sip
from kit.ports import free_port
from kit.regentd import SANITIZER_ENV, registration
from kit.scripts import refusing, silent
from kit.terminal import CTRL_C, Terminal
from kit.uas import challenge, granted
from kit.wait import wait_until

DONE, REFUSED, USAGE, UNSETTLED, NO_DAEMON = range(5)


def obliging(password="secret"):
    """Challenges who comes without credentials, and grants whatever is asked."""
    def script():
        request = yield
        while True:
            if request.auth("authorization"):
                sip.verify(request, password)
                request = yield granted(request)
            else:
                request = yield challenge(request)
    return script


class Running:
    """regentctl under way, its output in a file."""

    def __init__(self, node, *args):
        self.path = os.path.join(node.folder, "ctl.out")
        with open(self.path, "w", encoding="utf-8") as out:
            # pylint: disable-next=consider-using-with; close() waits for it
            self.process = subprocess.Popen(
                [os.path.join(node.build, "src/ctl/regentctl"), "--socket", node.socket, *args],
                stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **SANITIZER_ENV})

    def text(self):
        with open(self.path, encoding="utf-8") as out:
            return out.read()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def locked():
    """Lets nobody in, and says so at every try."""
    request = yield
    while True:
        request = yield challenge(request, nonce=os.urandom(4).hex())


@pytest.fixture
def terminal(ending):
    """terminal(node, args) runs regentctl on a terminal of its own."""
    def make(node, *args, columns=100):
        argv = [os.path.join(node.build, "src/ctl/regentctl"), "--socket", node.socket, *args]
        return ending(Terminal(argv, node.folder, columns=columns))
    return make


def cancels(peer):
    return [r for r, _ in peer.requests if r.method == "REGISTER" and r.expires == 0]


def test_add_asks_for_the_password_and_follows(uas, regentd, terminal):
    peer = uas(obliging("only the two of us"))
    node = regentd().start()
    shown = terminal(node, "registration", "add", "a", "username=1001", "host=sw.example", f"proxy={peer.uri}")
    shown.await_text("password of a: ", 10)
    shown.press(b"only the two of us\n")
    assert shown.ended(20) == DONE, shown.text
    assert "only the two" not in shown.text
    assert re.search(r"a: added\r\n.*registered for \d+m\d\ds at 127\.0\.0\.1:%d; refresh in " % peer.port,
                     shown.text, re.S), shown.text
    peer.check()
    shown = terminal(node, "registration", "set", "a", "password=-")
    shown.await_text("password of a: ", 10)
    shown.press(b"only the two of us\n")
    assert shown.ended(20) == DONE and "a: unchanged; nothing is sent" in shown.text
    status, _, errors = node.ctl("registration", "add", "a", "username=1", "host=b", "password=", check=False)
    assert status == REFUSED and "registration set a" in errors
    for args in ["show", "list"], ["show", "list", "--json"]:
        for verb in args[:2]:
            out = node.ctl("registration", verb, *(["a"] if verb == "show" else []), *args[2:])[1]
            assert "only the two" not in out
    config = json.loads(node.ctl("--json", "registration", "show", "a")[1])["config"]
    assert config["password"] == "set" and config["username"] == "1001"


def test_a_password_question_can_be_left(regentd, terminal):
    node = regentd().start()
    shown = terminal(node, "registration", "add", "a", "username=1001", "host=sw.example")
    shown.await_text("password of a: ", 10)
    shown.press(CTRL_C)
    assert shown.ended(10) == -signal.SIGINT
    assert node.registrations() == {}


@pytest.mark.parametrize("script, words", [
    (locked, "What to do: set the password again"),
    (refusing(403, "Forbidden"), "What to do: check username and host; ask the carrier"),
])
def test_one_that_does_not_come_up_says_what_to_do(uas, regentd, script, words):
    peer = uas(script)
    node = regentd().start()
    secret = os.path.join(node.folder, "secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("secret\nnot this\n")
    status, _, errors = node.ctl("registration", "add", "a", "username=1001", "host=sw.example", "--wait",
                                 f"proxy={peer.uri}", f"password_file={secret}", check=False)
    assert status == UNSETTLED and "a: added" in errors and words in errors, errors
    assert "What to do" in node.ctl("registration", "show", "a")[1]


def test_a_life_in_commands(uas, regentd):
    peer = uas(obliging())
    node = regentd().start()

    def ctl(*args):
        status, _, errors = node.ctl(*args)
        assert status == DONE
        return errors

    ctl("registration", "add", "a", "username=1001", "host=sw.example", f"proxy={peer.uri}", "password=secret",
        "--wait")
    asked = len(peer.requests)
    assert "a: unchanged" in ctl("registration", "set", "a", "username=1001")
    assert "a: changed: line_limit" in ctl("registration", "set", "a", "line_limit=3")
    assert "a: is refreshed now" in ctl("registration", "refresh", "a")
    wait_until(lambda: len(peer.requests) > asked, 10, "a refresh")
    assert "a: disabled" in ctl("registration", "disable", "a")
    node.wait_state("disabled")
    wait_until(lambda: len(cancels(peer)) == 1, 10, "a cancel")
    ctl("registration", "enable", "a")
    node.wait_state("registered")
    assert "current" in node.ctl("registration", "ghosts", "a")[1]
    ctl("registration", "cancel", "a")
    wait_until(lambda: len(cancels(peer)) == 2, 10, "a cancel")
    assert "removed" in ctl("registration", "remove", "a")
    assert node.registrations() == {}
    peer.check()
    status, _, errors = node.ctl("registration", "remove", "a", "b", check=False)
    assert status == REFUSED and "'a'" in errors and "'b'" in errors


def test_over_tcp_with_a_token(regentd):
    port = free_port()
    node = regentd(config={"admin": {"socket": "admin.sock", "listen": f"127.0.0.1:{port}"}})
    node.start()
    ctl = [os.path.join(node.build, "src/ctl/regentctl"), "--url", f"http://127.0.0.1:{port}"]
    token = os.path.join(node.state, "admin-token")

    def run(*args, **env):
        done = subprocess.run([*ctl, *args], capture_output=True, text=True, check=False, timeout=30,
                              env={**os.environ, **SANITIZER_ENV, **env})
        return done.returncode, done.stdout + done.stderr

    status, said = run("status")
    assert status == REFUSED and "wants a token" in said and "--token-file" in said
    status, said = run("status", REGENT_TOKEN="x")
    assert status == REFUSED and "the API refuses this token" in said
    with open(token, encoding="utf-8") as file:
        assert run("status", REGENT_TOKEN=file.read().strip())[0] == DONE
    assert run("param", "set", "RG_STOP_DEADLINE", "7", "--token-file", token)[0] == DONE
    status, said = run("stop", "--token-file", token)
    assert status == DONE and "0 clean" in said


def test_debts_are_listed(uas, regentd):
    """What is removed while upstream refuses to let go stays in sight."""
    def clinging():
        request = yield
        while True:
            request = yield (granted(request) if request.expires else sip.reply(request, 403, "Forbidden"))

    peer = uas(clinging)
    node = regentd({"registrations": [registration("a", "1001", peer.uri)]}).start()
    node.wait_state("registered")
    status, out, errors = node.ctl("registration", "list", "--debts")
    assert (status, out) == (DONE, "") and "no debts" in errors
    node.ctl("registration", "remove", "a")
    wait_until(lambda: "403 Forbidden" in node.ctl("registration", "list", "--debts")[1], 10,
               lambda: node.ctl("registration", "list", "--debts")[1])
    heading, line = node.ctl("registration", "list", "--debts")[1].splitlines()
    assert "CONTACT" in heading and "refused" in line and "@127.0.0.1" in line
    assert len(json.loads(node.ctl("registration", "list", "--debts", "--json")[1])["items"]) == 1


def test_parameters(regentd):
    node = regentd().start()
    name = "SS_SIP_USER_AGENT_EXPIRE"
    assert f"{name} is 300" in node.ctl("param", "set", name, "300")[2]
    assert "300 s *" in node.ctl("param", "list")[1]
    assert "20–7200 s" in node.ctl("param", "get", name)[1]
    assert f"{name} is Auto" in node.ctl("param", "reset", name)[2]
    assert "300" not in node.ctl("param", "get", name)[1]
    for args, words in [(("set", name, "10"), "20–7200 s"), (("set", name, "soon"), "20–7200 s"),
                        (("get", "SS_SIP_USER_AGENT_EXPIR"), f"did you mean {name}?"),
                        (("set", "SS_QOS_RTP", "1"), "not in this version"),
                        (("reset", "NONSENSE"), "there is no parameter 'NONSENSE'")]:
        status, out, errors = node.ctl("param", *args, check=False)
        assert (status, out) == (REFUSED, "") and words in errors, (args, errors)


def test_apply_and_export(uas, regentd, terminal):
    peer = uas(obliging())
    node = regentd().start()
    path = os.path.join(node.folder, "trunks.yaml")

    def write(names, **more):
        with open(path, "w", encoding="utf-8") as file:
            yaml.safe_dump({"parameters": {"SS_SIP_USER_AGENT_EXPIRE": 300}, "registrations": [
                registration(n, f"u-{n}", peer.uri, **more) for n in names]}, file)

    write("abc")
    _, out, _ = node.ctl("apply", "--dry-run", path)
    assert "without --dry-run: 4 added" in out or "without --dry-run: 3 added" in out
    assert node.registrations() == {}
    node.ctl("apply", path)
    node.wait_state("registered", "abc")
    _, exported, _ = node.ctl("export")
    assert "secret" not in exported and exported.count("!sealed") == 3
    asked = len(peer.requests)
    with open(path, "w", encoding="utf-8") as file:
        file.write(exported)
    outcome = json.loads(node.ctl("apply", path, "--json")[1])
    assert [outcome[k] for k in ("added", "changed", "removed")] == [0, 0, 0]
    assert len(peer.requests) == asked, "an apply that changes nothing sends nothing"

    write("ab", line_limit=2)
    shown = terminal(node, "apply", "--prune", path)
    shown.await_text("1 object not in the file will be removed", 10)
    shown.press(b"n\n")
    assert shown.ended(10) == REFUSED and "nothing was changed" in shown.text
    assert len(node.registrations()) == 3
    _, out, errors = node.ctl("apply", "--prune", "-y", path)
    assert "2 changed, 1 removed" in out
    assert "1 object not in the file will be removed" in errors
    wait_until(lambda: len(cancels(peer)) == 1, 10, "a cancel")
    assert set(node.registrations()) == {"a", "b"}

    with open(path, "w", encoding="utf-8") as file:
        file.write("registrations:\n  - {name: x, usrname: y}\n")
    status, _, errors = node.ctl("apply", path, check=False)
    assert status == REFUSED and f"{path}:2:15: " in errors and "did you mean username?" in errors
    assert "nothing was changed" in errors


@pytest.mark.parametrize("given", ["as a file", "as standard input"])
def test_prune_without_a_terminal_needs_a_yes(uas, regentd, ending, given):
    """Where nobody can be asked, nothing is removed by a file that lacks a line."""
    peer = uas(obliging())
    lines = [registration(n, f"u-{n}", peer.uri) for n in "abc"]
    node = regentd({"registrations": lines}).start()
    node.wait_state("registered")
    path = os.path.join(node.folder, "trunks.yaml")
    regentctl = f"{os.path.join(node.build, 'src/ctl/regentctl')} --socket {node.socket}"

    def prune(names, *options):
        """Exit status, and what is shown: on a terminal whose keys nobody reads."""
        with open(path, "w", encoding="utf-8") as file:
            yaml.safe_dump({"registrations": [line for line in lines if line["name"] in names]}, file)
        argument, stdin = (path, "/dev/null") if given == "as a file" else ("-", path)
        command = f"{regentctl} apply --prune {' '.join(options)} {argument} <{stdin}"
        shown = ending(Terminal(["sh", "-c", command], node.folder))
        return shown.ended(20), shown.text

    status, text = prune("a")
    assert status == USAGE and "2 objects not in the file will be removed" in text
    assert "nothing was changed: " in text and "-y" in text
    assert set(node.registrations()) == set("abc") and not cancels(peer)
    status, text = prune("abc")
    assert status == DONE and "0 removed" in text, "there is nothing to agree to"
    status, text = prune("a", "-y", "--dry-run")
    assert status == DONE and "nothing is changed; without --dry-run: 0 added, 0 changed, 2 removed" in text
    status, text = prune("a", "-y")
    assert status == DONE and "2 objects not in the file will be removed" in text and "2 removed" in text
    assert text.index("will be removed") < text.index("2 removed")
    wait_until(lambda: len(cancels(peer)) == 2, 10, "two cancels")
    assert set(node.registrations()) == {"a"}


@pytest.mark.parametrize("managed", [True, False])
def test_restart_and_node(uas, regentd, ending, managed):
    """Under a service manager that one starts it again, else regentd itself does."""
    peer = uas(obliging())
    node = regentd({"registrations": [registration("a", "1001", peer.uri)]},
                   wrap=() if managed else ("env", "-u", "NOTIFY_SOCKET"))
    if managed:
        node.start()
    else:
        node.launch()
        wait_until(lambda: node.ctl("status", check=False)[0] == DONE, 10, node.log)
    node.wait_state("registered")
    before = json.loads(node.ctl("--json", "node")[1])
    restart = ending(Running(node, "restart"))
    if managed:
        assert node.process.wait(20) not in (DONE, UNSETTLED)
        node.start()
    assert restart.process.wait(20) == DONE
    assert "1 clean" in restart.text() and "regentd is back" in restart.text()
    after = json.loads(node.ctl("--json", "node")[1])
    assert after["id"] == before["id"] and after["boot"] == before["boot"] + 1
    node.wait_state("registered")
    assert len(cancels(peer)) == 1


@pytest.mark.parametrize("managed", [True, False])
def test_restart_keeps_every_binding(uas, regentd, ending, managed):
    peer = uas(obliging())
    lines = [registration(f"line-{i}", str(1001 + i), peer.uri) for i in range(3)]
    node = regentd({"registrations": lines}, wrap=() if managed else ("env", "-u", "NOTIFY_SOCKET"))
    node.launch()
    wait_until(lambda: node.ctl("status", check=False)[0] == DONE, 10, node.log)
    before = node.wait_state("registered")
    boot, first = json.loads(node.ctl("--json", "node")[1])["boot"], len(peer.requests)
    restart = ending(Running(node, "restart", "--keep"))
    if managed:
        assert node.process.wait(20) not in (DONE, UNSETTLED)
        node.start()
    assert restart.process.wait(20) == DONE
    assert "3 kept" in restart.text() and "regentd is back" in restart.text()
    assert json.loads(node.ctl("--json", "node")[1])["boot"] == boot + 1
    assert {row["outcome"] for row in node.last_stop()["registrations"]} == {"kept"}
    after = node.wait_state("registered")
    for name, row in before.items():
        assert after[name]["contact"] == row["contact"] and after[name]["call_id"] == row["call_id"]
        assert after[name]["cseq"] > row["cseq"]
    assert len(peer.requests) > first
    assert cancels(peer) == [], "nothing is taken back"
    assert len({uri for r, _ in peer.requests for uri, _ in r.contacts}) == 3, "no second Contact"
    assert node.stop().exit == DONE
    assert len({r.call_id for r in cancels(peer)}) == 3


def test_trace_draws_a_ladder_until_interrupted(uas, regentd, ending):
    peer = uas(obliging())
    node = regentd({"registrations": [registration("a", "1001", peer.uri, enabled=False)]}).start()
    trace = ending(Running(node, "trace", "a", "--full"))
    wait_until(lambda: "* disabled" in trace.text(), 10, trace.text)
    node.write_objects({"registrations": [registration("a", "1001", peer.uri)]})
    node.process.kill(signal.SIGHUP)
    wait_until(lambda: "* registered" in trace.text(), 20, trace.text)
    assert trace.interrupt() == DONE
    text = trace.text()
    assert re.search(r"us 127\.0\.0\.1:%d +127\.0\.0\.1:%d\n" % (node.port, peer.port), text)
    arrows = re.findall(r"^\d\d:\d\d:\d\d\.\d{3}  (\|.*\|)  CSeq \d+", text, re.M)
    assert [re.sub("-+", "-", arrow) for arrow in arrows] == [
        "|- REGISTER ->|", "|<- 401 Unauthorized -|", "|- REGISTER ->|", "|<- 200 OK -|"]
    assert "  REGISTER sip:sw.example SIP/2.0\n" in text and "response=***" in text
    status, _, errors = node.ctl("trace", "b", check=False)
    assert status == REFUSED and "there is no registration 'b'" in errors


def test_what_no_answer_has_confirmed_shows_as_maybe(uas, regentd):
    peer = uas(silent)
    node = regentd({"registrations": [registration("a", "1001", peer.uri)]}).start()
    wait_until(lambda: "maybe" in node.ctl("registration", "list")[1], 10,
               lambda: node.ctl("registration", "list")[1])
    assert peer.uri.removeprefix("sip:") in node.ctl("registration", "list")[1]
