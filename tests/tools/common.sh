# SPDX-License-Identifier: BSD-3-Clause
# What the tests of the command share. usage: . common.sh <command> ; then `check`s.

hpt=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
LC_ALL=C.UTF-8 TZ=UTC TERM=xterm
export LC_ALL TZ TERM
unset NO_COLOR
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# run <exit code> <argument>...: the command; what it said is in $scratch/out and $scratch/err.
run() {
    wanted=$1
    shift
    code=0
    "$hpt" "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
    [ "$code" -eq "$wanted" ] || {
        fail "hpt $*: exit code $code, not $wanted"
        cat "$scratch/err"
    }
}

# says <file> <text>: the file has the text in it.
says() {
    grep -qF -e "$2" "$scratch/$1" || {
        fail "\"$2\" is missing here:"
        head -n 20 "$scratch/$1"
    }
}

# Nothing was said there.
silent() {
    [ ! -s "$scratch/$1" ] || {
        fail "something was said:"
        head -n 20 "$scratch/$1"
    }
}

# is <what> <value> <wanted value>
is() {
    [ "$2" = "$3" ] || fail "$1: \"$2\", not \"$3\""
}

# missing <tool>: whether it is not there, and the check that needs it is left out.
missing() {
    ! command -v "$1" >/dev/null && echo "left out: needs $1"
}

finish() {
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}
