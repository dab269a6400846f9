/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of processes.c where child.h has nothing behind it. */
#include "pool/pool.h"

const hpi_pool_class hpi_pool_processes = {
    .info.struct_size = sizeof(hpt_pool_info),
    .info.name = "processes",
    .info.summary = "one process per core: a trial that crashes or hangs ends alone",
    .info.absent = "worker processes need Linux (futexes, signalfd, subreapers)",
};
