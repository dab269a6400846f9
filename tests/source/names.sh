#!/bin/sh
# A name that files share stands for one thing: all headers of src and include compile together. A
# type, constant, macro or function that two of them have is an error, though no file includes both.
#
# usage: names.sh <project folder> <C compiler> <include folders, with semicolons between>
set -eu
cd "$1"
# Not tables, which mean something only where they are expanded, nor what wants MPI.
headers=$(find include src -name '*.h' ! -name rows.h ! -path include/hpt/mpi.h | sort)
{
    echo "#define _GNU_SOURCE" # for what some of src/pool name
    echo "$headers" | sed 's/^[a-z]*.\(.*\)/#include "\1"/'
} | "$2" -std=c11 -xc -fsyntax-only $(echo "$3" | sed 's/\(^\|;\)/ -I/g') -Wall -Wextra -Wredundant-decls -Werror -
