/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_WATCH_H
#define HPT_SIMULATED_WATCH_H

/* Observers of a scenario: slow or failing ones, some that come late and leave early, receivers
 * that are polled. Each checks the order of what it sees. */

#include "ledger.h"

typedef struct watcher {
    const scenario_observer *is;
    sim_random               by;
    bool                     is_whole; /* from the first event to the last   */
    bool                     is_inside, has_finished, is_gone;
    uint64_t                 seen, ended;
    uint64_t                 ended_last; /* the trial; UINT64_MAX: none so far  */
    unsigned char            phases[LEDGER_TRIALS];
    hpt_run                 *run;     /* visitor                                    */
    bool                    *is_over; /* the run; a visitor then leaves         */
} watcher;

/* As an observer of the options. */
void watcher_open(watcher *it, const scenario_observer *is, uint64_t seed, hpt_observer *out);

/* A thread that attaches and detaches it, or polls a receiver. `user` is a watcher. */
void watcher_visit(void *user);

/* The run is over and has told everybody. `trial_count`: what it has evaluated or cancelled. */
void watcher_check(const watcher *it, uint64_t trial_count);

#endif
