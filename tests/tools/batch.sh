#!/bin/sh
# Goal:   a search in a batch system (examples/batch.c) ends in time after a signal, says with its exit
#         code whether there is more to do, has lost nothing, and goes on when it is started again.
# Method: the program gets signals at several moments; its study is looked at with the command.
#
# usage: batch.sh <command> <program> <end of the study's file: db or journal>
# SPDX-License-Identifier: BSD-3-Clause
set -eu
program=$(realpath "$2") end=$3
. "$(dirname "$0")/common.sh"
cd "$scratch"

# begin <argument>...: the program, which has its study open by then.
begin() {
    "$program" "$@" >said 2>complaints &
    job=$!
    tries=0
    until "$hpt" list --json "$1" 2>/dev/null | grep -q '"held_by":"' || [ "$tries" -gt 300 ]; do
        kill -0 $job 2>/dev/null || break
        tries=$((tries + 1))
        sleep 0.02
    done
}

# Until one of its trials runs, according to the study.
runs() {
    tries=0
    until "$hpt" list --json "$1" | grep -q '"RUNNING":[1-9]' || [ "$tries" -gt 300 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
}

# ends <exit code or codes>: how the program did
ends() {
    code=0
    wait $job || code=$?
    case " $* " in
    *" $code "*) ;;
    *)
        fail "exit code $code, not $*"
        cat said complaints
        ;;
    esac
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# within <milliseconds> since $since: far more than it takes, far less than what must not be waited for
within() {
    took=$(($(now_ms) - since))
    [ "$took" -le "$1" ] || fail "it took $took ms, not $1 at most"
}

# How many trials have completed, according to the study; and to the program.
complete() { "$hpt" list --json "$1" | sed 's/.*"COMPLETE":\([0-9]*\).*/\1/'; }
told() { sed 's/.*: \([0-9]*\) of .*/\1/' said; }

# whole <study> <trials>: it has each trial once, complete.
whole() {
    run 0 check "$1"
    "$hpt" trials "$1" --state complete --columns number --width 0 | grep -E '^ *[0-9]+ *$' | tr -d ' ' >numbers
    seq 0 $(($2 - 1)) | diff - numbers >/dev/null || fail "$1 has not each of $2 trials once"
}

# A program that nobody disturbs is done, and has nothing more to do.
begin "quiet.$end" 20 0.001
ends 0
whole "quiet.$end" 20
begin "quiet.$end" 20 0.001
ends 0
is "trials" "$(told)" 20

# Signals at several moments: what was done stays done, the next start goes on, in the end there is all.
for signal in USR1 TERM INT; do
    study="often-$signal.$end" before=0 starts=0 code=75
    while [ "$code" -eq 75 ] && [ "$starts" -lt 30 ]; do
        # The first start would need a long time: it is interrupted on any machine.
        pace=0.03
        [ "$starts" -gt 0 ] || pace=0.5
        begin "$study" 24 $pace
        sleep "0.0$((starts % 9))"
        kill -s $signal $job 2>/dev/null || true
        ends 0 75
        after=$(complete "$study")
        [ "$after" -ge "$before" ] || fail "$study had $before trials, and has $after"
        is "trials that were told and kept" "$(told)" "$after"
        before=$after starts=$((starts + 1))
        # The last starts are left alone.
        [ "$starts" -lt 12 ] || signal=0
    done
    is "exit code at the end" "$code" 0
    [ "$starts" -gt 1 ] || fail "$study was never interrupted"
    whole "$study" 24
done

# Trials that run may finish.
begin "drain.$end" 100 0.4 20
runs "drain.$end"
since=$(now_ms)
kill -s TERM $job
ends 75
within 15000
[ "$(complete "drain.$end")" -ge 1 ] || fail "the trial that ran was not waited for"
is "trials that did not end well" "$("$hpt" trials "drain.$end" --state failed,timeout,crashed --json | grep -c '"trial":')" 0

# Until the grace is over: then they are told to stop, and begin again the next time.
begin "grace.$end" 4 60 0.3
since=$(now_ms)
kill -s USR1 $job
ends 75
within 15000
is "trials" "$(complete "grace.$end")" 0
begin "grace.$end" 4 0.01 0.3
ends 0
whole "grace.$end" 4

# Who asks twice does not want to wait.
begin "twice.$end" 4 60 600
since=$(now_ms)
kill -s TERM $job
sleep 0.1
kill -s TERM $job
ends 75
within 15000

# A study that another process holds is an error, and not to be tried again at once.
begin "held.$end" 4 60 0
code=0
"$program" "held.$end" 4 0.01 >second 2>&1 || code=$?
is "exit code of a second process" "$code" 1
says second "is held by process"
kill -s TERM $job
ends 75

finish
