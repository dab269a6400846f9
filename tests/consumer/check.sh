#!/bin/sh
# One way for a user to reach the library; see CMakeLists.txt.
#
# usage: check.sh <way> <build folder> <this folder> <scratch folder> <C compiler> <C++ compiler>
set -eux
way=$1 build=$2 here=$3 scratch=$4 cc=$5 cxx=$6
prefix=$scratch/prefix

# Moved after the install: nothing may remember the place it was installed to.
if [ "$way" = prefix ]; then
    rm -rf "$prefix" "$scratch/first"
    cmake --install "$build" --prefix "$scratch/first" >/dev/null
    mv "$scratch/first" "$prefix"
    # The program is the one that the README shows, and that is examples/first.c.
    awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$here/../../README.md" >"$scratch/main.c"
    sed '1,/^ *\/\* The first program/d' "$here/../../examples/first.c" | diff - "$scratch/main.c"
    exit
fi

libdir=$(dirname "$(find "$prefix" -name libhpt.a)")
export PKG_CONFIG_PATH="$libdir/pkgconfig" LD_LIBRARY_PATH="$libdir"
out=$scratch/$way
mkdir -p "$out"
cd "$out"

# Flags are words to be split.
# shellcheck disable=SC2046
case $way in
pkgconfig_c)
    "$cc" -std=c11 -Wall -Wextra -o main "$scratch/main.c" $(pkg-config --cflags --libs hpt) -lm
    ;;
pkgconfig_cxx)
    "$cxx" -std=c++17 -Wall -o main -x c++ "$scratch/main.c" -x none $(pkg-config --cflags --libs hpt)
    ;;
exceptions) # C++ that throws, with either library
    "$cxx" -std=c++11 -Wall -Wextra -o shared "$here/exceptions.cpp" $(pkg-config --cflags --libs hpt)
    "$cxx" -std=c++11 -o main "$here/exceptions.cpp" \
        $(pkg-config --cflags --static --libs hpt | sed 's/-lhpt/-l:libhpt.a/')
    ./shared
    unset LD_LIBRARY_PATH
    ;;
pkgconfig_static)
    "$cc" -std=c11 -o main "$scratch/main.c" \
        $(pkg-config --cflags --static --libs hpt | sed 's/-lhpt/-l:libhpt.a/')
    unset LD_LIBRARY_PATH
    ;;
package)
    rm -rf "$out/build"
    cmake -S "$here/package" -B "$out/build" -DPROGRAM="$scratch/main.c" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
    cmake --build "$out/build"
    unset LD_LIBRARY_PATH
    "$out/build/user_c" && "$out/build/user_cxx" && "$out/build/user_static"
    exit
    ;;
esac
./main
