/* SPDX-License-Identifier: BSD-3-Clause */
#include "scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { US = 1000, MS = 1000000 };

#define PICK(by, ...)                                                                              \
    pick(by, sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (int64_t[]){ __VA_ARGS__ })

static int64_t pick(sim_random *by, size_t count, const int64_t *from) {
    return from[sim_below(by, count)];
}

static double some_share(sim_random *by, double often, double most) {
    return sim_chance(by, often) ? most * sim_unit(sim_random_bits(by)) : 0;
}

static void draw_manner(sim_manner *it, sim_random *by) {
    it->run_length = (uint64_t)PICK(by, 1, 3, 10, 40, 200);
    it->has_priorities = sim_chance(by, 0.4);
    it->change_count = (unsigned)sim_below(by, 8);
    it->change_within = (uint64_t)PICK(by, 300, 3000, 20000);
    it->step_ns = PICK(by, 2, 10, 50, 300, 2000);
    it->leap_share = some_share(by, 0.3, 0.002);
    it->doze_share = some_share(by, 0.5, 0.01);
    it->pause_ns_max = PICK(by, 2 * US, 100 * US, 30 * MS);
    it->false_wake_share = some_share(by, 0.25, 0.2);
    it->order = (int)sim_below(by, 3);
    it->drain_within = (unsigned)PICK(by, 2, 6, 30);
    it->points_max = 3000000;
}

static void draw_subject(scenario_subject *it, sim_random *by) {
    it->fail_share = some_share(by, 0.4, 0.4);
    it->prune_share = some_share(by, 0.3, 0.3);
    it->infeasible_share = some_share(by, 0.2, 0.3);
    it->nan_share = some_share(by, 0.2, 0.2);
    it->attr_share = some_share(by, 0.3, 0.5);
    it->span_ns_max = PICK(by, 0, 0, 2 * US, 60 * US, 2 * MS);
    it->long_share = some_share(by, 0.3, 0.05);
    it->die_share = some_share(by, 0.3, 0.3);
    it->hang_share = some_share(by, 0.1, 0.1);
    it->report_max = (unsigned)PICK(by, 0, 0, 1, 6);
    it->looks = sim_chance(by, 0.5);
    it->has_values_twice = sim_chance(by, 0.2);
    it->cancel_share = sim_chance(by, 0.06) ? 0.03 : 0;
}

static void draw_observer(scenario_observer *it, sim_random *by, bool may_come_late) {
    it->policy = sim_chance(by, 0.5) ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
    it->kinds = sim_chance(by, 0.5) ? 0 : (uint32_t)sim_below(by, HPT_EVENT_ALL) + 1;
    it->buffer_count = (uint32_t)PICK(by, 0, 16, 16, 64);
    it->nap_ns_max = PICK(by, 0, 0, 20 * US, 5 * MS);
    it->fail_share = some_share(by, 0.2, 0.3);
    it->is_receiver = may_come_late && sim_chance(by, 0.25);
    if (!may_come_late || !sim_chance(by, 0.4)) return;
    it->from_ns = (int64_t)sim_below(by, 3 * MS) + 1;
    if (sim_chance(by, 0.5)) it->until_ns = it->from_ns + (int64_t)sim_below(by, 3 * MS);
}

/* Processes, which the machine and the objectives may end. */
static void draw_processes(scenario *it, sim_random *by) {
    it->pool = "processes";
    it->child_failure_share = some_share(by, 0.2, 0.3);
    it->child_kill_share = some_share(by, 0.4, 0.002);
    it->server_death_share = some_share(by, 0.1, 0.05);
    it->child_deaf_share = some_share(by, 0.3, 1);
}

static void draw_strategy(scenario *it, sim_random *by) {
    static const char *const names[] = { NULL,   NULL,  NULL,  NULL, "random", "random",
                                         "grid", "qmc", "tpe", "de", "cmaes",  "random" };
    it->strategy = names[sim_below(by, sizeof names / sizeof *names)];
    it->teacher_batch = (uint32_t)PICK(by, 0, 1, 1, 4);
    it->has_teacher_gaps = !it->strategy && sim_chance(by, 0.3);
    it->point_count = sim_chance(by, 0.2) ? sim_below(by, 8) : 0;
}

