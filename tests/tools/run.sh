#!/bin/sh
# Goal:   what the command exports of a run's study is, byte for byte, what the observers csv and jsonl
#         wrote of the run; a study that is held is only looked at.
# Method: a program runs, with a study and both observers; then it is left hanging in a trial.
#
# usage: run.sh <command> <program> <end of the study's file: db or journal>
# SPDX-License-Identifier: BSD-3-Clause
set -eu
program=$(realpath "$2") end=$3
. "$(dirname "$0")/common.sh"
cd "$scratch"

# The name of the run is not kept, nor when it started: times count from the first trial's start.
plain_jsonl() {
    sed -e '/"type":"finished"/d' -e 's/"run":"[^"]*"/"run":""/' -e 's/"start_s":[0-9.]*/"start_s":0/' "$1"
}
plain_csv() {
    sed -e '1!s/^[^,]*,/run,/' -e '1!s/,[0-9]*[.][0-9]*,\([0-9]*[.][0-9]*,20\)/,0,\1/' "$1"
}

for goals in 1 2; do
    rm -f observed.*
    "$program" "goals$goals.$end" 30 $goals
    run 0 export "goals$goals.$end" --jsonl
    plain_jsonl observed.jsonl >wanted
    plain_jsonl out | diff wanted - || fail "jsonl of $goals goals"
    run 0 export "goals$goals.$end" --csv
    plain_csv observed.csv >wanted
    plain_csv out | diff wanted - || fail "csv of $goals goals"
    for what in trials best stat "trials --reports" "trials --width 40"; do
        # shellcheck disable=SC2086
        run 0 $what "goals$goals.$end"
        if LC_ALL=C grep -q "$(printf '\033')" out; then fail "$what: an escape sequence was printed"; fi
    done
done
# Nor does one reach a terminal with what programs read; and one that is not for UTF-8 gets none of
# it, whose bytes it may act on.
if ! missing script; then
    on_a_terminal() {
        script -qec "'$hpt' $* --colour never" /dev/null >out </dev/null
        grep -qi complete out || fail "$*: nothing was printed"
        if LC_ALL=C grep -q "$(printf '\033')" out; then fail "$*: an escape sequence was printed"; fi
    }
    on_a_terminal export "goals1.$end" --csv
    LC_ALL=C on_a_terminal export "goals1.$end" --csv
    LC_ALL=C on_a_terminal trials "goals1.$end" --where "'value >= 0'" --width 0 --state complete
    if LC_ALL=C grep -q "$(printf '[\200-\377]')" out; then fail "UTF-8 was printed"; fi
fi
run 0 best "goals1.$end"
says out "epochs = "
run 0 best "goals2.$end"
says out "time, ms"

# What was reported of several goals: a column and a number for each, in every form of file.
is_reported() {
    run 0 trials "$1" --reports --first 0 --last 0
    is "columns of $1" "$(head -n 1 out | tr -s ' ' '|')" "trial|state|step|error|time,|ms"
    is "the last report of $1" "$(awk 'END { print $3, $5 }' out)" "2 2"
    run 0 trials "$1" --json --first 0 --last 0
    [ "$(grep -o '"reports"' out | wc -l)" -eq 0 ] || fail "reports of $1 were not asked for"
    run 0 trials "$1" --json --reports --first 0 --last 0
    grep -q '"reports":\[\[0,[^,]*,0.0\],\[1,[^,]*,1.0\],\[2,[^,]*,2.0\]\]' out || fail "reports of $1: $(cat out)"
}
is_reported "goals2.$end"
run 0 import "goals2.$end" --into copied.journal
is_reported copied.journal
run 0 import copied.journal --into copied.db
is_reported copied.db
run 0 check copied.journal
run 0 check copied.db
run 0 trials "goals1.$end" --columns number,memory,epochs,attribute:note,constraint:memory --state infeasible
says out 'a "b", c'

# Part of the run is there when another process looks at it.
rm -f observed.*
mkfifo stop
"$program" "held.$end" 5 1 hold <stop >held &
exec 9>stop
tries=0
until [ -s held ] && "$hpt" list "held.$end" >out 2>err; do # the study is there a moment later
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || break
    sleep 0.1
done
run 0 list "held.$end"
says out "is held by process"
run 0 trials "held.$end"
run 1 best "held.$end"
run 0 check "held.$end"
exec 9>&-
wait $! || fail "the run that held the study failed"
run 0 list "held.$end"
if grep -q "is held by" out; then fail "the study is held when the run is over"; fi
run 0 check --repair "held.$end"
run 0 best "held.$end"

# A run that is killed leaves a study that says so, and that a repair gives back.
"$program" "killed.$end" 5 1 hold <stop >held &
exec 9>stop
tries=0
until "$hpt" list --json "killed.$end" >out 2>err && grep -q '"RUNNING":[1-9]' out; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || break
    sleep 0.1
done
kill -9 $!
wait $! || true
exec 9>&-
run 0 list "killed.$end"
says out "was interrupted"
run 0 list --json "killed.$end"
says out '"held_by":null'
run 0 check "killed.$end"
run 2 check --release "killed.$end"
says err "say --repair --release"
run 0 check --repair --release "killed.$end"
run 0 check "killed.$end"

finish
