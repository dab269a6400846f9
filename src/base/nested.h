/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_NESTED_H
#define HPI_BASE_NESTED_H

/* Threads that an objective makes through a runtime of its own: OpenMP, BLAS. Only settings of the
 * calling thread are changed, never those of the process. Runtimes are found among the libraries
 * that are loaded, so hpt depends on none; one that is linked statically is not found. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HPI_NESTED_RUNTIMES = 4 };

/* A function of a runtime's. */
typedef void (*hpi_nested_function)(void);

/* The runtimes in this process. */
typedef struct hpi_nested {
    struct {
        hpi_nested_function get, set; /* NULL: not loaded */
    } runtimes[HPI_NESTED_RUNTIMES];
    struct {
        hpi_nested_function parallel, get; /* OpenBLAS, if loaded: kind, threads of the process */
    } openblas;
} hpi_nested;

/* What they were set to before. */
typedef struct hpi_nested_saved {
    int32_t counts[HPI_NESTED_RUNTIMES]; /* -1: not touched */
} hpi_nested_saved;

/* Look for them, unless nothing was loaded or unloaded since the last time. Not on a new thread: it
 * may allocate. */
void hpi_nested_find(hpi_nested *nested_out);

/* Let the calling thread's parallel regions have `count` threads, or no more than that
 * (`is_limit`). */
void hpi_nested_set(const hpi_nested *nested, uint32_t count, bool is_limit,
                    hpi_nested_saved *saved_out);

/* As before. The same thread. */
void hpi_nested_restore(const hpi_nested *nested, const hpi_nested_saved *saved);

/* A sentence when a library will not use `count` threads whatever a thread says; else false. */
bool hpi_nested_problem(const hpi_nested *nested, uint32_t count, char *text_out, size_t bytes);

#endif
