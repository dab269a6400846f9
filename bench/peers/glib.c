/* SPDX-License-Identifier: BSD-3-Clause */
/* GLib: a thread pool out, an asynchronous queue back; the calling thread asks and tells. */
#include "machine.h"
#include "peers/peers.h"

#include <glib.h>
#include <stdatomic.h>

enum { AHEAD = 64 /* candidates in flight for each worker */ };

typedef struct item {
    uint64_t id;
    double   point[WORK_DIMS], value;
} item;

typedef struct pool {
    const work_job *job;
    GAsyncQueue    *done;
    unsigned        run; /* which run this is: its threads are new */
    atomic_uint     seated;
} pool;

static unsigned               runs;
static _Thread_local unsigned seated_for;

static void work(gpointer data, gpointer user) {
    item *it = data;
    pool *mine = user;
    if (seated_for != mine->run) {
        seated_for = mine->run;
        bench_pin_self(atomic_fetch_add(&mine->seated, 1));
    }
    it->value = work_evaluate(mine->job, it->id, it->point);
    g_async_queue_push(mine->done, it);
}

static void ask(pool *mine, GThreadPool *threads, item *it, uint64_t id) {
    it->id = id;
    work_ask(mine->job, id, it->point);
    g_thread_pool_push(threads, it, NULL);
}

static void run_pool(const work_job *job, work_answer *answer) {
    pool         mine = { .job = job, .done = g_async_queue_new(), .run = ++runs };
    GThreadPool *threads = g_thread_pool_new(work, &mine, (gint)job->workers, TRUE, NULL);
    uint64_t     ahead = (uint64_t)AHEAD * job->workers, asked = 0;
    item        *items = g_new(item, ahead);
    work_hook    hook;
    work_hook_init(&hook);
    for (; asked < job->trials && asked < ahead; asked++)
        ask(&mine, threads, &items[asked], asked);
    while (hook.told < job->trials) {
        item *back = g_async_queue_pop(mine.done);
        work_tell(&hook, back->id, back->value);
        if (asked < job->trials) ask(&mine, threads, back, asked++);
    }
    g_thread_pool_free(threads, FALSE, TRUE);
    g_async_queue_unref(mine.done);
    g_free(items);
    work_answer_by_hook(answer, &hook);
}

static const work_variant variants[] = {
    { "glib.thread_pool", run_pool, WORK_ASKS | WORK_TELLS, NULL },
    { NULL, NULL, 0, NULL },
};

const work_family peers_glib = { "GLib", NULL, variants };
