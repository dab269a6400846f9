#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Prints, as Markdown, the figures of what tools/bench pictures saved: ratios to random and mean ranks
# on the 24 functions, and mean fractions of the optimum on the measured search spaces.
#
# usage: tables.sh <folder with functions.csv and tables.csv>
set -eu
fields() { sed -e 's/"\([^",]*\),\([^"]*\)"/\1;\2/g' -e 's/"//g' -e 's/,/\t/g' "$1"; }

fields "$1/functions.csv" | awk -F '\t' '
    function cell(s, d, b) {
        if (!((s, d, b) in count)) return " |"
        return sprintf(" %.3g (%.1f) |", exp(sum[s, d, b] / count[s, d, b]), rank[s, d, b] / count[s, d, b])
    }
    $1 == "suite" || $3 != 1 { next }
    {
        if (!($2 in seen)) { seen[$2] = 1; name[++names] = $2 }
        sum[$2, $7, $8] += log($13); rank[$2, $7, $8] += $14; count[$2, $7, $8]++
    }
    END {
        print "| ratio (mean rank) | d=5, 50 trials | 100 | 250 | d=10, 100 | 200 | 500 |\n|---|---|---|---|---|---|---|"
        for (i = 1; i <= names; i++) {
            s = name[i]
            print "| `" s "` |" cell(s, 5, 50) cell(s, 5, 100) cell(s, 5, 250) cell(s, 10, 100) cell(s, 10, 200) cell(s, 10, 500)
        }
    }'
echo
fields "$1/tables.csv" | awk -F '\t' '
    $1 == "strategy" || $2 != 1 { next }
    {
        if (!($1 in seen)) { seen[$1] = 1; name[++names] = $1 }
        sum[$1, $4] += $6; count[$1, $4]++
    }
    END {
        print "| optimum / best found | 50 trials | 100 | 200 | 500 |\n|---|---|---|---|---|"
        for (i = 1; i <= names; i++) {
            printf "| `%s` |", name[i]
            for (b = 50; b <= 500; b = b == 200 ? 500 : 2 * b)
                if ((name[i], b) in count) printf " %.4f |", sum[name[i], b] / count[name[i], b]
                else printf " |"
            print ""
        }
    }'
