/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run has as many workers as there are CPUs for them, puts them where it was asked to,
 *         tells when they are too many, and leaves the host's threads as they were.
 * Method: objectives that look at the mask and at the number of OpenMP threads they are given; an
 *         OpenMP runtime that only counts. */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#include "runs.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static hpt_cpu_info cpus(void) {
    hpt_cpu_info info = { .struct_size = sizeof info };
    assert_int_equal(hpt_cpus(&info, NULL), HPT_OK);
    return info;
}

/* hpt_cpus() */

static void what_is_told_is_what_a_run_takes(void **state) {
    (void)state;
    hpt_options  options = runs_options(0, 10);
    hpt_cpu_info info = cpus();
    hpt_result  *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->worker_count_wanted, info.count);
    assert_int_equal(hpt_result_stats(result)->cpu_count, info.count);
    assert_int_equal(hpt_result_stats(result)->threads_per_trial, 1);
    assert_false(hpt_result_stats(result)->is_oversubscribed);
    assert_null(hpt_result_warning(result, 0));
    hpt_result_destroy(result);
}

static void it_says_why(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    char         words[64];
    assert_true(info.count >= 1 && info.mask_count >= 1 && info.core_count >= 1);
    assert_true(info.mask_count <= info.online_count);
    snprintf(words, sizeof words, "%u CPU", (unsigned)info.count);
    runs_assert_says(info.text, words);
    runs_assert_says(info.text, ", decided by ");
}

static void an_older_program_gets_what_it_knows(void **state) {
    (void)state;
    hpt_cpu_info info;
    memset(&info, 0x5a, sizeof info);
    info.struct_size = offsetof(hpt_cpu_info, online_count);
    assert_int_equal(hpt_cpus(&info, NULL), HPT_OK);
    assert_true(info.count >= 1);
    assert_int_equal(info.online_count, 0x5a5a5a5a);
}

