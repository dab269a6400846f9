/* SPDX-License-Identifier: BSD-3-Clause */
/* No threads at all: whoever waits for the run does its work, one trial after the other. It is the
 * reference that every other pool is compared with, and what a debugger is happiest with. */
#include "pool/pool.h"

static hpt_status inline_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    (void)pool, (void)err;
    *started_out = 1;
    return HPT_OK;
}

static void inline_join(hpi_pool *pool) {
    (void)pool;
}

const hpi_pool_class hpi_pool_inline = {
    .name = "inline",
    .summary = "one worker on the thread that waits for the run",
    .is_on_caller = true,
    .start = inline_start,
    .join = inline_join,
};
