/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_SORT_H
#define HPI_BASE_SORT_H

/* A stable sort of pointers, n log n for any input: the C library's qsort() may be quadratic, is
 * not stable and may call malloc. For finding duplicates in what comes from outside, where a hash
 * could be met with crafted keys. Any thread. */

#include <stddef.h>

/* `room` has space for `count` pointers too. */
void hpi_sort(const void **items, const void **room, size_t count,
              int (*compare)(const void *a, const void *b));

#endif
