#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SQLite 3.40.1 takes one bad byte in a log for its end, and then throws the rest away.
#
# One would have sworn: a byte that changed on the disk, within transactions that were committed and
# synced, is either harmless or found: by the open, or at least by PRAGMA quick_check and integrity_check.
#
# What is so: the checksum of each frame of a -wal file builds on the one before it, and the first frame
# that does not fit counts as the end. So one bit in an unused part of a page makes every transaction from
# there on vanish, also the later ones whose own bytes are sound. Both checks say "ok", for they see only
# the older database. The connection's close then copies that older state into the database file and
# deletes the log: the later transactions, readable until then, are gone after one look.
#
# Why it matters: a registrar that trusts "ok" comes back with a state that is minutes old: bindings that it
# cancelled seem to live, CSeq numbers run backwards, and an upstream refuses what it has already seen.
# A torn write after a power cut spoils only the last transaction. So before SQLite opens the file, look
# whether sound frames with commits follow the first bad one; if they do, the disk lied, and a copy of the
# log must be kept. The checks of SQLite cannot tell.
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
	PRAGMA page_size=4096;
	PRAGMA journal_mode=WAL;
	PRAGMA synchronous=FULL;
	PRAGMA wal_autocheckpoint=0;
	CREATE TABLE line(name);
	INSERT INTO line VALUES ('one');
	INSERT INTO line VALUES ('two');
	INSERT INTO line VALUES ('three');
	INSERT INTO line VALUES ('four');
	.shell for to in whole flipped; do cp live.db \$to.db && cp live.db-wal \$to.db-wal; done
END
# A header of 32 bytes, then frames of 24 + 4096: two for the table, one for each row.
at=$((32 + 3 * (24 + 4096) + 24 + 2000))
[ "$(wc -c <flipped.db-wal)" = $((32 + 6 * (24 + 4096))) ] || cannot "the log has another form"
[ "$(od -An -tu1 -j$at -N1 flipped.db-wal | tr -d ' ')" = 0 ] || cannot "byte $at is in use"
printf '\001' | dd of=flipped.db-wal bs=1 seek=$at conv=notrunc status=none

for db in whole flipped; do
	status=0
	checks=$(sqlite $db.db 'PRAGMA quick_check; PRAGMA integrity_check' 2>errors) || status=$?
	echo "$db: exit $status, checks say ${checks//$'\n'/ }"
	echo "$db: rows $(sqlite $db.db "SELECT group_concat(name, ' ') FROM line" 2>>errors)"
	echo "$db: $(wc -c <errors) bytes of error, $([ -e $db.db-wal ] && echo "a log" || echo "no log") afterwards"
done | tee seen

diff - seen <<-END || { echo "it behaves otherwise than told"; exit 1; }
	whole: exit 0, checks say ok ok
	whole: rows one two three four
	whole: 0 bytes of error, no log afterwards
	flipped: exit 0, checks say ok ok
	flipped: rows one
	flipped: 0 bytes of error, no log afterwards
END
echo "as told"
