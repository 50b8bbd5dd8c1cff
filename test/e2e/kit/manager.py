# SPDX-License-Identifier: Apache-2.0
"""A stand-in for systemd: what it does for regent.service, by what that unit says.

It listens to sd_notify, keeps the sockets it is given, and starts the program again,
or the unit of OnFailure=, by its exit status. It reads the unit file itself, so a
word that is missing there is missing here. What it knows: Type=notify, Restart=
on-failure, RestartPreventExitStatus=, RestartForceExitStatus=, SuccessExitStatus=,
StartLimitBurst=, OnFailure=, FileDescriptorStoreMax=.
"""

import array
import configparser
import os
import signal
import socket
import sys
import threading
import time

from .process import Process
from .regentd import SANITIZER_ENV
from .wait import wait_until

# Runs the program with the sockets where it looks for them (sd_listen_fds(3)).
GIVE = """
import os, sys
count = int(sys.argv[1])
for i in range(count):
    os.dup2(int(sys.argv[2 + i]), 200 + i)
    os.close(int(sys.argv[2 + i]))
for i in range(count):
    os.dup2(200 + i, 3 + i)
    os.close(200 + i)
if count:
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


class Unit:
    """A unit file: the last value of each key, as systemd has it."""

    def __init__(self, path):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str
        parser.read(path)
        self.values = {**parser["Unit"], **parser["Service"]}

    def get(self, key, default=""):
        return self.values.get(key, default)

    def statuses(self, key):
        return {int(s) for s in self.get(key).split()}


class Manager:
    """Runs `node` (a Regentd, for its files) as the unit says, from start() to close()."""

    def __init__(self, node, unit_path, farewell_path):
        self.node, self.unit, self.farewell_unit = node, Unit(unit_path), Unit(farewell_path)
        self.state = "inactive"  # activating, active, deactivating, failed
        self.store = []  # (name, fd)
        self.told = []  # every message
        self.starts = 0
        self.process = self.farewell = None
        self.exits = []
        self.broken = False  # the program cannot be started any more
        self._path = os.path.join(node.folder, "manager.sock")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._path)
        self._socket.settimeout(0.05)
        self._over = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._begin()
        self._thread.start()
        return self.wait("active")

    def wait(self, state, timeout=60):
        wait_until(lambda: self.state == state, timeout,
                   lambda: f"{state}, not {self.state}; exits {self.exits}; told {self.told}")
        return self

    def stop(self):
        self._stopping, self.state = True, "deactivating"
        self.process.kill(signal.SIGTERM)

    def reload(self):
        self.process.kill(signal.SIGHUP)

    def close(self):
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in (self.process, self.farewell):
            if process:
                process.end(signal.SIGKILL)
        self._empty_store()
        self._socket.close()

    def _begin(self):
        self.starts += 1
        self.state = "activating"
        argv = [self._program("ExecStart")[0] if not self.broken else "/bin/false"]
        argv += ["-c", self.node.config_path] + (["--apply", self.node.objects_path] if self.node.applies else [])
        fds = [str(fd) for _, fd in self.store]
        env = {**SANITIZER_ENV, "NOTIFY_SOCKET": self._path}
        if fds:
            env["LISTEN_FDNAMES"] = ":".join(name for name, _ in self.store)
        self.process = Process("regentd", [sys.executable, "-c", GIVE, str(len(fds)), *fds, *argv], self.node.folder,
                               env, pass_fds=[fd for _, fd in self.store])

    def _program(self, key, unit=None):
        words = (unit or self.unit).get(key).split()
        assert words[0].endswith("/regentd"), words
        return [os.path.join(self.node.build, "src/daemon/regentd"), *words[1:]]

    def _run(self):
        while not self._over.is_set():
            self._listen()
            if self.process and self.process.returncode() is not None and self.state != "inactive":
                self._ended(self.process.returncode())

    def _listen(self):
        try:
            data, ancillary, _, _ = self._socket.recvmsg(65536, socket.CMSG_LEN(64 * 4))
        except socket.timeout:
            return
        fds = array.array("i")
        for _, _, got in ancillary:
            fds.frombytes(got[:len(got) - len(got) % fds.itemsize])
        lines = dict(line.split("=", 1) for line in data.decode().splitlines())
        self.told.append(lines)
        if lines.get("READY") == "1":
            self.state = "active"
        if lines.get("STOPPING") == "1":
            self.state = "deactivating"
        if lines.get("FDSTORE") == "1":
            for fd in fds:
                self._keep(lines["FDNAME"], fd)
        if lines.get("FDSTOREREMOVE") == "1":
            for item in [i for i in self.store if i[0] == lines["FDNAME"]]:
                self.store.remove(item)
                os.close(item[1])

    def _keep(self, name, fd):
        """systemd keeps a socket once, however often it is given it."""
        same = [k for _, k in self.store if os.fstat(k).st_ino == os.fstat(fd).st_ino]
        if same or len(self.store) >= int(self.unit.get("FileDescriptorStoreMax", "0")):
            os.close(fd)
        else:
            self.store.append((name, fd))

    def _empty_store(self):
        for _, fd in self.store:
            os.close(fd)
        self.store = []

    def _ended(self, status):
        self.exits.append(status)
        is_good = status == 0 or status in self.unit.statuses("SuccessExitStatus")
        forced = status in self.unit.statuses("RestartForceExitStatus")
        wanted = forced or (not is_good and self.unit.get("Restart") == "on-failure")
        if status in self.unit.statuses("RestartPreventExitStatus") or self._stopping:
            wanted = False
        if wanted and self.starts < int(self.unit.get("StartLimitBurst")):
            time.sleep(float(self.unit.get("RestartSec")))
            self._begin()
            return
        self._empty_store()
        self.process = None
        if not is_good and self.unit.get("OnFailure") == "regent-farewell.service":
            argv = self._program("ExecStart", self.farewell_unit) + ["-c", self.node.config_path]
            self.farewell = Process("farewell", argv, self.node.folder, SANITIZER_ENV)
        # Last, for whoever sees it looks at the rest.
        self.state = "inactive" if is_good else "failed"
