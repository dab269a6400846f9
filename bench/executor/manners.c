/* SPDX-License-Identifier: BSD-3-Clause */
/* What is not a time per trial: memory, allocations, system calls, idling, cancelling. Run before
 * anything else, when the process is small and its only threads are hpt's. */
#include "executor/executor.h"

#include "machine.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const executor_strategy strategies[] = { EXECUTOR_PURE, EXECUTOR_ANY, EXECUTOR_STRICT };

/* A run of so many trials; with an observer that takes every event, if asked for. */

static hpt_status take_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static bool run_trials(executor_strategy strategy, uint64_t trials, uint32_t cost_ops,
                       hpt_objective objective) {
    work_job     job = { .trials = trials, .workers = WORKERS, .cost_ops = cost_ops };
    hpt_options  options = executor_options(strategy, &job);
    hpt_observer observer = hpt_observer_default();
    hpt_result  *result = NULL;
    observer.events = take_events;
    options.observers = &observer;
    options.observer_count = objective ? 1 : 0;
    hpt_status status =
        hpt_parallel_run(executor_space(), objective ? objective : executor_objective, &job,
                         &options, &result, NULL);
    hpt_result_destroy(result);
    return status == HPT_OK;
}

/* Memory: the peak of the process. */

static double peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss;
}

static bool measure_memory(executor_manners *it) {
    for (size_t i = 0; i < 3; i++)
        if (!run_trials(strategies[i], 20000, 0, NULL)) return false;
    double before = peak_kib();
    for (size_t i = 0; i < 3; i++)
        if (!run_trials(strategies[i], 2000000, 0, NULL)) return false;
    it->memory_kib = peak_kib() - before;
    return true;
}

/* Allocations: through the library's own door. */

static atomic_ullong allocations;

static void *count_allocate(size_t bytes, void *user) {
    (void)user;
    atomic_fetch_add(&allocations, 1);
    return malloc(bytes);
}

static void *count_resize(void *memory, size_t bytes, void *user) {
    (void)user;
    atomic_fetch_add(&allocations, 1);
    return realloc(memory, bytes);
}

static void count_release(void *memory, void *user) {
    (void)user;
    free(memory);
}

static bool measure_allocations(executor_manners *it) {
    enum { FEW = 20000, MANY = 220000 };
    static const hpt_allocator counting = { count_allocate, count_resize, count_release, NULL };
    bool                       done = true;
    executor_space_forget();
    if (hpt_allocator_set(&counting) != HPT_OK) return false;
    it->allocations = 0;
    for (size_t i = 0; i < 3 && done; i++) {
        done = run_trials(strategies[i], FEW, 0, NULL);
        unsigned long long before = atomic_exchange(&allocations, 0);
        done = done && run_trials(strategies[i], FEW, 0, NULL);
        unsigned long long few = atomic_exchange(&allocations, 0);
        done = done && run_trials(strategies[i], MANY, 0, NULL);
        unsigned long long many = atomic_exchange(&allocations, 0);
        (void)before; /* the first run also makes the space */
        double extra = ((double)many - (double)few) / (MANY - FEW);
        if (extra > it->allocations) it->allocations = extra;
    }
    executor_space_forget();
    return hpt_allocator_set(NULL) == HPT_OK && done;
}

/* System calls: by the kernel's own count, at 10 us a trial. */

static bool measure_syscalls(executor_manners *it) {
    enum { FEW = 1000, MANY = 9000 };
    int      counter = bench_syscalls_open(&it->no_syscalls);
    uint32_t ops = 10 * work_ops_per_us();
    if (counter < 0) return true;
    it->no_syscalls = NULL;
    for (size_t i = 0; i < 3; i++) {
        long start = bench_syscalls_read(counter);
        if (!run_trials(strategies[i], FEW, ops, NULL)) return false;
        long between = bench_syscalls_read(counter);
        if (!run_trials(strategies[i], MANY, ops, NULL)) return false;
        long end = bench_syscalls_read(counter);
        it->syscalls[i] = (double)((end - between) - (between - start)) / (MANY - FEW);
        if (between <= start) it->no_syscalls = "a run without a system call: the counter is blind";
    }
    close(counter);
    return true;
}

/* Idling: trials that sleep, with an observer attached. */

static hpt_status sleeping(hpt_trial *trial, void *user, double *value_out) {
    struct timespec pause = { .tv_nsec = 50000000 };
    (void)trial, (void)user;
    nanosleep(&pause, NULL);
    *value_out = 1;
    return HPT_OK;
}

static bool measure_idling(executor_manners *it) {
    double wall = bench_now_ns(), cpu = bench_cpu_ns();
    if (!run_trials(EXECUTOR_ANY, 16, 0, sleeping)) return false;
    it->idle_share = (bench_cpu_ns() - cpu) / (bench_now_ns() - wall);
    return true;
}

/* Cancelling: from the call to the moment at which the slowest trial sees it. */

enum { CANCELS = 51 };

typedef struct stopping {
    work_job job;
    double   seen_ns[WORKERS];
} stopping;

static hpt_status until_stopped(hpt_trial *trial, void *user, double *value_out) {
    stopping *it = user;
    double    candidate[WORK_DIMS] = { 0 };
    while (!hpt_trial_should_stop(trial))
        *value_out = work_evaluate(&it->job, 0, candidate);
    it->seen_ns[hpt_trial_worker(trial)] = bench_now_ns();
    return HPT_ESTOPPED;
}

static double cancel_once(void) {
    struct timespec pause = { .tv_nsec = 2000000 };
    stopping        it = { .job = { .workers = WORKERS, .cost_ops = work_ops_per_us() } };
    hpt_options     options = executor_options(EXECUTOR_ANY, &it.job);
    hpt_run        *run = NULL;
    options.trial_count_max = HPT_UNLIMITED;
    if (hpt_run_start(executor_space(), until_stopped, &it, &options, &run, NULL) != HPT_OK)
        return NAN;
    nanosleep(&pause, NULL);
    double start = bench_now_ns(), worst = 0;
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_run_wait(run, -1);
    for (int i = 0; i < WORKERS; i++)
        if (it.seen_ns[i] - start > worst) worst = it.seen_ns[i] - start;
    hpt_run_destroy(run);
    return worst / 1e3;
}

static bool measure_cancelling(executor_manners *it) {
    double us[CANCELS];
    for (int i = 0; i < CANCELS; i++) {
        us[i] = cancel_once();
        if (isnan(us[i])) return false;
    }
    it->cancel_us = bench_quantile(us, CANCELS, 0.5);
    it->cancel_worst_us = bench_quantile(us, CANCELS, 0.99);
    return true;
}

const char *executor_manners_measure(executor_manners *it) {
    if (!measure_memory(it)) return "memory";
    if (!measure_allocations(it)) return "allocations";
    if (!measure_syscalls(it)) return "system calls";
    if (!measure_idling(it)) return "idling";
    if (!measure_cancelling(it)) return "cancelling";
    return NULL;
}
