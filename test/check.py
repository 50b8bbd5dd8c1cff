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

SETUP = {
    "gcc": ("gcc", []),
    "san": ("clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "fuzz": ("clang", ["-Dfuzz=true", "-Db_lundef=false"]),
}
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


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

    def __init__(self, name):
        self.begun = time.monotonic()
        print(f"{name} ".ljust(44, ".") + " ", end="", flush=True)

    def end(self, outcome, details=""):
        print(f"{outcome} ({time.monotonic() - self.begun:.0f} s)", flush=True)
        if details:
            print("    " + details.strip().replace("\n", "\n    "), flush=True)


def run(log_name, command, **options):
    """Runs a command, its output to build/logs/; gives the exit status and the output."""
    LOGS.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, **SANITIZERS, **options.pop("env", {}))
    path = LOGS / f"{log_name}.log"
    with open(path, "w+", errors="replace") as log:
        done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT, check=False, **options)
    return done.returncode, path.read_text(errors="replace")


def tail(text, lines=60):
    return "\n".join(text.splitlines()[-lines:])


def build(kind, targets=()):
    """Configures where that is needed, and builds. A build counts only where it fails."""
    compiler, options = SETUP[kind]
    where = BUILD / kind
    step = Step(f"build with {compiler}" + (", sanitized" if kind == "san" else ""))
    status, output = 0, ""
    if not (where / "build.ninja").exists():
        status, output = run(f"setup-{kind}", [MESON, "setup", "--wipe", *options, str(where)]
                             if where.exists() else [MESON, "setup", *options, str(where)],
                             env={"CC": compiler})
    if status == 0:
        status, output = run(f"build-{kind}", ["ninja", "-C", str(where), *targets])
    if status == 0:
        step.end("ok")
        return True
    step.end("FAILED", tail(output))
    return False


def unit_tests(kind, part, count):
    where = BUILD / kind
    listed = subprocess.run([MESON, "introspect", "--tests", str(where)], check=True,
                            capture_output=True, text=True)
    names = [t["name"] for t in json.loads(listed.stdout) if part in t["name"]]
    if not names:
        return
    step = Step(f"unit tests, {SETUP[kind][0]}" + (", sanitized" if kind == "san" else ""))
    report = where / "meson-logs" / "testlog.json"
    report.unlink(missing_ok=True)
    _, output = run(f"unit-{kind}", [MESON, "test", "-C", str(where), "--no-rebuild", *names])
    results, details = {}, {}
    if report.exists():
        for line in report.read_text().splitlines():
            test = json.loads(line)
            name = test["name"].split(" / ")[-1]
            results[name] = {"OK": "passed", "SKIP": "skipped"}.get(test["result"], "failed")
            details[name] = tail(test.get("stdout", "") + test.get("stderr", ""), 40)
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
    yield "check/headers", [PYTHON, "test/check_headers.py"]
    yield "check/format", ["clang-format", "--dry-run", "-Werror", *sources()]
    if (ROOT / "test" / "sim.sh").exists():
        yield "sim", ["test/sim.sh"]


def builds_env():
    return {"REGENT_BUILD": str(BUILD / "gcc"), "REGENT_BUILD_SAN": str(BUILD / "san")}


def run_check(name, command, count):
    step = Step(name)
    status, output = run(name.replace("/", "-"), command, env=builds_env())
    failed = count.add([(name, "passed" if status == 0 else "failed")])
    step.end("FAILED" if failed else "ok", tail(output) if failed else "")


def case_result(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def end_to_end(part, count):
    if not (ROOT / "test" / "e2e").is_dir():
        return
    step = Step("end to end")
    report = BUILD / "e2e.xml"
    report.unlink(missing_ok=True)
    command = [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs", "--tb=short",
               f"--junitxml={report}", "test/e2e"]
    status, output = run("e2e", command + (["-k", part] if part else []), env=builds_env())
    results = []
    if report.exists():
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            module = case.get("classname", "").split(".")[-1]
            results.append((f"e2e/{module}::{case.get('name')}", case_result(case)))
    failed = count.add(results)
    # 5: nothing was selected, which is normal where only some tests are asked for.
    if status not in (0, 5 if part else 0) and not failed:
        failed = count.add([("e2e", "failed")])
    passed = sum(result == "passed" for _, result in results)
    step.end(f"{passed} passed" + (f", {len(failed)} FAILED" if failed else ""),
             "\n".join(failed) + "\n" + tail(output, 200) if failed else "")


def everything(part, count):
    built = {kind: build(kind) for kind in ("gcc", "san")}
    count.failed += list(built.values()).count(False)
    for kind, is_built in built.items():
        if is_built:
            unit_tests(kind, part, count)
    for name, command in checks():
        # Without a build there are no symbols to read and nothing to simulate.
        if part in name and (built["gcc"] or name not in ("check/purity", "sim")):
            run_check(name, command, count)
    if all(built.values()):
        end_to_end(part, count)
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
    if not build("fuzz", [str(t.with_suffix("")) for t in targets]):
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
    if not build("gcc"):
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
