#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# A seed happens in the same way each time: twice in a process that plays many, and alone in another
# process, to the last switch of threads.
#
# usage: replay.sh <simulated>
set -eu

program=$1
"$program" --seeds 0 200 --twice >/dev/null

unset HPT_TEST_PERCENT # these are few

schedules() { grep -o 'schedule [0-9a-f]*'; }

together=$("$program" --seeds 40 12 --tell | schedules)
alone=$(for seed in 40 41 42 43 44 45 46 47 48 49 50 51; do HPT_SIM_SEED=$seed "$program"; done | schedules)
[ "$(echo "$together" | sort -u | wc -l)" -eq 12 ] || { echo "seeds that differ happen in the same way"; exit 1; }
[ "$together" = "$alone" ] || { echo "a seed alone happens differently"; exit 1; }
