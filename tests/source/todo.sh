#!/bin/sh
# A note about work to be done names the issue where it is tracked: TODO(#12).
#
# usage: todo.sh <project folder>
set -eu
cd "$1"
words='TODO|FIXME|XXX'
notes=$(find include src examples bench bindings tools tests cmake -type f \
            \( -name '*.[ch]' -o -name '*.hpp' -o -name '*.sh' -o -name '*.py' -o -name '*.f90' \
               -o -name '*.cmake' -o -name CMakeLists.txt -o -path 'tools/*' \) \
            ! -path '*/source/todo.sh' -exec grep -nHwE "$words" {} + 2>/dev/null |
        grep -vE "\b($words)\b *\(?#[0-9]+" || true)
[ -z "$notes" ] || { echo "without an issue number:"; echo "$notes"; exit 1; }
