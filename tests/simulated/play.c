/* SPDX-License-Identifier: BSD-3-Clause */
/* One scenario from beginning to end, on the main thread of the simulated machine, with the threads
 * that a host may have: who cancels, who waits, who watches. */
#include "play.h"

#include <string.h>

#include "alloc.h"
#include "children.h"
#include "files.h"
#include "system.h"
#include "threads.h"
#include "watch.h"

enum { WAITERS_MAX = 3 };

typedef struct stage {
    const scenario    *scene;
    ledger            *book;
    hpt_strategy_class strategy;
    hpt_observer       observers[SCENARIO_OBSERVERS_MAX];
    watcher            watchers[SCENARIO_OBSERVERS_MAX];
    int                visitors[SCENARIO_OBSERVERS_MAX + WAITERS_MAX + 1];
    int                visitor_count;
    hpt_value          points[8 * LEDGER_DIMS];
    hpt_space         *space;
    hpt_options        options;
    bool               is_over;
    sim_random         by;
} stage;

static stage on;

/* ---- Options
 * -------------------------------------------------------------------------------------- */

static void put_points(void) {
    for (size_t i = 0; i < on.scene->point_count; i++) {
        on.points[i * LEDGER_DIMS] = hpt_real(0.03125 * (double)(3 * i));
        on.points[i * LEDGER_DIMS + 1] = hpt_int((int64_t)i);
        on.points[i * LEDGER_DIMS + 2] = hpt_text("fast");
    }
    on.options.points = on.points;
    on.options.point_count = on.scene->point_count;
}

static void put_observers(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < on.scene->observer_count; i++) {
        const scenario_observer *is = &on.scene->observers[i];
        watcher                 *it = &on.watchers[i];
        if (is->from_ns > 0 || is->is_receiver)
            *it = (watcher){ .is = is, .by = sim_random_of(on.scene->seed, 40 + i) };
        else
            watcher_open(it, is, sim_hash(on.scene->seed, i), &on.observers[count++]);
    }
    on.options.observers = on.observers;
    on.options.observer_count = count;
}

static void put_strategy(void) {
    on.options.strategy = on.scene->strategy;
    if (on.scene->strategy) return;
    on.strategy = teacher;
    on.strategy.batch_max = on.scene->teacher_batch;
    on.options.strategy = NULL;
    on.options.strategy_class = &on.strategy;
}

static const char *path_of(const scenario *scene) {
    static const char *const paths[] = { NULL, "/sim/study.journal", "/sim/study.db" };
    return paths[scene->file];
}

static void put_options(void) {
    const scenario *scene = on.scene;
    hpt_options    *options = &on.options;
    *options = hpt_options_default();
    options->worker_count = scene->worker_count;
    options->window = scene->window;
    options->trial_count_max = scene->trial_count_max;
    options->stale_count_max = scene->stale_count_max;
    options->seed = scene->run_seed;
    options->wall_s_max = scene->wall_s_max;
    options->trial_s_max = scene->trial_s_max;
    options->target = scene->target;
    options->pool = scene->pool;
    options->coordinator = scene->coordinator;
    options->direction = scene->direction;
    options->cancel = &on.book->cancel;
    options->study = path_of(scene);
    options->sync = scene->sync;
    options->store_failure = scene->store_failure;
    options->interrupted = scene->interrupted;
    options->commit_interval_ms = scene->commit_interval_ms;
    options->commit_trials = scene->commit_trials;
    options->pruner = scene->pruner;
    options->cap = scene->cap;
    if (scene->cap != HPT_CAP_NONE) options->cap_factor = 1.5;
    options->grace_s = scene->grace_s;
    options->drain_s = scene->drain_s;
    options->lost_count_max = scene->lost_count_max;
    options->failure_count_max = scene->failure_count_max;
    options->on_failed = (hpt_failure){ scene->retry_count, scene->policy };
    options->on_crashed = (hpt_failure){ scene->retry_count, scene->policy };
    options->on_timeout = (hpt_failure){ scene->retry_count, scene->policy };
    put_strategy();
    put_points();
    put_observers();
}

/* ---- Who else is there
 * ------------------------------------------------------------------------------ */

static void add(const char *name, void (*body)(void *user), void *user) {
    on.visitors[on.visitor_count++] = sim_spawn(name, body, user);
}

static void raise_it(void) {
    on.book->was_cancelled = true;
    bool has_handle = on.book->run && sim_below(&on.by, 2) == 0;
    if (has_handle)
        hpt_run_cancel(on.book->run, on.scene->cancel_level);
    else
        hpt_cancel_raise(&on.book->cancel, on.scene->cancel_level);
}

static void cancel_later(void *user) {
    (void)user;
    sim_doze(on.scene->cancel_ns);
    if (!on.is_over) raise_it();
}

static void look(void) {
    hpt_stats stats = { .struct_size = sizeof stats };
    hpt_run  *run = on.book->run;
    SIM_EXPECT(hpt_run_stats(run, &stats, NULL) == HPT_OK, "no statistics");
    oracle_stats(&stats);
}

