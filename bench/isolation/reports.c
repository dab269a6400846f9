/* SPDX-License-Identifier: BSD-3-Clause */
/* What a report costs the trial that makes it. */
#include "isolation/isolation.h"

#include "work.h"

#include <math.h>

/* Reports come in bursts, which are timed, with work of 10 us a report in between: so the time is
 * that of the worker alone, and not that of a pruner that cannot keep up. */
enum { BURST = 32, BURSTS = 300, TRIALS = 4, WORK_US = 10 };

/* Two at once: a worker that is alone decides by itself, and nothing has to be passed on. */
enum { WORKERS = 2 };

static bool spares(void *state, const hpt_pruner_report *report) {
    (void)state;
    return !(report->losses[0] < INFINITY);
}

/* Looks at the report, and never prunes. */
static const hpt_pruner_class sparing = { .struct_size = sizeof(hpt_pruner_class),
                                          .name = "sparing",
                                          .summary = "never prunes",
                                          .state_size = 1,
                                          .report = spares };

typedef struct reporting {
    uint32_t cost_ops;
    unsigned bursts;
} reporting;

/* The value is what was measured, ns a report: it comes back from a process of its own, too. */

static hpt_status report_in_bursts(hpt_trial *trial, void *user, double *value_out) {
    const reporting *it = user;
    double           spent = 0, sum = 0;
    const double     point[WORK_DIMS] = { 0 };
    const work_job   job = { .workers = WORKERS, .cost_ops = it->cost_ops };
    int64_t          step = 0;
    for (unsigned burst = 0; burst < it->bursts; burst++) {
        sum += work_evaluate(&job, burst, point);
        double start = bench_now_ns();
        for (int i = 0; i < BURST; i++) {
            hpt_status status = hpt_trial_report(trial, step++, sum);
            if (status != HPT_OK) return status;
        }
        spent += bench_now_ns() - start;
    }
    *value_out = spent / (it->bursts * (double)BURST);
    return HPT_OK;
}

static bool measure(const isolation_settings *settings, const char *pool, bool is_pruned,
                    uint32_t window, double *out_ns, hpt_err *err) {
    reporting   it = { .cost_ops = WORK_US * BURST * work_ops_per_us(),
                       .bursts = (unsigned)isolation_scaled(settings, BURSTS, 50) };
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_options options = isolation_options(pool, WORKERS, TRIALS);
    hpt_space_add_real(space, "a", 0, 1);
    options.pruner_class = is_pruned ? &sparing : NULL;
    options.window = window;
    hpt_status status = hpt_parallel_run(space, report_in_bursts, &it, &options, &result, err);
    bool       is_done = status == HPT_OK && hpt_result_count(result, HPT_TRIAL_COMPLETE) == TRIALS;
    if (is_done) *out_ns = hpt_result_value(result);
    if (status == HPT_OK && !is_done) snprintf(err->text, sizeof err->text, "a report was refused");
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return is_done;
}

typedef struct kind {
    const char *pool, *text;
    double      limit_ns;
    bool        is_pruned;
    uint32_t    window;
} kind;

static void judge_kind(const isolation_settings *settings, const kind *it) {
    double      ns[9];
    unsigned    rounds = isolation_rounds(settings);
    hpt_err     err = { 0 };
    bench_line *line = bench_target(it->limit_ns, "%s: a report, %s, ns", it->pool, it->text);
    for (unsigned round = 0; round < rounds; round++)
        if (!measure(settings, it->pool, it->is_pruned, it->window, &ns[round], &err)) {
            isolation_say_why(line, &err);
            return;
        }
    bench_judge(line,
                (bench_ratio){ bench_quantile(ns, rounds, 0.5), bench_quantile(ns, rounds, 0.25),
                               bench_quantile(ns, rounds, 0.75) });
}

void isolation_judge_report(const isolation_settings *settings) {
    static const kind kinds[] = {
        { "threads", "no pruner", NAN, false, 0 },
        { "threads", "a pruner that never prunes", 50, true, 0 },
        { "threads", "the same, with a window of 32", NAN, true, 32 },
        { "processes", "no pruner", NAN, false, 0 },
        { "processes", "a pruner that never prunes", NAN, true, 0 },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        judge_kind(settings, &kinds[i]);
}
