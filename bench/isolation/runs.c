/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs whose trials are stamped in memory that worker processes share with us. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "isolation/isolation.h"

#include "work.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

/* One for all runs: a trial that was written off may still look at it when the next run is there.
 */
typedef struct stamps {
    atomic_ullong begun, ended;
    atomic_ullong first_ns, last_begun_ns, last_ended_ns; /* monotonic */
    atomic_ullong begun_ns[ISOLATION_STAMPS];
    atomic_ullong generation; /* of runs: those that ignore everything end with theirs */
} stamps;

static stamps *shared;

static bool share(void) {
    if (shared) return true;
    void *memory =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    shared = memory;
    return true;
}

static void begin_stamps(void) {
    shared->begun = shared->ended = 0;
    shared->first_ns = shared->last_begun_ns = shared->last_ended_ns = 0;
    for (int i = 0; i < ISOLATION_STAMPS; i++)
        shared->begun_ns[i] = 0;
}

/* ---- the objective ---- */

/* Not for ever, or a pool that does not keep its limit would never end the bench. */
static void go_on(unsigned long long generation) {
    struct timespec pause = { .tv_nsec = 1000000 };
    double          end = bench_now_ns() + 5e9;
    while (shared->generation == generation && bench_now_ns() < end)
        nanosleep(&pause, NULL);
}

static void obey(hpt_trial *trial) {
    struct timespec pause = { .tv_nsec = 100000 };
    double          end = bench_now_ns() + 5e9;
    while (!hpt_trial_should_stop(trial) && bench_now_ns() < end)
        nanosleep(&pause, NULL);
}

static void behave(hpt_trial *trial, const isolation_run *it) {
    struct timespec    pause = { .tv_nsec = 50000000 };
    uint64_t           number = hpt_trial_number(trial);
    unsigned long long generation = shared->generation;
    switch (it->manner) {
    case ISOLATION_RETURNS:
        break;
    case ISOLATION_CRASHES:
        if (number % it->every == it->every - 1)
            *(volatile int *)(uintptr_t)(number / UINT32_MAX) = 1;
        break;
    case ISOLATION_SLEEPS:
        nanosleep(&pause, NULL);
        break;
    case ISOLATION_OBEYS:
        if (number == 0) obey(trial);
        break;
    case ISOLATION_RESISTS:
        if (number == 0) signal(SIGTERM, SIG_IGN); /* in a process of its own */
        if (number == 0) go_on(generation);
        break;
    case ISOLATION_IGNORES:
        if (number == 0) go_on(generation);
        break;
    }
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    const isolation_run *it = user;
    const double         point[WORK_DIMS] = { hpt_trial_real_at(trial, 0) };
    const work_job       job = { .workers = 1, .cost_ops = it->cost_ops };
    uint64_t             number = hpt_trial_number(trial);
    unsigned long long   now = (unsigned long long)bench_now_ns();
    if (atomic_fetch_add(&shared->begun, 1) == 0) shared->first_ns = now;
    if (number < ISOLATION_STAMPS) shared->begun_ns[number] = now;
    shared->last_begun_ns = now;
    *value_out = work_evaluate(&job, number, point);
    behave(trial, it);
    if (atomic_fetch_add(&shared->ended, 1) + 1 == it->options.trial_count_max)
        shared->last_ended_ns = (unsigned long long)bench_now_ns();
    return HPT_OK;
}

/* ---- a run ---- */

hpt_options isolation_options(const char *pool, uint32_t workers, uint64_t trials) {
    hpt_options options = hpt_options_default();
    options.pool = pool;
    options.strategy = "random";
    options.worker_count = workers;
    options.trial_count_max = trials;
    options.on_crashed = options.on_timeout = (hpt_failure){ 0, HPT_FAILURE_IGNORE };
    return options;
}

static double cpu_ns(void) {
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    return bench_cpu_ns() + 1e9 * (double)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
           1e3 * (double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec);
}

static void read_stamps(isolation_measured *out) {
    double begun = (double)shared->begun;
    out->work_ns = (double)shared->last_ended_ns - (double)shared->first_ns;
    out->apart_ns = ((double)shared->last_begun_ns - (double)shared->first_ns) / (begun - 1);
    for (int i = 0; i < ISOLATION_STAMPS; i++)
        out->begun_ns[i] = (double)shared->begun_ns[i];
}

static hpt_space *make_space(void) {
    static const char *const names[] = { "a", "b", "c", "d" };
    hpt_space               *space = hpt_space_create();
    for (int i = 0; i < 4; i++)
        hpt_space_add_real(space, names[i], -5, 5);
    return space;
}

bool isolation_do(const isolation_run *it, isolation_measured *out, hpt_err *err) {
    if (!share()) return snprintf(err->text, sizeof err->text, "no shared memory"), false;
    hpt_result *result = NULL;
    hpt_space  *space = make_space();
    begin_stamps();
    double     cpu = cpu_ns(), start = bench_now_ns();
    hpt_status status =
        hpt_parallel_run(space, objective, (void *)(uintptr_t)it, &it->options, &result, err);
    out->returned_ns = bench_now_ns();
    out->total_ns = out->returned_ns - start;
    out->cpu_ns = cpu_ns() - cpu;
    read_stamps(out);
    shared->generation++;
    for (int state = 0; result && state < HPT_TRIAL_STATE_COUNT; state++)
        out->count[state] = hpt_result_count(result, (hpt_trial_state)state);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

uint64_t isolation_scaled(const isolation_settings *settings, uint64_t trials, uint64_t least) {
    double scaled = (double)trials * settings->pace;
    return scaled < (double)least ? least : (uint64_t)scaled;
}

unsigned isolation_rounds(const isolation_settings *settings) {
    return settings->pace < 0.5 ? 3 : 9;
}

void isolation_judge_median(bench_line *line, const double *values, unsigned count) {
    bench_judge(line, (bench_ratio){ bench_quantile(values, count, 0.5),
                                     bench_quantile(values, count, 0.25),
                                     bench_quantile(values, count, 0.75) });
}

void isolation_say_why(bench_line *line, const hpt_err *err) {
    snprintf(line->why_not, sizeof line->why_not, "%.95s", err->text);
}

bool isolation_do_timeout(const isolation_run *it, isolation_measured *out, bench_line *line) {
    hpt_err err = { 0 };
    bool    is_done = isolation_do(it, out, &err);
    if (is_done && out->count[HPT_TRIAL_TIMEOUT] == 1) return true;
    if (is_done) snprintf(err.text, sizeof err.text, "the trial did not end as TIMEOUT");
    isolation_say_why(line, &err);
    return false;
}
