/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables: which variants do which work, side by side. */
#include "executor/executor.h"

#include "machine.h"
#include "peers/peers.h"

#include <stdarg.h>
#include <string.h>

const work_family *const *executor_families(void) {
    static const work_family *const families[] = { &peers_threads, &peers_queue, &peers_old,
                                                   &peers_omp,     &peers_tbb,   &peers_glib,
                                                   &executor_hpt,  NULL };
    return families;
}

static const work_variant *find_variant(const char *name) {
    for (const work_family *const *family = executor_families(); *family; family++)
        for (const work_variant *it = (*family)->variants; it && it->name; it++)
            if (strcmp(it->name, name) == 0) return it;
    return NULL;
}

/* A row: as many runs as asked for of a fixed number of trials, or one run of as many trials. */

static void run_entry(void *user, uint64_t ops) {
    executor_entry *it = user;
    uint64_t        runs = it->run_trials ? ops : 1;
    it->job.trials = it->run_trials ? it->run_trials : ops;
    for (uint64_t i = 0; i < runs; i++) {
        it->answer = (work_answer){ 0 };
        it->variant->run(&it->job, &it->answer);
    }
}

static const char *check_entry(const void *user, uint64_t ops) {
    const executor_entry *it = user;
    (void)ops;
    return work_check(&it->job, it->variant, &it->answer);
}

static bool is_serial(const work_variant *variant) {
    return strcmp(variant->name, "serial.loop") == 0 ||
           strcmp(variant->name, "run.any_inline") == 0;
}

static void add(executor_station *it, const work_variant *variant, const work_job *job) {
    if (!variant || it->row_count == ROWS_MAX) return; /* absent: said at the start */
    executor_entry *entry = &it->entries[it->row_count];
    *entry = (executor_entry){ .variant = variant, .job = *job };
    if (is_serial(variant)) entry->job.workers = 1;
    it->rows[it->row_count++] = (bench_row){ .name = variant->name,
                                             .threads = entry->job.workers,
                                             .run = run_entry,
                                             .check = check_entry,
                                             .user = entry,
                                             .note = variant->note };
}

static void add_all(executor_station *it, const work_job *job) {
    for (const work_family *const *family = executor_families(); *family; family++)
        for (const work_variant *one = (*family)->variants; one && one->name; one++)
            add(it, one, job);
}

static void add_named(executor_station *it, const work_job *job, const char *const *names,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        add(it, find_variant(names[i]), job);
}

/* The same with other numbers of workers, for those that are compared so. */
static void add_scaled(executor_station *it, const work_job *job) {
    static const char *const names[] = { "floor.static_split", "omp.dynamic_1", "omp.critical",
                                         "run.pure",           "run.any",       "run.strict" };
    unsigned                 counts[] = { 1, 4, 8, bench_cpus(), 4 * bench_cpus() };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        bool     is_new = counts[i] != WORKERS;
        work_job other = *job;
        other.workers = counts[i];
        for (size_t j = 0; j < i; j++)
            is_new &= counts[j] != counts[i];
        if (is_new) add_named(it, &other, names, sizeof names / sizeof *names);
    }
}

static void station_init(executor_station *it, const char *label, double round_ms,
                         const executor_settings *settings) {
    memset(it, 0, sizeof *it);
    it->serial_row = "serial.loop";
    it->floor_row = "floor.static_split";
    it->floor_share = 1.0 / WORKERS;
    it->table = (bench_table){ .label = label,
                               .rows = it->rows,
                               .round_ms = round_ms * settings->pace,
                               .rounds_min = 9,
                               .rounds_max = 11 };
}

static const char *reason(const char *format, ...) HPT_PRINTF(1, 2);

static const char *reason(const char *format, ...) {
    static char reasons[32][96];
    static int  count;
    char       *text = reasons[count++ % 32];
    va_list     arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof *reasons, format, arguments);
    va_end(arguments);
    return text;
}

/* Whether the machine was ours: a serial loop is on its CPU all the time, and on two CPUs the floor
 * is twice as fast. */
static const char *why_unfit(const executor_station *it) {
    const bench_figures *serial = bench_find(&it->table, it->serial_row, 1);
    const bench_figures *base = bench_find(&it->table, it->floor_row, WORKERS);
    if (!serial) return NULL;
    double wall = bench_median_ns(serial);
    double own = bench_quantile(serial->cpu_ns, serial->rounds, 0.5) / wall;
    if (own < EFFICIENCY_MIN)
        return reason("CPU shared: a serial loop got %.0f %% of it", 100 * own);
    double efficiency = base ? it->floor_share * wall / bench_median_ns(base) : 1;
    if (efficiency < EFFICIENCY_MIN)
        return reason("CPUs shared: the floor got %.0f %% of %d", 100 * efficiency, WORKERS);
    return NULL;
}

static bool measure(executor_station *it, const executor_settings *settings) {
    it->table.row_count = it->row_count;
    if (!bench_measure(&it->table)) return false;
    bench_print(&it->table, "floor.static_split", settings->csv);
    it->unfit = settings->trust ? NULL : why_unfit(it);
    return true;
}

