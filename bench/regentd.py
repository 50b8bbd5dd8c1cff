# SPDX-License-Identifier: Apache-2.0
"""A regentd of a build beside bench/sink, which stands for its upstream.

The sink answers in batches with canned answers: it verifies no digest and
keeps nothing. regentd has one upstream address, pace and window opened,
ledger.db and regent.db in a temporary folder, and one line of log for each
registration that comes up and for each that is taken back, to a file.
"""

import contextlib
import ctypes
import http.client
import json
import mmap
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from method import on

PERSISTS = ("ledger.db and regent.db on the disk of the temporary folder (synchronous=FULL); log at level info "
            "as text to a file: a line for each registration that comes up and for each that is taken back")

PAGE = os.sysconf("SC_PAGESIZE")
STEP_S = 0.005
BUCKET_US = 50
TICK = os.sysconf("SC_CLK_TCK")
LONGEST_S = 900


class Counters(ctypes.Structure):
    """struct counters of bench/sink.c."""

    _fields_ = [(name, ctypes.c_uint64) for name in
                ("requests", "challenges", "grants", "cancels", "ping_wanted", "pings", "pongs")]
    _fields_.append(("delays", ctypes.c_uint64 * 20000))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sink:
    def __init__(self, build, folder, port, target):
        path = folder / "counters"
        self.process = subprocess.Popen([build / "bench/sink", f"127.0.0.1:{port}", path, target],
                                        stdout=subprocess.PIPE)
        self.process.stdout.readline()
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), ctypes.sizeof(Counters))
        self.now = Counters.from_buffer(self.map)

    def close(self):
        self.process.kill()
        self.process.wait()


class Regentd:
    def __init__(self, build, folder, port):
        self.folder, self.build = folder, build
        self.objects = folder / "objects.yaml"
        (folder / "regent.yaml").write_text(
            f"node: bench\nlisten: [udp:127.0.0.1:{port}]\nstate: state\n"
            f"admin: {{socket: admin.sock}}\nlog: {{level: info, format: text}}\n")
        self.log = open(folder / "log", "wb")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))

    def start(self, *more):
        """With --apply and its objects file, or bare: what the database has."""
        self.process = subprocess.Popen(
            [self.build / "src/daemon/regentd", "-c", self.folder / "regent.yaml", *more],
            stdout=subprocess.DEVNULL, stderr=self.log,
            env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")})

    def wait_notice(self, word, timeout):
        self.notify.settimeout(timeout)
        while word not in self.notify.recv(4096).decode().splitlines():
            pass

    def threads(self):
        """{name: CPU seconds} of its threads, to the nanosecond; those that have ended count no more."""
        found = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            name = (task / "comm").read_text().strip()
            found[name] = found.get(name, 0) + int((task / "schedstat").read_text().split()[0]) / 1e9
        return found

    def cpu_ever_s(self):
        """User and system, of threads that have ended as well; in steps of 10 ms."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as f:
            return int(f.read().split()[1]) * PAGE

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()
        self.notify.close()


def write_objects(path, count, sink_port, expire_s, more=""):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"parameters: {{RG_UPSTREAM_RATE: 0, RG_UPSTREAM_WINDOW: 0, RG_STOP_DEADLINE: 3600,"
                f" SS_SIP_USER_AGENT_EXPIRE: {expire_s}}}\nregistrations:\n")
        for i in range(count):
            f.write(f'  - {{name: trunk-{i:07}, username: "4930{i:08}", password: p4ssw0rd{i:08},'
                    f' {more}host: sip.example.net, proxy: "sip:127.0.0.1:{sink_port}"}}\n')


class Api(http.client.HTTPConnection):
    """The admin API over its socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=LONGEST_S)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def percentile(delays, share):
    left = sum(delays) * share
    for bucket, n in enumerate(delays):
        left -= n
        if left <= 0:
            return (bucket + 1) * BUCKET_US / 1000
    return float("nan")


