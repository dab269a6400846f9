/* SPDX-License-Identifier: BSD-3-Clause */
/* The targets, one line each: what was promised, what was measured, against what, and whether that
 * is enough. */
#include "executor/executor.h"

#include "machine.h"
#include "verdict.h"

#include <string.h>

static void say_against(bench_line *it, const char *name, const bench_figures *row,
                        const bench_figures *base) {
    snprintf(it->against, sizeof it->against, "%.1f ns, %s %.1f ns", bench_median_ns(row), name,
             bench_median_ns(base));
}

/* Row a over row b, each "name" with a number of workers. */
typedef struct row_name {
    const char *name;
    unsigned    threads;
} row_name;

static void judge_ratio(bench_line *it, const executor_station *at, row_name a, row_name b) {
    const bench_figures *row = bench_find(&at->table, a.name, a.threads);
    const bench_figures *base = bench_find(&at->table, b.name, b.threads);
    if (at->unfit) {
        snprintf(it->why_not, sizeof it->why_not, "%s", at->unfit);
    } else if (!row || !base) {
        snprintf(it->why_not, sizeof it->why_not, "%s is absent", row ? b.name : a.name);
    } else {
        bench_judge(it, bench_compare(row, base));
        say_against(it, b.name, row, base);
    }
}

/* The table of costs. */

typedef struct column {
    const char *row, *text;
    double      limits[4]; /* at empty, 1, 10 and 100 us */
} column;

static const column columns[] = {
    { "run.pure", "pure strategy, tell per trial", { 1.25, 1.03, 1.02, 1.01 } },
    { "run.any", "any strategy, adaptive blocks", { 2.5, 1.03, 1.02, 1.01 } },
    { "run.strict", "strict", { 22, 1.08, 1.03, 1.01 } },
    { "run.pure_observed", "pure, stamp and event per trial", { 4.5, 1.08, 1.03, 1.02 } },
    { "run.any_observed", "any, stamp and event per trial", { 4.5, 1.08, 1.03, 1.02 } },
};

static const row_name floor_row = { "floor.static_split", WORKERS };

static void judge_floor(const executor_station *at, int cost) {
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        judge_ratio(bench_target(columns[i].limits[cost], "%s: %s, x floor", at->table.label,
                                 columns[i].text),
                    at, (row_name){ columns[i].row, WORKERS }, floor_row);
}

/* How many times faster than the design it replaces. */
static void judge_replaced(const executor_station *at, double limit) {
    static const char *const rows[] = { "run.pure", "run.any" };
    for (size_t i = 0; i < 2; i++) {
        bench_line *it = bench_target(limit, "%s: %s, times faster than the design replaced",
                                      at->table.label, rows[i]);
        it->is_least = true;
        judge_ratio(it, at, (row_name){ "replaced.mutex_list", WORKERS },
                    (row_name){ rows[i], WORKERS });
    }
}

/* "No slower" has to leave room for what two runs of the same thing differ by. */
static void judge_critical(const executor_station *at) {
    judge_ratio(bench_target(1.01,
                             "%s: strict, x OpenMP critical{tell; ask}, no slower within 1 %%",
                             at->table.label),
                at, (row_name){ "run.strict", WORKERS }, (row_name){ "omp.critical", WORKERS });
}

/* More workers than CPUs: as fast, and no round that is lost in waiting. */
static void judge_crowd(const executor_station *at) {
    static const char *const rows[] = { "run.pure", "run.any", "run.strict" };
    unsigned                 cpus = bench_cpus(), crowd = 4 * cpus;
    for (size_t i = 0; i < 3; i++)
        judge_ratio(bench_target(1.1, "%s: %s, %u workers on %u CPUs, x %u workers",
                                 at->table.label, rows[i], crowd, cpus, cpus),
                    at, (row_name){ rows[i], crowd }, (row_name){ rows[i], cpus });
    bench_line *it =
        bench_target(5, "%s: slowest round of %u workers, x its median", at->table.label, crowd);
    double worst = 0;
    for (size_t i = 0; i < 3 && !at->unfit; i++) {
        const bench_figures *row = bench_find(&at->table, rows[i], crowd);
        if (!row) continue;
        double ratio = bench_quantile(row->wall_ns, row->rounds, 1) / bench_median_ns(row);
        if (ratio > worst) worst = ratio;
    }
    if (worst > 0)
        bench_judge_number(it, worst);
    else
        snprintf(it->why_not, sizeof it->why_not, "%s", at->unfit ? at->unfit : "rows are absent");
}

