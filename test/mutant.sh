#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test/mutant.sh PROGRAM: PROGRAM is regent-sim with a deliberate fault in the
# core (src/base/broken.h). Passes where one of the seeds 1 to 200 breaks an
# invariant, and says which. A fault that survives them is a hole in the
# campaign, and one that only crashes proves nothing about the invariants.
set -uo pipefail

output=$("$1" --quiet --seed 1 --seeds 200 --registrations 20 --hours 12 --until-failure 2>&1)
status=$?
seed=$(sed -n 's/^FAILED seed=\([0-9]*\) .* upstream=\([a-z]*\) .*/seed \1, upstream \2/p' \
	<<<"$output")
broken=$(grep -E -m1 '^ *[0-9.]+ +VIOLATION |^offence ' <<<"$output")
if [ "$status" -eq 1 ] && [ -n "$seed" ] && [ -n "$broken" ]; then
	echo "$(basename "$1"): $seed: ${broken#"${broken%%[![:space:]]*}"}"
	exit 0
fi
echo "$(basename "$1"): exit status $status, no invariant broken"
tail -20 <<<"$output"
exit 1
