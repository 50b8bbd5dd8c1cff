#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The simulator's campaigns: random lives of registrations at upstreams of every
# kind, with faults drawn from a seed (sim/main.c).
#
# test/sim.sh           what belongs to ./check: well under a minute
# test/sim.sh nightly   many more seeds, longer lives
#
# REGENT_BUILD names the build directory. A life that fails shows a ladder and
# the command that replays it.
set -euo pipefail
cd "$(dirname "$0")/.."

sim="${REGENT_BUILD:-build/gcc}/sim/regent-sim"
failed=0

campaign() {
	"$sim" --quiet "$@" || failed=1
}

case "${1:-}" in
nightly)
	campaign --seed 100000 --seeds 6000 --registrations 20 --hours 24
	campaign --seed 200000 --seeds 2000 --registrations 50 --hours 48
	;;
*)
	campaign --seed 1 --seeds 90 --registrations 20 --hours 12
	campaign --seed 1000 --seeds 30 --registrations 50 --hours 12
	campaign --seed 1 --seeds 15 --registrations 20 --hours 24 --faults none
	;;
esac
exit "$failed"