static uint32_t ops_of_us(double us) {
    return (uint32_t)(us * work_ops_per_us() + 0.5);
}

/* With a tail the number of trials is fixed: how long the last ones take matters. */
static void fix_trials(executor_station *it, uint64_t trials) {
    for (size_t i = 0; i < it->row_count; i++)
        it->rows[i].ops = trials;
}

bool executor_cost(executor_station *it, const char *label, double cost_us, bool has_tail,
                   const executor_settings *settings) {
    double mean = has_tail ? 1 + (WORK_TAIL_TIMES - 1.0) / WORK_TAIL_EVERY : 1;
    station_init(it, label, cost_us < 0.5 ? 40 : cost_us < 50 ? 55 : 100, settings);
    work_job job = { .workers = WORKERS,
                     .cost_ops = ops_of_us(cost_us / mean),
                     .has_tail = has_tail };
    add_all(it, &job);
    if (has_tail) {
        uint64_t trials = (uint64_t)(12000 * settings->pace);
        uint64_t all = executor_static_ops(&job, trials, 1);
        fix_trials(it, trials);
        it->floor_share = (double)executor_static_ops(&job, trials, WORKERS) / (double)all;
    } else if (cost_us < 500) {
        add_scaled(it, &job);
    }
    return measure(it, settings);
}

bool executor_slow(executor_station *it, double ask_us, double cost_us,
                   const executor_settings *settings) {
    static const char *const names[] = {
        "serial.loop",  "threads.mutex", "queue.mutex_condition", "replaced.mutex_list",
        "omp.critical", "tbb.pipeline",  "tbb.flow_graph",        "glib.thread_pool",
        "run.any",      "run.strict",    "run.any_caller",        "run.any_inline"
    };
    static char labels[8][64];
    static int  label_count;
    char       *label = labels[label_count++ % 8];
    snprintf(label, sizeof *labels, "slow strategy: ask %g us + objective %g us", ask_us, cost_us);
    station_init(it, label, 50, settings);
    work_job asks = { .workers = WORKERS, .ask_ops = ops_of_us(ask_us) };
    work_job evaluates = { .workers = WORKERS, .cost_ops = ops_of_us(cost_us) };
    work_job both = { .workers = WORKERS, .ask_ops = asks.ask_ops, .cost_ops = evaluates.cost_ops };
    add(it, find_variant("serial.loop"), &asks);
    it->rows[0].name = "serial.ask";
    add(it, find_variant("serial.loop"), &evaluates);
    it->rows[1].name = it->serial_row = "serial.evaluate";
    add(it, find_variant("floor.static_split"), &evaluates);
    it->rows[2].name = it->floor_row = "floor.evaluate";
    add_named(it, &both, names, sizeof names / sizeof *names);
    return measure(it, settings);
}

bool executor_one_cpu(executor_station *it, const executor_settings *settings) {
    static const char *const names[] = { "floor.static_split", "threads.mutex", "run.pure",
                                         "run.any", "run.strict" };
    station_init(it, "one CPU: 1 us", 50, settings);
    bench_confine(1);
    for (unsigned workers = 2; workers <= 8; workers *= 4) {
        work_job job = { .workers = workers, .cost_ops = ops_of_us(1) };
        if (workers == 2) add(it, find_variant("serial.loop"), &job);
        add_named(it, &job, names, sizeof names / sizeof *names);
    }
    it->floor_row = ""; /* one CPU is meant: nothing to be efficient with */
    bool done = measure(it, settings);
    bench_confine(0);
    return done;
}

bool executor_cold(executor_station *it, const executor_settings *settings) {
    static const char *const names[] = { "floor.static_split",
                                         "omp.static",
                                         "omp.critical",
                                         "tbb.parallel_for",
                                         "tbb.pipeline",
                                         "queue.mutex_condition",
                                         "replaced.mutex_list",
                                         "glib.thread_pool",
                                         "run.pure",
                                         "run.any",
                                         "run.strict",
                                         "run.any_caller",
                                         "run.any_inline",
                                         "run.any_observed" };
    bool                     was_pinning = bench_is_pinning();
    station_init(it, "cold start: a run of 16 empty trials", 1, settings);
    bench_set_pinning(false); /* to move a new thread costs more than it does in such a run */
    it->table.rounds_min = it->table.rounds_max = 51;
    work_job job = { .workers = WORKERS };
    add_named(it, &job, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < it->row_count; i++)
        it->entries[i].run_trials = 16;
    fix_trials(it, 4);
    bool done = measure(it, settings);
    bench_set_pinning(was_pinning);
    const bench_figures *base = bench_find(&it->table, it->floor_row, WORKERS);
    if (!done || !base || settings->trust) return done;
    double spread = bench_quantile(base->wall_ns, base->rounds, 0.75) -
                    bench_quantile(base->wall_ns, base->rounds, 0.25);
    if (spread > bench_median_ns(base) / 2)
        it->unfit =
            reason("disturbed: starting the floor's threads took %.0f us, give or take %.0f",
                   bench_median_ns(base) / 1e3, spread / 2e3);
    return true;
}
