# SPDX-License-Identifier: Apache-2.0
"""A machine under a real systemd, for the units as they are installed: boot, commands, reboot, power cut.

It is made of namespaces and of this machine's own root, which it reads through an
overlay: what it writes stays in its memory. Of this machine's services it has none.
Its network is a loopback of its own, which is there before it boots and outlives its
shutdown: what is started with `wrap` before it lives in there beside it.
"""

import os
import signal
import subprocess
import uuid

from .process import Process
from .wait import wait_until

SYSTEMD = "/usr/lib/systemd/systemd"
BOOT_S, SHUTDOWN_S = 60, 60
# Killed with us, also where it minds no SIGTERM: PID 1 of a machine does not.
KILLED_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]
# What would reach beyond it: modules, clock, kernel log, ports of the hardware.
LOST = "-sys_module,-sys_time,-syslog,-sys_rawio"

HOLD = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$1"
cd "$1"
mkdir -m 755 upper work root cgroup
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work machine root
mount -t cgroup2 machine cgroup
ip link set lo up
mkdir cgroup/"$2"
"""

# All of it goes with this process; only the cgroups have to be removed.
KEEP = """
sleep infinity &
trap 'kill $!' TERM
echo ready
wait || true
for i in $(seq 100); do
    find cgroup/"$2" -depth -type d -exec rmdir {} + 2>/dev/null && exit
    sleep 0.1
done
echo "cgroup $2 is not empty"
exit 1
"""

# A root as containers have it. Its pid, as we see it, is told when nothing of ours can be reached
# any more: before, a systemctl in there would find our systemd.
ENTER = """
read -r pid rest </proc/self/stat
mount --bind "$1"/root "$1"/root
cd "$1"/root
mount -t proc proc proc
for path in proc/sys proc/sysrq-trigger; do
    [ -e $path ] || continue
    mount --bind $path $path
    mount -o remount,bind,ro $path
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
while read -r name major minor; do
    mknod -m 666 dev/$name c $major $minor
done <<END
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
END
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
pivot_root . .
umount -l .
cd /
echo "pid $pid"
"""
START = f"""echo $$ >"$1"/cgroup/"$2"/cgroup.procs
exec unshare --cgroup --pid --mount --uts --ipc --fork --kill-child -- sh -ec '{ENTER}
shift
exec "$@"' sh "$1" setpriv --bounding-set {LOST} -- env -i container=e2e PATH=/usr/sbin:/usr/bin:/sbin:/bin"""

# The network of a machine as its shutdown sees it: it goes, and what comes later meets silence.
NETWORK = """[Unit]
Description=Network that goes away at shutdown
Wants=network.target
Before=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip link set lo up
ExecStop=ip link set lo down
"""
MASKED = ["dbus.service", "dbus.socket", "getty.target", "systemd-logind.service", "systemd-udevd.service",
          "systemd-udev-trigger.service", "systemd-modules-load.service", "modprobe@.service",
          "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-timesyncd.service"]


def impossible(folder):
    """Why there can be no such machine here; None where there can."""
    if os.geteuid() != 0:
        return "only root may make namespaces and mounts"
    if not os.path.exists(SYSTEMD):
        return f"there is no {SYSTEMD}"
    apart = [p for p in ("/usr", "/etc", "/var") if os.stat(p).st_dev != os.stat("/").st_dev]
    if apart:
        return f"{apart[0]} is not on the same file system as /"
    try:
        machine = Machine(folder)
        try:
            machine.try_out()
        finally:
            machine.close()
    except AssertionError as e:
        return f"may not make namespaces, mounts and cgroups: {str(e).splitlines()[-1].strip()}"
    return None


