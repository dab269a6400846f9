/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_PROCESS_H
#define HPI_BASE_PROCESS_H

/* Which process this is. Any thread. */

#include <stdbool.h>
#include <stdint.h>

/* A number of the process, which is another one in a fork of it. One load after the first time,
 * where the system can tell a page that it is in a fork. */
uint64_t hpi_process(void);

/* For code that calls an objective, when that has come back: a process that it has forked comes
 * back as well, if the program that it should have become was not there, say. It has nothing to do
 * here and ends, so that nothing happens twice. `self` is the number of who has called. */
void hpi_process_end_fork(uint64_t self);

/* The next number of a list of processes, each with a space behind it, as the system writes them.
 * False: that was the last one, or the list was cut in the middle of the next one, which might
 * then be the number of anybody. */
bool hpi_process_next(const char **list, int *pid_out);

/* How many threads it has; 0: nobody knows. */
uint32_t hpi_process_threads(void);

#endif
