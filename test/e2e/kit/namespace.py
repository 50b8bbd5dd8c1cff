# SPDX-License-Identifier: Apache-2.0
"""A program in namespaces of its own, which unprivileged containers do not allow: `possible()` says."""

import os
import subprocess


def enter(kind, script, *args):
    """What stands before a program: `script` runs first, in a new namespace ("--mount", "--net"), with `args`."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", kind, *user, "--", "sh", "-ec", f'{script}\nshift {len(args)}\nexec "$@"', "sh", *args]


def possible(kind, script="", *args):
    """True where such a namespace can be had and the script goes well in it."""
    done = subprocess.run([*enter(kind, script, *args), "true"], capture_output=True, check=False)
    return done.returncode == 0


def join(kind, pid):
    """What stands before a program that shall run in the namespace of that process."""
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    return ["nsenter", "--target", str(pid), kind, *user, "--"]
