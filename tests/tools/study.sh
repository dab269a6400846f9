#!/bin/sh
# Goal:   what the command shows of a study is what is in it, in every form, and what it writes reads
#         back as the same.
# Method: a study is made of JSON lines by `hpt import`, in both kinds of files, and looked at.
#
# usage: study.sh <command> <end of the study's file: db or journal> <Optuna's files>
# SPDX-License-Identifier: BSD-3-Clause
set -eu
end=$2 optuna=$(realpath "$3")
. "$(dirname "$0")/common.sh"
cd "$scratch"
study=svm.$end

# A name with an escape sequence, emoji and quotes; values of every type; every state that ends.
space='{"C": {"kind": "real", "min": 1e-3, "max": 1e3, "log": true},"n": {"kind": "int", "min": 1, "max": 9},"kernel 🚀": {"kind": "categorical", "values": ["rbf", "po\"ly", 3, true, null]}}'
cat >svm.jsonl <<END
{"type":"run","run":"r","hpt":"0.1.0","strategy":"tpe","seed":7,"metric":"error \"%\"","direction":"maximise","space":$space}
{"type":"trial","run":"r","trial":0,"state":"COMPLETE","value":0.5,"parameters":{"C":0.1,"n":3,"kernel 🚀":"rbf"}}
{"type":"trial","run":"r","trial":1,"state":"COMPLETE","value":0.1234567890123,"parameters":{"C":1000,"n":1,"kernel 🚀":"po\"ly"}}
{"type":"trial","run":"r","trial":2,"state":"COMPLETE","value":-1e-300,"parameters":{"C":0.3,"n":9,"kernel 🚀":3}}
{"type":"trial","run":"r","trial":3,"state":"FAILED","value":null,"reason":"no","parameters":{"C":2,"n":4,"kernel 🚀":true}}
{"type":"trial","run":"r","trial":4,"state":"PRUNED","value":null,"last_step":7,"last_value":0.25,"parameters":{"C":0.2,"n":2,"kernel 🚀":null}}
{"type":"trial","run":"r","trial":5,"state":"TIMEOUT","value":null,"parameters":{"C":3,"n":5,"kernel 🚀":"rbf"}}
END

# Import. A study of that name is there the second time; one of another name is put beside it.
run 0 import svm.jsonl --into "$study"
says out "svm.jsonl: 6 trials, now study svm of $study"
run 4 import svm.jsonl --into "$study"
says err svm
run 0 import svm.jsonl --into "$study" --name "it's 🚀" --json
says out '"trial_count":6'
run 2 import svm.jsonl
run 2 import svm.jsonl svm --into "$study"
run 3 import "none.$end" --into "$study"
[ "$end" = journal ] || run 3 import none.jsonl --into "$study"

# JSON lines that somebody has written anew, with blanks between the words.
sed -e 's/":/" : /g' -e 's/,"/ , "/g' -e 's/^{/{ /' svm.jsonl >blanks.jsonl
run 0 import blanks.jsonl --into "blanks.$end"
run 0 best "blanks.$end" --params json
is "the best of lines with blanks" "$(cat out)" '{"C": 0.1, "n": 3, "kernel 🚀": "rbf"}'

# Two studies in a file: which is meant has to be said.
run 0 list "$study"
says out svm
says out "it's 🚀"
run 2 trials "$study"
says err "it's 🚀"
run 3 trials "$study" nonesuch
says err svm
run 3 list "$study" "none.$end"
says out svm

