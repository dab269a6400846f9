/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what batch systems and launchers say in the environment is understood, and nonsense in it
 *         is ignored and told.
 * Method: made-up environments as lists of names and values. */
#include "fixture.h"

#include <string.h>

#include "base/cpus.h"

/* Name, value, name, value, ..., NULL. */
static const char *const *variables;

static char *look_up(const char *name) {
    for (size_t i = 0; variables[i]; i += 2)
        if (strcmp(variables[i], name) == 0) return (char *)(uintptr_t)variables[i + 1];
    return NULL;
}

static hpi_job read_all(const char *const *environment) {
    hpi_job batch;
    variables = environment;
    hpi_job_read(&batch, look_up);
    return batch;
}

#define READ(...) read_all((const char *const[]){ __VA_ARGS__, NULL })

static void assert_says(hpi_job batch, uint32_t count, const char *variable) {
    assert_int_equal(batch.count, count);
    if (variable)
        assert_string_equal(batch.variable, variable);
    else
        assert_null(batch.variable);
}

static void without_a_batch_system_there_is_no_word(void **state) {
    (void)state;
    hpi_job batch = READ("HOME", "/root");
    assert_says(batch, 0, NULL);
    assert_int_equal(batch.rank_count, 1);
    assert_int_equal(batch.rank, 0);
    assert_null(batch.rank_variable);
    assert_null(batch.ignored);
}

static void every_batch_system_is_understood(void **state) {
    (void)state;
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_PER_TASK", "6"), 6, "SLURM_CPUS_PER_TASK");
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_ON_NODE", "12"), 12, "SLURM_CPUS_ON_NODE");
    assert_says(READ("PBS_JOBID", "1", "PBS_NUM_PPN", "3"), 3, "PBS_NUM_PPN");
    assert_says(READ("PBS_JOBID", "1", "NCPUS", "5"), 5, "NCPUS");
    assert_says(READ("JOB_ID", "1", "NSLOTS", "7"), 7, "NSLOTS");
    assert_says(READ("LSB_JOBID", "1", "LSB_DJOB_NUMPROC", "9"), 9, "LSB_DJOB_NUMPROC");
    assert_says(READ("PJM_VNODE_CORE", "48"), 48, "PJM_VNODE_CORE");
}

static void names_that_others_use_count_inside_a_job_only(void **state) {
    (void)state;
    assert_says(READ("NCPUS", "5", "NSLOTS", "7", "SLURM_CPUS_ON_NODE", "2"), 0, NULL);
}

static void the_number_of_openmp_threads_is_no_limit(void **state) {
    (void)state;
    assert_says(READ("OMP_NUM_THREADS", "1", "OMP_THREAD_LIMIT", "1"), 0, NULL);
}

static void binding_by_openmp_is_noticed(void **state) {
    (void)state;
    assert_true(READ("OMP_PROC_BIND", "true").is_openmp_binding);
    assert_true(READ("OMP_PROC_BIND", "close,spread").is_openmp_binding);
    assert_false(READ("OMP_PROC_BIND", "FALSE").is_openmp_binding);
    assert_false(READ("HOME", "/").is_openmp_binding);
}

static void of_several_words_the_least_counts(void **state) {
    (void)state;
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_PER_TASK", "8", "SLURM_CPUS_ON_NODE", "4"), 4,
                "SLURM_CPUS_ON_NODE");
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_PER_TASK", "4", "SLURM_CPUS_ON_NODE", "8"), 4,
                "SLURM_CPUS_PER_TASK");
}

static void nonsense_is_ignored_and_told(void **state) {
    (void)state;
    static const char *const values[] = { "",    "many",  "0",   "-4",  "4.5",       "4 ",
                                          "0x4", "4(x2)", "1e3", "nan", "9999999999" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        hpi_job batch = READ("SLURM_JOB_ID", "1", "SLURM_CPUS_PER_TASK", values[i]);
        assert_says(batch, 0, NULL);
        assert_string_equal(batch.ignored, "SLURM_CPUS_PER_TASK");
        assert_string_equal(batch.ignored_value, values[i]);
    }
}

static void a_value_from_outside_cannot_break_the_sentence(void **state) {
    (void)state;
    hpi_job batch = READ("PJM_VNODE_CORE", "\x1b[31m%s%n and a text that goes on and on");
    assert_true(strlen(batch.ignored_value) < sizeof batch.ignored_value);
    assert_null(strchr(batch.ignored_value, '\x1b'));
}

