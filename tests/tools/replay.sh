#!/bin/sh
# Goal:   `hpt replay` runs a recorded trial again in its program, says truly whether it ended as it
#         did, and changes nothing; a program that does not run this study does not notice.
# Method: a program runs a study; its trials are replayed, by it and by others that differ.
#
# usage: replay.sh <command> <program> <end of the study's file: db or journal>
# SPDX-License-Identifier: BSD-3-Clause
set -eu
program=$(realpath "$2") end=$3
. "$(dirname "$0")/common.sh"
cd "$scratch"
mkdir answers
TMPDIR=$scratch/answers # so that others, who replay at the same time, leave nothing here
export TMPDIR
study="s.$end"

number_of() { # <state>: of the first trial that ended so
    "$hpt" trials "$study" --state "$1" --columns number --limit 1 | sed -n 's/^ *\([0-9][0-9]*\) *$/\1/p'
}
sum() { cat "$study"* | cksum; }

"$program" "$study" s run 2>complaints || cat complaints
before=$(sum)

# Each state that is there, the values and reasons of each, parameters that are inactive or texts.
for state in complete pruned failed infeasible; do
    number=$(number_of $state)
    case $number in *[!0-9]* | "") fail "no trial is $state" && continue ;; esac
    run 0 replay "$study" "$number" -- "$program" "$study" s run
    says out "as recorded"
    says out "now       $state"
    says err "trial $number at x"
    is "trials that ran" "$(grep -c '^trial ' err)" 1
done
run 0 trials "$study" --where 'kernel == "poly"' --json
[ "$(grep -c '"kernel":"poly"' out)" -gt 0 ] || fail "no trial has an active degree"
for number in 0 1 5 6 7 8 9; do
    run 0 replay "$study" $number -- "$program" "$study" s run
done
is "the study" "$(sum)" "$before"

# A reason of two lines in the one line of a cell.
run 0 trials "$study" --state failed
says out "no convergence↵at x = "
LC_ALL=C "$hpt" trials "$study" --state failed >out
says out "no convergence at x = "

# The same of a run that is started, and of the file by another name; for programs.
run 0 replay "$study" 1 -- "$program" "./$study" s start
ln -s "$study" link
run 0 replay --json link 1 -- "$program" "$PWD/$study" s run
says out '"same":true'
says out '"recorded":{"trial":1,'
says out '"now":{"state":"COMPLETE","values":['
says err "a recorded trial was run again"

# Another end.
number=$(number_of complete)
run 1 replay "$study" "$number" -- "$program" "$study" s run other
says out "not as recorded: another value"
run 1 replay --json "$study" "$number" -- "$program" "$study" s run other
says out '"same":false'
DIE=1 run 1 replay "$study" "$number" -- "$program" "$study" s run crash
says out "the program died of it: SIGABRT"
says out "not as recorded: it ended otherwise"
DIE=1 run 1 replay "$study" "$number" -- "$program" "$study" s run exit
says out "the program died of it: exit code 3"
run 1 replay --limit 0.05 "$study" "$number" -- "$program" "$study" s run slow
says out "timeout"

