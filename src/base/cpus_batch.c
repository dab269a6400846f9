/* SPDX-License-Identifier: BSD-3-Clause */
/* What batch systems and MPI launchers say in the environment. Read as data: a value that is no
 * number is ignored and told. */
#include <string.h>
#include <strings.h>

#include "base/cpus.h"
#include "base/err.h"
#include "base/text.h"

/* Variables with a number of CPUs, on sites where no mask enforces it. All that are set count; the
 * least decides. OMP_NUM_THREADS is none of them: it says how many threads one team has, and
 * whoever runs many teams at once rightly sets it to 1. */
typedef struct cpu_row {
    const char *name;
    const char *job;       /* must be set as well: other programs use the name, too; or NULL */
    bool        is_shared; /* for all processes of the job on the node, not for each of them */
} cpu_row;

static const cpu_row cpu_rows[] = {
    /* clang-format off */
    { "SLURM_CPUS_PER_TASK", "SLURM_JOB_ID", false },
    { "SLURM_CPUS_ON_NODE",  "SLURM_JOB_ID", true  },
    { "PBS_NUM_PPN",         "PBS_JOBID",    true  }, /* Torque                                   */
    { "NCPUS",               "PBS_JOBID",    false }, /* PBS Pro: the threads of one process      */
    { "NSLOTS",              "JOB_ID",       true  }, /* Grid Engine: on all hosts, so a bound    */
    { "LSB_DJOB_NUMPROC",    "LSB_JOBID",    true  }, /* LSF: on all hosts, so a bound            */
    { "PJM_VNODE_CORE",      NULL,           true  }, /* Fujitsu Technical Computing Suite        */
    /* clang-format on */
};

/* Who else of the job is on the node. The innermost launcher comes first. */
typedef struct rank_row {
    const char *count, *rank;
} rank_row;

static const rank_row rank_rows[] = {
    { "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK" }, /* Open MPI               */
    { "MPI_LOCALNRANKS", "MPI_LOCALRANKID" },                       /* MPICH, Intel MPI       */
    { "MV2_COMM_WORLD_LOCAL_SIZE", "MV2_COMM_WORLD_LOCAL_RANK" },   /* MVAPICH2               */
    { "JSM_NAMESPACE_LOCAL_SIZE", "JSM_NAMESPACE_LOCAL_RANK" },     /* IBM Job Step Manager   */
};

enum { NUMBER_MAX = 1000000 };

/* A whole number within limits. */
static bool read_number(const char *text, size_t bytes, int64_t low, uint32_t *number_out) {
    int64_t number;
    if (!hpi_read_int(text, bytes, &number) || number < low || number > NUMBER_MAX) return false;
    *number_out = (uint32_t)number;
    return true;
}

static void ignore(hpi_job *batch, const char *name, const char *value) {
    if (batch->ignored) return;
    batch->ignored = name;
    hpi_quote(batch->ignored_value, sizeof batch->ignored_value, value);
}

/* A variable's number; false when it is not set or makes no sense. */
static bool read_variable(hpi_job *batch, hpi_env *env, const char *name, int64_t low,
                          uint32_t *number_out) {
    const char *value = env(name);
    if (!value) return false;
    if (read_number(value, strlen(value), low, number_out)) return true;
    ignore(batch, name, value);
    return false;
}

static void set_ranks(hpi_job *batch, const char *variable, uint32_t count, uint32_t rank) {
    batch->rank_count = count;
    batch->rank = rank < count ? rank : 0;
    batch->rank_variable = variable;
}

/* Tasks on node number `node`, from a list like "4(x2),3": 4 on two nodes, then 3 on one. */
static bool read_slurm_list(const char *text, uint32_t node, uint32_t *count_out) {
    for (uint32_t seen = 0; *text; text += *text == ',') {
        uint32_t times = 1;
        size_t   digits = strspn(text, "0123456789");
        if (!read_number(text, digits, 1, count_out)) return false;
        text += digits;
        if (strncmp(text, "(x", 2) == 0) {
            digits = strspn(text + 2, "0123456789");
            if (!read_number(text + 2, digits, 1, &times) || text[2 + digits] != ')') return false;
            text += 3 + digits;
        }
        if (*text != ',' && *text != '\0') return false;
        if (node < (seen += times)) return true;
    }
    return false;
}

/* Set by srun for each task. A batch script has no "step": it is alone whatever the job's tasks. */
static void read_slurm_ranks(hpi_job *batch, hpi_env *env) {
    static const char name[] = "SLURM_STEP_TASKS_PER_NODE";
    const char       *list = env(name);
    uint32_t          count, node = 0, rank = 0;
    if (!list) return;
    (void)read_variable(batch, env, "SLURM_NODEID", 0, &node);
    (void)read_variable(batch, env, "SLURM_LOCALID", 0, &rank);
    if (read_slurm_list(list, node, &count))
        set_ranks(batch, name, count, rank);
    else
        ignore(batch, name, list);
}

static void read_ranks(hpi_job *batch, hpi_env *env) {
    for (size_t i = 0; i < sizeof rank_rows / sizeof *rank_rows; i++) {
        const rank_row *row = &rank_rows[i];
        uint32_t        count, rank = 0;
        if (!read_variable(batch, env, row->count, 1, &count)) continue;
        (void)read_variable(batch, env, row->rank, 0, &rank);
        set_ranks(batch, row->count, count, rank);
        return;
    }
    read_slurm_ranks(batch, env);
}

static bool is_openmp_binding(hpi_env *env) {
    const char *value = env("OMP_PROC_BIND");
    return value && *value && strcasecmp(value, "false") != 0;
}

void hpi_job_read(hpi_job *batch_out, hpi_env *env) {
    hpi_job batch = { .rank_count = 1, .is_openmp_binding = is_openmp_binding(env) };
    read_ranks(&batch, env);
    for (size_t i = 0; i < sizeof cpu_rows / sizeof *cpu_rows; i++) {
        const cpu_row *row = &cpu_rows[i];
        uint32_t       count;
        if (row->job && !env(row->job)) continue;
        if (!read_variable(&batch, env, row->name, 1, &count)) continue;
        if (row->is_shared) count /= batch.rank_count;
        if (count == 0) count = 1;
        if (batch.count > 0 && batch.count <= count) continue;
        batch.count = count;
        batch.variable = row->name;
    }
    *batch_out = batch;
}
