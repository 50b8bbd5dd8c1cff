# SPDX-License-Identifier: Apache-2.0
"""A program that sees files of ours in /etc: in a mount namespace, a copy of /etc in its place.

A copy, for a small machine lacks /etc/hosts, and a file that is absent cannot be mounted over.
Needs the right to make such a namespace: `possible()` says.
"""

import os
import subprocess
import tempfile

from . import namespace

INSTEAD = 'mount --bind "$1" /etc'


def wrap(folder, **files):
    """What stands before a program that shall see these texts as /etc/NAME (`resolv_conf` is resolv.conf)."""
    etc = os.path.join(tempfile.mkdtemp(dir=folder), "etc")
    # What only root may read is left out where we are not root; nothing that is started here needs it.
    subprocess.run(["cp", "-a", "/etc", etc], capture_output=True, check=False)
    for name, text in files.items():
        path = os.path.join(etc, name.replace("_", "."))
        if os.path.lexists(path):
            os.unlink(path)  # it may be a link to somewhere else
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    return namespace.enter("--mount", INSTEAD, etc)


def possible():
    with tempfile.TemporaryDirectory() as folder:
        return namespace.possible("--mount", INSTEAD, folder)
