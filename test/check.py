#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What ./check runs once its packages are there: builds, tests, and the count.

One line per step; the details of a step are printed only where it failed, and
kept in build/logs/ in any case.
"""
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
PYTHON = "/usr/bin/python3"
MESON = "/usr/bin/meson"
C_FOLDERS = ["src", "sim", "practice", "bench", "test"]

# Kind of build: what a step calls it, compiler, options.
SETUP = {
    "gcc": ("gcc", "gcc", []),
    "san": ("clang, sanitized", "clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "tsan": ("clang, threads sanitized", "clang", ["-Db_sanitize=thread", "-Db_lundef=false"]),
    "release": ("gcc, as ./run does", "gcc", ["--buildtype=release", "-Db_lto=true", "-Dtests=false"]),
    "fuzz": ("clang, for fuzzing", "clang", ["-Dfuzz=true", "-Db_lundef=false"]),
}
# The unit tests that have more than one thread: what the third build is for.
THREADED = ("thread/", "store/ledger", "edit/", "admin/", "daemon/wiring")
# What a test writes stays in build/; a race or a leak ends it.
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "PYTHONPYCACHEPREFIX": str(BUILD / "pycache"),
    "REGENT_BUILD": str(BUILD / "gcc"),
    "REGENT_BUILD_SAN": str(BUILD / "san"),
    "REGENT_BUILD_RELEASE": str(BUILD / "release"),
}
# End to end it is mostly waiting for timers, so there may be more at once than processors.
E2E_AT_ONCE = 3 * (os.cpu_count() or 2)


class Count:
    """What was seen so far."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.may_skip = {}
        for line in (ROOT / "test" / "may_skip").read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.partition(": ")
                self.may_skip[name] = reason

    def add(self, results):
        """Counts (name, result) pairs and gives the names that failed."""
        failed = []
        for name, result in results:
            if result == "skipped" and os.environ.get("CI") == "true" \
                    and not any(fnmatch.fnmatchcase(name, p) for p in self.may_skip):
                failed.append(f"{name} (skipped, and not in test/may_skip)")
            elif result == "skipped":
                self.skipped += 1
            elif result == "passed":
                self.passed += 1
            else:
                failed.append(name)
        self.failed += len(failed)
        return failed

    def line(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


class Step:
    """The one line of a step: its name at once, its outcome when that is known."""

    def __init__(self, name, begun=None):
        self.begun = begun or time.monotonic()
        print(f"{name} ".ljust(44, ".") + " ", end="", flush=True)

    def end(self, outcome, details=""):
        print(f"{outcome} ({time.monotonic() - self.begun:.0f} s)", flush=True)
        if details:
            print("    " + details.strip().replace("\n", "\n    "), flush=True)


def without_shadow(text):
    """A sanitizer's report without its map of memory, which would push out the stacks."""
    return re.sub(r"Shadow bytes around the buggy address:.*?(?===\d+==|\Z)", "", text, flags=re.S)


class Running:
    """A command under way, its output in build/logs/."""

    def __init__(self, log_name, command, **env):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.path = LOGS / f"{log_name}.log"
        with open(self.path, "w", encoding="utf-8") as log:
            # pylint: disable-next=consider-using-with; end() waits for it
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                                            env={**os.environ, **ENVIRONMENT, **env},
                                            stderr=subprocess.STDOUT)

    def end(self):
        """Waits; gives the exit status and the output."""
        try:
            status = self.process.wait()
        except BaseException:
            self.process.terminate()
            self.process.wait()
            raise
        return status, self.path.read_text(encoding="utf-8", errors="replace")


def run(log_name, command, **env):
    return Running(log_name, command, **env).end()


def tail(text, lines=60):
    return "\n".join(text.splitlines()[-lines:])


def setup(kind):
    """Configures where that is needed; gives (exit status, output)."""
    _, compiler, options = SETUP[kind]
    where = BUILD / kind
    if (where / "build.ninja").exists():
        return 0, ""
    wipe = ["--wipe"] if where.exists() else []
    return run(f"setup-{kind}", [MESON, "setup", *wipe, *options, str(where)], CC=compiler)


