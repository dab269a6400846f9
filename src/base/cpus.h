/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CPUS_H
#define HPI_BASE_CPUS_H

/* How many CPUs the process may use: the least of affinity mask, cgroup quota, batch system, and
 * its share when several ranks of a job live on the node. Where threads go is in place.h. Any
 * thread; no function here allocates. */

#include <stdbool.h>
#include <stdint.h>

#include "hpt/cpus.h"

/* More than any kernel is built for (8 192 on x86). */
enum { HPI_CPUS_MAX = 16384 };

/* Masks: cpus_linux.c, cpus_none.c. */

/* A set of CPUs, as the kernel's. Only the first `bytes` bytes mean anything. */
enum { HPI_MASK_WORD_BITS = 8 * sizeof(unsigned long) };
typedef struct hpi_cpu_mask {
    uint32_t      bytes;
    unsigned long words[HPI_CPUS_MAX / HPI_MASK_WORD_BITS];
} hpi_cpu_mask;

void     hpi_mask_clear(hpi_cpu_mask *mask, uint32_t bytes);
void     hpi_mask_add(hpi_cpu_mask *mask, uint32_t cpu);
bool     hpi_mask_has(const hpi_cpu_mask *mask, uint32_t cpu);
uint32_t hpi_mask_count(const hpi_cpu_mask *mask);
uint32_t hpi_mask_end(const hpi_cpu_mask *mask); /* all CPUs in it are below */

/* The calling thread's mask; false where there are none or it cannot be read. */
bool hpi_cpus_mask(hpi_cpu_mask *mask_out);

/* Allow the calling thread these CPUs only. False when the system will not. */
bool hpi_cpus_bind(const hpi_cpu_mask *mask);

/* The CPU the calling thread is on; UINT32_MAX when unknown. */
uint32_t hpi_cpus_here(void);

/* CPUs of the machine that are switched on; at least 1. Costs a file on Linux. */
uint32_t hpi_cpus_online(void);

/* Name the calling thread, as debuggers and top show it. At most 15 bytes count. */
void hpi_cpus_name_self(const char *name);

/* The quota: cpus_quota.c, cpus_none.c. */

/* The least CPU quota on the path that `membership` (/proc/self/cgroup) names below `root`
 * (/sys/fs/cgroup), in CPUs; INFINITY when there is none. The places are given so that a test can
 * make its own. */
double hpi_cpus_quota(const char *membership, const char *root);

/* The batch system: cpus_batch.c. */

typedef char *hpi_env(const char *name); /* getenv() */

/* What the environment says. */
typedef struct hpi_job {
    uint32_t    count;            /* CPUs for this process; 0 = no word   */
    const char *variable;         /* which variable said so; or NULL      */
    uint32_t    rank_count, rank; /* processes of the job on this node    */
    const char *rank_variable;    /* which variable said so; or NULL      */
    const char *ignored;          /* a variable that makes no sense; NULL */
    char        ignored_value[32];
    bool        is_openmp_binding; /* OMP_PROC_BIND: OpenMP binds whoever loads it */
} hpi_job;

void hpi_job_read(hpi_job *batch_out, hpi_env *env);

/* All together: cpus_limits.c. */

typedef struct hpi_cpu_limits {
    uint32_t      mask_count, online_count;
    double        quota; /* INFINITY = none */
    hpi_job       batch;
    uint32_t      count; /* the answer, at least 1 */
    hpt_cpu_limit decided_by;
} hpi_cpu_limits;

/* The least of them: sets count and decided_by. */
void hpi_cpus_decide(hpi_cpu_limits *limits);

/* Look at everything afresh. */
void hpi_cpus_look(hpi_cpu_limits *limits_out);

/* The sentence. */
void hpi_cpus_say(const hpi_cpu_limits *limits, uint32_t core_count, uint32_t node_count,
                  char *text_out, size_t bytes);

/* What of the machine is this process's. */
typedef struct hpi_cpu_grant {
    uint32_t count; /* how many CPUs                                                        */
    uint32_t first; /* begin with this one of the mask: the lower ones are for lower ranks  */
} hpi_cpu_grant;

/* The answer for a run. The mask is read each time; files and environment at most once a second,
 * because they cost 20 us and a short run has no more than that. No lock. */
hpi_cpu_grant hpi_cpus_grant(void);

#endif