static void assert_rank(hpi_job batch, uint32_t rank, uint32_t count, const char *variable) {
    assert_int_equal(batch.rank, rank);
    assert_int_equal(batch.rank_count, count);
    assert_string_equal(batch.rank_variable, variable);
}

static void every_launcher_tells_who_else_is_on_the_node(void **state) {
    (void)state;
    assert_rank(READ("OMPI_COMM_WORLD_LOCAL_SIZE", "4", "OMPI_COMM_WORLD_LOCAL_RANK", "3"), 3, 4,
                "OMPI_COMM_WORLD_LOCAL_SIZE");
    assert_rank(READ("MPI_LOCALNRANKS", "2", "MPI_LOCALRANKID", "1"), 1, 2, "MPI_LOCALNRANKS");
    assert_rank(READ("MV2_COMM_WORLD_LOCAL_SIZE", "2", "MV2_COMM_WORLD_LOCAL_RANK", "0"), 0, 2,
                "MV2_COMM_WORLD_LOCAL_SIZE");
    assert_rank(READ("JSM_NAMESPACE_LOCAL_SIZE", "6", "JSM_NAMESPACE_LOCAL_RANK", "5"), 5, 6,
                "JSM_NAMESPACE_LOCAL_SIZE");
}

static void slurm_lists_the_tasks_of_each_node(void **state) {
    (void)state;
    static const struct {
        const char *list, *node;
        uint32_t    count;
    } cases[] = { { "4", "0", 4 },          { "4(x2),3", "0", 4 }, { "4(x2),3", "1", 4 },
                  { "4(x2),3", "2", 3 },    { "5,2", "1", 2 },     { "2(x3),1(x2),7", "5", 7 },
                  { "2(x3),1(x2)", "4", 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_rank(READ("SLURM_STEP_TASKS_PER_NODE", cases[i].list, "SLURM_NODEID", cases[i].node,
                         "SLURM_LOCALID", "1"),
                    1 % cases[i].count, cases[i].count, "SLURM_STEP_TASKS_PER_NODE");
}

static void a_broken_list_is_ignored_and_told(void **state) {
    (void)state;
    static const char *const lists[] = { "",     "x", "4(x",   "4(x2", "4(y2)",
                                         "4,,3", "0", "4(x0)", "4;3",  ",4" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        hpi_job batch = READ("SLURM_STEP_TASKS_PER_NODE", lists[i], "SLURM_NODEID", "9");
        assert_int_equal(batch.rank_count, 1);
        assert_string_equal(batch.ignored, "SLURM_STEP_TASKS_PER_NODE");
    }
}

/* sbatch sets the job's numbers of tasks for the script as well, which is one process. */
static void a_batch_script_is_alone_on_its_node(void **state) {
    (void)state;
    hpi_job batch = READ("SLURM_JOB_ID", "1", "SLURM_TASKS_PER_NODE", "8", "SLURM_NTASKS", "8",
                         "SLURM_CPUS_ON_NODE", "8");
    assert_int_equal(batch.rank_count, 1);
    assert_says(batch, 8, "SLURM_CPUS_ON_NODE");
}

static void what_a_node_has_is_shared_by_its_ranks(void **state) {
    (void)state;
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_ON_NODE", "16", "MPI_LOCALNRANKS", "4"), 4,
                "SLURM_CPUS_ON_NODE");
    assert_says(READ("JOB_ID", "1", "NSLOTS", "2", "MPI_LOCALNRANKS", "4"), 1, "NSLOTS");
    /* ... what a task has is not. */
    assert_says(READ("SLURM_JOB_ID", "1", "SLURM_CPUS_PER_TASK", "16", "MPI_LOCALNRANKS", "4"), 16,
                "SLURM_CPUS_PER_TASK");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_batch_system_there_is_no_word),
        cmocka_unit_test(every_batch_system_is_understood),
        cmocka_unit_test(names_that_others_use_count_inside_a_job_only),
        cmocka_unit_test(the_number_of_openmp_threads_is_no_limit),
        cmocka_unit_test(binding_by_openmp_is_noticed),
        cmocka_unit_test(of_several_words_the_least_counts),
        cmocka_unit_test(nonsense_is_ignored_and_told),
        cmocka_unit_test(a_value_from_outside_cannot_break_the_sentence),
        cmocka_unit_test(every_launcher_tells_who_else_is_on_the_node),
        cmocka_unit_test(slurm_lists_the_tasks_of_each_node),
        cmocka_unit_test(a_broken_list_is_ignored_and_told),
        cmocka_unit_test(a_batch_script_is_alone_on_its_node),
        cmocka_unit_test(what_a_node_has_is_shared_by_its_ranks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
