/* SPDX-License-Identifier: BSD-3-Clause */
/* No threads at all: whoever waits for the run does its work, one trial after the other. It is the
 * reference that every other pool is compared with, and what a debugger is happiest with. */
#include "pool/pool.h"

static hpt_status inline_open(hpi_pool *pool, hpt_err *err) {
    (void)err;
    pool->worker_count = 1;
    return HPT_OK;
}

static hpt_status inline_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    (void)pool, (void)err;
    *started_out = 1;
    return HPT_OK;
}

static bool inline_step(hpi_pool *pool) {
    return pool->work_step(pool->run, 0);
}

static void inline_join(hpi_pool *pool) {
    (void)pool;
}

const hpi_pool_class hpi_pool_inline = {
    .info.struct_size = sizeof(hpt_pool_info),
    .info.name = "inline",
    .info.summary = "one worker on the thread that waits for the run",
    .is_on_caller = true,
    .open = inline_open,
    .start = inline_start,
    .step = inline_step,
    .join = inline_join,
};