# Trials: all of them, and some.
run 0 trials "$study" svm
is "lines of a table" "$(wc -l <out)" 8
says out 'po"ly'
run 0 trials "$study" svm --state complete --sort -C --columns number
is "trials by falling C" "$(sed 1,2d out | tr -s ' \n' ' ')" " 1 2 0 "
run 0 trials "$study" svm --sort best --limit 2 --columns number
is "the two best" "$(sed 1,2d out | tr -s ' \n' ' ')" " 0 1 "
run 0 trials "$study" svm --first 1 --last 3 --columns number
is "trials by number" "$(sed 1,2d out | tr -s ' \n' ' ')" " 1 2 3 "
run 0 trials "$study" svm --last 0 --columns number
is "the first trial" "$(sed 1,2d out | tr -s ' \n' ' ')" " 0 "
run 0 trials "$study" svm --limit -1 --columns number,state
is "the last trial" "$(sed 1,2d out | tr -s ' \n' ' ')" " 5 failed "
run 0 trials "$study" svm --where 'C > 1 and n < 5' --columns number
is "trials by an expression" "$(sed 1,2d out | tr -s ' \n' ' ')" " 1 3 "
run 0 trials "$study" svm --reports --columns number,last_step,last_value
is "reports" "$(sed 1,2d out | tr -s ' \n' ' ')" " 4 7 0.25 "
run 2 trials "$study" svm --where 'C >'
run 2 trials "$study" svm --where 'D > 1'
run 2 trials "$study" svm --state complet
run 2 trials "$study" svm --state ,
run 2 trials "$study" svm --sort D
run 2 trials "$study" svm --columns number,D
run 0 trials "$study" svm --state complete --sort -best --limit 1 --columns number
is "the worst" "$(sed 1,2d out | tr -s ' \n' ' ')" " 2 "
for number in -3 -1; do
    run 2 trials "$study" svm --first $number
    run 2 trials "$study" svm --last $number
    says err "--last takes the number of a trial, from 0, not $number"
done

# A table keeps to its width, whatever is in it.
run 0 trials "$study" svm --width 30
says out "more column"

# The best, for programs and people.
run 0 best "$study" svm
says out "0 of 6"
run 0 best "$study" svm --params json
is "the best parameters" "$(cat out)" '{"C": 0.1, "n": 3, "kernel 🚀": "rbf"}'
run 0 best "$study" svm --params args
is "the best as options" "$(cat out)" "--C=0.1 --n=3 '--kernel 🚀=rbf'"

# null among the values of a list is a value, and not that of an inactive parameter.
sed -e '3s/"po..ly"/null/' -e '3s/0.1234567890123/9/' svm.jsonl >null.jsonl
run 0 import null.jsonl --into "null.$end"
run 0 best "null.$end" --params json
is "the best parameters" "$(cat out)" '{"C": 1000.0, "n": 1, "kernel 🚀": null}'
run 0 best "null.$end" --params args
is "the best as options" "$(cat out)" "--C=1000 --n=1 '--kernel 🚀=null'"
run 0 trials "null.$end" --columns "kernel 🚀" --first 1 --last 1
is "null" "$(sed 1,2d out)" null
run 0 stat "$study" svm
says out "3   50.0 %"
run 0 importance "$study" svm --json
says out '"method":"ped-anova"'
run 0 importance "$study" svm --method fanova
says out "%"
run 2 importance "$study" svm --target 2
run 2 importance "$study" svm --goal nonesuch

# Export and back: the trials are the same.
for form in jsonl csv; do
    run 0 export "$study" svm --$form -o "again.$form"
    silent out
    rm -f "again.$end"
    printf '%s' "$space" >space.json
    run 0 import "again.$form" --into "again.$end" --space space.json --directions maximise
    run 0 trials "$study" svm --columns number,state,value,C,n,"kernel 🚀"
    sed 1,2d out >before
    run 0 trials "again.$end" --columns number,state,value,C,n,"kernel 🚀"
    sed 1,2d out | diff before - || fail "$form does not read back as it was"
