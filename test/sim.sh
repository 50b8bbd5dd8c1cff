#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The simulator's campaigns: random lives of registrations at upstreams of every
# kind, with faults drawn from a seed (sim/main.c), and the cases of the field that
# are about very many registrations at once, at their full size (sim/mass.c), or in the
# midst of drawn faults (sim/accident.c). F19 takes 3 GiB of memory.
#
# test/sim.sh           what belongs to ./check: a thousand seeds, and a thousand of each case, some six minutes
# test/sim.sh nightly   a million registration-days, some 3,400 seeds, about 50 minutes
#
# Some of the seeds run sanitized too, where that build is. A life that fails
# shows a ladder and the command that replays it. Campaigns run two at a time.
set -uo pipefail
cd "$(dirname "$0")/.."

sim="${REGENT_BUILD_RELEASE:-build/release}/sim/regent-sim"
sanitized="${REGENT_BUILD_SAN:-build/san}/sim/regent-sim"

case "${1:-}" in
nightly)
	# Many registrations with long periods make up the number, few with short ones the haste.
	many="--registrations 500 --hours 24 --period-least 1800"
	campaigns=(
		"$sim --seed 100000 --seeds 960 $many"
		"$sim --seed 200000 --seeds 960 $many"
		"$sim --seed 300000 --seeds 300 --registrations 50 --hours 48"
		"$sim --seed 400000 --seeds 1200 --registrations 20 --hours 24"
	)
	;;
*)
	campaigns=(
		"$sim --case F19"
		"$sim --case F18"
		"$sim --case F21"
		"$sim --case F22"
		"$sim --seed 2000 --seeds 450 --registrations 20 --hours 12"
		"$sim --seed 2450 --seeds 450 --registrations 20 --hours 12"
		"$sim --seed 1000 --seeds 105 --registrations 50 --hours 12"
		"$sim --seed 1 --seeds 15 --registrations 20 --hours 24 --faults none"
		"$sim --case F8 --registrations 10000"
	)
	# The longest first, so that two at once end together.
	for case in F19 F22 F8 F40 F27 F38 F3 F39 F41 F7 F5; do
		campaigns+=("$sim --case $case --seed 1 --seeds 1000")
	done
	[ ! -x "$sanitized" ] ||
		campaigns+=("$sanitized --seed 1 --seeds 20 --registrations 20 --hours 12")
	;;
esac
said=$(mktemp)
trap 'rm -f "$said"' EXIT
printf '%s\n' "${campaigns[@]}" | xargs -P 2 -I{} bash -c '{} --quiet' | tee "$said"
status=${PIPESTATUS[1]}
awk '/registration-days in/ {
	for (i = 2; i <= NF; i++) {
		if ($i == "seeds") seeds += $(i - 1)
		if ($i == "registration-days") days += $(i - 1)
		if ($i == "simulated") simulated += $(i - 1)
	}
	failed += $(NF - 1)
} END {
	printf "sum: %d seeds, %.1f simulated days, %.1f registration-days: %d failed\n",
		seeds, simulated, days, failed
}' "$said"
exit "$status"
