#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The service units: made from their templates, and judged by systemd-analyze.

    units.py make TEMPLATE HARDENING REGENTD    prints a unit
    units.py check HARDENING REGENTD TEMPLATE...

What both units keep from a process stands in one file. `check` puts a program
that exists into them, since systemd looks for it, and fails on any word of it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile


def unit(template, hardening, regentd):
    text = pathlib.Path(template).read_text(encoding="utf-8")
    return text.replace("@hardening@", pathlib.Path(hardening).read_text(encoding="utf-8")).replace("@regentd@", regentd)


def verify(folder, names):
    """What systemd-analyze has to say of units in a folder; nothing where all is well."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                           *(os.path.join(folder, n) for n in names)],
                          capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "info"})
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit status {done.returncode}\n")


def check(hardening, regentd, templates):
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for template in templates:
            names.append(os.path.basename(template).removesuffix(".in"))
            pathlib.Path(folder, names[-1]).write_text(unit(template, hardening, regentd), encoding="utf-8")
        said = verify(folder, names)
        broken = pathlib.Path(folder, "broken.service")
        broken.write_text(unit(templates[0], hardening, regentd).replace("Restart=on-failure", "Restart=perhaps"),
                          encoding="utf-8")
        if "perhaps" not in verify(folder, ["broken.service"]):
            said += "systemd-analyze says nothing of a unit that is wrong\n"
    return said


def main(arguments):
    if arguments[0] == "make":
        print(unit(*arguments[1:]), end="")
        return 0
    said = check(arguments[1], os.path.abspath(arguments[2]), arguments[3:])
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