static double switches_per_1000(const bench_figures *figures) {
    return 1000 * bench_quantile(figures->switches, figures->rounds, 0.5);
}

/* Other programs' share of the CPUs interrupts every row alike: what the floor had is theirs. */
static void judge_switches(const executor_station *at) {
    const bench_figures *base = bench_find(&at->table, floor_row.name, WORKERS);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const bench_figures *row = bench_find(&at->table, columns[i].row, WORKERS);
        bench_line          *it =
            bench_target(10, "%s: %s, context switches per 1000 trials, beyond the floor's",
                         at->table.label, columns[i].row);
        if (!row || !base) {
            snprintf(it->why_not, sizeof it->why_not, "%s is absent", columns[i].row);
        } else if (switches_per_1000(base) > 10) {
            snprintf(it->why_not, sizeof it->why_not, "the floor itself was switched %.0f times",
                     switches_per_1000(base));
        } else {
            bench_judge_number(it, switches_per_1000(row) - switches_per_1000(base));
            snprintf(it->against, sizeof it->against, "%.2f, floor %.2f", switches_per_1000(row),
                     switches_per_1000(base));
        }
    }
}

void executor_judge_cost(const executor_station *at, double cost_us) {
    if (cost_us < 200) judge_floor(at, cost_us < 0.5 ? 0 : cost_us < 5 ? 1 : cost_us < 50 ? 2 : 3);
    if (cost_us < 5) judge_replaced(at, cost_us < 0.5 ? 30 : 2.4);
    judge_critical(at);
    if (cost_us > 0.5 && cost_us < 50) judge_crowd(at);
    if (cost_us > 50 && cost_us < 500) judge_switches(at);
}

/* The price of a multiply-add follows from the floor's busiest worker. */
void executor_judge_tail(const executor_station *at) {
    static const char *const rows[] = { "run.pure", "run.any", "run.strict" };
    const bench_figures     *base = bench_find(&at->table, floor_row.name, WORKERS);
    const work_job          *job = &at->entries[0].job;
    if (!base) return;
    double floor_ops = (double)executor_static_ops(job, base->ops, WORKERS);
    double greedy_ops = (double)executor_greedy_ops(job, base->ops, WORKERS, 0);
    double window_ops = (double)executor_greedy_ops(job, base->ops, WORKERS, 32);
    for (size_t i = 0; i < 3; i++) {
        bench_line *it = bench_target(1.03, "%s: %s, makespan x greedy list scheduling",
                                      at->table.label, rows[i]);
        judge_ratio(it, at, (row_name){ rows[i], WORKERS }, floor_row);
        if (it->verdict == BENCH_NOT_MEASURED) continue;
        double price = floor_ops / greedy_ops; /* greedy = floor / price */
        bench_judge(it, (bench_ratio){ it->figure * price, it->low * price, it->high * price });
        snprintf(it->against, sizeof it->against, "greedy is %.3f x the floor", 1 / price);
    }
    bench_line *it = bench_target(1.08, "%s: window of 32, x order of arrival", at->table.label);
    judge_ratio(it, at, (row_name){ "run.any_window_32", WORKERS },
                (row_name){ "run.any", WORKERS });
    snprintf(it->against, sizeof it->against, "no such window can do better than %.3f",
             window_ops / greedy_ops);
    judge_critical(at);
}

