#!/bin/sh
# Goal:   a strategy, and a pruner, is added to the tree by one file and one row, and the battery
#         tests it.
# Method: do just that to a copy of the sources, with the strategy of examples/own_strategy.c and the
#         pruner of docs/extending.md.
#
# usage: one_row.sh <project folder> <scratch folder> <C compiler>
set -eu
project=$1 scratch=$2/one_row compiler=$3

rm -rf "$scratch"
mkdir -p "$scratch/tree"
cd "$project"
cp -R CMakeLists.txt bench cmake include src tests "$scratch/tree/"
cd "$scratch/tree"

# The file: the example without its program, under the name and symbol that its row stands for.
sed -e '/^static hpt_status rosenbrock/,$d' \
    -e 's/^static const hpt_strategy_class climber_class/const hpt_strategy_class hpi_strategy_climber/' \
    "$project/examples/own_strategy.c" >src/strategy/climber.c
grep -q hpi_strategy_climber src/strategy/climber.c

# The block of code that begins with the pruner's state.
{
    printf '%s\n' '#include <stddef.h>' '#include "hpt/extend.h"'
    awk '/^```/ { inside = 0 } /^typedef struct hurdle/ { inside = 1 } inside' "$project/docs/extending.md" |
        sed -e 's/^static const hpt_pruner_class hurdle_class/const hpt_pruner_class hpi_pruner_hurdle/'
} >src/pruner/hurdle.c
grep -q hpi_pruner_hurdle src/pruner/hurdle.c

# The rows.
echo 'STRATEGY(climber)' >>src/strategy/rows.h
echo 'PRUNER(hurdle)' >>src/pruner/rows.h

cmake -S . -B ../build -G Ninja -DCMAKE_C_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug \
    -DHPT_EXAMPLES=OFF -DHPT_BENCH=OFF -DHPT_TOOLS=OFF >../configure.log || { cat ../configure.log; exit 1; }
cmake --build ../build --target conform_strategy conform_pruner >../build.log || { cat ../build.log; exit 1; }
nm ../build/libhpt.a | grep -q 'hpi_strategy_climber'
../build/tests/conform_strategy climber
../build/tests/conform_pruner
