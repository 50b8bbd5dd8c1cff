# SPDX-License-Identifier: Apache-2.0
"""The exit statuses of regentd, as docs/ promises them (src/daemon/exit.h is their home)."""

OK, USAGE, OWED = 0, 2, 3
NO_INPUT, INTERNAL, LISTEN, UNWRITABLE, DISK, LOCKED, DAMAGED, IDENTITY, CONFIG = 66, 70, 71, 73, 74, 75, 76, 77, 78
RESTART = 79
