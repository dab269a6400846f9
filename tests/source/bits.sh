#!/bin/sh
# Strategies propose the same points for a seed on every machine, so they call no function of the C
# library that is rounded in one way here and in another there: strategy/approx.h has exp, log, powers.
# Exempt: axis.c, whose values belong to logarithmic ranges as those of space/map.c do.
#
# usage: bits.sh <project folder>
set -eu
cd "$1"
words='exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|erfc|lgamma|tgamma'
calls=$(for file in src/strategy/*.[ch]; do
            [ "$file" = src/strategy/axis.c ] && continue
            sed -e 's://.*::' -e 's:"[^"]*"::g' "$file" |
                awk -v file="$file" '{ line = $0
                    if (inside) { if (!sub(/.*\*\//, "", line)) next; inside = 0 }
                    gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
                    if (sub(/\/\*.*/, "", line)) inside = 1
                    print file ":" NR ": " line }'
        done | grep -E "(^|[^A-Za-z0-9_])($words)f?\(" || true)
[ -z "$calls" ] || { echo "not the same everywhere:"; echo "$calls"; exit 1; }
