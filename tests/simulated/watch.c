/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"

#include <math.h>

#include <string.h>

enum { CREATED = 1, STARTED, REPORTED, ENDED };

/* What comes of one trial: created, started, reports, ended. Who came late, or loses some, sees a
 * part of it, in that order. */
static void order(watcher *it, const hpt_event *event, unsigned char phase) {
    SIM_EXPECT(event->trial < LEDGER_TRIALS, "an event of trial %u", (unsigned)event->trial);
    unsigned char  *last = &it->phases[event->trial];
    const scenario *scene = ledger_open->scene;
    bool            may_be_lost = scene->trial_s_max > 0 || !isnan(scene->grace_s);
    bool is_again = scene->retry_count > 0 && *last >= phase && (*last < ENDED || may_be_lost);
    if (is_again && *last == ENDED && phase < ENDED)
        return; /* what a lost worker had begun comes late */
    SIM_EXPECT(*last < phase || (*last == phase && phase == REPORTED) || is_again,
               "trial %u: %s after phase %u", (unsigned)event->trial,
               hpt_event_kind_text(event->kind), (unsigned)*last);
    *last = phase;
}

/* Where nothing is lost the improvement follows the end that it stems from. */
static void check_best(const watcher *it, const hpt_event *event) {
    bool sees_ends = it->is->kinds == 0 || (it->is->kinds & HPT_EVENT_TRIAL_ENDED);
    if (!it->is_whole || !sees_ends) return;
    SIM_EXPECT(it->ended_last == event->trial, "trial %u is the best before it has ended",
               (unsigned)event->trial);
}

static void see(watcher *it, const hpt_event *event) {
    SIM_EXPECT(!it->has_finished, "%s after FINISHED", hpt_event_kind_text(event->kind));
    SIM_EXPECT(it->is->kinds == 0 || (it->is->kinds & event->kind), "%s was not asked for",
               hpt_event_kind_text(event->kind));
    it->seen++;
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
        order(it, event, CREATED);
        break;
    case HPT_EVENT_TRIAL_STARTED:
        order(it, event, STARTED);
        break;
    case HPT_EVENT_TRIAL_REPORTED:
        order(it, event, REPORTED);
        break;
    case HPT_EVENT_TRIAL_ENDED:
        order(it, event, ENDED);
        it->ended++;
        it->ended_last = event->trial;
        break;
    case HPT_EVENT_BEST_IMPROVED:
        check_best(it, event);
        break;
    case HPT_EVENT_FINISHED:
        it->has_finished = true;
        break;
    default:
        sim_fail("an event of kind %d", (int)event->kind);
    }
}

static hpt_status events(void *user, const hpt_event *event, size_t count, hpt_err *err) {
    watcher *it = user;
    SIM_EXPECT(!it->is_inside, "an observer is called twice at once");
    SIM_EXPECT(!it->is_gone, "an observer is called after it was detached");
    it->is_inside = true;
    for (size_t i = 0; i < count; i++)
        see(it, &event[i]);
    if (it->is->nap_ns_max > 0) sim_doze((int64_t)sim_below(&it->by, (uint64_t)it->is->nap_ns_max));
    it->is_inside = false;
    if (sim_chance(&it->by, it->is->fail_share)) return hpt_error(err, HPT_EFAILED, "by chance");
    return HPT_OK;
}

void watcher_open(watcher *it, const scenario_observer *is, uint64_t seed, hpt_observer *out) {
    *it = (watcher){ .is = is, .by = sim_random_of(seed, 30), .ended_last = UINT64_MAX };
    it->is_whole = is->policy == HPT_POLICY_BLOCK && is->from_ns == 0;
    *out = hpt_observer_default();
    out->kinds = is->kinds;
    out->policy = is->policy;
    out->buffer_count = is->buffer_count;
    out->events = events;
    out->user = it;
}

static void poll(watcher *it, hpt_receiver *receiver) {
    const hpt_event *event;
    uint64_t         missed = 0;
    int64_t          nap_ns = 1000;
    while (!it->has_finished) {
        bool   was_over = *it->is_over;
        size_t count = hpt_receiver_poll(receiver, &event, &missed);
        for (size_t i = 0; i < count; i++)
            see(it, &event[i]);
        if (was_over && count == 0) break;
        nap_ns = count > 0 ? 1000 : nap_ns < 100000000 ? 2 * nap_ns : nap_ns;
        sim_doze(nap_ns + it->is->nap_ns_max);
    }
    hpt_receiver_destroy(receiver);
    it->is_gone = true;
}

static void wait_for(const watcher *it, int64_t until_ns) {
    while (sim_now_ns() < until_ns && !*it->is_over)
        sim_doze(1 + (until_ns - sim_now_ns()) / 8);
}

void watcher_visit(void *user) {
    watcher      *it = user;
    hpt_receiver *receiver;
    hpt_observer  observer;
    hpt_err       err = { 0 };
    uint64_t      id = 0;
    int64_t       begin_ns = sim_now_ns();
    watcher       fresh = *it;
    watcher_open(it, fresh.is, sim_random_bits(&fresh.by), &observer);
    it->run = fresh.run;
    it->is_over = fresh.is_over;
    it->is_whole = false;
    wait_for(it, begin_ns + it->is->from_ns);
    if (it->is->is_receiver) {
        if (hpt_run_subscribe(it->run, it->is->kinds, it->is->buffer_count, &receiver, &err) ==
            HPT_OK)
            poll(it, receiver);
        return;
    }
    if (hpt_run_attach(it->run, &observer, &id, &err) != HPT_OK || it->is->until_ns == 0) return;
    wait_for(it, begin_ns + it->is->until_ns);
    if (hpt_run_detach(it->run, id, &err) == HPT_OK) it->is_gone = true;
}

void watcher_check(const watcher *it, uint64_t trial_count) {
    if (!it->is_whole) return;
    uint32_t kinds = it->is->kinds ? it->is->kinds : HPT_EVENT_ALL;
    SIM_EXPECT(!(kinds & HPT_EVENT_FINISHED) || it->has_finished, "FINISHED never came");
    if (ledger_open->life > 0) return; /* trials of earlier lives are no news */
    SIM_EXPECT(!(kinds & HPT_EVENT_TRIAL_ENDED) || it->ended == trial_count,
               "%u trials ended, an observer that loses nothing was told of %u",
               (unsigned)trial_count, (unsigned)it->ended);
}
