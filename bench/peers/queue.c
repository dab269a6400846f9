/* SPDX-License-Identifier: BSD-3-Clause */
/* The textbook: one thread asks and tells; two bounded queues, each with a mutex and conditions. */
#include "machine.h"
#include "peers/peers.h"

#include <pthread.h>
#include <stdlib.h>

enum { AHEAD = 64 /* candidates in flight for each worker */ };

typedef struct item {
    uint64_t id; /* UINT64_MAX: the worker may go home */
    double   point[WORK_DIMS], value;
} item;

/* It can hold all that is ever in flight, so only an empty one makes anybody wait. */
typedef struct queue {
    WORK_ALIGNED pthread_mutex_t mutex;
    pthread_cond_t               filled;
    size_t                       head, tail, room;
    item                        *items;
} queue;

typedef struct pipe {
    queue           ready, done;
    const work_job *job;
} pipe;

typedef struct seat {
    pthread_t thread;
    pipe     *pipe;
    unsigned  index;
} seat;

static void queue_init(queue *it, size_t room) {
    *it = (queue){ .room = room, .items = malloc(room * sizeof *it->items) };
    if (!it->items) abort();
    pthread_mutex_init(&it->mutex, NULL);
    pthread_cond_init(&it->filled, NULL);
}

static void queue_fini(queue *it) {
    pthread_cond_destroy(&it->filled);
    pthread_mutex_destroy(&it->mutex);
    free(it->items);
}

static void push(queue *it, const item *pushed) {
    pthread_mutex_lock(&it->mutex);
    it->items[it->tail++ % it->room] = *pushed;
    pthread_mutex_unlock(&it->mutex);
    pthread_cond_signal(&it->filled);
}

static item pop(queue *it) {
    pthread_mutex_lock(&it->mutex);
    while (it->head == it->tail)
        pthread_cond_wait(&it->filled, &it->mutex);
    item popped = it->items[it->head++ % it->room];
    pthread_mutex_unlock(&it->mutex);
    return popped;
}

static void *work(void *argument) {
    seat *mine = argument;
    pipe *it = mine->pipe;
    bench_pin_self(mine->index);
    for (;;) {
        item taken = pop(&it->ready);
        if (taken.id == UINT64_MAX) return NULL;
        taken.value = work_evaluate(it->job, taken.id, taken.point);
        push(&it->done, &taken);
    }
}

static void drive(pipe *it, work_hook *hook) {
    const work_job *job = it->job;
    uint64_t        asked = 0, ahead = (uint64_t)AHEAD * job->workers;
    while (hook->told < job->trials) {
        for (; asked < job->trials && asked - hook->told < ahead; asked++) {
            item asked_for = { .id = asked };
            work_ask(job, asked, asked_for.point);
            push(&it->ready, &asked_for);
        }
        item back = pop(&it->done);
        work_tell(hook, back.id, back.value);
    }
}

static void run_queue(const work_job *job, work_answer *answer) {
    pipe      it = { .job = job };
    work_hook hook;
    seat     *seats = calloc(job->workers, sizeof *seats);
    if (!seats) return;
    work_hook_init(&hook);
    queue_init(&it.ready, (size_t)(AHEAD + 1) * job->workers);
    queue_init(&it.done, (size_t)(AHEAD + 1) * job->workers);
    for (unsigned i = 0; i < job->workers; i++) {
        seats[i] = (seat){ .pipe = &it, .index = i };
        if (pthread_create(&seats[i].thread, NULL, work, &seats[i]) != 0) abort();
    }
    drive(&it, &hook);
    for (unsigned i = 0; i < job->workers; i++)
        push(&it.ready, &(item){ .id = UINT64_MAX });
    for (unsigned i = 0; i < job->workers; i++)
        pthread_join(seats[i].thread, NULL);
    queue_fini(&it.ready);
    queue_fini(&it.done);
    free(seats);
    work_answer_by_hook(answer, &hook);
}

static const work_variant variants[] = {
    { "queue.mutex_condition", run_queue, WORK_ASKS | WORK_TELLS, NULL },
    { NULL, NULL, 0, NULL },
};

const work_family peers_queue = { "mutex and condition queue", NULL, variants };