class Machine:
    """Made, not booted."""

    def __init__(self, folder):
        self.folder, self.place = str(folder), os.path.join(folder, "machine")
        self.boots = 0
        self._id, self._pid1, self._power = uuid.uuid4().hex, None, None
        self._cgroup = f"regent-e2e-{os.getpid()}-{self._id}"
        os.makedirs(self.place)
        self._holder = Process("holder", [
            "unshare", "--mount", "--net", "--", "sh", "-ec", HOLD + KEEP, "sh", self.place, self._cgroup], self.folder)
        try:
            wait_until(self._held, 20, lambda: self._holder.describe("to make a root"))
            self._furnish()
        except BaseException:
            self.close()
            raise

    def _held(self):
        assert self._holder.returncode() is None, self._holder.describe("ended while making a root")
        return "ready\n" in self._holder.log()

    def _furnish(self):
        """Nothing of our own services, mounts and disks; the network."""
        etc = self.path("/etc")
        subprocess.run(["rm", "-rf", f"{etc}/systemd/system", f"{etc}/init.d", f"{etc}/fstab", f"{etc}/crypttab",
                        f"{etc}/machine-id", *(f"{etc}/rc{n}.d" for n in "0123456S")], check=True)
        wants = f"{etc}/systemd/system/multi-user.target.wants"
        os.makedirs(wants)
        for unit in MASKED:
            os.symlink("/dev/null", f"{etc}/systemd/system/{unit}")
        self.write("/etc/machine-id", self._id + "\n")
        self.write("/etc/systemd/journald.conf.d/e2e.conf", "[Journal]\nStorage=persistent\n")
        self.write("/etc/systemd/system/the-network.service", NETWORK)
        os.symlink("../the-network.service", f"{wants}/the-network.service")

    @property
    def wrap(self):
        """What stands before a program that shall live in its network."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--"]

    def path(self, path):
        """A path of the machine, as we reach it."""
        return f"/proc/{self._holder.pid}/root{self.place}/root{path}"

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8") as f:
            f.write(text)

    def install(self, folder):
        """What lies in a folder, from its root on."""
        subprocess.run(["cp", "-a", f"{folder}/.", self.path("/")], check=True)

    def boot(self):
        """Returns when all that is to start has started."""
        self._switch_on(f"{SYSTEMD} --system --unit=multi-user.target")
        wait_until(self._said_its_pid, 20, lambda: self._power.describe("to make namespaces"))
        assert os.readlink(f"/proc/{self._pid1}/ns/pid") != os.readlink("/proc/self/ns/pid")
        wait_until(self._up, BOOT_S, lambda: self.describe("to have booted"))
        return self

    def try_out(self):
        """All that comes before the first program of a boot; raises where any of it may not be done."""
        self._switch_on("true")
        status = self._power.wait(20)
        assert status == 0, self._power.describe("ended")

    def _switch_on(self, init):
        """Starts `init` as PID 1. The root is named, for we may live in another than our mount namespace's."""
        self.boots += 1
        self._power = Process(f"boot{self.boots}", [
            *KILLED_WITH_US, "nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt",
            f"--root=/proc/{self._holder.pid}/root", f"--wd=/proc/{self._holder.pid}/root", *self.wrap[1:],
            "sh", "-ec", f"{START} {init}", "sh", self.place, self._cgroup], self.folder)

    def _said_its_pid(self):
        assert self._power.returncode() is None, self._power.describe("ended while booting")
        first, line, _ = self._power.log().partition("\n")
        self._pid1 = int(first.removeprefix("pid ")) if line else None
        return self._pid1

    def _up(self):
        assert self._power.returncode() is None, self.describe("to boot, and it went down")
        return self.run("systemctl", "is-system-running", "--wait", check=False)[1].strip() in ("running", "degraded")

    def run(self, *argv, check=True, stdin=None):
        """A command in the running machine, as root: (exit status, stdout, stderr)."""
        enter = ["nsenter", "--target", str(self._pid1), "--root", "--wd", "--mount", "--uts", "--ipc", "--net",
                 "--pid", "--cgroup", "--"]
        done = subprocess.run([*enter, *argv], input=stdin or "", capture_output=True, text=True, timeout=120,
                              check=False, env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"})
        if check:
            assert done.returncode == 0, self.describe(f"{argv}: exit {done.returncode}: {done.stderr}{done.stdout}")
        return done.returncode, done.stdout, done.stderr

    def show(self, unit, *properties):
        """The properties of a unit, in that order, as texts."""
        lines = self.run("systemctl", "show", unit, *(f"--property={p}" for p in properties))[1].splitlines()
        found = dict(line.split("=", 1) for line in lines)
        return [found[p] for p in properties]

    def sockets(self):
        """The UDP sockets in its network, as the kernel numbers them: {port: inode}."""
        with open(f"/proc/{self._holder.pid}/net/udp", encoding="ascii") as f:
            rows = [line.split() for line in f.readlines()[1:]]
        return {int(row[1].partition(":")[2], 16): row[9] for row in rows}

    def journal(self, *args):
        """What was logged, over all boots; also of a machine that is down."""
        done = subprocess.run(["journalctl", "--no-pager", "--quiet", "-o", "short-monotonic",
                               "-D", self.path(f"/var/log/journal/{self._id}"), *args],
                              capture_output=True, text=True, timeout=30, check=False)
        return done.stdout + done.stderr

    def shut_down(self, verb):
        """`systemctl poweroff` or `reboot`; returns when PID 1 is gone."""
        # How it is answered is not certain: the machine may go before the answer.
        self.run("systemctl", verb, check=False)
        status = self._power.wait(SHUTDOWN_S)
        # What the kernel makes of reboot(2) in a namespace: reboot_pid_ns().
        wanted = {"poweroff": signal.SIGINT, "reboot": signal.SIGHUP}[verb]
        assert status == -wanted, self.describe(f"{verb}, not exit {status}")
        self._pid1 = None

    def cut(self):
        """No power from one moment to the next."""
        if self._power and self._power.returncode() is None and self._pid1:
            os.kill(self._pid1, signal.SIGKILL)
            self._power.wait(SHUTDOWN_S)
        self._pid1 = None

    def describe(self, awaited):
        return f"{self._power.describe(awaited)}\n{self.journal('-n', '60')}"

    def close(self):
        try:
            self.cut()
            if self._power:
                self._power.end(signal.SIGKILL)
        finally:
            self._holder.end()
        assert self._holder.returncode() == 0, self._holder.describe("to remove what it made")
