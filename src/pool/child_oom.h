/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_CHILD_OOM_H
#define HPI_POOL_CHILD_OOM_H

/* Whether the system kills for want of memory (Linux): it sends SIGKILL and tells nobody but a
 * counter. Of our control group if that can be read, else of the machine. Any thread. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hpi_oom {
    char                 path[512]; /* "": there is no such file */
    atomic_uint_fast64_t count;
} hpi_oom;

void hpi_oom_open(hpi_oom *oom);
bool hpi_oom_look(hpi_oom *oom); /* it has, since the last look */

#endif
