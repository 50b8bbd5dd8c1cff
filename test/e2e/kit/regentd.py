# SPDX-License-Identifier: Apache-2.0
"""regentd under test: its files, its process, and what it says of itself.

Knows the contract of docs/interface.md and nothing of the program's inside.
One Regentd is one node: a folder with regent.yaml, objects.yaml and the state,
which outlives restarts of the process.
"""

import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass

import yaml

from . import exits
from .notify import NotifySocket
from .ports import free_port
from .process import Process
from .wait import wait_until

START_S = 30
STOP_S = 90
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer")
ERROR_LINE = re.compile(r"\S+Z? error:? |regentd: ")
SANITIZER_ENV = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}
CLEAN_EXIT, OWING_EXIT = exits.OK, exits.OWED


@dataclass
class Stop:
    """How a stop ended: exit status and STATE/last-stop.json."""

    exit: int
    report: dict

    def outcomes(self):
        return {row["name"]: row["outcome"] for row in self.report["registrations"]}


def registration(name, username, proxy, password="secret", host="sw.example", **more):
    """One registration object as an operator writes it."""
    return {"name": name, "username": username, "password": password, "host": host, "proxy": proxy, **more}


class Regentd:
    """`build` is a build folder, `config` adds to regent.yaml.

    `objects` is what --apply gets: a structure, or YAML text as an operator writes it.
    `wrap` stands before the program on its command line.
    """

    def __init__(self, folder, build, objects=None, config=None, wrap=(), env=None):
        self.folder, self.build, self.wrap, self.env = str(folder), str(build), list(wrap), env or {}
        self.port = free_port()
        self.state = os.path.join(self.folder, "state")
        self.socket = os.path.join(self.folder, "admin.sock")
        self.config_path = os.path.join(self.folder, "regent.yaml")
        self.objects_path = os.path.join(self.folder, "objects.yaml")
        self.process = None
        self.notify = None
        self._processes = []
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        self.write_config(config or {})
        self.write_objects(objects)

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def write_config(self, more):
        config = {"node": "e2e", "listen": [f"udp:127.0.0.1:{self.port}"], "state": self.state,
                  "admin": {"socket": self.socket}, "log": {"level": "debug"}}
        config.update(more)
        _write_yaml(self.config_path, config)

    def write_objects(self, objects):
        """What the next start applies; None: it is started without --apply."""
        self.applies = objects is not None
        if self.applies:
            _write_yaml(self.objects_path, objects)

    def launch(self):
        """Starts the program without waiting for it."""
        if self.notify:
            self.notify.close()
        self.notify = NotifySocket(os.path.join(self.folder, "notify.sock"))
        argv = self.wrap + [os.path.join(self.build, "src/daemon/regentd"), "-c", self.config_path]
        if self.applies:
            argv += ["--apply", self.objects_path]
        self.process = Process("regentd", argv, self.folder,
                               {**SANITIZER_ENV, "NOTIFY_SOCKET": self.notify.path, **self.env})
        self._processes.append(self.process)
        return self

    def farewell(self, *args):
        """Starts `regentd farewell`; gives its Process."""
        return self._run("farewell", *args)

    def anew(self):
        """Starts `regentd anew`; gives its Process."""
        return self._run("anew")

    def _run(self, verb, *args):
        argv = self.wrap + [os.path.join(self.build, "src/daemon/regentd"), verb, "-c", self.config_path, *args]
        process = Process(verb, argv, self.folder, {**SANITIZER_ENV, **self.env})
        self._processes.append(process)
        return process

    def start(self):
        """Starts the program; returns when it has said READY=1."""
        self.launch()
        wait_until(self._ready, START_S, lambda: self.process.describe("to say READY"))
        return self

    def _ready(self):
        assert self.process.returncode() is None, self.process.describe("ended while starting")
        return self.notify.ready()

    def ctl(self, *args, check=True):
        """Runs regentctl; gives (exit status, stdout, stderr)."""
        done = subprocess.run([os.path.join(self.build, "src/ctl/regentctl"), "--socket", self.socket, *args],
                              capture_output=True, text=True, timeout=30, check=False,
                              env={**os.environ, **SANITIZER_ENV})
        if check:
            assert done.returncode == 0, f"regentctl {args}: exit {done.returncode}: {done.stderr}"
        return done.returncode, done.stdout, done.stderr

    def registrations(self):
        """{name: row} of `regentctl --json registration list`."""
        page = json.loads(self.ctl("--json", "registration", "list")[1])
        assert page["next"] is None, "regentctl gave one page of several"
        return {row["name"]: row for row in page["items"]}

    def debts(self):
        """The rows of `regentctl --json registration list --debts`."""
        return json.loads(self.ctl("--json", "registration", "list", "--debts")[1])["items"]

    def status(self):
        """What `regentctl --json status` gives."""
        return json.loads(self.ctl("--json", "status")[1])

    def wait_state(self, state, names=None, timeout=30):
        """Waits until the named registrations (all, without names) are in that state; gives the rows."""
        seen = {}

        def reached():
            seen.clear()
            seen.update(self.registrations())
            return seen and all(seen[n]["state"] == state for n in (names or seen))

        def awaited():
            others = {n: (r["state"], r["last_status"], r["last_reason"])
                      for n, r in seen.items() if r["state"] != state}
            return f"state {state}; not there: {others}\n" + self.process.describe("")

        wait_until(reached, timeout, awaited)
        return dict(seen)

    def stop(self, timeout=STOP_S):
        """SIGTERM, and how it ended."""
        self.process.kill(signal.SIGTERM)
        return self.ended(timeout)

    def ended(self, timeout=STOP_S):
        return Stop(self.process.wait(timeout), self.last_stop())

    def last_stop(self):
        """The report of the last stop; None where none could be written."""
        path = os.path.join(self.state, "last-stop.json")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as f:
            return json.load(f)

    def kill9(self):
        self.process.kill(signal.SIGKILL)
        self.process.wait(10)

    def log(self):
        """All it has written to stderr, over every start."""
        return "".join(p.log() for p in self._processes)

    def refused(self, timeout=START_S):
        """Starts the program, which has to end by itself; gives (exit status, its error lines)."""
        self.launch()
        status = self.process.wait(timeout)
        assert not self.notify.ready(), self.process.describe("said READY and ended")
        return status, [line for line in self.process.log().splitlines() if ERROR_LINE.match(line)]

    def close(self):
        """For teardown: ends the process without a farewell and looks for sanitizer reports."""
        for process in self._processes:
            process.end(signal.SIGKILL)
        if self.notify:
            self.notify.close()
        assert not SANITIZER.search(self.log()), self.log()


def _write_yaml(path, value):
    with open(path, "w", encoding="utf-8") as f:
        f.write(value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False))
