/* SPDX-License-Identifier: BSD-3-Clause */
/* Plain threads. A static split that shares nothing is the floor: no way of handing out trials can
 * be faster on equal work. */
#include "machine.h"
#include "peers/peers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct share {
    WORK_ALIGNED pthread_t thread;
    const work_job        *job;
    void                  *common;
    unsigned               index;
    uint64_t               first, end;
    uint64_t               evaluated;
    work_best              best;
} share;

/* One thread for each worker, all with `body`; the bests are merged at the end. */
static void split(const work_job *job, work_answer *answer, void *(*body)(void *), void *common) {
    share *shares = aligned_alloc(WORK_LINE, job->workers * sizeof *shares);
    if (!shares) return;
    for (unsigned i = 0; i < job->workers; i++) {
        shares[i] = (share){ .job = job,
                             .common = common,
                             .index = i,
                             .first = job->trials * i / job->workers,
                             .end = job->trials * (i + 1) / job->workers,
                             .best = work_best_none() };
        if (pthread_create(&shares[i].thread, NULL, body, &shares[i]) != 0) abort();
    }
    answer->best = work_best_none();
    for (unsigned i = 0; i < job->workers; i++) {
        pthread_join(shares[i].thread, NULL);
        answer->evaluated += shares[i].evaluated;
        if (shares[i].evaluated > 0)
            work_keep(&answer->best, shares[i].best.id, shares[i].best.value);
    }
    free(shares);
}

static void run_range(share *mine) {
    work_best best = work_best_none();
    for (uint64_t id = mine->first; id < mine->end; id++)
        work_keep(&best, id, work_trial(mine->job, id));
    mine->best = best;
    mine->evaluated = mine->end - mine->first;
}

static void *static_body(void *argument) {
    share *mine = argument;
    bench_pin_self(mine->index);
    run_range(mine);
    return NULL;
}

static void run_static(const work_job *job, work_answer *answer) {
    split(job, answer, static_body, NULL);
}

/* On the calling thread, with the hook. */
static void run_serial(const work_job *job, work_answer *answer) {
    work_hook hook;
    work_hook_init(&hook);
    bench_pin_self(0);
    for (uint64_t id = 0; id < job->trials; id++)
        work_tell(&hook, id, work_trial(job, id));
    bench_unpin_self();
    work_answer_by_hook(answer, &hook);
}

/* A shared counter hands out the ids. */

static void *counter_body(void *argument) {
    share         *mine = argument;
    atomic_ullong *next = mine->common;
    work_best      best = work_best_none();
    uint64_t       count = 0, id;
    bench_pin_self(mine->index);
    while ((id = atomic_fetch_add_explicit(next, 1, memory_order_relaxed)) < mine->job->trials) {
        work_keep(&best, id, work_trial(mine->job, id));
        count++;
    }
    mine->best = best;
    mine->evaluated = count;
    return NULL;
}

static void run_counter(const work_job *job, work_answer *answer) {
    WORK_ALIGNED atomic_ullong next = 0;
    split(job, answer, counter_body, &next);
}

/* A mutex around the strategy: tell the last, ask for the next. */

typedef struct turn {
    pthread_mutex_t mutex;
    uint64_t        next;
    work_hook       hook;
} turn;

static void *mutex_body(void *argument) {
    share   *mine = argument;
    turn    *it = mine->common;
    uint64_t id = 0;
    double   point[WORK_DIMS], value = 0;
    bench_pin_self(mine->index);
    for (bool has_value = false;; has_value = true) {
        pthread_mutex_lock(&it->mutex);
        if (has_value) work_tell(&it->hook, id, value);
        bool is_over = it->next >= mine->job->trials;
        if (!is_over) {
            id = it->next++;
            work_ask(mine->job, id, point);
        }
        pthread_mutex_unlock(&it->mutex);
        if (is_over) return NULL;
        value = work_evaluate(mine->job, id, point);
    }
}

static void run_mutex(const work_job *job, work_answer *answer) {
    WORK_ALIGNED turn it = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    work_hook_init(&it.hook);
    split(job, answer, mutex_body, &it);
    work_answer_by_hook(answer, &it.hook);
}

static const work_variant variants[] = {
    { "serial.loop", run_serial, WORK_ASKS | WORK_TELLS, NULL },
    { "floor.static_split", run_static, 0, "shares nothing, tells nobody" },
    { "threads.counter", run_counter, 0, "tells nobody" },
    { "threads.mutex", run_mutex, WORK_ASKS | WORK_TELLS, NULL },
    { NULL, NULL, 0, NULL },
};

const work_family peers_threads = { "POSIX threads", NULL, variants };
