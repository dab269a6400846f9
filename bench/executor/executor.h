/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_EXECUTOR_EXECUTOR_H
#define HPT_BENCH_EXECUTOR_EXECUTOR_H

/* What it costs to hand out trials: hpt beside the floor and the peers. */

#include "bench.h"
#include "work.h"

#include <hpt/extend.h>
#include <hpt/hpt.h>

enum {
    WORKERS = 2, /* what the targets are about: 2 workers on 2 CPUs */
    ROWS_MAX = 80
};

/* Below it the CPUs are visibly shared with somebody, and ratios of wall times mean nothing. */
#define EFFICIENCY_MIN 0.9

/* hpt.c: hpt as variants of the work. */
extern const work_family executor_hpt;

/* The strategies they use; with their hook. For one run at a time. */
typedef enum executor_strategy { EXECUTOR_PURE, EXECUTOR_ANY, EXECUTOR_STRICT } executor_strategy;

const hpt_strategy_class *executor_class(executor_strategy strategy, const work_job *job);
hpt_options               executor_options(executor_strategy strategy, const work_job *job);
hpt_space                *executor_space(void); /* made when first asked for */
void                      executor_space_forget(void);
hpt_status                executor_objective(hpt_trial *trial, void *user, double *value_out);

/* stations.c: the tables. A station is a table and the rows it owns. */
typedef struct executor_entry {
    const work_variant *variant;
    work_job            job;
    uint64_t            run_trials; /* an operation is a run of so many trials; 0 = a trial */
    work_answer         answer;
} executor_entry;

typedef struct executor_station {
    bench_table    table;
    size_t         row_count;
    bench_row      rows[ROWS_MAX];
    executor_entry entries[ROWS_MAX];
    const char    *serial_row, *floor_row; /* what the efficiency is taken from */
    double         floor_share;            /* of the work, that the floor's busiest worker does */
    const char    *unfit; /* NULL, or why two workers cannot be judged here             */
} executor_station;

typedef struct executor_settings {
    double pace;  /* 1 = as documented; less = shorter timings, for a first look     */
    bool   trust; /* judge even if the CPUs are visibly shared                      */
    FILE  *csv;
} executor_settings;

/* Measure one and print it. */
bool executor_cost(executor_station *it, const char *label, double cost_us, bool has_tail,
                   const executor_settings *settings);
bool executor_slow(executor_station *it, double ask_us, double cost_us,
                   const executor_settings *settings);
bool executor_one_cpu(executor_station *it, const executor_settings *settings);
bool executor_cold(executor_station *it, const executor_settings *settings);

/* tail.c: multiply-adds on the critical path of `trials` trials, in the order of their ids. */
uint64_t executor_static_ops(const work_job *job, uint64_t trials, unsigned workers);
uint64_t executor_greedy_ops(const work_job *job, uint64_t trials, unsigned workers,
                             uint64_t window); /* at most so many in flight; 0 = no bound */

/* The variants there are, and those that are absent. */
const work_family *const *executor_families(void);

/* manners.c: what is not a time per trial. */
typedef struct executor_manners {
    double      memory_kib;                 /* more at 2 000 000 trials than at 20 000     */
    double      allocations;                /* per trial in steady state                  */
    double      syscalls[3];                /* the same, by strategy                      */
    const char *no_syscalls;                /* NULL, or why they could not be counted     */
    double      idle_share;                 /* CPU time / wall time while trials sleep    */
    double      cancel_us, cancel_worst_us; /* until the slowest trial saw it: median, p99 */
} executor_manners;

const char *executor_manners_measure(executor_manners *it); /* NULL or what failed */

/* verdict.c: the targets, each a line of verdict.h. */
void executor_judge_cost(const executor_station *it, double cost_us);
void executor_judge_tail(const executor_station *it);
void executor_judge_slow(const executor_station *it, double ask_us, double cost_us);
void executor_judge_one_cpu(const executor_station *it);
void executor_judge_cold(const executor_station *it);
void executor_judge_manners(const executor_manners *it);

#endif
