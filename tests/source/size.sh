#!/bin/sh
# No .c file has more than 600 lines: it would be more than one idea. A table of numbers (x_data.c)
# is one idea at any length.
#
# usage: size.sh <project folder>
set -eu
cd "$1"
find src tests examples bench tools -name '*.c' ! -name '*_data.c' -exec wc -l {} + 2>/dev/null |
    awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines, the limit is 600"; bad = 1 } END { exit bad }'