static void arguments_that_cannot_be_are_refused(void **state) {
    (void)state;
    hpt_err      err = { 0 };
    hpt_cpu_info info = { .struct_size = sizeof info + 1 };
    assert_int_equal(hpt_cpus(NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_cpus(&info, &err), HPT_EINVAL);
    runs_assert_says(err.text, "struct_size");
    info.struct_size = 0;
    assert_int_equal(hpt_cpus(&info, &err), HPT_EINVAL);
}

/* In a child, so that the environment stays as it is here. */
static int job_of_one_cpu(void) {
    hpt_cpu_info info = { .struct_size = sizeof info };
    setenv("SLURM_JOB_ID", "1", 1);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    setenv("SLURM_CPUS_ON_NODE", "lots", 1);
    if (hpt_cpus(&info, NULL) != HPT_OK || info.count != 1 || info.batch_count != 1) return 1;
    if (strcmp(info.batch_variable, "SLURM_CPUS_PER_TASK") != 0) return 2;
    if (!strstr(info.text, "SLURM_CPUS_PER_TASK gives this process 1")) return 3;
    return strstr(info.text, "SLURM_CPUS_ON_NODE=\"lots\" makes no sense and is ignored") ? 0 : 4;
}

static int job_of_many_ranks(void) {
    hpt_cpu_info info = { .struct_size = sizeof info };
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "1000000", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", "3", 1);
    if (hpt_cpus(&info, NULL) != HPT_OK || info.count != 1) return 1;
    if (info.rank_count != 1000000 || info.rank != 3) return 2;
    return strstr(info.text, "rank 3 of 1000000 on this node (OMPI_COMM_WORLD_LOCAL_SIZE)") ? 0 : 3;
}

static int one_cpu_in_the_mask(void) {
    cpu_set_t all, one;
    int       first = 0;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return 1;
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return 2;
    hpt_options options = runs_options(0, 100);
    hpt_result *result = NULL;
    hpt_space  *space = runs_space();
    if (hpt_parallel_run(space, runs_count, NULL, &options, &result, NULL) != HPT_OK) return 3;
    uint32_t workers = hpt_result_stats(result)->worker_count;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return workers == 1 ? 0 : 4;
}

static void assert_in_child(int (*body)(void)) {
    int   status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_batch_job_gets_what_it_asked_for(void **state) {
    (void)state;
    assert_in_child(job_of_one_cpu);
    assert_in_child(job_of_many_ranks);
}

static void a_mask_of_one_cpu_makes_one_worker(void **state) {
    (void)state;
    assert_in_child(one_cpu_in_the_mask);
}

/* Too many. */

static void more_workers_than_cpus_are_told(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    hpt_options  options = runs_options(4 * info.count, 100000);
    hpt_result  *result = runs_do(runs_count, NULL, &options);
    char         words[64];
    assert_true(hpt_result_stats(result)->is_oversubscribed);
    assert_int_equal(hpt_result_stats(result)->cpu_count, info.count);
    snprintf(words, sizeof words, "%u workers on %u CPU", (unsigned)(4 * info.count),
             (unsigned)info.count);
    runs_assert_says(hpt_result_warning(result, 0), words);
    hpt_result_destroy(result);
}

static void threads_of_trials_count_as_well(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    hpt_options  options = runs_options(2, 100);
    options.threads_per_trial = info.count;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    char        words[64];
    assert_true(hpt_result_stats(result)->is_oversubscribed);
    assert_int_equal(hpt_result_stats(result)->threads_per_trial, info.count);
    snprintf(words, sizeof words, "2 workers%s on", "");
    if (info.count > 1)
        snprintf(words, sizeof words, "2 workers of %u threads each on %u CPUs",
                 (unsigned)info.count, (unsigned)info.count);
    runs_assert_says(hpt_result_warning(result, 0), words);
    hpt_result_destroy(result);
}

static void workers_that_are_only_simulated_are_not_too_many(void **state) {
    (void)state;
    hpt_options options = runs_options(1000, 2000);
    options.pool = "sim";
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->worker_count, 1000);
    assert_false(hpt_result_stats(result)->is_oversubscribed);
    assert_null(hpt_result_warning(result, 0));
    hpt_result_destroy(result);
}

/* A thread takes valgrind 30 ms, so there are fewer where repetitions are scaled down. */
static void four_thousand_workers_do_the_work(void **state) {
    (void)state;
    size_t       threads = runs_threads();
    uint32_t     workers = fixture_scaled(100) < 100 ? (uint32_t)fixture_scaled(4096) : 4096;
    hpt_options  options = runs_options(workers, 20000);
    atomic_ulong calls = 0;
    hpt_result  *result = runs_do(runs_count, &calls, &options); /* perhaps not all can start */
    assert_int_equal(atomic_load(&calls), 20000);
    assert_int_equal(hpt_result_stats(result)->worker_count_wanted, workers);
    assert_true(hpt_result_stats(result)->is_oversubscribed);
    hpt_result_destroy(result);
    runs_assert_threads(threads);
}

/* threads_per_trial */

static void workers_are_as_many_as_fit(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    for (uint32_t threads = 1; threads <= 2 * info.count; threads++) {
        hpt_options options = runs_options(0, 10);
        uint32_t    fitting = info.count / threads;
        options.threads_per_trial = threads;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(hpt_result_stats(result)->worker_count_wanted, fitting ? fitting : 1);
        assert_int_equal(hpt_result_stats(result)->is_oversubscribed, threads > info.count);
        hpt_result_destroy(result);
    }
}

typedef int  get_function(void);
typedef void set_function(int count);

/* What objectives saw; -1 when they saw different things. */
typedef struct seen {
    get_function *get;
    atomic_int    threads, mask_count;
} seen;

static void see(atomic_int *where, int what) {
    int before = 0;
    if (!atomic_compare_exchange_strong(where, &before, what) && before != what)
        atomic_store(where, -1);
}

static hpt_status look(hpt_trial *trial, void *user, double *value_out) {
    seen     *it = user;
    cpu_set_t mask;
    if (it->get) see(&it->threads, it->get());
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) see(&it->mask_count, CPU_COUNT(&mask));
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

typedef struct runtime {
    void         *handle;
    get_function *get;
    set_function *set;
} runtime;

static runtime load_openmp(void) {
    runtime it = { .handle = dlopen(NESTED_FOLDER "/libgomp.so", RTLD_NOW | RTLD_LOCAL) };
    if (!it.handle) fail_msg("%s", dlerror());
    void *get = dlsym(it.handle, "omp_get_max_threads"),
         *set = dlsym(it.handle, "omp_set_num_threads");
    assert_true(get && set);
    memcpy(&it.get, &get, sizeof get);
    memcpy(&it.set, &set, sizeof set);
    return it;
}

/* How many OpenMP threads trials may have, the caller having 64; which it must keep. */
static int threads_of(hpt_options options) {
    runtime     openmp = load_openmp();
    seen        it = { .get = openmp.get };
    hpt_result *result = runs_do(look, &it, &options);
    hpt_result_destroy(result);
    assert_int_equal(openmp.get(), 64);
    dlclose(openmp.handle);
    return atomic_load(&it.threads);
}

static void openmp_has_as_many_threads_as_were_asked_for(void **state) {
    (void)state;
    static const char *const pools[] = { "threads", "inline" };
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t threads = 1; threads <= 4; threads++) {
            hpt_options options = runs_options(2, 50);
            options.pool = pools[i];
            options.threads_per_trial = threads;
            assert_int_equal(threads_of(options), threads);
        }
    }
}

