#!/bin/sh
# Runs a test on one CPU, the first that this process may use: whoever spins there for somebody else
# keeps that one from running. Ends with 77 where taskset is not there.
#
# usage: one_cpu.sh <command>...
set -eu
command -v taskset >/dev/null || { echo "taskset is not installed"; exit 77; }
cpu=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
exec taskset -c "$cpu" "$@"
