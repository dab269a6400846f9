/* SPDX-License-Identifier: BSD-3-Clause */
/* The least of all limits, for a run and as a sentence. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/err.h"

static const char *const limit_texts[] = {
#define HPT_ROW(name, value, text) [value] = text,
    HPT_CPU_LIMIT_LIST(HPT_ROW)
#undef HPT_ROW
};

static uint32_t rounded_up(double cpus) {
    return cpus < UINT32_MAX ? (uint32_t)ceil(cpus) : UINT32_MAX;
}

/* Where rank `rank` of `count` begins when they share `all` evenly. */
static uint32_t share_begin(uint32_t all, uint32_t rank, uint32_t count) {
    return (uint32_t)((uint64_t)all * rank / count);
}

/* Several ranks share a mask only if nobody has given each its own: it is the whole machine. */
static uint32_t rank_share(const hpi_cpu_limits *limits) {
    const hpi_job *batch = &limits->batch;
    if (batch->rank_count < 2 || limits->mask_count < limits->online_count) return UINT32_MAX;
    return share_begin(limits->mask_count, batch->rank + 1, batch->rank_count) -
           share_begin(limits->mask_count, batch->rank, batch->rank_count);
}

void hpi_cpus_decide(hpi_cpu_limits *limits) {
    /* Ranks on one node live in one cgroup, so they share its quota as well. */
    const uint32_t counts[] = {
        [HPT_CPU_LIMIT_MASK] = limits->mask_count,
        [HPT_CPU_LIMIT_RANKS] = rank_share(limits),
        [HPT_CPU_LIMIT_QUOTA] = rounded_up(limits->quota / limits->batch.rank_count),
        [HPT_CPU_LIMIT_BATCH] = limits->batch.count > 0 ? limits->batch.count : UINT32_MAX,
    };
    limits->decided_by = HPT_CPU_LIMIT_MASK;
    for (int i = 0; i < (int)(sizeof counts / sizeof *counts); i++)
        if (counts[i] < counts[limits->decided_by]) limits->decided_by = (hpt_cpu_limit)i;
    limits->count = counts[limits->decided_by];
    if (limits->count < 1) limits->count = 1; /* more ranks than CPUs */
}

static uint32_t read_mask_count(void) {
    hpi_cpu_mask mask;
    uint32_t     count = hpi_cpus_mask(&mask) ? hpi_mask_count(&mask) : hpi_cpus_online();
    return count > 0 ? count : 1;
}

static hpi_cpu_limits look(void) {
    hpi_cpu_limits limits = { .quota = hpi_cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup") };
    hpi_job_read(&limits.batch, getenv);
    return limits;
}

void hpi_cpus_look(hpi_cpu_limits *limits_out) {
    *limits_out = look();
    limits_out->mask_count = read_mask_count();
    limits_out->online_count = hpi_cpus_online();
    hpi_cpus_decide(limits_out);
}

/* For runs: what was read last, and when. Each word stands for itself, so a reader may see some
 * old and some new ones, and relaxed order is enough. */
static struct {
    atomic_uint          quota_or_batch; /* the lesser one, in whole CPUs */
    atomic_uint          online, rank_count, rank;
    atomic_int_least64_t read_ns; /* 0: never */
} known;

/* Everybody, until somebody has learned something; then one of those that find it a second old. */
static bool is_my_turn_to_learn(int64_t now_ns) {
    /* acquire: pairs with the release in learn(): who sees that it was done sees the words. */
    int64_t read_ns = atomic_load_explicit(&known.read_ns, memory_order_acquire);
    if (read_ns == 0) return true;
    if (now_ns - read_ns < HPI_NS_PER_S) return false;
    return atomic_compare_exchange_strong_explicit(&known.read_ns, &read_ns, now_ns,
                                                   memory_order_relaxed, memory_order_relaxed);
}

static void learn(void) {
    hpi_cpu_limits limits = look();
    uint32_t       online = limits.batch.rank_count > 1 ? hpi_cpus_online() : 0; /* it is a file */
    uint32_t       least = rounded_up(limits.quota / limits.batch.rank_count);
    if (limits.batch.count > 0 && limits.batch.count < least) least = limits.batch.count;
    atomic_store_explicit(&known.quota_or_batch, least, memory_order_relaxed);
    atomic_store_explicit(&known.online, online, memory_order_relaxed);
    atomic_store_explicit(&known.rank_count, limits.batch.rank_count, memory_order_relaxed);
    atomic_store_explicit(&known.rank, limits.batch.rank, memory_order_relaxed);
    atomic_store_explicit(&known.read_ns, hpi_now_ns(), memory_order_release);
}

hpi_cpu_grant hpi_cpus_grant(void) {
    if (is_my_turn_to_learn(hpi_now_ns())) learn();
    hpi_cpu_limits limits = { .mask_count = read_mask_count(), .quota = INFINITY };
    limits.online_count = atomic_load_explicit(&known.online, memory_order_relaxed);
    limits.batch.rank_count = atomic_load_explicit(&known.rank_count, memory_order_relaxed);
    limits.batch.rank = atomic_load_explicit(&known.rank, memory_order_relaxed);
    limits.batch.count = atomic_load_explicit(&known.quota_or_batch, memory_order_relaxed);
    hpi_cpus_decide(&limits);
    /* Where the mask is one's own, to begin elsewhere in it does no harm. */
    return (hpi_cpu_grant){ .count = limits.count, .first = limits.batch.rank * limits.count };
}

/* The sentence. */

static void add(char **at, char *end, const char *format, ...) HPT_PRINTF(3, 4);

static void add(char **at, char *end, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    *at += hpi_format(*at, (size_t)(end - *at), format, arguments);
    va_end(arguments);
}

void hpi_cpus_say(const hpi_cpu_limits *limits, uint32_t core_count, uint32_t node_count,
                  char *text_out, size_t bytes) {
    const hpi_job *batch = &limits->batch;
    char          *at = text_out, *end = text_out + bytes;
    add(&at, end, "%u CPU%s, decided by %s: mask %u of %u", (unsigned)limits->count,
        limits->count == 1 ? "" : "s", limit_texts[limits->decided_by],
        (unsigned)limits->mask_count, (unsigned)limits->online_count);
    add(&at, end, " (%u core%s", (unsigned)core_count, core_count == 1 ? "" : "s");
    if (node_count > 0)
        add(&at, end, ", %u NUMA node%s", (unsigned)node_count, node_count == 1 ? "" : "s");
    add(&at, end, ")");
    if (isfinite(limits->quota)) add(&at, end, "; quota %.4g", limits->quota);
    if (batch->variable)
        add(&at, end, "; %s gives this process %u", batch->variable, (unsigned)batch->count);
    if (batch->rank_variable)
        add(&at, end, "; rank %u of %u on this node (%s)", (unsigned)batch->rank,
            (unsigned)batch->rank_count, batch->rank_variable);
    if (batch->is_openmp_binding && limits->mask_count < limits->online_count)
        add(&at, end, "; OMP_PROC_BIND is set, so OpenMP may have bound this thread");
    if (batch->ignored)
        add(&at, end, "; %s=\"%s\" makes no sense and is ignored", batch->ignored,
            batch->ignored_value);
}
