#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test/replay.sh PROGRAM: PROGRAM is regent-sim with a deliberate fault in the core
# (src/base/broken.h). Passes where the command that a failed life prints lives that
# very life again, a random one and one of a case that is about very many as well.
set -uo pipefail

# same ARGUMENT...: finds a life that fails, and lives it again as it says.
same() {
	local output line again

	output=$("$program" "$@" --quiet --until-failure)
	line=$(grep -m1 '^FAILED seed=' <<<"$output")
	again=$(sed -n 's/^replay: regent-sim //p' <<<"$output")
	if [ -z "$line" ] || [ -z "$again" ]; then
		echo "$*: no life failed, or none says how to replay it"
		return 1
	fi
	# Word by word: it is a command line.
	# shellcheck disable=SC2086
	output=$("$program" $again)
	grep -qxF "$line" <<<"$output" || {
		echo "$*: $line"
		echo "is not what this plays: regent-sim $again"
		return 1
	}
	echo "$line"
}

program=$1
same --seed 1 --seeds 200 --registrations 20 --hours 12 || exit 1
same --case F22 --seed 1 --seeds 200 || exit 1
