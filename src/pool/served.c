/* SPDX-License-Identifier: BSD-3-Clause */
/* What a worker process does: trials out of its mailbox, for as long as it lives. The memory is a
 * copy of the host's, so whatever the run was made of before the fork is here as well. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/thread.h"
#include "pool/keeper.h"

enum {
    /* How long it waits when its keeper has not fetched the reports that were made. */
    FULL_NS = 200 * 1000,
    /* A trial that is ended for its CPU time is ended by its keeper; so many seconds later it is
     * the system's turn. */
    CPU_SPARE_S = 3
};

/* Where evaluate() stands: a process has one. It stands far below whoever started the run, since
 * the fork server stands in between. */
static const void *frame;

typedef struct served {
    hpi_pool         *pool;
    hpi_mailbox      *box;
    uint64_t          self;
    hpt_trial         trial;
    const hpt_cancel *users; /* the run's switch of the user's, in the copy */
} served;

static void put_word(hpi_mailbox *box, hpi_mail_word word) {
    /* release: pairs with the acquire of the keeper */
    atomic_store_explicit(&box->word, word, memory_order_release);
    hpi_child_wake(&box->word);
}

static void wait_while(hpi_mailbox *box, unsigned word) {
    while (atomic_load_explicit(&box->word, memory_order_acquire) == word)
        hpi_child_sleep(&box->word, word, INT64_MAX);
}

/* The keeper makes the same report to the run. It looks now and then; it is called when there are
 * many of them, and when the trial cannot go on before. */
static void send(served *it, const hpi_mail_report *report) {
    hpi_mailbox *box = it->box;
    while (!hpi_mail_put_report(box, report)) {
        hpi_child_wake(&box->word);
        hpi_child_sleep(&box->begun, HPI_MAIL_BEGUN, hpi_now_ns() + FULL_NS);
    }
    if (box->decides) {
        put_word(box, HPI_MAIL_REPORTS);
        wait_while(box, HPI_MAIL_REPORTS);
    } else if (atomic_load_explicit(&box->put, memory_order_relaxed) % (HPI_MAIL_REPORTS_MAX / 2) ==
               0) {
        hpi_child_wake(&box->word);
    }
}

/* In place of who decides: `pruned` says what became of it. A process that the objective has forked
 * must keep out of the mailbox. */
static bool decide(hpt_trial *trial, const double *values, uint32_t count) {
    served         *it = trial->decider;
    hpi_mail_report report = { .step = trial->last_step, .count = count };
    memcpy(report.values, values, count * sizeof *values);
    if (hpi_process() == it->self) send(it, &report);
    return false;
}

static void take_trial(served *it) {
    hpi_mailbox *box = it->box;
    hpt_trial   *trial = &it->trial;
    hpi_mail_take_trial(box, trial);
    trial->cancels = it->pool->cancels;
    trial->phase = NULL;
    trial->report = NULL;
    trial->decide = decide;
    trial->decider = it;
    trial->pruned = &box->pruned;
    trial->stops = &box->stops;
    if (trial->caps) trial->caps = &box->caps;
    int64_t waited_ns = hpi_now_ns() - box->since_ns;
    hpi_mail_wait(trial, waited_ns);
    /* Relaxed: `begun` goes behind it. */
    atomic_store_explicit(&box->waited_ns, waited_ns, memory_order_relaxed);
    if (box->cpu_s > 0) hpi_child_limit_cpu(box->cpu_s + CPU_SPARE_S);
}

/* What the objective wants of the run, if it has raised the user's switch: of the run's own it was
 * told at once. */
static void carry_cancel(const served *it) {
    const hpi_cancels *cancels = it->pool->cancels;
    hpt_cancel_level   own = hpi_cancel_level(&cancels->own), users = hpi_cancel_level(it->users);
    if (users > own) hpi_carry(&it->box->up, cancels, users);
}

static void evaluate(served *it) {
    hpi_mailbox *box = it->box;
    hpi_pool    *pool = it->pool;
    double       values[HPI_NOTE_VALUES_MAX];
    for (int i = 0; i < HPI_NOTE_VALUES_MAX; i++)
        values[i] = NAN;
    take_trial(it);
    atomic_store_explicit(&box->begun, HPI_MAIL_BEGUN, memory_order_release);
    frame = HPI_FRAME_HERE;
    hpt_status status = pool->objective(&it->trial, pool->user, values);
    /* A process that the objective has forked came back as well: it has nothing to do here. */
    if (hpi_process() != it->self) _exit(0);
    fflush(stdout);
    carry_cancel(it);
    hpi_mail_put_answer(box, &it->trial, status, values, pool->goal_count);
    put_word(box, HPI_MAIL_SAID);
}

static void serve(void *user) {
    served *it = user;
    for (;;) {
        unsigned word = atomic_load_explicit(&it->box->word, memory_order_acquire);
        if (word == HPI_MAIL_ASKED)
            evaluate(it);
        else
            hpi_child_sleep(&it->box->word, word, INT64_MAX);
    }
}

/* The objective has called pthread_exit(). Threads of its own would keep the process, and nobody
 * would ever know. */
static void leave(void *user) {
    served *it = user;
    if (hpi_process() != it->self) return;
    atomic_store_explicit(&it->box->left_by, HPI_MAIL_BY_PTHREAD_EXIT, memory_order_release);
    fflush(stdout);
    _exit(0);
}

void hpi_served(void *context, uint32_t slot, void *shared) {
    served it = { .pool = context, .box = shared, .self = hpi_process() };
    it.users = it.pool->cancels->users;
    it.pool->cancels->users = &it.box->down;
    it.pool->carried = &it.box->up;
    it.pool->place.first = it.box->place_first;
    hpi_place_enter(&it.pool->place, slot, NULL);
    hpi_thread_guard(serve, leave, &it);
}

void hpi_served_exit(void *context, void *shared) {
    hpi_mailbox *box = shared;
    (void)context;
    bool was_left = frame && hpi_frame_is_left(frame, HPI_FRAME_HERE);
    atomic_store_explicit(&box->left_by, was_left ? HPI_MAIL_BY_LONGJMP : HPI_MAIL_BY_EXIT,
                          memory_order_release);
}
