/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_MACHINE_H
#define HPT_BENCH_MACHINE_H

/* Where a bench runs: which CPUs, who is bound to which, and what to write beside the figures. */

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Note which CPUs the process may use. First of all, on the main thread. */
void bench_machine_begin(void);

/* How many CPUs there are to run on now. */
unsigned bench_cpus(void);

/* Run on the first `count` CPUs only, from now on; 0 = on all again. Main thread. */
void bench_confine(unsigned count);

/* Whether workers are bound, one per CPU: all variants, or none. */
void bench_set_pinning(bool on);
bool bench_is_pinning(void);

/* Bind the calling thread to CPU k modulo their number, if workers are bound; let it go again. */
void bench_pin_self(unsigned k);
void bench_unpin_self(void);

/* Machine, compiler, flags, commit: each on a line of its own after `prefix`. The commit and the
 * flags come from the environment's BENCH_COMMIT and from the build. */
void bench_describe(FILE *out, const char *prefix);

/* Start to count the system calls of this process and the threads it will make; -1 with a reason
 * when the kernel does not let us. */
int  bench_syscalls_open(const char **reason_out);
long bench_syscalls_read(int counter);

#ifdef __cplusplus
}
#endif
#endif
