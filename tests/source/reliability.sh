#!/bin/sh
# The tables of docs/reliability.md name tests. Each is there, as a function of its file; that it is
# called the compiler sees, which warns of functions that are not.
#
# usage: reliability.sh <project folder>
set -eu
cd "$1"
named=$(sed -n '/^## What can go wrong/,/^## /{/^| .* | /p}' docs/reliability.md |
        awk -F ' [|] ' 'NF >= 4 {
            count = split($3, word, "`")
            for (i = 2; i <= count; i += 2) {
                if (word[i] ~ /[.]sh$/) print word[i], "-"
                else if (word[i + 1] ~ /^:/) file = word[i]
                else print file, word[i]
            }
        }')
[ "$(echo "$named" | wc -l)" -gt 50 ] || { echo "the table was not understood"; exit 1; }

# Rows without a test.
bare=$(sed -n '/^## What can go wrong/,/^## What is not/{/^| .* | /p}' docs/reliability.md |
       awk -F ' [|] ' '!/^[|] fault/ && $3 !~ /`[^`]*`: `|[.]sh`/ { print $1 }')
[ -z "$bare" ] || { echo "rows without a test: $bare"; exit 1; }

wrong=$(echo "$named" | sort -u | while read -r file name; do
    if [ "$name" = - ]; then
        [ -f "tests/$file" ] || echo "no script tests/$file"
    elif [ ! -f "tests/$file.c" ]; then
        echo "no file tests/$file.c, of which $name should be"
    elif ! grep -q "^static void $name(void \*\*state) {" "tests/$file.c"; then
        echo "no test $name in tests/$file.c"
    fi
done)
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }
