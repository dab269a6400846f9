#!/bin/sh
# Each public header compiles alone, as C11 and as C++17, without a warning; and every function it
# exports has a comment right before it.
#
# usage: headers.sh <project folder> <C compiler> <C++ compiler>
set -eu
cd "$1"
bad=0

for header in include/hpt/*.h; do
    name=${header#include/}
    [ "$name" = hpt/mpi.h ] && ! command -v mpicc >/dev/null && continue # nothing to compile it with
    echo "#include <$name>" |
        "$2" -std=c11 -xc -fsyntax-only -Iinclude -Wall -Wextra -pedantic -Werror - || bad=1
    echo "#include <$name>" |
        "$3" -std=c++17 -xc++ -fsyntax-only -Iinclude -Wall -Wextra -pedantic -Werror - || bad=1
done

# Other ways to write C++, of which some cannot catch: hpt/catch.h.
for flags in -std=c++11 -std=c++20 -fno-exceptions -fno-rtti -DHPT_NO_CATCH; do
    echo "#include <hpt/extend.h>
#include <hpt/hpt.h>" |
        "$3" $flags -xc++ -fsyntax-only -Iinclude -Wall -Wextra -Wshadow -pedantic -Werror - || bad=1
done

awk '
    FNR == 1 { documented = 0; open = 0 }
    /^HPT_API/ && !documented { print FILENAME ":" FNR ": no /** comment */ right before: " $0; bad = 1 }
    /^\/\*\*/ { open = 1 }
    { documented = open && /\*\/[ \t]*$/ }
    /\*\// { open = 0 }
    END { exit bad }
' include/hpt/*.h || bad=1
exit $bad
