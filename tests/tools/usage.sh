#!/bin/sh
# Goal:   what the command says about itself is true and complete, and every wrong command line is
#         answered with a sentence and the documented exit code.
# Method: the command is run; no study is needed.
#
# usage: usage.sh <command> <project folder>
# SPDX-License-Identifier: BSD-3-Clause
set -eu
project=$2
. "$(dirname "$0")/common.sh"

subcommands=$(sed -n 's/^COMMAND(\([a-z]*\))$/\1/p' "$project/tools/hpt/rows.h" | grep -v '^generate$')

# Help of everything, in three ways, and nothing of it wider than its terminal.
run 0 --help
cp "$scratch/out" "$scratch/help"
cp "$scratch/out" "$scratch/main"
run 0 help
cmp -s "$scratch/out" "$scratch/help" || fail "help and --help differ"
for name in $subcommands; do
    grep -q "^  $name " "$scratch/main" || fail "hpt --help lacks $name"
    run 0 "$name" --help
    cp "$scratch/out" "$scratch/help"
    run 0 help "$name"
    cmp -s "$scratch/out" "$scratch/help" || fail "help $name and $name --help differ"
    says out "hpt $name [OPTION]..."
    "$hpt" help "$name" --width 60 | awk -v name="$name" 'length > 60 && !/^  hpt|^  \.\// && !/^hpt/ {
        print "help " name " is wider than 60: " $0; bad = 1 } END { exit bad }' || fail "width"
done
run 0 --version
says out "hpt $("$hpt" -V | cut -d' ' -f2)"

# Exit code 2 and a sentence.
run 2
says err "hpt SUBCOMMAND"
run 2 trails
says err 'hpt: there is no subcommand "trails"; closest match: "trials"'
run 2 --versoin
says err 'there is no option --versoin; closest match: --version'
run 2 help trails
says err 'closest match: "trials"'
run 2 trials
says err 'hpt trials: needs more: hpt trials FILE [STUDY]'
run 2 trials a b c
says err '"c" is too much'
run 2 trials --colums x f
says err 'closest match: --columns'
run 2 trials -q f
says err 'there is no option -q'
run 2 trials --state
says err '--state needs a value'
run 2 trials --json=1 f
says err '--json=1 takes no value'
run 2 trials --limit many f
says err 'a number is needed'
run 2 trials --colour red f
says err '--colour takes auto, always or never, not "red"'
run 2 trials --width -1 f
says err '--width takes how many columns, or 0, not -1'
run 2 best --params xml f
says err '--params takes json or args, not "xml"'
run 2 export f
says err 'say in which form'
run 2 export f --csv --json
says err 'one form at a time'
run 2 import f
says err '--into'

# Exit code 3.
run 3 list "$scratch/none.journal"
says err "$scratch/none.journal"
run 3 trials "$scratch"
run 3 check "$scratch/none.journal"

# Plug-ins: all of them, with every option; one that is not there.
for kind in strategies observers pruners pools; do
    run 0 $kind
    run 0 $kind --json
    for name in $(grep -o '"name":"[a-z0-9]*","summary"' "$scratch/out" | cut -d'"' -f4); do
        run 0 $kind "$name"
        says out "$name: "
        grep -q "^### \`$name\`$" "$project/docs/plugins.md" || fail "docs/plugins.md lacks $name"
    done
    run 1 $kind nonesuch
    says err 'there is no '
done
run 0 pools processes --width 80
says out '1 to 1073741824'
run 1 strategies tpee
says err 'closest match: "tpe"'

# Nothing that a terminal acts on, whatever is typed.
run 2 "$(printf 'tri\033[31mals')"
if LC_ALL=C grep -q "$(printf '\033')" "$scratch/err"; then fail "an escape sequence was printed"; fi
run 0 strategies
if LC_ALL=C grep -q "$(printf '\033')" "$scratch/out"; then fail "colours in a pipe"; fi
run 0 strategies --colour always
LC_ALL=C grep -q "$(printf '\033')" "$scratch/out" || fail "no colours with --colour always"

# Output that cannot be written is an error; a reader that goes away is none to speak of.
if [ -w /dev/full ]; then
    code=0
    "$hpt" strategies >/dev/full 2>"$scratch/err" || code=$?
    is "a full disk" "$code" 3
    says err 'No space left on device'
fi
code=0
"$hpt" strategies >&- 2>"$scratch/err" || code=$?
is "closed standard output" "$code" 3
(
    code=0
    "$hpt" pools sim 2>"$scratch/err" || code=$?
    echo "$code" >"$scratch/code"
) | :
silent err

# What is generated.
run 0 generate markdown
sed '1,/^What follows is made from the tables/d' "$project/docs/command.md" | sed 1d >"$scratch/reference"
diff "$scratch/reference" "$scratch/out" ||
    fail "docs/command.md is not what \`hpt generate markdown\` prints"
for name in "" $subcommands; do
    [ "$name" = help ] && continue
    # shellcheck disable=SC2086
    run 0 generate man $name
    cp "$scratch/out" "$scratch/page.1"
    missing groff && continue
    groff -ww -man -Tutf8 -z "$scratch/page.1" 2>"$scratch/err" || fail "groff: hpt-$name.1"
    silent err
done
run 0 generate zsh
if ! missing zsh; then zsh -n "$scratch/out" || fail "zsh's completion is no program of it"; fi
run 0 generate fish
if ! missing fish; then fish -n "$scratch/out" || fail "fish's completion is no program of it"; fi
run 0 generate bash
cp "$scratch/out" "$scratch/hpt.bash"
if ! missing bash; then
    completes() { # words typed, then what is offered
        bash -c '. "$0"; wanted=$1; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
                 compopt() { :; }; _hpt; echo "${COMPREPLY[*]}"' "$scratch/hpt.bash" "$@" >"$scratch/out"
        is "completion of $*" "$(cat "$scratch/out")" "$1"
    }
    completes "trials" hpt tr
    completes "--state --sort" hpt trials --s
    completes "complete" hpt trials --state co
    completes "ped-anova" hpt importance --method = ped
    completes "tpe" hpt strategies tp
    completes "$project/README.md" hpt list "$project/READ"
fi

finish
