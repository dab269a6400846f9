/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_SCENARIO_H
#define HPT_SIMULATED_SCENARIO_H

/* What one seed plays: the machine's manners, the options of a run, what the objective and the
 * observers do, and what goes wrong. Everything is drawn here, so that the rest draws nothing of
 * the scenario's and one line can tell it. */

#include <hpt/hpt.h>

#include "sim.h"

enum { SCENARIO_TRIALS_MAX = 240, SCENARIO_OBSERVERS_MAX = 3, SCENARIO_TEXT_BYTES = 700 };

/* How the run is begun and waited for. */
typedef enum scenario_form {
    FORM_PARALLEL, /* hpt_parallel_run()                                                 */
    FORM_WAIT,     /* hpt_run_start(), and somebody waits                                */
    FORM_POLL,     /* ... and somebody polls, with statistics in between                 */
    FORM_DESTROY,  /* ... and it is destroyed after a while                              */
    FORM_STUDY,    /* hpt_study_ask() and _tell() from several threads                   */
    FORM_COUNT
} scenario_form;

/* What an objective does; a function of the trial's number. */
typedef struct scenario_subject {
    double   fail_share, prune_share, infeasible_share, nan_share, attr_share;
    int64_t  span_ns_max; /* how long a trial takes; some take no time                       */
    double   long_share;  /* ... and some a hundred times as long                            */
    double   die_share;   /* ... and some end their process, if it is their own */
    double   hang_share;  /* ... and some for seconds, whoever tells them to stop            */
    unsigned report_max;
    bool     looks;            /* at hpt_trial_should_stop()                                      */
    bool     has_values_twice; /* few values, so that many trials are equally good           */
    double   cancel_share;     /* of trials: cancels the run from inside                     */
} scenario_subject;

typedef struct scenario_observer {
    hpt_policy policy;
    uint32_t   kinds, buffer_count;
    int64_t    nap_ns_max; /* per call */
    double     fail_share;
    int64_t    from_ns, until_ns; /* attached and detached while it runs; 0: with the run, never */
    bool       is_receiver;       /* polled by a thread of its own                               */
} scenario_observer;

typedef enum scenario_file { FILE_NONE, FILE_JOURNAL, FILE_DATABASE } scenario_file;

enum { SCENARIO_LIVES_MAX = 5 };

/* What happens to the disk in one life of the process. */
typedef struct scenario_disk {
    size_t off_at;      /* the power goes off, or the process is killed, at that call; 0: never */
    bool   is_power;    /* ... the power                                                          */
    double fault_share; /* of calls that fail ... */
    size_t fault_from, fault_to; /* ... among these */
} scenario_disk;

typedef struct scenario {
    uint64_t      seed;
    sim_manner    manner;
    unsigned      cpu_count;
    double        create_failure_share;
    double        child_failure_share, child_kill_share, server_death_share, child_deaf_share;
    double        memory_failure_share;
    size_t        memory_fails_from;
    scenario_form form;

    uint32_t        worker_count, window;
    uint64_t        trial_count_max, stale_count_max;
    uint64_t        run_seed;
    double          wall_s_max, trial_s_max, target;
    const char     *strategy;      /* NULL: the one that keeps books; else by name               */
    uint32_t        teacher_batch; /* its batch_max                                         */
    bool            has_teacher_gaps; /* it wants results before it goes on                 */
    const char     *pool;
    hpt_coordinator coordinator;
    hpt_direction   direction;
    uint32_t        client_count; /* of a study */
    size_t          point_count;  /* of the user's, tried first */

    int64_t          cancel_ns;    /* by another thread after so long; 0: never            */
    uint64_t         signal_point; /* by a signal at that point; 0: never                  */
    hpt_cancel_level cancel_level;

    scenario_file      file;
    const char        *pruner;
    hpt_cap            cap;
    double             grace_s, drain_s; /* NaN: the default                        */
    uint32_t           lost_count_max;
    unsigned           retry_count; /* after a failure or a time limit         */
    hpt_failure_policy policy;
    uint64_t           failure_count_max;
    hpt_sync           sync;
    hpt_store_failure  store_failure;
    hpt_interrupted    interrupted;
    uint32_t           commit_interval_ms, commit_trials;
    unsigned           life_count; /* with a file: after each but the last it dies */
    scenario_disk      lives[SCENARIO_LIVES_MAX];

    scenario_subject  subject;
    uint32_t          observer_count;
    scenario_observer observers[SCENARIO_OBSERVERS_MAX];
} scenario;

void scenario_draw(scenario *it, uint64_t seed);
void scenario_print(const scenario *it, char text_out[SCENARIO_TEXT_BYTES]);

/* Whether its trace is a function of its options alone. */
bool scenario_is_exact(const scenario *it);

/* As it, but alone, in peace, on the calling thread. */
scenario scenario_reference(const scenario *it);

#endif
