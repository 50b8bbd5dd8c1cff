#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SQLite 3.40.1 deletes the log beside an empty database file, and reports no error.
#
# One would have sworn: a -wal file that holds committed transactions is precious. If the database file
# beside it is damaged, opening it either recovers from the log or fails, and both files stay as they were.
#
# What is so: when the database file has 0 bytes, the first read through any connection unlinks the -wal
# file. The read succeeds, finds no table, and exits with 0. Nothing is left to recover from. With the
# database file in place, the same log gives all rows back.
#
# Why it matters: an interrupted copy, a restore onto a full disk or a stray ">" leaves a file of 0 bytes.
# A softswitch that keeps its registrations in such a database then starts as if it were new, forgets what
# it owes its upstreams, and has destroyed the log in which it stood. Check the size of the file before
# SQLite sees it: an empty database file beside a log that is not empty calls for an operator.
#
# Needs: Debian 12 amd64, apt. Installs nothing; exits 0 as told, 1 if it behaves otherwise, 2 if it could
# not run.
set -euo pipefail

work=$(mktemp -d)
trap 'cd /; rm -rf "$work"' EXIT
cannot() { echo "cannot run: $*"; exit 2; }

cd "$work"
for package in sqlite3 libsqlite3-0; do
	apt-get -qq -o APT::Sandbox::User=root download "$package=3.40.1-2+deb12u2" || cannot "$package cannot be fetched"
	dpkg -x "$package"_*.deb root
done
sqlite() { LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu root/usr/bin/sqlite3 -batch -init /dev/null "$@"; }

echo "version: $(sqlite --version 2>/dev/null | cut -d' ' -f1)"
# The copies are taken while the writer is alive, as a power cut would leave the files.
sqlite live.db >/dev/null 2>&1 <<-END
	PRAGMA journal_mode=WAL;
	PRAGMA synchronous=FULL;
	PRAGMA wal_autocheckpoint=0;
	CREATE TABLE line(name);
	INSERT INTO line VALUES ('one');
	INSERT INTO line VALUES ('two');
	.shell cp live.db whole.db && cp live.db-wal whole.db-wal && cp live.db-wal empty.db-wal
END
[ -s empty.db-wal ] || cannot "the writer left no log"
: >empty.db

log() { [ -e "$1-wal" ] && echo "a log" || echo "no log"; }
for db in whole empty; do
	echo "$db: before, $(log $db.db)"
	status=0
	tables=$(sqlite $db.db 'SELECT count(*) FROM sqlite_schema' 2>errors) || status=$?
	echo "$db: exit $status, $tables tables, $(wc -c <errors) bytes of error"
	[ $db = empty ] || echo "$db: $(sqlite $db.db 'SELECT count(*) FROM line' 2>/dev/null) rows"
done | tee seen
echo "empty: after, $(log empty.db), the file has $(wc -c <empty.db) bytes" | tee -a seen

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	whole: before, a log
	whole: exit 0, 1 tables, 0 bytes of error
	whole: 2 rows
	empty: before, a log
	empty: exit 0, 0 tables, 0 bytes of error
	empty: after, no log, the file has 0 bytes
END
echo "as told"
