/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/keeper.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

enum {
    /* How long a keeper sleeps at most while its trial runs: so late may a cancel be seen. */
    TICK_NS = 10 * 1000 * 1000,
    /* ... while reports come: so late may a trial learn that it is hopeless; and while more than a
     * pipe holds comes from its standard error. */
    BRISK_NS = 1000 * 1000,
    /* A process that is not dead so long after SIGKILL waits in the kernel: the trial is over. */
    DYING_NS = 1000 * 1000 * 1000,
    /* Processes in a row that end before they have a trial: after each it waits twice as long. */
    FRUITLESS_MAX = 8,
    BACK_OFF_NS = 5 * 1000 * 1000,
    /* Pieces of standard error that are fetched at once. */
    PIECES_MAX = 16
};

/* A trial's time begins when its process has come to it. One that does not for so long hangs as a
 * trial may: in what the host has asked for at each fork, say. */
static const int64_t birth_ns = 5 * HPI_NS_PER_S;

/* Trials should stop since then; INT64_MAX: they need not. */
static int64_t stops_from(const hpi_keeper *keeper, int64_t now_ns) {
    return hpi_cancels_now_from(keeper->pool->cancels, now_ns);
}

static bool is_cancelled(const hpi_keeper *keeper) {
    int64_t now_ns = hpi_now_ns();
    return stops_from(keeper, now_ns) <= now_ns;
}

/* Processes. */

hpt_status hpi_keeper_hire(hpi_keeper *keeper, hpt_err *err) {
    hpi_mailbox *box = keeper->box;
    memset(box, 0, sizeof *box);
    box->place_first = keeper->pool->place.first;
    if (keeper->rules->cpu_s > 0) box->cpu_s = (uint64_t)ceil(keeper->rules->cpu_s);
    hpt_status status = hpi_child_start(keeper->children, keeper->slot, err);
    keeper->has_child = status == HPT_OK;
    if (status != HPT_OK) return status;
    if (keeper->was_hired)
        atomic_fetch_add_explicit(&keeper->pool->restart_count, 1, memory_order_relaxed);
    keeper->was_hired = true;
    return HPT_OK;
}

/* What it has written to its standard error goes on to the host's. */
bool hpi_keeper_fetch_errors(hpi_keeper *keeper) {
    char   bytes[HPI_TAIL_BYTES];
    size_t count = sizeof bytes;
    for (int i = 0; i < PIECES_MAX && count == sizeof bytes; i++) {
        count = hpi_child_read(keeper->children, keeper->slot, bytes, sizeof bytes);
        hpi_tail_add(&keeper->tail, bytes, count);
        if (count > 0) hpi_child_show(keeper->children, bytes, count);
    }
    return count == sizeof bytes;
}

static void bury(hpi_keeper *keeper, hpi_child_death *death_out) {
    hpi_keeper_fetch_errors(keeper);
    hpi_child_bury(keeper->children, keeper->slot, death_out);
    keeper->has_child = false;
}

/* Waits with an eye on the run. */
static void back_off(hpi_keeper *keeper) {
    atomic_uint *begun = &keeper->box->begun; /* a word that nobody changes now */
    int64_t      until_ns = hpi_now_ns() + ((int64_t)BACK_OFF_NS << keeper->fruitless);
    while (hpi_now_ns() < until_ns && !is_cancelled(keeper))
        hpi_child_sleep(begun, atomic_load_explicit(begun, memory_order_relaxed),
                        hpi_now_ns() + TICK_NS);
}

/* See to it that there is a process. False: there cannot be, or the run is stopping. */
static bool hire_again(hpi_keeper *keeper) {
    hpt_err why = { 0 };
    while (!keeper->has_child) {
        if (!hpi_children_are_served(keeper->children)) {
            hpi_pool_break(keeper->pool, "the fork server, which makes its processes, has died");
            return false;
        }
        if (keeper->fruitless >= FRUITLESS_MAX) {
            hpi_pool_break(keeper->pool,
                           "%u worker processes in a row ended before they had a trial%s%s",
                           (unsigned)keeper->fruitless, *why.text ? ": " : "", why.text);
            return false;
        }
        if (keeper->fruitless > 1)
            back_off(keeper); /* one may have been killed while it was idle */
        if (is_cancelled(keeper)) return false;
        if (hpi_keeper_hire(keeper, &why) != HPT_OK) keeper->fruitless++;
    }
    return true;
}

/* A trial. */

