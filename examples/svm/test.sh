#!/bin/sh
# Runs the example as a user would, and looks at what comes out.
#
# usage: test.sh quick|interrupt|study <svm> <scratch folder>
#   quick      six trials: a table, exit status 0, and six trials in the log
#   interrupt  Ctrl-C in a long run: a table all the same, and exit status 130
#   study      four trials that are kept, then four more
set -eu
what=$1 svm=$2 log=$3/svm-$1.jsonl table=$3/svm-$1.txt
trials() { grep -c '"type":"trial"' "$log" 2>/dev/null || true; }
fail() {
    echo "$1"
    cat "$table"
    exit 1
}
rm -f "$log"

case $what in
quick)
    "$svm" --quick --trials 6 --log "$log" >"$table" || fail "exit status $?"
    [ "$(trials)" = 6 ] || fail "$(trials) trials in the log, not 6"
    ;;
study)
    study=$3/svm-study.db
    rm -f "$study"
    "$svm" --quick --trials 4 --log "$log" --study "$study" >"$table" || fail "exit status $?"
    "$svm" --quick --trials 8 --log "$log" --study "$study" >"$table" || fail "exit status $?"
    [ "$(trials)" = 8 ] || fail "$(trials) trials in the log, not 4 and 4"
    grep -q '^  trials *8$' "$table" || fail "the table has not the trials of both runs"
    ;;
interrupt)
    "$svm" --quick --seconds 100 --log "$log" >"$table" &
    for tenth in $(seq 300); do # until it is at work, for 30 seconds at most
        [ "$(trials)" -gt 0 ] 2>/dev/null && break
        sleep 0.1
    done
    kill -INT $!
    status=0
    wait $! || status=$?
    [ $status = 130 ] || fail "exit status $status, not 130"
    grep -q 'stopped *cancelled' "$table" || fail "the table does not say that it was stopped"
    ;;
esac
grep -q '^  wrong .*%.*%' "$table" || fail "no errors in the table"
! grep -v -e '^  log ' -e "$3" "$table" | grep -q '^.\{81\}' || # the files may be anywhere
    fail "a line of the table is wider than 80 columns"
