/* SPDX-License-Identifier: BSD-3-Clause */
/* The targets of the pool `processes`, one line each. */
#include "isolation/isolation.h"

#include "machine.h"
#include "work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- overhead ---- */

/* What a worker spends on an empty trial, ns; false: not here. */
static bool overhead(bool is_bound, uint64_t trials, double *out, hpt_err *err) {
    isolation_measured found;
    unsigned           workers = bench_cpus();
    isolation_run      it = { .options = isolation_options("processes", workers, trials) };
    it.options.pin = is_bound;
    if (!isolation_do(&it, &found, err)) return false;
    *out = found.apart_ns * workers;
    return true;
}

static void judge_overhead(const isolation_settings *settings, bool is_bound, double limit) {
    const unsigned rounds = isolation_rounds(settings), workers = bench_cpus();
    const uint64_t trials = isolation_scaled(settings, 20000, 500) * workers;
    bench_figures  ours = { .rounds = rounds, .ops = 1 }, floor = { .rounds = rounds, .ops = 1 };
    hpt_err        err = { 0 };
    double         us[BENCH_ROUNDS_MAX];
    const char    *bound = is_bound ? "bound to CPUs" : "not bound";
    bench_line    *line = bench_target(limit,
                                       "processes: what a worker spends on an empty trial, "
                                          "%u of %u CPUs, %s, us",
                                       workers, workers, bound);
    bench_line    *times = bench_target(NAN, "... x a futex's round trip between two processes");
    for (unsigned round = 0; round < rounds; round++) {
        if (!overhead(is_bound, trials, &ours.wall_ns[round], &err)) {
            isolation_say_why(line, &err);
            isolation_say_why(times, &err);
            return;
        }
        floor.wall_ns[round] = isolation_round_trip_ns(workers, trials / workers, is_bound);
    }
    for (unsigned round = 0; round < rounds; round++)
        us[round] = ours.wall_ns[round] / 1e3;
    isolation_judge_median(line, us, rounds);
    bench_judge(times, bench_compare(&ours, &floor));
    snprintf(times->against, sizeof times->against, "%.1f us", bench_median_ns(&floor) / 1e3);
}

/* The default is what is promised. */
void isolation_judge_overhead(const isolation_settings *settings) {
    judge_overhead(settings, false, 15);
    judge_overhead(settings, true, NAN);
}

/* ---- efficiency ---- */

static void judge_efficiency(const isolation_settings *settings, double cost_us, double limit) {
    const unsigned rounds = isolation_rounds(settings), workers = bench_cpus();
    const uint64_t trials = isolation_scaled(settings, (uint64_t)(3e5 / cost_us), 20) * workers;
    bench_figures  ours = { .rounds = rounds, .ops = 1 }, floor = { .rounds = rounds, .ops = 1 };
    isolation_run  it = { .options = isolation_options("processes", workers, trials),
                          .cost_ops = (uint32_t)(cost_us * work_ops_per_us()) };
    hpt_err        err = { 0 };
    bench_line    *line = bench_target(limit,
                                       "processes: trials of %g us, the time of threads that "
                                          "share nothing / their time",
                                       cost_us);
    line->is_least = true;
    for (unsigned round = 0; round < rounds; round++) {
        isolation_measured found;
        if (!isolation_do(&it, &found, &err)) {
            isolation_say_why(line, &err);
            return;
        }
        ours.wall_ns[round] = found.work_ns / (double)trials;
        floor.wall_ns[round] = isolation_split_ns(workers, trials, it.cost_ops) / (double)trials;
    }
    bench_judge(line, bench_compare(&floor, &ours));
    snprintf(line->against, sizeof line->against, "%.1f us of wall time a trial, alone %.1f us",
             bench_median_ns(&ours) / 1e3, bench_median_ns(&floor) / 1e3);
}

void isolation_judge_efficiency(const isolation_settings *settings) {
    judge_efficiency(settings, 1000, 0.97);
    judge_efficiency(settings, 100, NAN);
}

/* ---- crashes ---- */

