#!/bin/sh
# clang-tidy on every file of src: sizes of functions, and what looks like a bug (.clang-tidy).
#
# usage: tidy.sh <project folder> <build folder with compile_commands.json>
set -eu
command -v clang-tidy >/dev/null || { echo "skipped: needs clang-tidy"; exit 77; }
sed -n 's/.*"file": "\(.*\)".*/\1/p' "$2/compile_commands.json" | grep "^$1/src/" | sort -u |
    xargs -P 2 -n 4 clang-tidy -p "$2" --quiet --warnings-as-errors='*' \
        --header-filter="^$1/(src|include)/" --extra-arg=-Wno-unknown-warning-option 2>/dev/null
