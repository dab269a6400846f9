/* SPDX-License-Identifier: BSD-3-Clause */
/* How many workers one turn keeps busy: the largest number that is busy for 95 % of its time, as a
 * function of how long trials take, for strategies that do not learn, that do, and that insist on
 * seeing every result; and how many trials a second one turn lets through when there are more.
 *
 * Simulated (docs/simulation.md), so the same figures on every machine: what the turn, hand-overs
 * and wake-ups cost are the defaults of the pool "sim", and --options changes them:
 *
 *     tools/bench sim --options ask_ns=20000,spin_ns=0
 *     tools/bench sim --real        # is it right? real threads against it, where there are cores
 */
#include "machine.h"
#include "sim/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS_MAX = 100 * 1000, WINDOW_MAX = 131072, TEXT_BYTES = 256 };

static const double busy_wanted = 0.95;

typedef struct row {
    const char  *name;
    sim_strategy strategy;
    bool         has_window;
} row;

static const row rows[] = {
    { "pure", SIM_PURE, false },
    { "any", SIM_ANY, false },
    { "strict", SIM_STRICT, false },
    { "window", SIM_ANY, true },
};

static const char *const times[] = { "exponential", "lognormal,cv=1" };
static const double      trial_s[] = { 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10 };

enum {
    ROW_COUNT = sizeof rows / sizeof *rows,
    TIME_COUNT = sizeof times / sizeof *times,
    TRIAL_COUNT = sizeof trial_s / sizeof *trial_s
};

/* One cell of the table, and how it is simulated. */
typedef struct cell {
    const row  *row;
    const char *time;
    double      trial_s;
    const char *options; /* of the pool, more of them; "" */
} cell;