done
run 0 export "$study" svm --t4
says out '"invalidity":"runtime"'
run 0 export "$study" svm --json
says out '"reports":[[7,0.25]]'
says out '0.1234567890123'
if ! missing python3; then
    python3 -m json.tool <out >pretty || fail "--json is no JSON"
    for of in "list --json" "trials --json" "best --json" "stat --json" "importance --json" "export --t4"; do
        # shellcheck disable=SC2086
        "$hpt" ${of% *} "again.$end" ${of#* } | python3 -m json.tool >pretty || fail "$of is no JSON"
    done
fi

# Files are replaced only when that is said, the study itself never; what fails leaves nothing.
run 4 export "$study" svm --csv -o again.csv
says err "again.csv is there already"
run 0 export "$study" svm --csv -o again.csv --force
run 2 export "$study" svm --csv -o "$study" --force
run 3 export "$study" svm --csv -o nonesuch/x.csv
[ -w /dev/full ] && run 3 export "$study" svm --csv -o /dev/full --force
is "what is left" "$(find . -name '.hpt-*')" ""

# From one kind of file into the other, by way of export and import.
run 0 export "$study" svm -o other.journal
run 0 trials other.journal
is "lines of a table" "$(wc -l <out)" 8
run 2 export "$study" svm --journal --limit 3
run 0 export "$study" svm --journal
cmp -s out other.journal || grep -q op_code out || fail "a journal on standard output"
run 0 import other.journal --into "both.$end" --name copy
run 0 trials "both.$end" copy
is "lines of a table" "$(wc -l <out)" 8

# Optuna's own files: every study of them goes into ours, one without trials too, and reads back.
run 0 import "$optuna/five.$end" --into "optuna.$end"
run 0 list "optuna.$end" --json
is "imported studies" "$(wc -l <out)" 5
run 0 export "$optuna/five.$end" empty --journal
for of in plain ended goals "con'dit\"ional; DROP 😀 /..\\%s"; do
    columns=number,state,last_step,last_value
    run 0 trials "$optuna/five.$end" "$of" --columns $columns --sort number
    cp out before
    run 0 trials "optuna.$end" "$of" --columns $columns --sort number
    diff before out || fail "study $of is not what it was"
    run 0 best "optuna.$end" "$of"
    run 0 stat "optuna.$end" "$of"
    run 0 export "optuna.$end" "$of" --t4
done
run 0 export "$optuna/five.$end" ended --csv
says err "not finite"

# A study without a complete trial.
sed -n '1p;/FAILED/p' svm.jsonl >failed.jsonl
run 0 import failed.jsonl --into "failed.$end"
run 1 best "failed.$end"
says err "no trial is complete"
run 1 importance "failed.$end"
run 0 stat "failed.$end"
run 0 trials "failed.$end"

# A journal without a study, as one that has only been made, is said to be so, without a table.
: >nothing.journal
run 0 list nothing.journal
is "no study" "$(cat out)" "nothing.journal has no study yet"

# Of very many studies some are named.
for i in $(seq 20); do
    echo "{\"op_code\":0,\"worker_id\":\"w\",\"study_name\":\"n$i\",\"directions\":[1]}"
done >many.journal
run 2 trials many.journal
says err "has 20 studies, say which behind it: n1, n2,"
says err "n16 and 4 more, which \`hpt list\` shows"

# A study that cannot be read does not hide the others.
cat >two.journal <<'END'
{"op_code":0,"worker_id":"w","study_name":"odd","directions":[1]}
{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":null}
{"op_code":5,"worker_id":"w","trial_id":0,"param_name":"a\nb","param_value_internal":0.5,"distribution":"{\"name\":\"FloatDistribution\",\"attributes\":{\"step\":null,\"low\":0.0,\"high\":1.0,\"log\":false}}"}
{"op_code":0,"worker_id":"w","study_name":"plain","directions":[1]}
END
run 3 list two.journal
says out plain
says err 'two.journal, study odd: hpt has no space for these trials'

# Sound, and not.
run 0 check "$study"
says out "sound"
run 0 check "$study" --json
says out '"finding_count":0'
printf '{"type":"run","space": ' >cut.jsonl
run 3 import cut.jsonl --into "$study"
says err "expected a value, but the text ends"
head -c 100 svm.jsonl >nonsense
run 3 check nonsense
run 3 trials nonsense

finish
