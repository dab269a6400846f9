/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_ISOLATION_ISOLATION_H
#define HPT_BENCH_ISOLATION_ISOLATION_H

/* What it costs to keep trials that hang, crash or are hopeless away from the rest. Main thread. */

#include "bench.h"
#include "verdict.h"

#include <hpt/extend.h>
#include <hpt/hpt.h>

typedef struct isolation_settings {
    double pace; /* 1 = as documented; less: fewer trials and rounds */
} isolation_settings;

/* runs.c: what a trial does after its multiply-adds. */
typedef enum isolation_manner {
    ISOLATION_RETURNS,
    ISOLATION_CRASHES, /* every `every`-th: writes where nothing is                          */
    ISOLATION_SLEEPS,  /* 50 ms, without a look at anything                                  */
    ISOLATION_OBEYS,   /* goes on until it is told to stop                                   */
    ISOLATION_IGNORES, /* the first goes on, whatever it is told, until the run is over      */
    ISOLATION_RESISTS  /* the same, and takes no notice of SIGTERM either                    */
} isolation_manner;

typedef struct isolation_run {
    hpt_options      options; /* but for the strategy, which is `random` */
    uint32_t         cost_ops;
    isolation_manner manner;
    uint64_t         every;
} isolation_run;

enum { ISOLATION_STAMPS = 4 };

typedef struct isolation_measured {
    double   total_ns; /* of the whole run, with opening and closing                     */
    double   cpu_ns;   /* of this process meanwhile, and of those that it has waited for */
    double   work_ns;  /* from the beginning of the first trial to the end of the last   */
    double   apart_ns; /* between the beginnings of trials, on average                   */
    double   begun_ns[ISOLATION_STAMPS]; /* the first trials, by their number        */
    double   returned_ns;                /* when the run had ended                   */
    uint64_t count[HPT_TRIAL_STATE_COUNT];
} isolation_measured;

/* False: it could not run here, and err says why. */
bool isolation_do(const isolation_run *it, isolation_measured *out, hpt_err *err);

/* The same of a run in which one trial ends as TIMEOUT; if it does not, the line says so. */
bool isolation_do_timeout(const isolation_run *it, isolation_measured *out, bench_line *line);

/* Defaults with these. */
hpt_options isolation_options(const char *pool, uint32_t workers, uint64_t trials);

uint64_t isolation_scaled(const isolation_settings *settings, uint64_t trials, uint64_t least);
unsigned isolation_rounds(const isolation_settings *settings); /* at most 9 */

/* The line is judged by the median, or says why there is none. */
void isolation_judge_median(bench_line *line, const double *values, unsigned count);
void isolation_say_why(bench_line *line, const hpt_err *err);

/* floor.c: what the system itself takes. NaN: it could not be measured. */

/* A futex wake and the answer to it between two processes, so many pairs at once: wall time. With
 * is_bound both processes of a pair are on one CPU. */
double isolation_round_trip_ns(unsigned pairs, uint64_t times, bool is_bound);

/* fork(), _exit() in the child, waitpid(). */
double isolation_fork_ns(unsigned times);

/* Threads that share nothing do so many trials of so many multiply-adds. */
double isolation_split_ns(unsigned threads, uint64_t trials, uint32_t cost_ops);

/* The lines. processes.c, threads.c and reports.c */
void isolation_judge_overhead(const isolation_settings *settings);
void isolation_judge_efficiency(const isolation_settings *settings);
void isolation_judge_crashes(const isolation_settings *settings);
void isolation_judge_fork(const isolation_settings *settings);
void isolation_judge_ladder(const isolation_settings *settings);
void isolation_judge_limit(const isolation_settings *settings);
void isolation_judge_lost(const isolation_settings *settings);
void isolation_judge_idle(const isolation_settings *settings);
void isolation_judge_report(const isolation_settings *settings);

#endif