static void wait_too(void *user) {
    (void)user;
    for (double wait_s = 1e-5; !on.is_over && hpt_run_wait(on.book->run, wait_s) != HPT_OK;)
        if (wait_s < 0.1) wait_s *= 2;
}

static void invite(void) {
    for (uint32_t i = 0; i < on.scene->observer_count; i++) {
        watcher *it = &on.watchers[i];
        if (it->is->from_ns == 0 && !it->is->is_receiver) continue;
        it->run = on.book->run;
        it->is_over = &on.is_over;
        add("visitor", watcher_visit, it);
    }
    unsigned waiters = on.scene->form == FORM_WAIT ? (unsigned)sim_below(&on.by, WAITERS_MAX) : 0;
    while (waiters-- > 0)
        add("waiter", wait_too, NULL);
}

static void dismiss(void) {
    on.is_over = true;
    while (on.visitor_count > 0)
        sim_await(on.visitors[--on.visitor_count]);
}

/* ---- Forms
 * ---------------------------------------------------------------------------------------- */

static bool is_fault(hpt_status status) {
    bool may_lack_memory = on.scene->memory_failure_share > 0;
    bool may_lack_threads = on.scene->create_failure_share > 0 ||
                            on.scene->child_failure_share > 0 || on.scene->server_death_share > 0;
    bool says_so = status == HPT_EBUSY; /* who holds the file is not known for want of memory */
    if (says_so && alloc_failures() > 0) return true;
    bool has_failed = files_are_off() || files_failed() > 0;
    if (has_failed && status == HPT_EIO) return true;
    return (status == HPT_ENOMEM && may_lack_memory) || (status == HPT_ETHREAD && may_lack_threads);
}

static void judge(hpt_status status, const hpt_err *err) {
    SIM_EXPECT(status == HPT_OK || is_fault(status), "the run ends with %d: %s", (int)status,
               err->text);
}

static void judge_result(const hpt_result *result) {
    const hpt_stats *stats = hpt_result_stats(result);
    on.book->has_result = hpt_result_stop(result) != HPT_STOP_STORE;
    oracle_result(result);
    for (uint32_t i = 0; i < on.scene->observer_count; i++)
        watcher_check(&on.watchers[i], stats->trial_count);
}

static void play_parallel(void) {
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_parallel_run(on.space, subject, on.book, &on.options, &result, &err);
    on.book->is_over = true;
    judge(status, &err);
    if (status == HPT_OK) judge_result(result);
    hpt_result_destroy(result);
}

static void poll(hpt_run *run) {
    for (unsigned polls = 0; hpt_run_poll(run) != HPT_OK; polls++) {
        look();
        uint64_t most_ns = polls > 300 ? 50000000 : 50000;
        if (polls > 300 || sim_below(&on.by, 3) == 0) sim_doze((int64_t)sim_below(&on.by, most_ns));
    }
}

static void wait(hpt_run *run) {
    for (double wait_s = 1e-4; hpt_run_wait(run, sim_below(&on.by, 2) ? -1 : wait_s) != HPT_OK;) {
        look();
        wait_s *= 2;
    }
}

static void play_started(void) {
    hpt_run    *run = NULL;
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_run_start(on.space, subject, on.book, &on.options, &run, &err);
    judge(status, &err);
    if (status != HPT_OK) return;
    on.book->run = run;
    invite();
    if (on.scene->form == FORM_POLL) poll(run);
    if (on.scene->form == FORM_WAIT) wait(run);
    if (on.scene->form == FORM_DESTROY) sim_doze((int64_t)sim_below(&on.by, 3000000));
    dismiss();
    if (on.scene->form != FORM_DESTROY) {
        status = hpt_run_result(run, &result, &err);
        judge(status, &err);
        if (status == HPT_OK) judge_result(result);
    }
    hpt_run_destroy(run);
    on.book->is_over = true;
    hpt_result_destroy(result);
}

/* ---- A study: its threads are ours
 * ------------------------------------------------------------------ */

static void answer(hpt_trial *trial) {
    hpt_study *study = on.book->study;
    hpt_err    err = { 0 };
    double     value = 0;
    hpt_status said = subject(trial, on.book, &value), status;
    if (said == HPT_OK)
        status = hpt_study_tell(study, trial, value, &err);
    else if (said == HPT_EPRUNED)
        status = hpt_study_tell_state(study, trial, HPT_TRIAL_PRUNED, NULL, &err);
    else if (said == HPT_ESTOPPED)
        status = hpt_study_tell_state(study, trial, HPT_TRIAL_CANCELLED, NULL, &err);
    else if (said == HPT_EINFEASIBLE)
        status = hpt_study_tell_state(study, trial, HPT_TRIAL_INFEASIBLE, "so", &err);
    else
        status = hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, "by chance", &err);
    SIM_EXPECT(status == HPT_OK || is_fault(status), "tell: %d %s", (int)status, err.text);
}

