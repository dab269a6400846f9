#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Draws what tools/bench coco (or quality), tables and problems saved as CSV.
#
# usage: pictures.sh <folder with functions.csv, tables.csv, problems.csv> <folder for the SVGs>
set -eu
csv=$1 out=$2 plot=$(dirname "$0") peers=$(dirname "$0")/../quality/peers.csv
mkdir -p "$out"

# Fields of a CSV whose first or second is a quoted text without quotes in it, separated by tabs.
fields() { sed -e 's/"\([^",]*\),\([^"]*\)"/\1;\2/g' -e 's/"//g' -e 's/,/\t/g' "$1"; }

# The geometric mean over functions of ratios to random, one line per strategy, and some peers'.
ratios() { # <dimensions> <title>
    {
        printf 'title\t%s\nx\ttrials\tlog\ny\tdistance to the optimum / that of random search (lower is better)\tlog\n' "$2"
        fields "$csv/functions.csv" | awk -F '\t' -v dim="$1" '
            $1 != "suite" && $1 != "strategy" && $3 == 1 && $7 == dim && $2 != "random" {
                if (!($2 in seen)) { seen[$2] = 1; name[++names] = $2; print "line\t" $2 "\tsolid" }
                if (!(($2, $8) in count)) order[$2] = order[$2] " " $8
                sum[$2, $8] += log($13); count[$2, $8]++
            }
            END {
                for (i = 1; i <= names; i++) {
                    n = split(order[name[i]], budget, " ")
                    for (k = 1; k <= n; k++)
                        print "point\t" name[i] "\t" budget[k] "\t" exp(sum[name[i], budget[k]] / count[name[i], budget[k]])
                }
            }'
        awk -F , -v dim="$1" '
            function value(x) { return x < 1e-8 ? 1e-8 : x }
            BEGIN {
                peers = split("optuna5_tpe optuna5_cmaes optuna5_gp nlopt_bobyqa nlopt_sbplx", name, " ")
                split("Optuna TPE,Optuna CMA-ES,Optuna GP,NLopt BOBYQA,NLopt SBPLX", title, ",")
            }
            $3 == dim { median[$1, $2, $4] = $6; budgets[$4] = 1 }
            END {
                for (i = 1; i <= peers; i++) {
                    printf "line\t%s\tdashed\n", title[i]
                    for (per = 10; per <= 50; per += per == 10 ? 10 : 30) {
                        sum = count = 0
                        for (f = 1; f <= 24; f++)
                            if ((name[i], f, per * dim) in median) {
                                sum += log(value(median[name[i], f, per * dim]) / value(median["random", f, per * dim]))
                                count++
                            }
                        if (count == 24) printf "point\t%s\t%d\t%g\n", title[i], per * dim, exp(sum / 24)
                    }
                }
            }' "$peers"
    } | drop_empty | awk -f "$plot/lines.awk"
}

# Lines without points are left out.
drop_empty() {
    awk -F '\t' '{ text[NR] = $0; kind[NR] = $1; name[NR] = $2 } $1 == "point" { has[$2] = 1 }
        END { for (i = 1; i <= NR; i++) if (kind[i] != "line" || name[i] in has) print text[i] }'
}

functions() { # <dimensions> <trials>
    fields "$csv/functions.csv" | awk -F '\t' -v dim="$1" -v budget="$2" '
        BEGIN {
            printf "title\tWhich function suits whom: d=%d, %d trials\n", dim, budget
            print "about\tdistance to the optimum / that of random search: blue is better than random, orange worse"
        }
        $1 != "suite" && $1 != "strategy" && $3 == 1 && $7 == dim && $8 == budget && $2 != "random" {
            if (!($2 in rows)) { rows[$2] = 1; print "row\t" $2 }
            if (!($5 in columns)) { columns[$5] = 1; print "column\t" $5 }
            sum[$2 "\t" $5] += log($13); count[$2 "\t" $5]++
        }
        END { for (at in sum) print "cell\t" at "\t" exp(sum[at] / count[at]) }' |
        awk -f "$plot/heat.awk"
}

tables() {
    {
        printf 'title\tSix measured search spaces, constraints declared\nx\ttrials\tlog\ny\toptimum / best found, mean over the spaces (higher is better)\tlinear\n'
        fields "$csv/tables.csv" | awk -F '\t' '
            $1 != "suite" && $1 != "strategy" && $2 == 1 {
                if (!($1 in seen)) { seen[$1] = 1; name[++names] = $1; printf "line\t%s\t%s\n", $1, $1 ~ /^random/ ? "dashed" : "solid" }
                if (!(($1, $4) in count)) order[$1] = order[$1] " " $4
                sum[$1, $4] += $6; count[$1, $4]++
            }
            END {
                for (i = 1; i <= names; i++) {
                    n = split(order[name[i]], budget, " ")
                    for (k = 1; k <= n; k++)
                        print "point\t" name[i] "\t" budget[k] "\t" sum[name[i], budget[k]] / count[name[i], budget[k]]
                }
            }'
    } | awk -f "$plot/lines.awk"
}

problems() { # <trials>
    fields "$csv/problems.csv" | awk -F '\t' -v budget="$1" '
        BEGIN {
            printf "title\tMixed, conditional, noisy, constrained, several goals: %d trials\n", budget
            print "about\twhat is missing / what random search misses: blue is better than random, orange worse"
        }
        $1 != "suite" && $1 != "strategy" && $2 == 1 && $4 == budget && $1 != "random" {
            if (!($1 in rows)) { rows[$1] = 1; print "row\t" $1 }
            if (!($3 in columns)) { columns[$3] = 1; print "column\t" $3 }
            if ($9 == "inf" || $9 > 0) print "cell\t" $1 "\t" $3 "\t" $9
        }' | awk -f "$plot/heat.awk"
}

ratios 5 "24 functions, 5 dimensions" >"$out/ratios_5.svg"
ratios 10 "24 functions, 10 dimensions" >"$out/ratios_10.svg"
functions 5 100 >"$out/functions.svg"
tables >"$out/tables.svg"
problems 100 >"$out/problems.svg"
