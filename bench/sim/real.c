/* SPDX-License-Identifier: BSD-3-Clause */
/* Is the simulation right? Where there are cores to see: the same run on threads and in virtual
 * time, which is told nothing but how long a trial takes on one thread with a strategy that does
 * not learn. */
#include "sim/sim.h"

#include "machine.h"

#include <stdlib.h>

enum { TEXT_BYTES = 128 };

static uint64_t hash(uint64_t number) {
    return number * UINT64_C(0x9E3779B97F4A7C15);
}

static void point(const void *state, uint64_t number, hpt_coord *point_out) {
    (void)state;
    point_out[0].real = (double)(hash(number) >> 11) * 0x1p-53;
}

static hpt_status ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)err;
    point(state, number, point_out);
    return HPT_OK;
}

static void tell(void *state, const hpt_outcome *outcome) {
    (void)state, (void)outcome;
}

const hpt_strategy_class sim_strategies[SIM_STRATEGY_COUNT] = {
    [SIM_PURE] = { .struct_size = sizeof(hpt_strategy_class), .name = "pure", .point = point },
    [SIM_ANY] = { .struct_size = sizeof(hpt_strategy_class),
                  .name = "any",
                  .ask = ask,
                  .tell = tell },
    [SIM_STRICT] = { .struct_size = sizeof(hpt_strategy_class),
                     .name = "strict",
                     .batch_max = 1,
                     .ask = ask,
                     .tell = tell },
};

/* A fixed number of dependent multiply-adds. */
static hpt_status work(hpt_trial *trial, void *user, double *value_out) {
    double x = hpt_trial_point(trial)[0].real;
    for (uint32_t left = *(const uint32_t *)user; left > 0; left--)
        x = x * 0.999999 + 1e-9;
    *value_out = x;
    return HPT_OK;
}

typedef struct setup {
    const char  *pool;
    uint32_t     workers, ops;
    uint64_t     trials;
    sim_strategy strategy;
} setup;

static double trial_ns(setup it) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_space_add_real(space, "x", 0, 1);
    options.pool = it.pool;
    options.worker_count = it.workers;
    options.trial_count_max = it.trials;
    options.strategy_class = &sim_strategies[it.strategy];
    if (hpt_parallel_run(space, work, &it.ops, &options, &result, &err) != HPT_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    double ns = hpt_result_stats(result)->wall_s * 1e9 / (double)it.trials;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return ns;
}

/* What it takes when nothing else disturbs. */
static double least_ns(setup it) {
    double least = trial_ns(it);
    for (int i = 0; i < 8; i++) {
        double ns = trial_ns(it);
        if (ns < least) least = ns;
    }
    return least;
}

static void compare(setup it, double alone_ns, FILE *csv) {
    char   pool[TEXT_BYTES];
    double real_ns = least_ns(it);
    snprintf(pool, sizeof pool, "sim:time=constant,mean=%.17g", alone_ns * 1e-9);
    it.pool = pool;
    double      virtual_ns = trial_ns(it);
    const char *name = sim_strategies[it.strategy].name;
    printf("  %-8s %10.0f %8u %12.1f %12.1f %8.3f\n", name, alone_ns, (unsigned)it.workers, real_ns,
           virtual_ns, virtual_ns / real_ns);
    fflush(stdout);
    if (csv)
        fprintf(csv, "sim.%s.against_threads,constant,%g,%u,%.1f,%.1f,%.3f\n", name,
                alone_ns * 1e-9, (unsigned)it.workers, real_ns, virtual_ns, virtual_ns / real_ns);
}

void sim_against_threads(FILE *csv) {
    static const struct {
        uint32_t ops;
        uint64_t trials;
    } costs[] = { { 0, 1000000 }, { 250, 100000 }, { 2500, 20000 }, { 25000, 2000 } };
    if (csv) fprintf(csv, "bench,time,trial_s,workers,threads_ns,sim_ns,ratio\n");
    printf("sim: ns per trial, on threads (least of 9) and in virtual time\n");
    printf("  %-8s %10s %8s %12s %12s %8s\n", "strategy", "alone, ns", "workers", "threads", "sim",
           "ratio");
    unsigned cpus = bench_cpus() < 8 ? bench_cpus() : 8;
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        setup  it = { "inline", 1, costs[i].ops, costs[i].trials, SIM_PURE };
        double alone_ns = least_ns(it);
        it.pool = "threads";
        for (it.workers = 1; it.workers <= cpus; it.workers *= 2)
            for (it.strategy = SIM_PURE; it.strategy < SIM_STRATEGY_COUNT; it.strategy++)
                compare(it, alone_ns, csv);
    }
}
