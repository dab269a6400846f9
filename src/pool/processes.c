/* SPDX-License-Identifier: BSD-3-Clause */
/* One process per worker, in which the objective is called; the worker itself is a thread, its
 * keeper. Whatever the objective does, it does to its process. */
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/mpi.h"
#include "base/process.h"
#include "pool/keeper.h"

extern const hpi_pool_class hpi_pool_threads; /* keepers are threads as those are */

typedef struct processes {
    /* Options. */
    int64_t memory, file, stack, crash_lines;
    double  cpu_s;
    bool    core, handlers;

    hpi_keep_rules rules;
    hpi_children  *children;
    hpi_keeper    *keepers;
} processes;

enum { MIB_BITS = 20, MIB_MAX = 1 << 30, STACK_MIB_MAX = 1 << 16, LINES_MAX = 1000 };

/* clang-format off */
#define AT(member) offsetof(processes, member)
static const hpt_option options[] = {
    { "memory", HPT_OPTION_INT, AT(memory), 0, 1, MIB_MAX, NULL,
      "address space of a process, what the program has at the start included, MiB" },
    { "cpu_s", HPT_OPTION_REAL, AT(cpu_s), 0, 1e-3, 1e9, NULL, "CPU time of a trial, seconds" },
    { "file", HPT_OPTION_INT, AT(file), 0, 1, MIB_MAX, NULL, "size of each file that a process writes, MiB" },
    { "stack", HPT_OPTION_INT, AT(stack), 0, 1, STACK_MIB_MAX, NULL,
      "stack of a process, MiB; else as the program's" },
    { "core", HPT_OPTION_BOOL, AT(core), 0, 0, 0, NULL, "yes: core files as the program's limit allows; no: none" },
    { "handlers", HPT_OPTION_BOOL, AT(handlers), 0, 0, 0, NULL,
      "yes: the program's handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP and SIGSYS stay, for languages that live by them" },
    { "crash_lines", HPT_OPTION_INT, AT(crash_lines), 20, 0, LINES_MAX, NULL,
      "so many of the last lines on the standard error of a trial that crashed become its attribute crash_output" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status processes_open(hpi_pool *pool, hpt_err *err) {
    processes *it = pool->state;
    (void)err;
    it->rules = (hpi_keep_rules){ .crash_lines = (uint32_t)it->crash_lines,
                                  .memory_bytes = (uint64_t)it->memory << MIB_BITS,
                                  .file_bytes = (uint64_t)it->file << MIB_BITS,
                                  .cpu_s = it->cpu_s };
    return HPT_OK;
}

/* A fork has one thread: what the others held stays held, and what they would do is not done. */
static void warn(hpi_pool *pool) {
    uint32_t threads = hpi_process_threads();
    if (threads > 1)
        snprintf(
            pool->warnings[0], HPI_POOL_WARNING_BYTES,
            "the program had %u threads when its worker processes were forked, which have only "
            "one: a lock that another thread held stays locked there. Start the run before "
            "other threads, or have the objective start a program (exec)",
            (unsigned)threads);
    if (hpi_mpi_is_up())
        snprintf(
            pool->warnings[1], HPI_POOL_WARNING_BYTES,
            "MPI was initialised before the worker processes were forked: MPI must not be used "
            "in the objective. Start the run before MPI_Init(), or have the objective start a "
            "program (exec)");
}

static hpt_status processes_prepare(hpi_pool *pool, hpt_err *err) {
    processes      *it = pool->state;
    hpi_child_setup setup = {
        .count = pool->worker_count,
        .shared_bytes = hpi_mailbox_bytes(pool->dims),
        .limits = { .memory_bytes = it->rules.memory_bytes,
                    .file_bytes = it->rules.file_bytes,
                    .stack_bytes = (uint64_t)it->stack << MIB_BITS,
                    .keeps_core = it->core,
                    .keeps_handlers = it->handlers },
        .body = hpi_served,
        .on_exit = hpi_served_exit,
        .context = pool,
        .word_at = offsetof(hpi_mailbox, word),
        .word_dead = HPI_MAIL_DEAD,
    };
    warn(pool);
    it->keepers = hpi_alloc_aligned(pool->worker_count, sizeof *it->keepers);
    if (!it->keepers)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers",
                        (unsigned)pool->worker_count);
    hpt_status status = hpi_children_open(&setup, &it->children, err);
    for (uint32_t i = 0; status == HPT_OK && i < pool->worker_count; i++)
        it->keepers[i] = (hpi_keeper){ .pool = pool,
                                       .children = it->children,
                                       .box = hpi_child_shared(it->children, i),
                                       .rules = &it->rules,
                                       .slot = i };
    return status;
}

/* Processes first: as many keepers as there are of those. */
static hpt_status processes_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    processes *it = pool->state;
    uint32_t   count = 0;
    hpt_status status = HPT_OK;
    while (count < pool->worker_count && status == HPT_OK) {
        status = hpi_keeper_hire(&it->keepers[count], err);
        if (status == HPT_OK) count++;
    }
    if (count == 0) return status;
    pool->worker_count = count;
    return hpi_pool_threads.start(pool, started_out, err);
}

static hpt_status processes_evaluate(hpi_pool *pool, hpt_trial *trial, double *values_out) {
    processes *it = pool->state;
    return hpi_keeper_evaluate(&it->keepers[trial->worker], trial, values_out);
}

static bool processes_step(hpi_pool *pool) {
    return hpi_pool_threads.step(pool);
}

static void processes_hurry(hpi_pool *pool) {
    hpi_pool_threads.hurry(pool);
}

static void processes_join(hpi_pool *pool) {
    processes *it = pool->state;
    hpi_pool_threads.join(pool);
    for (uint32_t i = 0; i < pool->worker_count; i++)
        if (it->keepers[i].has_child) hpi_keeper_fetch_errors(&it->keepers[i]);
}

static void processes_close(hpi_pool *pool) {
    processes *it = pool->state;
    hpi_children_close(it->children);
    hpi_free_aligned(it->keepers);
}

const hpi_pool_class hpi_pool_processes = {
    .info.struct_size = sizeof(hpt_pool_info),
    .info.name = "processes",
    .info.summary = "one process per core: a trial that crashes or hangs ends alone",
    .info.options = options,
    .state_size = sizeof(processes),
    .open = processes_open,
    .prepare = processes_prepare,
    .start = processes_start,
    .evaluate = processes_evaluate,
    .step = processes_step,
    .hurry = processes_hurry,
    .join = processes_join,
    .close = processes_close,
};
