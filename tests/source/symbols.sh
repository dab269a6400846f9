#!/bin/sh
# The shared library exports hpt_* and nothing else; the static one adds hpi_* and nothing else, so
# that no name of ours meets one of a user's.
#
# usage: symbols.sh <shared library> <static library>
set -eu
bad=0

exported=$(nm -D --defined-only "$1" | awk '{ print $NF }')
stray=$(echo "$exported" | grep -v '^hpt_' || true)
[ -n "$exported" ] || { echo "$1 exports nothing"; bad=1; }
[ -z "$stray" ] || { echo "$1 exports:" "$stray"; bad=1; }

# DW.ref.*: hidden ones of the compiler's, by which frames find who unwinds them.
stray=$(nm -g --defined-only "$2" | awk 'NF == 3 { print $3 }' | grep -v -e '^hp[ti]_' -e '^DW[.]ref[.]' || true)
[ -z "$stray" ] || { echo "$2 has global symbols:" "$stray"; bad=1; }
exit $bad