static void judge_crashes(const isolation_settings *settings, uint64_t every, uint64_t trials) {
    isolation_measured found;
    hpt_err            err = { 0 };
    unsigned           workers = bench_cpus();
    isolation_run      it = { .options = isolation_options("processes", workers,
                                                           isolation_scaled(settings, trials, 40)),
                              .manner = every > 0 ? ISOLATION_CRASHES : ISOLATION_RETURNS,
                              .every = every };
    bench_line        *line = bench_target(NAN, "processes: trials per second, empty, %s crashes",
                                    every == 0   ? "none"
                                           : every == 1 ? "each"
                                                        : "every tenth");
    if (!isolation_do(&it, &found, &err)) {
        isolation_say_why(line, &err);
        return;
    }
    bench_judge_number(line, 1e9 / found.apart_ns);
    snprintf(line->against, sizeof line->against, "%llu CRASHED, %llu COMPLETE",
             (unsigned long long)found.count[HPT_TRIAL_CRASHED],
             (unsigned long long)found.count[HPT_TRIAL_COMPLETE]);
}

void isolation_judge_crashes(const isolation_settings *settings) {
    judge_crashes(settings, 0, 20000);
    judge_crashes(settings, 10, 20000);
    judge_crashes(settings, 1, 2000);
}

/* ---- a new process, by the size of the host ---- */

static void judge_fork(const isolation_settings *settings, size_t mib) {
    isolation_measured found;
    hpt_err            err = { 0 };
    isolation_run      it = { .options =
                                  isolation_options("processes", 1, isolation_scaled(settings, 200, 20)),
                              .manner = ISOLATION_CRASHES,
                              .every = 1 };
    bench_line        *line =
        bench_target(NAN, "processes: from a crash to the next trial, host of %zu MiB, ms", mib);
    char *ballast = malloc(mib << 20);
    if (!ballast) {
        snprintf(line->why_not, sizeof line->why_not, "there is not so much memory");
        return;
    }
    memset(ballast, 1, mib << 20); /* else there are no pages */
    double fork_ns = isolation_fork_ns(10);
    if (isolation_do(&it, &found, &err)) {
        bench_judge_number(line, found.apart_ns / 1e6);
        snprintf(line->against, sizeof line->against,
                 "start and end of the run included: %.1f ms; fork(), _exit(), waitpid(): %.2f ms",
                 found.total_ns / 1e6 / (double)it.options.trial_count_max, fork_ns / 1e6);
    } else {
        isolation_say_why(line, &err);
    }
    free(ballast);
}

void isolation_judge_fork(const isolation_settings *settings) {
    judge_fork(settings, 10);
    judge_fork(settings, settings->pace < 0.5 ? 100 : 1024);
}

/* ---- from the limit to TIMEOUT ---- */

typedef struct rung {
    const char      *text;
    isolation_manner manner;
    double           graces; /* that it is given after the limit */
} rung;

static void judge_rung(const rung *step, unsigned times) {
    const double limit_s = 0.05, grace_s = 0.05;
    double       late_ms[9];
    bench_line  *line =
        bench_target(20, "processes: TIMEOUT of a trial that %s, ms after it is due", step->text);
    for (unsigned i = 0; i < times; i++) {
        isolation_measured found;
        isolation_run      it = { .options = isolation_options("processes", 1, 1),
                                  .manner = step->manner };
        it.options.trial_s_max = limit_s;
        it.options.grace_s = grace_s;
        if (!isolation_do_timeout(&it, &found, line)) return;
        double due_ns = found.begun_ns[0] + 1e9 * (limit_s + step->graces * grace_s);
        late_ms[i] = (found.returned_ns - due_ns) / 1e6;
    }
    isolation_judge_median(line, late_ms, times);
    snprintf(line->against, sizeof line->against,
             "limit of %g s, grace of %g s; the end of the run included", limit_s, grace_s);
}

void isolation_judge_ladder(const isolation_settings *settings) {
    static const rung rungs[] = { { "asks whether to stop", ISOLATION_OBEYS, 0 },
                                  { "does not (SIGTERM)", ISOLATION_IGNORES, 1 },
                                  { "ignores SIGTERM too (SIGKILL)", ISOLATION_RESISTS, 2 } };
    for (size_t i = 0; i < sizeof rungs / sizeof *rungs; i++)
        judge_rung(&rungs[i], isolation_rounds(settings));
}