class Bed:
    """One regentd on the server's processors, its sink on the others, in a folder that goes at the end."""

    def __init__(self, build, args, state=None):
        self.args = args
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="regent-bench-"))
        self.sink_port, port = free_port(), free_port()
        with on(args.load):
            self.sink = Sink(build, self.folder, self.sink_port, f"127.0.0.1:{port}")
        self.node = Regentd(build, self.folder, port)
        if state:
            shutil.copytree(state, self.folder / "state")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.close()
        self.sink.close()
        shutil.rmtree(self.folder)

    def write(self, count, more=""):
        # Long enough that nothing is refreshed before all are up; refreshes spread over a tenth of it.
        write_objects(self.node.objects, count, self.sink_port, max(30, count // 12000 + 20), more)

    def start(self):
        with on(self.args.server):
            self.node.start("--apply", self.node.objects)

    def start_bare(self):
        with on(self.args.server):
            self.node.start()

    def until(self, is_so, what, may_end=False):
        end = time.monotonic() + LONGEST_S
        while not is_so(self.sink.now):
            if self.node.process.poll() is not None:
                if may_end:
                    return
                sys.exit(f"regentd ended ({self.node.process.returncode}) before {what}: {self.folder}/log")
            if time.monotonic() > end:
                sys.exit(f"after {LONGEST_S} s still waiting for: {what}")
            time.sleep(STEP_S)

    def until_status(self):
        while True:
            try:
                api = Api(self.folder / "admin.sock")
                api.request("GET", "/api/v1/status")
                if api.getresponse().status == 200:
                    return
            except OSError:
                if self.node.process.poll() is not None:
                    sys.exit(f"regentd ended: {self.folder}/log")
            time.sleep(0.002)

    def apply(self, path):
        api = Api(self.folder / "admin.sock")
        with open(path, "rb") as objects:
            api.request("POST", "/api/v1/apply", objects)
        response = api.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"apply: {response.status} {json.loads(answer)}")
        api.close()

    @contextlib.contextmanager
    def pinged(self, figures):
        """OPTIONS each millisecond meanwhile, and the delays of their answers among the figures."""
        now = self.sink.now
        before = list(now.delays)
        now.ping_wanted = 1
        yield
        now.ping_wanted = 0
        time.sleep(1)
        delays = [n - m for n, m in zip(now.delays, before)]
        for share in (50, 99):
            figures[f"OPTIONS p{share} ms"] = percentile(delays, share / 100)


class Life:
    """So many registrations that come up, are refreshed and taken back; each step gives its figures."""

    def __init__(self, bed, count):
        self.bed, self.count = bed, count
        bed.write(count)
        bed.start()
        # The objects are in the core, and nothing has been asked for yet.
        bed.node.wait_notice("READY=1", LONGEST_S)

    def _step(self, name, is_done, what, begin=None):
        node, sink = self.bed.node, self.bed.sink.now
        begun, threads, requests = time.monotonic(), node.threads(), sink.requests
        if begin:
            begin()
        self.bed.until(is_done, what, may_end=begin)
        if node.process.poll() is not None:
            sys.exit(f"regentd ended ({node.process.returncode}) before it was seen that all were cancelled: "
                     "too few registrations, or not all were up when the stop began")
        cpu = {thread: (s - threads.get(thread, 0)) * 1e6 / self.count for thread, s in node.threads().items()}
        return {f"{name} wall s": time.monotonic() - begun, f"{name} us": sum(cpu.values()),
                f"{name} us, ledger": cpu.get("ledger", 0), f"{name} requests": (sink.requests - requests) / self.count}

    def register(self):
        return self._step("register", lambda c: c.grants >= self.count, "all to be registered")

    def refresh(self):
        self.bed.until(lambda c: c.grants > self.count, "the first refresh")
        return self._step("refresh", lambda c: c.grants >= 2 * self.count, "all to be refreshed")

    def cancel(self):
        """The sink counts an answer to a repetition as well: some may not have been up yet."""
        return self._step("cancel", lambda c: c.cancels >= self.count, "all to be cancelled",
                          self.bed.node.process.terminate)