static hpt_status look_up(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static hpt_run *start(const cell *it, uint32_t workers) {
    char        pool[TEXT_BYTES];
    hpt_err     err = { 0 };
    hpt_run    *run = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_space_add_real(space, "x", 0, 1);
    snprintf(pool, sizeof pool, "sim:time=%s,mean=%.17g%s%s", it->time, it->trial_s,
             *it->options ? "," : "", it->options);
    options.pool = pool;
    options.worker_count = workers;
    options.strategy_class = &sim_strategies[it->row->strategy];
    if (it->row->has_window) options.window = workers > WINDOW_MAX / 32 ? WINDOW_MAX : 32 * workers;
    if (hpt_run_start(space, look_up, NULL, &options, &run, &err) != HPT_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    hpt_space_destroy(space);
    return run;
}

/* Statistics are summed up over all workers: not after each event. */
static hpt_stats simulate_until(hpt_run *run, uint32_t workers, double wall_s) {
    hpt_stats stats = { .struct_size = sizeof stats };
    do {
        for (uint32_t i = 0; i < workers + 1000; i++)
            hpt_run_poll(run);
        hpt_run_stats(run, &stats, NULL);
    } while (stats.wall_s < wall_s);
    return stats;
}

/* What holds on after the start. */
typedef struct steady {
    double busy, turn, trials_per_s;
} steady;

static steady measure(const cell *it, uint32_t workers) {
    hpt_run  *run = start(it, workers);
    double    more = it->row->has_window ? 5 : 1; /* a window takes its time to fill up */
    double    first_s = more * fmax(3 * it->trial_s, 0.5e-3);
    hpt_stats a = simulate_until(run, workers, first_s);
    /* A pass with thousands of results may take longer than all that. */
    hpt_stats b = simulate_until(run, workers, fmax(3 * first_s, 3 * a.wall_s));
    double    span_s = b.wall_s - a.wall_s;
    uint64_t  trials = b.state_count[HPT_TRIAL_COMPLETE] - a.state_count[HPT_TRIAL_COMPLETE];
    hpt_run_destroy(run);
    return (steady){ .busy = (b.busy_fraction * b.wall_s - a.busy_fraction * a.wall_s) / span_s,
                     .turn = (b.turn_fraction * b.wall_s - a.turn_fraction * a.wall_s) / span_s,
                     .trials_per_s = (double)trials / span_s };
}

/* 1, 2, 3, 4, 5, 6, 8, 10, 13, ...: ten a decade. */
static uint32_t workers_at(int step) {
    return (uint32_t)(pow(10, step / 10.0) + 0.5);
}

/* The largest number of workers on that scale that are busy enough; 0 when not even one is. More
 * workers are never busier. */
static uint32_t find_most(const cell *it, steady *at_out) {
    int    low = -1, high = it->row->has_window ? 38 : 50; /* more would leave a window 20 each */
    steady most = measure(it, workers_at(high));
    if (most.busy >= busy_wanted) {
        *at_out = most;
        return workers_at(high);
    }
    while (high - low > 1) {
        int    middle = (low + high) / 2;
        steady found = measure(it, workers_at(middle));
        if (found.busy >= busy_wanted) {
            low = middle;
            *at_out = found;
        } else {
            high = middle;
        }
    }
    return low < 0 ? 0 : workers_at(low);
}

static void print_cell(const cell *it, FILE *csv) {
    steady   at = { 0 };
    uint32_t most = find_most(it, &at);
    printf("  %-8s %-16s %9g %9u%c %8.1f %8.1f %14.0f\n", it->row->name, it->time, it->trial_s,
           (unsigned)most, most == WORKERS_MAX ? '+' : ' ', 100 * at.busy, 100 * at.turn,
           at.trials_per_s);
    fflush(stdout);
    if (csv)
        fprintf(csv, "sim.%s,\"%s\",%g,%u,%.4f,%.4f,%.0f\n", it->row->name, it->time, it->trial_s,
                (unsigned)most, at.busy, at.turn, at.trials_per_s);
}

/* What comes through with ten times the workers that could be busy. */
static void print_saturation(const row *which, const char *options, FILE *csv) {
    static const double short_s[] = { 1e-6, 1e-4, 1e-3 };
    for (size_t i = 0; i < sizeof short_s / sizeof *short_s; i++) {
        cell     it = { which, times[0], short_s[i], options };
        double   wanted = 10 * 1e7 * short_s[i];
        uint32_t workers = wanted < 100           ? 100
                           : wanted > WORKERS_MAX ? WORKERS_MAX
                                                  : (uint32_t)wanted;
        steady   at = measure(&it, workers);
        printf("  %-8s %9g s %9u workers %12.0f trials a second, turn held %.1f %%\n", which->name,
               short_s[i], (unsigned)workers, at.trials_per_s, 100 * at.turn);
        fflush(stdout);
        if (csv)
            fprintf(csv, "sim.%s.saturated,exponential,%g,%u,%.4f,%.4f,%.0f\n", which->name,
                    short_s[i], (unsigned)workers, at.busy, at.turn, at.trials_per_s);
    }
}

static void print_all(const char *options, FILE *csv) {
    if (csv) fprintf(csv, "bench,time,trial_s,workers,busy,turn,trials_per_s\n");
    printf("sim: most workers that are busy for %g %% of their time%s%s\n", 100 * busy_wanted,
           *options ? "; with " : "", options);
    printf("  %-8s %-16s %9s %10s %8s %8s %14s\n", "strategy", "times", "trial, s", "workers",
           "busy, %", "turn, %", "trials/s");
    for (size_t t = 0; t < TIME_COUNT; t++)
        for (size_t r = 0; r < ROW_COUNT; r++)
            for (size_t d = 0; d < TRIAL_COUNT; d++)
                print_cell(&(cell){ &rows[r], times[t], trial_s[d], options }, csv);
    printf("\nsim: what one turn lets through when there are too many workers\n");
    for (size_t r = 0; r < ROW_COUNT; r++)
        print_saturation(&rows[r], options, csv);
}

int main(int argc, char **argv) {
    const char *path = getenv("BENCH_CSV"), *options = "";
    bool        is_real = argc == 2 && strcmp(argv[1], "--real") == 0;
    if (argc == 3 && strcmp(argv[1], "--options") == 0) {
        options = argv[2];
    } else if (argc > 1 && !is_real) {
        fprintf(stderr, "usage: bench_sim [--options key=value,... | --real]\n");
        return 2;
    }
    FILE *csv = path ? fopen(path, "a") : NULL;
    bench_machine_begin();
    if (is_real)
        sim_against_threads(csv);
    else
        print_all(options, csv);
    if (csv) fclose(csv);
    return 0;
}