def build(kind, targets=lambda: ()):
    """A build counts only where it fails. `targets` is asked once the build is configured."""
    step = Step(f"build with {SETUP[kind][0]}")
    status, output = setup(kind)
    if status == 0:
        status, output = run(f"build-{kind}", ["ninja", "-C", str(BUILD / kind), *targets()])
    step.end("FAILED" if status else "ok", tail(output) if status else "")
    return status == 0


def unit_tests_of(kind, part):
    """{name: program} of the unit tests that this build is for."""
    listed = subprocess.run([MESON, "introspect", "--tests", str(BUILD / kind)], check=True,
                            capture_output=True, text=True)
    return {t["name"]: t["cmd"][0] for t in json.loads(listed.stdout)
            if part in t["name"] and (kind != "tsan" or t["name"].startswith(THREADED))}


def build_threaded(part):
    """The third build makes only what it runs; gives None where that is nothing."""
    if setup("tsan")[0] == 0 and not unit_tests_of("tsan", part):
        return None
    return build("tsan", lambda: [str(pathlib.Path(program).relative_to(BUILD / "tsan"))
                                  for program in unit_tests_of("tsan", part).values()])


def unit_tests(kind, part, count):
    names = list(unit_tests_of(kind, part))
    if not names:
        return
    step = Step(f"unit tests, {SETUP[kind][0]}")
    report = BUILD / kind / "meson-logs" / "testlog.json"
    report.unlink(missing_ok=True)
    _, output = run(f"unit-{kind}",
                    [MESON, "test", "-C", str(BUILD / kind), "--no-rebuild", *names])
    results, details = {}, {}
    if report.exists():
        for line in report.read_text().splitlines():
            test = json.loads(line)
            name = test["name"].split(" / ")[-1]
            results[name] = {"OK": "passed", "SKIP": "skipped"}.get(test["result"], "failed")
            details[name] = tail(without_shadow(test.get("stdout", "") + test.get("stderr", "")), 60)
    # A test that the report does not know did not run, whatever the reason.
    failed = count.add([(name, results.get(name, "failed")) for name in names])
    text = "".join(f"--- {n}\n{details.get(n.split(' (')[0], tail(output))}\n" for n in failed)
    step.end(f"{len(names) - len(failed)} passed" + (f", {len(failed)} FAILED" if failed else ""),
             text)


def sources():
    for folder in C_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            yield str(path.relative_to(ROOT))


def checks():
    """(name, command) of what is judged by an exit status."""
    yield "check/includes", [PYTHON, "test/check_includes.py"]
    yield "check/purity", [PYTHON, "test/check_purity.py", str(BUILD / "gcc")]
    yield "check/calls", [PYTHON, "test/check_calls.py", str(BUILD / "gcc")]
    yield "check/headers", [PYTHON, "test/check_headers.py"]
    yield "check/mutants", [PYTHON, "test/check_mutants.py"]
    yield "check/format", ["clang-format", "--dry-run", "-Werror", *sources()]
    if (ROOT / "test" / "sim.sh").exists():
        yield "sim", ["test/sim.sh"]


def run_check(name, command, count):
    step = Step(name)
    status, output = run(name.replace("/", "-"), command)
    failed = count.add([(name, "passed" if status == 0 else "failed")])
    step.end("FAILED" if failed else "ok", tail(output) if failed else "")