static void be_client(void *user) {
    hpt_trial *trial;
    hpt_err    err = { 0 };
    uint64_t   nap_ns = 2000;
    (void)user;
    for (;;) {
        hpt_status status = hpt_study_ask(on.book->study, &trial, &err);
        if (status == HPT_EAGAIN)
            sim_doze(1 + (int64_t)sim_below(&on.by, nap_ns < 200000000 ? nap_ns *= 2 : nap_ns));
        else if (status == HPT_OK)
            answer(trial);
        else
            break;
        SIM_EXPECT(status == HPT_OK || status == HPT_EAGAIN || is_fault(status), "ask: %d %s",
                   (int)status, err.text);
    }
}

static void play_study(void) {
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_study_create(on.space, &on.options, &on.book->study, &err);
    judge(status, &err);
    if (status != HPT_OK) return;
    on.book->run = hpt_study_run(on.book->study);
    int clients[8];
    for (uint32_t i = 0; i < on.scene->client_count; i++)
        clients[i] = sim_spawn("client", be_client, NULL);
    invite();
    for (uint32_t i = 0; i < on.scene->client_count; i++)
        sim_await(clients[i]);
    status = hpt_study_finish(on.book->study, &result, &err);
    judge(status, &err);
    if (status == HPT_OK) judge_result(result);
    dismiss();
    hpt_study_destroy(on.book->study);
    on.book->is_over = true;
    hpt_result_destroy(result);
}

/* ---- All of it
 * -------------------------------------------------------------------------------------- */

/* Objectives that never listened go on in their threads, which end with them. */
static void await_lost(void) {
    int64_t until_ns = sim_now_ns() + INT64_C(1000000000000);
    while (sim_alive() > 1 && sim_now_ns() < until_ns)
        sim_doze(10000000);
    SIM_EXPECT(sim_alive() == 1, "I4: %d threads are still there", sim_alive() - 1);
}

static void live(void) {
    on.is_over = false;
    put_options();
    alloc_reset(on.scene->seed, on.scene->memory_failure_share, on.scene->memory_fails_from);
    if (on.scene->cancel_ns > 0) add("canceller", cancel_later, NULL);
    sim_signal_at(on.scene->signal_point, raise_it);
    if (on.scene->form == FORM_STUDY)
        play_study();
    else if (on.scene->form == FORM_PARALLEL)
        play_parallel();
    else
        play_started();
    dismiss();
    sim_signal_at(0, NULL);
    await_lost();
    oracle_over();
    alloc_reset(on.scene->seed, 0, 0);
}

static void begin_life(unsigned life) {
    const scenario_disk *disk = &on.scene->lives[life];
    ledger              *book = on.book;
    memset(book->trials, 0, sizeof book->trials);
    book->life = life;
    book->cancel = (hpt_cancel){ 0 };
    book->run = NULL;
    book->study = NULL;
    book->is_over = book->is_blind = book->has_result = false;
    book->asked_next = on.scene->point_count;
    book->asked = book->told = book->seen_told = 0;
    files_set(&(files_faults){ .share = disk->fault_share,
                               .from = disk->fault_from,
                               .to = disk->fault_to,
                               .off_at = disk->off_at });
}

/* What was promised stays promised. */
static void end_life(unsigned life) {
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        const ledger_trial *trial = &on.book->trials[i];
        if (!trial->is_promised) continue;
        on.book->kept[i] = (ledger_kept){ .state = trial->told, .value = trial->told_value };
    }
    files_back_on(on.scene->lives[life].is_power);
    system_new_process();
    oracle_file(path_of(on.scene));
}

static void body(void *user) {
    (void)user;
    alloc_reset(on.scene->seed, 0, 0);
    on.space = subject_space();
    unsigned lives = on.scene->file == FILE_NONE ? 1 : on.scene->life_count;
    for (unsigned life = 0; life < lives; life++) {
        begin_life(life);
        live();
        if (on.scene->file != FILE_NONE) end_life(life);
    }
    hpt_space_destroy(on.space);
}

void play(const scenario *scene, ledger *book) {
    memset(book, 0, sizeof *book);
    memset(&on, 0, sizeof on);
    book->scene = scene;
    on.scene = scene;
    on.book = book;
    on.by = sim_random_of(scene->seed, 20);
    ledger_open = book;
    files_reset(scene->seed);
    system_reset(scene->seed, scene->cpu_count);
    threads_reset(scene->seed, scene->create_failure_share, scene->manner.false_wake_share);
    children_reset(scene->seed,
                   &(children_faults){ .start_failure_share = scene->child_failure_share,
                                       .kill_share = scene->child_kill_share,
                                       .server_death_share = scene->server_death_share,
                                       .deaf_share = scene->child_deaf_share });
    size_t live = alloc_live();
    sim_run(scene->seed, &scene->manner, body, NULL);
    SIM_EXPECT(alloc_live() == live, "I4: %zu blocks of memory were not given back",
               alloc_live() - live);
}
