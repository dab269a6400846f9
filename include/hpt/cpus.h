/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_CPUS_H
#define HPT_CPUS_H

/**
 * @file
 * How many CPUs a run takes by default, and why. A CPU is what the system schedules on: a hardware
 * thread; a core has one or more of them.
 */

#include <hpt/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/** What limits the number of CPUs: name, number (frozen), words. */
#define HPT_CPU_LIMIT_LIST(X)                                                 \
    X(HPT_CPU_LIMIT_MASK,  0, "the affinity mask")                            \
    X(HPT_CPU_LIMIT_RANKS, 1, "this process's share among those on the node") \
    X(HPT_CPU_LIMIT_QUOTA, 2, "the cgroup's quota")                           \
    X(HPT_CPU_LIMIT_BATCH, 3, "the batch system")
/* clang-format on */

typedef enum hpt_cpu_limit {
#define HPT_ROW(name, value, text) name = value,
    HPT_CPU_LIMIT_LIST(HPT_ROW)
#undef HPT_ROW
} hpt_cpu_limit;

/** The CPUs that the process may use. The least of the limits decides. */
typedef struct hpt_cpu_info {
    uint32_t      struct_size;   /**< set it to sizeof(hpt_cpu_info) before the call          */
    uint32_t      count;         /**< what a run takes by default; at least 1                 */
    hpt_cpu_limit decided_by;    /**< the limit that is the least; of equal ones the first    */
    uint32_t      online_count;  /**< CPUs of the machine that are switched on                */
    uint32_t      mask_count;    /**< CPUs in the affinity mask of the calling thread         */
    double        quota;         /**< CPUs' worth of time that the cgroups allow, the least up
                                      the path, for all processes in them; 0 = no quota       */
    uint32_t batch_count;        /**< CPUs the batch system gives this process; 0 = no word   */
    char     batch_variable[32]; /**< the environment variable that says so; or ""            */
    uint32_t rank_count;         /**< processes of this parallel job on this node; or 1       */
    uint32_t rank;               /**< which of them this is, from 0                           */
    char     rank_variable[32];  /**< the environment variable that says so; or ""            */
    uint32_t core_count;         /**< physical cores among the CPUs of the mask               */
    uint32_t node_count;         /**< NUMA nodes among them; 0 = unknown                      */
    char     text[512];          /**< all of it as a sentence, and what was ignored           */
} hpt_cpu_info;

/**
 * Tell how many CPUs a run takes by default (hpt_options.worker_count = 0), and why. Looks afresh;
 * runs look at quota and environment again after a second.
 *
 * @param info_out its struct_size set.
 * @param err      filled on failure.
 * @return HPT_OK; HPT_EINVAL for NULL or a struct_size that is none.
 *
 * Threads: any; nobody may change the environment meanwhile. Cost: some files, about 0.1 ms; more
 * the first time on large machines.
 */
HPT_API hpt_status hpt_cpus(hpt_cpu_info *info_out, hpt_err *err);

#ifdef __cplusplus
}
#endif
#endif