def case_result(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


class EndToEnd:
    """One run of pytest, begun at once: the tests that the marks select, so many at once."""

    def __init__(self, name, marks, part, at_once):
        self.name, self.part, self.begun = name, part, time.monotonic()
        self.report = BUILD / f"{name}.xml"
        self.report.unlink(missing_ok=True)
        self.running = Running(name, [
            PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs", "--tb=short",
            "--durations=15", f"--junitxml={self.report}", "-n", str(at_once), "-m", marks,
            *(["-k", part] if part else []), "test/e2e"])

    def results(self):
        if self.report.exists():
            for case in xml.etree.ElementTree.parse(self.report).iter("testcase"):
                module = case.get("classname", "").split(".")[-1]
                yield f"e2e/{module}::{case.get('name')}", case_result(case)

    def end(self, text, count):
        """Waits for it, counts what it saw, and says so."""
        step = Step(text, self.begun)
        status, output = self.running.end()
        results = list(self.results())
        failed = count.add(results)
        # 5: nothing was selected, which is normal where only some tests are asked for.
        if status not in (0, 5 if self.part else 0) and not failed:
            failed = count.add([(self.name, "failed")])
        passed = sum(result == "passed" for _, result in results)
        step.end(f"{passed} passed" + (f", {len(failed)} FAILED" if failed else ""),
                 "\n".join(failed) + "\n" + tail(output, 200) if failed else "")

    def abandon(self):
        self.running.process.terminate()
        self.running.process.wait()


def everything(part, count):
    built = {"gcc": build("gcc")}
    # Minutes long, nearly all of them spent in waiting: all else goes on beside it.
    slow = EndToEnd("e2e-slow", "slow", part, 1) if built["gcc"] else None
    try:
        built.update(release=build("release"), san=build("san"), tsan=build_threaded(part))
        count.failed += list(built.values()).count(False)
        for kind in ("gcc", "san", "tsan"):
            if built[kind]:
                unit_tests(kind, part, count)
        for name, command in checks():
            # Without a build there are no symbols to read and nothing to simulate.
            if part in name and built.get({"check/purity": "gcc", "check/calls": "gcc", "sim": "release"}.get(name), True):
                run_check(name, command, count)
        if built["gcc"] and built["san"] and built["release"]:
            EndToEnd("e2e", "not slow", part, E2E_AT_ONCE).end("end to end", count)
        if slow:
            slow.end("end to end, the slow ones", count)
    except BaseException:
        if slow:
            slow.abandon()
        raise
    if part and count.passed + count.failed + count.skipped == 0:
        print(f"No test has '{part}' in its name.")
        count.failed += 1


def fuzz(part, count):
    """Each target for REGENT_FUZZ_S seconds, on a copy of its corpus."""
    seconds = os.environ.get("REGENT_FUZZ_S", "60")
    targets = [p.relative_to(ROOT) for p in sorted(ROOT.glob("s*/**/*_fuzz.c")) if part in p.name]
    if not targets:
        print(f"No fuzz target has '{part}' in its name.")
        count.failed += 1
        return
    if not build("fuzz", lambda: [str(t.with_suffix("")) for t in targets]):
        count.failed += 1
        return
    for target in targets:
        name = target.stem[:-len("_fuzz")]
        work = BUILD / "fuzz-corpus" / target.parent / name
        found = BUILD / "fuzz-found"
        work.mkdir(parents=True, exist_ok=True)
        found.mkdir(parents=True, exist_ok=True)
        dictionary = ROOT / target.parent / f"{name}.dict"
        command = [str(BUILD / "fuzz" / target.with_suffix("")), f"-max_total_time={seconds}",
                   "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={found}/{name}-",
                   *([f"-dict={dictionary}"] if dictionary.exists() else []),
                   str(work), str(ROOT / target.parent / "corpus" / name)]
        run_check(f"fuzz/{name}", command, count)


def nightly(count):
    if not build("release"):
        count.failed += 1
    elif (ROOT / "test" / "sim.sh").exists():
        run_check("sim/nightly", ["test/sim.sh", "nightly"], count)
    else:
        print("There is no campaign yet: test/sim.sh does not exist.")
        count.failed += 1


def main(arguments):
    count = Count()
    mode = arguments[0] if arguments else ""
    if mode == "fuzz":
        fuzz(arguments[1] if len(arguments) > 1 else "", count)
    elif mode == "nightly":
        nightly(count)
    else:
        everything(mode, count)
    print(count.line())
    return 1 if count.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\ninterrupted")
        sys.exit(130)
