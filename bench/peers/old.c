/* SPDX-License-Identifier: BSD-3-Clause */
/* The design that hpt replaces: workers lock a mutex around the strategy to ask, put a result of
 * their own memory on a list without bound, and one more thread drains the list and tells. */
#include "machine.h"
#include "peers/peers.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct result {
    struct result *next;
    uint64_t       id;
    double         point[WORK_DIMS], value;
} result;

typedef struct old {
    const work_job              *job;
    WORK_ALIGNED pthread_mutex_t strategy;
    uint64_t                     next;
    work_hook                    hook;
    WORK_ALIGNED pthread_mutex_t list;
    pthread_cond_t               filled;
    result                      *first, **last;
} old;

typedef struct seat {
    pthread_t thread;
    old      *old;
    unsigned  index;
} seat;

static void push(old *it, result *pushed) {
    pushed->next = NULL;
    pthread_mutex_lock(&it->list);
    *it->last = pushed;
    it->last = &pushed->next;
    pthread_mutex_unlock(&it->list);
    pthread_cond_signal(&it->filled);
}

static result *pop(old *it) {
    pthread_mutex_lock(&it->list);
    while (!it->first)
        pthread_cond_wait(&it->filled, &it->list);
    result *popped = it->first;
    it->first = popped->next;
    if (!it->first) it->last = &it->first;
    pthread_mutex_unlock(&it->list);
    return popped;
}

static void *work(void *argument) {
    seat *mine = argument;
    old  *it = mine->old;
    bench_pin_self(mine->index);
    for (;;) {
        result *made = malloc(sizeof *made);
        if (!made) abort();
        pthread_mutex_lock(&it->strategy);
        made->id = it->next;
        bool is_over = it->next >= it->job->trials;
        if (!is_over) work_ask(it->job, it->next++, made->point);
        pthread_mutex_unlock(&it->strategy);
        if (is_over) return free(made), NULL;
        made->value = work_evaluate(it->job, made->id, made->point);
        push(it, made);
    }
}

static void *drain(void *argument) {
    old *it = argument;
    for (uint64_t i = 0; i < it->job->trials; i++) {
        result *back = pop(it);
        pthread_mutex_lock(&it->strategy);
        work_tell(&it->hook, back->id, back->value);
        pthread_mutex_unlock(&it->strategy);
        free(back);
    }
    return NULL;
}

static void run_old(const work_job *job, work_answer *answer) {
    old       it = { .job = job,
                     .strategy = PTHREAD_MUTEX_INITIALIZER,
                     .list = PTHREAD_MUTEX_INITIALIZER };
    pthread_t drainer;
    seat     *seats = calloc(job->workers, sizeof *seats);
    if (!seats) return;
    it.last = &it.first;
    pthread_cond_init(&it.filled, NULL);
    work_hook_init(&it.hook);
    if (pthread_create(&drainer, NULL, drain, &it) != 0) abort();
    for (unsigned i = 0; i < job->workers; i++) {
        seats[i] = (seat){ .old = &it, .index = i };
        if (pthread_create(&seats[i].thread, NULL, work, &seats[i]) != 0) abort();
    }
    for (unsigned i = 0; i < job->workers; i++)
        pthread_join(seats[i].thread, NULL);
    pthread_join(drainer, NULL);
    pthread_cond_destroy(&it.filled);
    free(seats);
    work_answer_by_hook(answer, &it.hook);
}

static const work_variant variants[] = {
    { "replaced.mutex_list", run_old, WORK_ASKS | WORK_TELLS, "memory grows with the backlog" },
    { NULL, NULL, 0, NULL },
};

const work_family peers_old = { "the design hpt replaces", NULL, variants };
