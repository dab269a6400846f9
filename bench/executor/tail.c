/* SPDX-License-Identifier: BSD-3-Clause */
/* What is possible when trials are uneven, in multiply-adds, whose price the floor tells. */
#include "executor/executor.h"

#include <stdlib.h>

uint64_t executor_static_ops(const work_job *job, uint64_t trials, unsigned workers) {
    uint64_t most = 0;
    for (unsigned i = 0; i < workers; i++) {
        uint64_t sum = 0;
        for (uint64_t id = trials * i / workers; id < trials * (i + 1) / workers; id++)
            sum += work_ops_of(job, id);
        if (sum > most) most = sum;
    }
    return most;
}

static unsigned first_free(const uint64_t *free_at, unsigned workers) {
    unsigned first = 0;
    for (unsigned i = 1; i < workers; i++)
        if (free_at[i] < free_at[first]) first = i;
    return first;
}

/* Whoever is free takes the next trial; with a window, not before the trial that is `window`
 * earlier and all before that one have ended. */
uint64_t executor_greedy_ops(const work_job *job, uint64_t trials, unsigned workers,
                             uint64_t window) {
    uint64_t *free_at = calloc(workers, sizeof *free_at);
    uint64_t *all_ended = calloc(trials, sizeof *all_ended); /* the trials up to this one */
    uint64_t  end = 0;
    for (uint64_t id = 0; free_at && all_ended && id < trials; id++) {
        unsigned who = first_free(free_at, workers);
        if (window > 0 && id >= window && all_ended[id - window] > free_at[who])
            free_at[who] = all_ended[id - window];
        free_at[who] += work_ops_of(job, id);
        if (free_at[who] > end) end = free_at[who];
        all_ended[id] = end;
    }
    free(free_at);
    free(all_ended);
    return end;
}
