#!/bin/sh
# Searches every state of a model with spin.
#
# usage: run.sh <scratch folder> <C compiler> <model.pml> <expectation> [-D...]...
#   holds    no state breaks a promise, and all were searched
#   samples  the same for a model too large for that: states are told apart by a hash, so that
#            some (3 of 10 000 in a case searched both ways) are taken for others and left out
#   wakes    no worker is busy for ever without work being done (liveness, weak fairness)
#   breaks   a promise is broken: the model has a planted bug
#   spins    the same for liveness
#
# Ends with 77 when spin is not there.
set -eu
command -v spin >/dev/null || { echo "spin is not installed"; exit 77; }
scratch=$1 cc=$2 model=$3 expected=$4
shift 4

depth=2000000 # steps; reaching it would be an error
case $expected in
holds | breaks) build="-DSAFETY -DCOLLAPSE" search= ;;
samples) build="-DSAFETY -DHC4" search= ;;
wakes | spins) build="-DNP -DNFAIR=4 -DCOLLAPSE" search="-l -f" ;;
*) echo "unknown expectation: $expected" >&2; exit 2 ;;
esac

rm -rf "$scratch" && mkdir -p "$scratch"
cp "$model" "$scratch/model.pml"
cd "$scratch"
spin "$@" -a model.pml
# shellcheck disable=SC2086 # lists of options
case $expected in breaks | spins) build="$build -O0" ;; *) build="$build -O1" ;; esac # planted bugs are near
"$cc" -w $build -o pan pan.c
# -E: what it means that nothing moves any more is said by the model's process "watch".
# shellcheck disable=SC2086
./pan -E -b -m$depth $search >log || true
grep -E 'pan:1:|errors:|states, stored|elapsed' log || cat log

case $expected in
holds | samples | wakes) grep -q 'errors: 0' log && ! grep -qE 'too small|aborting|out of memory' log ;;
breaks) grep -q 'pan:1: assertion violated' log ;;
spins) grep -q 'pan:1: non-progress cycle' log ;;
esac