/* A signal arrives, a thread cancels, or the time is up: at most one of them. */
static void draw_end(scenario *it, sim_random *by) {
    it->cancel_level = sim_chance(by, 0.5) ? HPT_CANCEL_NOW : HPT_CANCEL_FINISH;
    it->target = sim_chance(by, 0.15) ? 0.05 : NAN;
    it->stale_count_max = sim_chance(by, 0.15) ? 1 + sim_below(by, 30) : 0;
    switch (sim_below(by, 8)) {
    case 0:
        it->cancel_ns = 1 + (int64_t)sim_below(by, (uint64_t)PICK(by, 20 * US, MS, 20 * MS));
        break;
    case 1:
        it->signal_point = 1 + sim_below(by, (uint64_t)PICK(by, 500, 5000));
        break;
    case 2:
        it->wall_s_max = 1e-6 * (double)(1 + sim_below(by, (uint64_t)PICK(by, 100, 10000)));
        break;
    case 3:
        it->trial_s_max = 1e-6 * (double)(1 + sim_below(by, (uint64_t)PICK(by, 10, 500)));
        break;
    default:
        break;
    }
}

/* What stops trials that are hopeless, hang or fail. */
static void draw_rules(scenario *it, sim_random *by) {
    static const char *const pruners[] = { "median:startup_trials=2",
                                           "asha",
                                           "hyperband",
                                           "patient:of=median",
                                           "percentile:percentile=40",
                                           "threshold:upper=0.4" };
    it->pruner = sim_chance(by, 0.2) ? pruners[sim_below(by, 6)] : NULL;
    bool may_cap = it->direction == HPT_MINIMISE && sim_chance(by, 0.1);
    it->cap = may_cap ? (hpt_cap)PICK(by, HPT_CAP_TIME, HPT_CAP_REPORT) : HPT_CAP_NONE;
    it->grace_s = sim_chance(by, 0.15) ? 1e-6 * (double)sim_below(by, 3000) : NAN;
    it->drain_s = sim_chance(by, 0.15) ? 1e-6 * (double)sim_below(by, 3000) : NAN;
    it->lost_count_max = (uint32_t)PICK(by, 0, 0, 1, 2, 40);
    it->retry_count = sim_chance(by, 0.15) ? 1 + (unsigned)sim_below(by, 3) : 0;
    it->policy =
        sim_chance(by, 0.2) ? (hpt_failure_policy)sim_below(by, 4) : HPT_FAILURE_FEASIBILITY;
    if (!it->strategy && it->policy == HPT_FAILURE_WORST)
        it->policy = HPT_FAILURE_IGNORE; /* it keeps books */
    it->failure_count_max = sim_chance(by, 0.1) ? 1 + sim_below(by, 10) : 0;
}

static void draw_study(scenario *it, sim_random *by) {
    it->client_count = 1 + (uint32_t)sim_below(by, 4);
    it->pool = NULL;
    it->retry_count = 0;
    it->coordinator = HPT_COORDINATOR_WORKERS;
}

static void draw_disk(scenario_disk *it, sim_random *by, bool is_last) {
    if (!is_last) {
        it->off_at = 1 + sim_below(by, (uint64_t)PICK(by, 10, 60, 400));
        it->is_power = sim_chance(by, 0.6);
    }
    if (!sim_chance(by, 0.35)) return;
    it->fault_share = sim_chance(by, 0.3) ? 1 : 0.2;
    it->fault_from = sim_below(by, (uint64_t)PICK(by, 5, 40, 200));
    it->fault_to = it->fault_from + (size_t)PICK(by, 1, 2, 10, 100000);
}

/* A study file is written by a thread of its own, and read by the lives that follow. */
static void draw_file(scenario *it, sim_random *by) {
    static const scenario_file files[] = { FILE_JOURNAL, FILE_JOURNAL, FILE_DATABASE };
    if (!sim_chance(by, 0.3)) return;
    it->file = files[sim_below(by, 3)];
    it->sync = sim_chance(by, 0.5) ? HPT_SYNC_EACH : HPT_SYNC_GROUP;
    it->store_failure = sim_chance(by, 0.5) ? HPT_STORE_STOP : HPT_STORE_GO_ON;
    it->interrupted = sim_chance(by, 0.2) ? HPT_INTERRUPTED_FAIL : HPT_INTERRUPTED_AGAIN;
    it->commit_interval_ms = (uint32_t)PICK(by, 0, 1, 1, 10);
    it->commit_trials = (uint32_t)PICK(by, 0, 0, 1, 5);
    it->life_count = 1 + (unsigned)sim_below(by, SCENARIO_LIVES_MAX);
    for (unsigned i = 0; i < it->life_count; i++)
        draw_disk(&it->lives[i], by, i + 1 == it->life_count);
    if (it->trial_count_max > 100) it->trial_count_max = 100;
}