static void hand_over(hpi_keeper *keeper) {
    hpi_mailbox *box = keeper->box;
    hpt_trial   *trial = keeper->trial;
    keeper->taken = 0;
    keeper->is_wild = false;
    keeper->tail.used = 0;
    keeper->tick_ns = TICK_NS;
    keeper->start_ns = hpi_now_ns();
    keeper->has_begun = false;
    keeper->cpu_start_ns =
        keeper->rules->cpu_s > 0 ? hpi_child_cpu_ns(keeper->children, keeper->slot) : 0;
    int64_t limit_ns =
        trial->deadline_ns == INT64_MAX ? INT64_MAX : trial->deadline_ns - trial->start_ns;
    hpi_ladder_begin(&keeper->ladder, limit_ns, keeper->pool->grace_s);
    hpi_mail_put_trial(box, trial);
    box->since_ns = keeper->since_ns;
    box->decides = trial->decide && !trial->pruned;
    box->down.level = HPT_CANCEL_NONE;
    /* Relaxed: the word goes behind all of this. */
    atomic_store_explicit(&box->begun, HPI_MAIL_GIVEN, memory_order_relaxed);
    atomic_store_explicit(&box->put, 0, memory_order_relaxed);
    atomic_store_explicit(&box->taken, 0, memory_order_relaxed);
    atomic_store_explicit(&box->pruned, 0, memory_order_relaxed);
    atomic_store_explicit(&box->stops, INT64_MAX, memory_order_relaxed);
}

/* What the process says of the time cannot be more than has passed. */
static void note_begin(hpi_keeper *keeper, int64_t now_ns) {
    hpi_mailbox *box = keeper->box;
    /* acquire: pairs with the release of the process */
    unsigned begun = atomic_load_explicit(&box->begun, memory_order_acquire);
    if (keeper->has_begun || begun != HPI_MAIL_BEGUN) return;
    int64_t waited_ns = atomic_load_explicit(&box->waited_ns, memory_order_relaxed);
    int64_t most_ns = now_ns - keeper->since_ns;
    keeper->has_begun = true;
    hpi_mail_wait(keeper->trial, waited_ns < 0 ? 0 : waited_ns < most_ns ? waited_ns : most_ns);
}

static void tell_pruned(hpi_keeper *keeper) {
    /* Relaxed: where the trial waits for it, the word goes behind it. */
    atomic_store_explicit(&keeper->box->pruned, keeper->trial->head.number + 1,
                          memory_order_relaxed);
}

/* What is decided elsewhere is known some time after the report. */
static void carry_verdict(hpi_keeper *keeper) {
    const hpt_trial *trial = keeper->trial;
    if (!trial->pruned) return;
    uint64_t word = atomic_load_explicit(trial->pruned, memory_order_relaxed);
    if (word == trial->head.number + 1) tell_pruned(keeper);
}

/* Reports are made here as the objective made them there. */
static void fetch_reports(hpi_keeper *keeper) {
    hpi_mail_report report;
    hpi_mailbox    *box = keeper->box;
    int64_t         tick_ns = keeper->tick_ns * 2;
    bool            is_wild;
    while (hpi_mail_take_report(box, &keeper->taken, &report, &is_wild)) {
        tick_ns = BRISK_NS;
        if (hpi_trial_take_report(keeper->trial, report.step, report.values, report.count))
            tell_pruned(keeper);
    }
    keeper->tick_ns = tick_ns < TICK_NS ? tick_ns : TICK_NS;
    if (is_wild) keeper->is_wild = true;
}

/* Both ways: the objective may stop the run it is in. */
static void carry_cancels(hpi_keeper *keeper, int64_t now_ns) {
    hpi_cancels     *cancels = keeper->pool->cancels;
    hpi_mailbox     *box = keeper->box;
    hpt_cancel_level up;
    int64_t          from_ns;
    if (!hpi_carried_level(&box->up, &up, &from_ns))
        keeper->is_wild = true;
    else if (up == HPT_CANCEL_FINISH) /* its date may have passed since the last look */
        hpi_cancels_within(cancels, now_ns, from_ns > now_ns ? from_ns - now_ns : 0);
    else if (up > HPT_CANCEL_NONE)
        hpi_cancels_raise(cancels, up, now_ns);
    from_ns = stops_from(keeper, now_ns);
    atomic_store_explicit(&box->stops, from_ns, memory_order_relaxed); /* a number, nothing else */
    if (from_ns <= now_ns) hpt_cancel_raise(&box->down, HPT_CANCEL_NOW);
}

