/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_OWNER_H
#define HPI_STORE_JOURNAL_OWNER_H

/* A process as a few bytes, so that another one on the same host can tell whether it still lives.
 * Any thread. */

#include <stdbool.h>

enum { HPI_OWNER_BYTES = 12 };

/* This process; false where that cannot be told (Linux without /proc). */
bool hpi_owner_self(unsigned char owner_out[HPI_OWNER_BYTES]);

/* Whether it was a process of this host, boot and process namespace, and is no more. False whenever
 * in doubt. */
bool hpi_owner_is_dead(const unsigned char owner[HPI_OWNER_BYTES]);

#endif