# Who ends the command ends the program as well, and no file is left.
: >err
"$hpt" replay "$study" "$number" -- "$program" "$study" s run slow >out 2>err &
command=$!
tries=0
until grep -q "^trial " err || [ $tries -ge 300 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -TERM $command
code=0
wait $command || code=$?
is "exit code of a replay that was ended" $code 1
says out "the program died of it: SIGTERM"

# What died in a process of its own dies in the program.
if "$hpt" pools processes --json | grep -q '"absent":null'; then
    DIE=1 "$program" "dead.$end" s run isolated crash 2>complaints
    DIE=1 run 0 replay "dead.$end" 3 -- "$program" "dead.$end" s run isolated crash
    says out "killed by SIGABRT"
    says out "the program died of it: SIGABRT"
    says out "as recorded"
    DIE=1 run 1 replay "dead.$end" 3 -- "$program" "dead.$end" s run isolated exit
    says out "not as recorded: it died otherwise"
    run 1 replay "dead.$end" 3 -- "$program" "dead.$end" s run isolated crash
    says out "not as recorded: it ended otherwise"
    DIE=1 "$program" "gone.$end" s run isolated exit 2>complaints
    DIE=1 run 0 replay "gone.$end" 3 -- "$program" "gone.$end" s run isolated exit
    says out "the program died of it: exit code 3"
fi

# Another space, other goals, no run of hpt's to replay in.
run 5 replay "$study" 1 -- "$program" "$study" s run narrow
says err 'hpt replay: trial 1: '
run 5 replay "$study" 1 -- "$program" "$study" s run more
says err 'hpt replay: trial 1 of study "s": parameter "extra" is not in the study'
run 5 replay "$study" 1 -- "$program" "$study" s run less
says err 'parameter "kernel" is not in the space of the program'
run 5 replay "$study" 1 -- "$program" "$study" s run goals
says err 'goal_count is 2'
run 5 replay "$study" 1 -- "$program" "$study" s ask
says err 'asks and tells by itself'

# Programs that do not come to it. What they do else is their own affair.
run 5 replay "$study" 1 -- true
says err "true ended (exit code 0) and never came to run study \"s\" of $study"
run 5 replay "$study" 1 -- ./nonesuch
says err "./nonesuch cannot be started: No such file or directory"
run 5 replay "$study" 1 -- "$program" "other.$end" s run
says err "never came to run"
is "trials of another file" "$("$hpt" list --json "other.$end" | grep -c '"trial_count":20')" 1
run 5 replay "$study" 1 -- "$program" "$study" another run
says err "never came to run"
is "studies" "$("$hpt" list --json "$study" | grep -c '"trial_count":20')" 2
run 2 replay "$study" 1 -- true
says err "has 2 studies"
run 0 replay --study s "$study" 1 -- "$program" "$study" s run

# Several goals.
"$program" "goals.$end" s run goals 2>complaints
run 0 replay "goals.$end" 0 -- "$program" "goals.$end" s run goals
says out "error"
says out "time"

# Under a debugger, or whatever stands in for one.
printf '#!/bin/sh\nshift\necho "debugging $1"\nexec "$@"\n' >debugger
chmod +x debugger
run 0 replay --debug --debugger './debugger --args' --study s "$study" 1 -- "$program" "$study" s run
says out "debugging $program"
says out "as recorded"
HPT_DEBUGGER='./debugger -x' run 0 replay --debug --study s "$study" 1 -- "$program" "$study" s run
says out "debugging $program"
DIE=1 HPT_DEBUGGER='./debugger -x' run 1 replay --debug --study s "$study" 1 -- "$program" "$study" s run crash
says err "the trial was left in the middle"

# Mistakes.
run 3 replay "none.$end" 1 -- true
run 3 replay --study s "$study" 20 -- true
says err 'study "s" has no trial 20: the last is 19'
run 3 replay --study nonesuch "$study" 1 -- true
run 2 replay "$study" one -- true
says err '"one" is no trial'
run 2 replay "$study" -1 -- true
run 2 replay "$study" 1
says err "needs more"
run 2 replay --limit -1 "$study" 1 -- true

# By hand; what is unset or empty asks for nothing, what is nonsense is refused.
code=0
HPT_REPLAY="$study" HPT_REPLAY_TRIAL=1 "$program" "$study" s run 2>err || code=$?
is "exit code" "$code" 1
says err "trial 1 was run again, and nothing else; it is COMPLETE, as recorded"
code=0
HPT_REPLAY="$study" HPT_REPLAY_TRIAL=-1 "$program" "$study" s run 2>err || code=$?
says err 'HPT_REPLAY_TRIAL is "-1", which is no trial'
HPT_REPLAY="" HPT_REPLAY_TRIAL=1 "$program" "empty.$end" s run 2>err || fail "HPT_REPLAY is empty"
HPT_REPLAY="none.$end" HPT_REPLAY_TRIAL=1 "$program" "fresh.$end" s run 2>err || fail "HPT_REPLAY is not there"
is "files that were left" "$(ls answers)" ""

finish