static void carry_caps(hpi_keeper *keeper) {
    const hpi_caps *caps = keeper->trial->caps;
    hpi_caps       *to = &keeper->box->caps;
    if (!caps) return;
    atomic_store_explicit(&to->time_ns, atomic_load_explicit(&caps->time_ns, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(&to->value_bits,
                          atomic_load_explicit(&caps->value_bits, memory_order_relaxed),
                          memory_order_relaxed);
}

static bool has_used_up(const hpi_keeper *keeper) {
    double limit_s = keeper->rules->cpu_s;
    if (!(limit_s > 0)) return false;
    int64_t used_ns = hpi_child_cpu_ns(keeper->children, keeper->slot) - keeper->cpu_start_ns;
    return (double)used_ns > limit_s * 1e9;
}

/* It cannot beat the best any more, and its value would be at least so much. */
static bool is_capped(hpi_keeper *keeper, int64_t now_ns) {
    hpt_trial *trial = keeper->trial;
    if (!trial->caps || !keeper->has_begun) return false;
    int64_t most_ns = atomic_load_explicit(&trial->caps->time_ns, memory_order_relaxed);
    bool    is_late = most_ns != INT64_MAX && now_ns - trial->start_ns >= most_ns;
    bool    is_above = trial->has_report && trial->last_value > hpi_caps_value(trial->caps);
    if (is_late || is_above) trial->bound = is_late ? (double)most_ns * 1e-9 : trial->last_value;
    return is_late || is_above;
}

static int64_t later(int64_t ns, int64_t by_ns) {
    return ns < INT64_MAX - by_ns ? ns + by_ns : INT64_MAX;
}

static int64_t deadline_ns(const hpi_keeper *keeper) {
    int64_t at_ns = keeper->trial->deadline_ns;
    if (keeper->has_begun) return at_ns;
    return later(at_ns, keeper->start_ns - keeper->since_ns + birth_ns);
}

/* Whether it should stop, and what is done about it. */
static void press(hpi_keeper *keeper, int64_t now_ns) {
    hpi_ladder      *ladder = &keeper->ladder;
    const hpt_trial *trial = keeper->trial;
    int64_t          late_ns = deadline_ns(keeper);
    if (now_ns >= late_ns) hpi_ladder_note(ladder, HPI_CAUSE_LATE, late_ns);
    hpi_ladder_note(ladder, HPI_CAUSE_STOPPED, stops_from(keeper, now_ns));
    if (now_ns >= trial->run_until_ns)
        hpi_ladder_note(ladder, HPI_CAUSE_STOPPED, trial->run_until_ns);
    if (is_capped(keeper, now_ns)) hpi_ladder_note(ladder, HPI_CAUSE_CAPPED, now_ns);
    if (has_used_up(keeper)) {
        hpi_ladder_note(ladder, HPI_CAUSE_CPU, now_ns);
        hpt_cancel_raise(&keeper->box->down, HPT_CANCEL_NOW); /* the soft way */
    }
    if (hpi_ladder_climb(ladder, now_ns))
        hpi_child_order_to(keeper->children, keeper->slot,
                           ladder->rung == HPI_RUNG_TERM ? HPI_CHILD_TERM : HPI_CHILD_KILL);
}

/* The process is gone, or as good as gone, whatever its mailbox says. */
static bool is_lost(const hpi_keeper *keeper, int64_t now_ns) {
    const hpi_ladder *ladder = &keeper->ladder;
    if (keeper->is_wild) return true;
    if (ladder->rung == HPI_RUNG_KILL && now_ns - ladder->rung_ns > DYING_NS) return true;
    return hpi_child_is_dead(keeper->children, keeper->slot) ||
           !hpi_children_are_served(keeper->children);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When there is something to see: the next tick, or what is known to come before it. */
static int64_t next_look(const hpi_keeper *keeper, int64_t now_ns) {
    const hpt_trial *trial = keeper->trial;
    int64_t          at_ns = least(now_ns + keeper->tick_ns, hpi_ladder_next_ns(&keeper->ladder));
    int64_t          late_ns = deadline_ns(keeper);
    if (late_ns > now_ns) at_ns = least(at_ns, late_ns);
    if (trial->run_until_ns > now_ns) at_ns = least(at_ns, trial->run_until_ns);
    return at_ns;
}

/* One look at a trial that runs, some milliseconds after the last. */
static void look_after(hpi_keeper *keeper, int64_t now_ns) {
    note_begin(keeper, now_ns);
    fetch_reports(keeper);
    if (hpi_keeper_fetch_errors(keeper)) keeper->tick_ns = BRISK_NS;
    carry_cancels(keeper, now_ns);
    carry_verdict(keeper);
    carry_caps(keeper);
    press(keeper, now_ns);
}

/* Reports that the trial waits for are decided on, and it goes on. */
static void decide(hpi_keeper *keeper) {
    unsigned expected = HPI_MAIL_REPORTS;
    fetch_reports(keeper);
    if (atomic_compare_exchange_strong(&keeper->box->word, &expected, HPI_MAIL_RESUMED))
        hpi_child_wake(&keeper->box->word);
}

/* Until the trial has ended. False: its process has. */
static bool watch(hpi_keeper *keeper) {
    hpi_mailbox *box = keeper->box;
    int64_t      now_ns = keeper->start_ns;
    for (;;) {
        /* acquire: pairs with the release of who puts it there */
        unsigned word = atomic_load_explicit(&box->word, memory_order_acquire);
        if (word == HPI_MAIL_SAID) return true;
        if (word == HPI_MAIL_DEAD) return false;
        if (word == HPI_MAIL_REPORTS) {
            decide(keeper);
        } else if (word == HPI_MAIL_ASKED || word == HPI_MAIL_RESUMED) {
            hpi_child_wait(keeper->children, keeper->slot, word, next_look(keeper, now_ns));
            if (atomic_load_explicit(&box->word, memory_order_relaxed) == HPI_MAIL_SAID) continue;
        } else {
            keeper->is_wild = true;
        }
        now_ns = hpi_now_ns();
        look_after(keeper, now_ns);
        if (is_lost(keeper, now_ns)) return false;
    }
}

/* The trial's process is dead. Whether that is the trial's end as well. */
static bool end_dead(hpi_keeper *keeper) {
    hpi_child_death death;
    unsigned        begun = atomic_load_explicit(&keeper->box->begun, memory_order_acquire);
    bool            has_begun = begun != HPI_MAIL_GIVEN;
    note_begin(keeper, hpi_now_ns());
    if (has_begun && begun != HPI_MAIL_BEGUN) keeper->is_wild = true;
    fetch_reports(keeper);
    carry_cancels(keeper, hpi_now_ns());
    bury(keeper, &death);
    keeper->fruitless = has_begun ? 0 : keeper->fruitless + 1;
    bool is_pressed = keeper->ladder.rung != HPI_RUNG_NONE;
    if (!has_begun && !is_pressed && !keeper->is_wild) return false;
    hpi_keeper_tell_death(keeper, &death);
    return true;
}

/* It said something. False: nothing that makes sense. */
static bool end_said(hpi_keeper *keeper, double *values_out, hpt_status *status_out) {
    hpt_trial *trial = keeper->trial;
    note_begin(keeper, hpi_now_ns());
    fetch_reports(keeper);
    hpi_keeper_fetch_errors(keeper);
    if (atomic_load_explicit(&keeper->box->up.sealed, memory_order_relaxed) != 0)
        carry_cancels(keeper, hpi_now_ns());
    keeper->fruitless = 0;
    if (keeper->is_wild || !hpi_mail_take_answer(keeper->box, trial, values_out,
                                                 keeper->pool->goal_count, status_out)) {
        keeper->is_wild = true;
        return false;
    }
    if (keeper->ladder.since_ns[HPI_CAUSE_CPU] == INT64_MAX) return true;
    trial->is_marked = true;
    hpt_trial_fail(trial, "used more than %g s of CPU time", keeper->rules->cpu_s);
    trial->ended = HPT_TRIAL_TIMEOUT;
    return true;
}

/* The run ends, and this trial with it. */
static hpt_status give_up(hpt_trial *trial) {
    trial->is_marked = true;
    trial->ended = HPT_TRIAL_CANCELLED;
    return HPT_ESTOPPED;
}

hpt_status hpi_keeper_evaluate(hpi_keeper *keeper, hpt_trial *trial, double *values_out) {
    hpt_status status = HPT_ECRASHED;
    keeper->trial = trial;
    keeper->since_ns = hpi_now_ns();
    for (;;) {
        if (!hire_again(keeper)) return give_up(trial);
        hand_over(keeper);
        carry_caps(keeper);
        /* release: pairs with the acquire of the process. What was there before is its death, if it
         * has died since the last trial. */
        unsigned before =
            atomic_exchange_explicit(&keeper->box->word, HPI_MAIL_ASKED, memory_order_acq_rel);
        if (before == HPI_MAIL_DEAD)
            atomic_store_explicit(&keeper->box->word, HPI_MAIL_DEAD, memory_order_relaxed);
        else
            hpi_child_wake(&keeper->box->word);
        if (watch(keeper) && end_said(keeper, values_out, &status)) return status;
        if (end_dead(keeper)) return HPT_ECRASHED;
    }
}