void executor_judge_slow(const executor_station *at, double ask_us, double cost_us) {
    static const char *const rows[] = { "run.any", "run.strict", "omp.critical" };
    const bench_figures     *asks = bench_find(&at->table, "serial.ask", 1);
    const bench_figures     *evaluates = bench_find(&at->table, "serial.evaluate", 1);
    if (ask_us != 20 || cost_us != 10 || !asks || !evaluates) return;
    double s = bench_median_ns(asks), c = bench_median_ns(evaluates);
    bool   is_ask = s > (s + c) / WORKERS;
    double ideal = is_ask ? s : (s + c) / WORKERS;
    for (size_t i = 0; i < 2; i++) {
        const bench_figures *row = bench_find(&at->table, rows[i], WORKERS);
        bench_line          *it = bench_target(1.12, "%s: %s, x ideal", at->table.label, rows[i]);
        if (at->unfit || !row) {
            snprintf(it->why_not, sizeof it->why_not, "%s", at->unfit ? at->unfit : "absent");
            continue;
        }
        bench_ratio ratio = bench_compare(row, asks);
        double      scale = s / ideal;
        bench_judge(it,
                    (bench_ratio){ ratio.value * scale, ratio.low * scale, ratio.high * scale });
        snprintf(it->against, sizeof it->against, "%.1f ns, ideal %.1f ns", bench_median_ns(row),
                 ideal);
    }
}

void executor_judge_one_cpu(const executor_station *at) {
    static const char *const rows[] = { "run.pure", "run.any", "run.strict" };
    for (unsigned workers = 2; workers <= 8; workers *= 4)
        for (size_t i = 0; i < 3; i++)
            judge_ratio(bench_target(1.1, "%s: %s, %u workers, x serial", at->table.label, rows[i],
                                     workers),
                        at, (row_name){ rows[i], workers }, (row_name){ "serial.loop", 1 });
}

void executor_judge_cold(const executor_station *at) {
    static const char *const rows[] = { "run.pure", "run.any", "run.strict" };
    const bench_figures     *base = bench_find(&at->table, floor_row.name, WORKERS);
    for (size_t i = 0; i < 3; i++) {
        const bench_figures *row = bench_find(&at->table, rows[i], WORKERS);
        bench_line          *it = bench_target(20, "%s: %s, us", at->table.label, rows[i]);
        if (!row || !base || at->unfit) {
            snprintf(it->why_not, sizeof it->why_not, "%s", at->unfit ? at->unfit : "absent");
            continue;
        }
        bench_judge_number(it, bench_median_ns(row) / 1e3);
        it->low = bench_quantile(row->wall_ns, row->rounds, 0.25) / 1e3;
        it->high = bench_quantile(row->wall_ns, row->rounds, 0.75) / 1e3;
        snprintf(it->against, sizeof it->against, "threads of the floor %.1f us",
                 bench_median_ns(base) / 1e3);
    }
}

void executor_judge_manners(const executor_manners *manners) {
    static const char *const names[] = { "run.pure", "run.any", "run.strict" };
    bench_line *it = bench_target(1024, "memory: more at 2 000 000 trials than at 20 000, KiB");
    bench_judge_number(it, manners->memory_kib);
    bench_judge_number(bench_target(0, "allocations per trial in steady state"),
                       manners->allocations);
    for (size_t i = 0; i < 3; i++) {
        it = bench_target(0.01, "10 us: %s, system calls per trial in steady state", names[i]);
        if (manners->no_syscalls)
            snprintf(it->why_not, sizeof it->why_not, "%s", manners->no_syscalls);
        else
            bench_judge_number(it, manners->syscalls[i]);
    }
    bench_judge_number(bench_target(0.01, "trials that sleep: CPU time / wall time"),
                       manners->idle_share);
    it = bench_target(1000, "cancel: until the last trial saw it, us");
    bench_judge_number(it, manners->cancel_us);
    snprintf(it->against, sizeof it->against, "p99 %.1f us", manners->cancel_worst_us);
}