static void workers_share_the_cpus_unless_told_otherwise(void **state) {
    (void)state;
    uint32_t count = cpus().count;
    for (uint32_t workers = 2; workers <= 8; workers++) {
        uint32_t share = count / workers ? count / workers : 1;
        assert_int_equal(threads_of(runs_options(workers, 50)), share > 64 ? 64 : share);
    }
}

static void a_worker_that_is_alone_may_have_all_threads(void **state) {
    (void)state;
    assert_int_equal(threads_of(runs_options(1, 10)), 64);
}

static void a_process_wide_setting_is_told(void **state) {
    (void)state;
    void *openblas = dlopen(NESTED_FOLDER "/libopenblas.so", RTLD_NOW | RTLD_LOCAL);
    if (!openblas) fail_msg("%s", dlerror());
    hpt_options options = runs_options(1, 10);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_null(hpt_result_warning(result, 0)); /* nobody asked */
    hpt_result_destroy(result);
    options.threads_per_trial = 1;
    result = runs_do(runs_count, NULL, &options);
    runs_assert_says(hpt_result_warning(result, 0), "OpenBLAS uses 16 threads here, not 1");
    hpt_result_destroy(result);
    dlclose(openblas);
}

/* placement */

static int mask_count_of(hpt_options options) {
    seen      it = { .get = NULL };
    cpu_set_t before, after;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    hpt_result *result = runs_do(look, &it, &options);
    hpt_result_destroy(result);
    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    return atomic_load(&it.mask_count);
}

static void placement_says_where_a_worker_may_be(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    hpt_options  options = runs_options(2, 200);
    assert_int_equal(mask_count_of(options), info.mask_count);
    options.placement = "none";
    assert_int_equal(mask_count_of(options), info.mask_count);
    options.placement = "spread";
    assert_int_equal(mask_count_of(options), info.mask_count);
    options.placement = "core";
    assert_int_equal(mask_count_of(options), 1);
    options.placement = "numa";
    if (info.node_count <= 1) assert_int_equal(mask_count_of(options), info.mask_count);
}

static void pin_is_short_for_core(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 200);
    options.pin = true;
    assert_int_equal(mask_count_of(options), 1);
    options.placement = "none"; /* what was said at length counts */
    assert_int_equal(mask_count_of(options), cpus().mask_count);
}

static void bound_workers_have_a_cpu_for_each_thread(void **state) {
    (void)state;
    hpt_cpu_info info = cpus();
    hpt_options  options = runs_options(0, 200);
    options.placement = "core";
    options.threads_per_trial = 2;
    assert_int_equal(mask_count_of(options), info.mask_count < 2 ? 1 : 2);
}

static void without_hwloc_a_bound_run_says_so_and_goes_on(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 20);
    options.placement = "core";
    hpt_result *result = runs_do(runs_count, NULL, &options);
    const char *warning = hpt_result_warning(result, 0);
    if (warning) runs_assert_says(warning, "hwloc");
    hpt_result_destroy(result);
}

static void an_older_program_knows_no_placement(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 50);
    options.placement = "zzz";
    options.threads_per_trial = 5000;
    options.struct_size = offsetof(hpt_options, placement);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->threads_per_trial, 1);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_a_run_takes),
        cmocka_unit_test(it_says_why),
        cmocka_unit_test(an_older_program_gets_what_it_knows),
        cmocka_unit_test(arguments_that_cannot_be_are_refused),
        cmocka_unit_test(a_batch_job_gets_what_it_asked_for),
        cmocka_unit_test(a_mask_of_one_cpu_makes_one_worker),
        cmocka_unit_test(more_workers_than_cpus_are_told),
        cmocka_unit_test(threads_of_trials_count_as_well),
        cmocka_unit_test(workers_that_are_only_simulated_are_not_too_many),
        cmocka_unit_test(four_thousand_workers_do_the_work),
        cmocka_unit_test(workers_are_as_many_as_fit),
        cmocka_unit_test(openmp_has_as_many_threads_as_were_asked_for),
        cmocka_unit_test(workers_share_the_cpus_unless_told_otherwise),
        cmocka_unit_test(a_worker_that_is_alone_may_have_all_threads),
        cmocka_unit_test(a_process_wide_setting_is_told),
        cmocka_unit_test(placement_says_where_a_worker_may_be),
        cmocka_unit_test(pin_is_short_for_core),
        cmocka_unit_test(bound_workers_have_a_cpu_for_each_thread),
        cmocka_unit_test(without_hwloc_a_bound_run_says_so_and_goes_on),
        cmocka_unit_test(an_older_program_knows_no_placement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