void scenario_draw(scenario *it, uint64_t seed) {
    sim_random from = sim_random_of(seed, 10), *by = &from;
    *it = (scenario){ .seed = seed };
    draw_manner(&it->manner, by);
    it->cpu_count = 1 + (unsigned)sim_below(by, 6);
    it->form = (scenario_form)sim_below(by, FORM_COUNT);
    it->worker_count = 1 + (uint32_t)sim_below(by, 5);
    it->window = sim_chance(by, 0.4) ? (uint32_t)PICK(by, 1, 2, 5, 16, 70) : 0;
    it->trial_count_max = 1 + sim_below(by, (uint64_t)PICK(by, 5, 40, SCENARIO_TRIALS_MAX));
    it->run_seed = sim_below(by, 1000);
    it->pool = sim_chance(by, 0.1) ? "inline" : "threads";
    it->coordinator = sim_chance(by, 0.3) ? HPT_COORDINATOR_CALLER : HPT_COORDINATOR_WORKERS;
    it->direction = sim_chance(by, 0.3) ? HPT_MAXIMISE : HPT_MINIMISE;
    it->create_failure_share = some_share(by, 0.1, 0.5);
    if (sim_chance(by, 0.1)) {
        it->memory_failure_share = sim_chance(by, 0.5) ? 1 : 0.1;
        it->memory_fails_from = 1 + sim_below(by, (uint64_t)PICK(by, 60, 300));
    }
    if (sim_chance(by, 0.2)) draw_processes(it, by);
    draw_strategy(it, by);
    draw_end(it, by);
    draw_subject(&it->subject, by);
    draw_rules(it, by);
    if (it->form == FORM_STUDY) draw_study(it, by);
    draw_file(it, by);
    it->observer_count = (uint32_t)sim_below(by, SCENARIO_OBSERVERS_MAX + 1);
    bool may_come_late = it->form != FORM_PARALLEL;
    for (uint32_t i = 0; i < it->observer_count; i++)
        draw_observer(&it->observers[i], by, may_come_late);
}

void scenario_print(const scenario *it, char text_out[SCENARIO_TEXT_BYTES]) {
    static const char *const forms[] = { "parallel", "wait", "poll", "destroy", "study" };
    static const char *const orders[] = { "sequential", "total", "partial" };
    static const char *const files[] = { "no file", "journal", "database" };
    snprintf(text_out, SCENARIO_TEXT_BYTES,
             "%s, %s, %u workers, %u CPUs, window %u, %" PRIu64 " trials, %s, coordinator %d, "
             "%u observers, cancel %" PRId64 " ns, signal %" PRIu64
             ", wall %g, trial %g, memory %g "
             "from %zu; pruner %s, cap %d, grace %g, drain %g, retries %u, policy %d; %s, %u "
             "lives, sync %d, failure %d, interrupted %d; machine: %s%s, step %" PRId64 " ns",
             forms[it->form], it->pool ? it->pool : "clients", it->worker_count, it->cpu_count,
             it->window, it->trial_count_max, it->strategy ? it->strategy : "teacher",
             (int)it->coordinator, it->observer_count, it->cancel_ns, it->signal_point,
             it->wall_s_max, it->trial_s_max, it->memory_failure_share, it->memory_fails_from,
             it->pruner ? it->pruner : "none", (int)it->cap, it->grace_s, it->drain_s,
             it->retry_count, (int)it->policy, files[it->file], it->life_count, (int)it->sync,
             (int)it->store_failure, (int)it->interrupted, orders[it->manner.order],
             it->manner.has_priorities ? ", priorities" : "", it->manner.step_ns);
}

bool scenario_is_exact(const scenario *it) {
    bool is_cut = it->cancel_ns || it->signal_point || it->wall_s_max > 0 || it->trial_s_max > 0 ||
                  it->subject.cancel_share > 0 || it->cap == HPT_CAP_TIME || !isnan(it->grace_s) ||
                  it->form == FORM_DESTROY || it->form == FORM_STUDY;
    bool is_mortal = it->pool && strcmp(it->pool, "processes") == 0;
    if (is_mortal)
        is_cut = is_cut || it->subject.die_share > 0 || it->child_failure_share > 0 ||
                 it->child_kill_share > 0 || it->server_death_share > 0;
    bool is_kept = it->file == FILE_NONE || it->interrupted == HPT_INTERRUPTED_AGAIN;
    return it->window > 0 && !is_cut && it->memory_failure_share == 0 && is_kept;
}

scenario scenario_reference(const scenario *it) {
    scenario alone = *it;
    alone.form = FORM_PARALLEL;
    alone.worker_count = 1;
    alone.pool = "inline";
    alone.coordinator = HPT_COORDINATOR_WORKERS;
    alone.observer_count = 0;
    alone.file = FILE_NONE;
    alone.grace_s = alone.drain_s = NAN;
    alone.create_failure_share = 0;
    alone.subject.die_share = 0;
    alone.manner = (sim_manner){ .run_length = 1000,
                                 .step_ns = 10,
                                 .pause_ns_max = 1,
                                 .drain_within = 1,
                                 .points_max = it->manner.points_max };
    return alone;
}
