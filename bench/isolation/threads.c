/* SPDX-License-Identifier: BSD-3-Clause */
/* The targets of limits in the pool `threads`, and what it costs to watch trials that do nothing.
 */
#include "isolation/isolation.h"

#include "machine.h"
#include "work.h"

#include <math.h>

/* ---- a limit ---- */

static const double generous_s = 1000; /* a limit that no trial comes near to */

/* Wall time a trial of as many workers as there are CPUs, from the start of the run to its end. */
static bool trial_ns(uint64_t trials, uint32_t cost_ops, double limit_s, double *out,
                     hpt_err *err) {
    isolation_measured found;
    isolation_run      it = { .options = isolation_options("threads", bench_cpus(), trials),
                              .cost_ops = cost_ops };
    it.options.trial_s_max = limit_s;
    if (!isolation_do(&it, &found, err)) return false;
    *out = found.total_ns / (double)trials;
    return true;
}

static void judge_limit(const isolation_settings *settings, double cost_us, double limit) {
    const unsigned rounds = isolation_rounds(settings);
    const uint64_t trials =
        isolation_scaled(settings, (uint64_t)(4e5 / (cost_us + 1)), 2000) * bench_cpus();
    const uint32_t ops = (uint32_t)(cost_us * work_ops_per_us());
    bench_figures  with = { .rounds = rounds, .ops = 1 }, without = { .rounds = rounds, .ops = 1 };
    hpt_err        err = { 0 };
    bench_line    *line =
        bench_target(limit, "threads: trials of %g us with a time limit, x without", cost_us);
    for (unsigned round = 0; round < rounds; round++)
        if (!trial_ns(trials, ops, 0, &without.wall_ns[round], &err) ||
            !trial_ns(trials, ops, generous_s, &with.wall_ns[round], &err)) {
            isolation_say_why(line, &err);
            return;
        }
    bench_judge(line, bench_compare(&with, &without));
    snprintf(line->against, sizeof line->against, "%.0f ns of wall time a trial, without %.0f ns",
             bench_median_ns(&with), bench_median_ns(&without));
}

/* A limit needs the clock twice for each trial, and watched trials are handed in one by one. */
void isolation_judge_limit(const isolation_settings *settings) {
    judge_limit(settings, 0, NAN);
    judge_limit(settings, 10, 1.1);
    judge_limit(settings, 100, 1.02);
}

/* ---- a worker that does not come back ---- */

void isolation_judge_lost(const isolation_settings *settings) {
    const double   limit_s = 0.05, grace_s = 0.05;
    const unsigned times = isolation_rounds(settings);
    double         late_ms[9];
    bench_line    *line = bench_target(20, "threads: the next trial after one that does not come "
                                              "back, ms after it is due");
    for (unsigned i = 0; i < times; i++) {
        isolation_measured found;
        isolation_run      it = { .options = isolation_options("threads", 1, 2),
                                  .manner = ISOLATION_IGNORES };
        it.options.trial_s_max = limit_s;
        it.options.grace_s = grace_s;
        if (!isolation_do_timeout(&it, &found, line)) return;
        late_ms[i] = (found.begun_ns[1] - found.begun_ns[0]) / 1e6 - 1e3 * (limit_s + grace_s);
    }
    isolation_judge_median(line, late_ms, times);
    snprintf(line->against, sizeof line->against, "limit of %g s, grace of %g s", limit_s, grace_s);
}

/* ---- idling ---- */

static void judge_idle(const isolation_settings *settings, const char *pool) {
    isolation_measured found;
    hpt_err            err = { 0 };
    unsigned           workers = bench_cpus();
    isolation_run      it = { .options = isolation_options(pool, workers,
                                                           isolation_scaled(settings, 20, 4) * workers),
                              .manner = ISOLATION_SLEEPS };
    it.options.trial_s_max = generous_s;
    bench_line *line =
        bench_target(0.01, "%s: trials that sleep, with a limit: CPU time / wall time", pool);
    if (!isolation_do(&it, &found, &err)) {
        isolation_say_why(line, &err);
        return;
    }
    bench_judge_number(line, found.cpu_ns / found.total_ns);
    snprintf(line->against, sizeof line->against, "%u workers; all processes and threads together",
             workers);
}

void isolation_judge_idle(const isolation_settings *settings) {
    judge_idle(settings, "threads");
    judge_idle(settings, "processes");
}
