/* SPDX-License-Identifier: BSD-3-Clause */
#include "kill.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "hpt/extend.h"

extern const hpt_strategy_class hpi_strategy_tpe, hpi_strategy_cmaes, hpi_strategy_nsga2,
    hpi_strategy_de;

enum { HANG_US = 100 * 1000000 };

/* ---- what both processes see ---- */

acknowledged *kill_shared(void) {
    void *at =
        mmap(NULL, sizeof(acknowledged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    return at;
}

void kill_shared_free(acknowledged *acks) {
    munmap(acks, sizeof *acks);
}

void kill_forget(acknowledged *acks) {
    for (size_t i = 0; i < KILL_TRIALS; i++)
        atomic_store(&acks->state[i], 0);
    atomic_store(&acks->has_returned, false);
}

void kill_path(char *out, const char *folder, const char *stem, const char *suffix) {
    snprintf(out, KILL_PATH_BYTES, "%s/hpt_kill_%d_%s%s", folder, (int)getpid(), stem, suffix);
    kill_remove(out);
}

/* With all that was beside it; names of files that only help end in something random. */
void kill_remove(const char *path) {
    char   pattern[KILL_PATH_BYTES + 1];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s*", path);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
    globfree(&found);
}

/* ---- the child ---- */

static hpt_space *kill_space(void) {
    static const char *const kinds[] = { "flat", "steep", "round" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);
    hpt_param rate = hpt_space_add_real(space, "rate", 1e-4, 1);
    hpt_space_set_log(space, rate);
    hpt_space_add_int(space, "count", 1, 9);
    hpt_param kind = hpt_space_add_choice(space, "kind", kinds, 3);
    (void)kind;
    hpt_param bend = hpt_space_add_real(space, "bend", -1, 1);
    hpt_space_set_condition(space, bend, "kind == 'round'");
    return space;
}

/* Curves that cross, of one goal or two. False: the trial is hopeless. */
static bool report_all(hpt_trial *trial, const plan *it, double x) {
    bool goes_on = true;
    for (int64_t step = 0; goes_on && step < 9; step++) {
        double values[2] = { x + 1 / (double)(step + 1), fabs(x - 0.1 * (double)step) };
        if (it->goals > 1)
            goes_on = hpt_trial_report_values(trial, step, values, 2) != HPT_EPRUNED;
        else
            goes_on = hpt_trial_report(trial, step, values[0]) != HPT_EPRUNED;
    }
    return goes_on;
}

/* How a trial ends depends on its number and its point only, and what its pruner knows. */
static hpt_status objective(hpt_trial *trial, void *user, double *values_out) {
    const plan           *it = user;
    const struct timespec pause = { .tv_nsec = 100000 };
    uint64_t              number = hpt_trial_number(trial);
    double                x = hpt_trial_real(trial, "x");
    nanosleep(&pause, NULL);
    if (number % 11 == 3) return hpt_trial_fail(trial, "it is trial %d", (int)number);
    if (!report_all(trial, it, x)) return HPT_EPRUNED;
    if (it->goals < 2 && number % 7 == 5) return hpt_trial_prune(trial);
    if (number % 5 == 0) hpt_trial_set_attr(trial, "fives", hpt_int((int64_t)number / 5));
    if (number % 4 == 1) hpt_trial_constraint(trial, "small", x - 0.75);
    values_out[0] = x * x + hpt_trial_real(trial, "rate") + (double)hpt_trial_int(trial, "count");
    if (it->goals > 1) values_out[1] = hpt_trial_real(trial, "bend") - x;
    return HPT_OK;
}

static void acknowledge(acknowledged *acks, uint64_t number, hpt_trial_state state, double value) {
    if (number >= KILL_TRIALS || state == HPT_TRIAL_CANCELLED) return;
    acks->value[number] = value;
    atomic_store(&acks->state[number], 1 + (unsigned)state);
}

/* Observers are told later than the strategy, but also when it does not listen. */
static hpt_status note(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)err;
    for (size_t i = 0; i < count; i++)
        acknowledge(user, events[i].trial, events[i].state, events[i].value);
    return HPT_OK;
}

/* The strategy itself, whose every tell is noted. The child has just one. */
static acknowledged *noted;
static void (*tell_on)(void *state, const hpt_outcome *outcome);

static void noting_tell(void *state, const hpt_outcome *outcome) {
    acknowledge(noted, outcome->number, outcome->state, outcome->value);
    tell_on(state, outcome);
}

static const hpt_strategy_class *listening(const char *name, hpt_strategy_class *into) {
    static const hpt_strategy_class *const classes[] = { &hpi_strategy_tpe, &hpi_strategy_cmaes,
                                                         &hpi_strategy_nsga2, &hpi_strategy_de };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strncmp(name, classes[i]->name, strlen(classes[i]->name)) != 0) continue;
        *into = *classes[i];
        tell_on = into->tell;
        into->tell = noting_tell;
        return into;
    }
    return NULL; /* it is random, and does not listen */
}

static hpt_status run(const plan *it, const char *path, acknowledged *acks, hpt_err *err) {
    static const hpt_goal goals[] = { { "first", HPT_MINIMISE, 20 },
                                      { "second", HPT_MINIMISE, 2 } };
    hpt_observer          observer = hpt_observer_default();
    hpt_options           options = hpt_options_default();
    hpt_space            *space = kill_space();
    hpt_result           *result = NULL;
    hpt_strategy_class    strategy;
    noted = acks;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK;
    observer.events = note;
    observer.user = acks;
    options.observers = &observer;
    options.observer_count = 1;
    options.study = path;
    options.study_name = "killed";
    options.strategy = it->strategy;
    options.strategy_class = listening(it->strategy, &strategy);
    options.worker_count = it->workers;
    options.window = it->window;
    options.sync = it->sync;
    options.commit_interval_ms = it->interval_ms;
    options.trial_count_max = KILL_TRIALS;
    options.pruner = it->pruner ? it->pruner : options.pruner;
    options.seed = 7;
    options.goals = it->goals > 1 ? goals : NULL;
    options.goal_count = it->goals > 1 ? it->goals : 0;
    hpt_status status =
        hpt_parallel_run(space, objective, (void *)(uintptr_t)it, &options, &result, err);
    for (size_t i = 0; status == HPT_OK && hpt_result_warning(result, i); i++)
        if (!strstr(hpt_result_warning(result, i), "than one per CPU"))
            status = hpi_fail(err, HPT_EIO, "%s", hpt_result_warning(result, i));
    if (status == HPT_OK && hpt_result_stop(result) != HPT_STOP_TRIALS)
        status = hpi_fail(err, HPT_EIO, "%s", hpt_stop_text(hpt_result_stop(result)));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status;
}

static pid_t start(const plan *it, const char *path, acknowledged *acks) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    hpt_err    err = { 0 };
    hpt_status status = run(it, path, acks, &err);
    if (status != HPT_OK) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        _exit(3);
    }
    atomic_store(&acks->has_returned, true);
    _exit(0);
}

/* ---- the parent ---- */

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool end_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("a run ended by itself with status %d", status);
    return true;
}

/* Until it has ended, or so long; looking costs a run little. */
static void wait_for_end(pid_t child, uint64_t most_us) {
    const struct timespec pause = { .tv_nsec = 200000 };
    uint64_t              start_us = now_us();
    siginfo_t             found = { 0 };
    while (now_us() - start_us < most_us) {
        if (waitid(P_PID, (id_t)child, &found, WEXITED | WNOHANG | WNOWAIT) == 0 && found.si_pid)
            return;
        nanosleep(&pause, NULL);
    }
}

uint64_t kill_whole(const plan *it, const char *path, acknowledged *acks) {
    uint64_t start_us = now_us();
    kill_forget(acks);
    pid_t child = start(it, path, acks);
    wait_for_end(child, HANG_US);
    kill(child, SIGKILL); /* nothing, to one that has ended */
    if (!end_of(child)) fail_msg("%s: a run that nobody disturbs does not end", path);
    uint64_t whole_us = now_us() - start_us;
    kill_judge(it, path, acks);
    return whole_us;
}

bool kill_run(const plan *it, const char *path, acknowledged *acks, uint64_t after_us) {
    pid_t child = start(it, path, acks);
    wait_for_end(child, after_us);
    kill(child, SIGKILL);
    return end_of(child);
}

/* Damage is what is found, but the end of a journal: a kill in the middle of a write tears it. */
typedef struct damages {
    bool   may_be_torn;
    size_t count;
} damages;

static void say(void *user, const char *finding) {
    damages *found = user;
    if (found->may_be_torn && strstr(finding, "are torn: a process or the machine stopped")) return;
    fprintf(stderr, "%s\n", finding);
    found->count++;
}

static hpt_history *load(const char *path, bool may_be_torn) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    damages      found = { .may_be_torn = may_be_torn };
    size_t       findings = 0;
    if (hpt_study_check(path, HPT_CHECK_LOOK, say, &found, &findings, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(found.count, 0);
    if (hpt_history_load(path, "killed", &history, &err) != HPT_OK) fail_msg("%s", err.text);
    return history;
}

static bool is_ended(const hpt_record *record) {
    return record->state != HPT_TRIAL_RUNNING && record->state != HPT_TRIAL_CANCELLED;
}

/* Those that were told are the first that were told: nothing is missing among them. */
static void judge_order(const hpt_history *history) {
    bool   is_there[KILL_TRIALS] = { false };
    size_t told = 0;
    for (size_t i = 0; i < hpt_history_count(history); i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_true(record->number < KILL_TRIALS);
        if (i > 0) assert_true(record->number > hpt_history_at(history, i - 1)->number);
        if (!is_ended(record)) continue;
        assert_true(record->order < KILL_TRIALS);
        assert_false(is_there[record->order]);
        is_there[record->order] = true;
        told++;
    }
    for (size_t i = 0; i < told; i++)
        assert_true(is_there[i]);
}

static const hpt_record *find(const hpt_history *history, uint64_t number) {
    for (size_t i = 0; i < hpt_history_count(history); i++)
        if (hpt_history_at(history, i)->number == number) return hpt_history_at(history, i);
    fail_msg("trial %d was acknowledged and is lost", (int)number);
    return NULL;
}

void kill_judge(const plan *it, const char *path, const acknowledged *acks) {
    struct stat  found;
    bool         has_acks = atomic_load(&acks->has_returned);
    hpt_history *history = NULL;
    for (size_t i = 0; i < KILL_TRIALS && it->sync == HPT_SYNC_EACH; i++)
        has_acks = has_acks || atomic_load(&acks->state[i]) > 0;
    /* Before anything is acknowledged there may be no study yet. */
    if (!has_acks &&
        (stat(path, &found) != 0 || hpt_history_load(path, "killed", &history, NULL) != HPT_OK))
        return;
    hpt_history_destroy(history);
    history = load(path, !atomic_load(&acks->has_returned));
    judge_order(history);
    for (uint64_t i = 0; i < KILL_TRIALS && has_acks; i++) {
        unsigned state = atomic_load(&acks->state[i]);
        if (state == 0) continue;
        const hpt_record *record = find(history, i);
        assert_int_equal(record->state + 1, state);
        if (record->state == HPT_TRIAL_COMPLETE && !isnan(acks->value[i]))
            assert_memory_equal(&record->values[0], &acks->value[i], sizeof(double));
    }
    hpt_history_destroy(history);
}

static bool is_same(hpt_value a, hpt_value b) {
    if (a.type != b.type) return false;
    if (a.type == HPT_TYPE_TEXT) return strcmp(a.as.text, b.as.text) == 0;
    return a.type == HPT_TYPE_NULL || a.as.integer == b.as.integer;
}

static void compare_trials(const plan *it, const hpt_history *a, const hpt_history *b,
                           size_t index) {
    const hpt_record *one = hpt_history_at(a, index), *two = hpt_history_at(b, index);
    size_t            reports, others;
    assert_int_equal(one->number, two->number);
    assert_int_equal(one->state, two->state);
    /* With HPT_SYNC_EACH they are kept, before they are told, as they come. */
    if (it->sync == HPT_SYNC_GROUP) assert_int_equal(one->order, two->order);
    for (size_t i = 0; i < hpt_space_count(hpt_history_space(a)); i++)
        assert_true(is_same(one->params[i], two->params[i]));
    assert_int_equal(one->value_count, two->value_count);
    if (one->value_count > 0)
        assert_memory_equal(one->values, two->values, one->value_count * sizeof(double));
    assert_int_equal(one->attr_count, two->attr_count);
    assert_int_equal(one->constraint_count, two->constraint_count);
    assert_string_equal(one->reason, two->reason);
    const hpt_report *list = hpt_history_reports(a, index, &reports);
    const hpt_report *other = hpt_history_reports(b, index, &others);
    assert_int_equal(reports, others);
    for (size_t i = 0; i < reports; i++) {
        assert_int_equal(list[i].step, other[i].step);
        for (uint32_t goal = 0; goal < (it->goals > 1 ? it->goals : 1); goal++)
            assert_true(list[i].values[goal] == other[i].values[goal]);
    }
}

void kill_compare(const plan *it, const char *whole, const char *killed) {
    hpt_history *a = load(whole, false), *b = load(killed, false);
    assert_int_equal(hpt_history_count(a), KILL_TRIALS);
    assert_int_equal(hpt_history_count(b), KILL_TRIALS);
    for (size_t i = 0; i < KILL_TRIALS; i++) {
        assert_int_equal(hpt_history_at(b, i)->number, i);
        assert_true(is_ended(hpt_history_at(b, i)));
        if (it->window > 0) compare_trials(it, a, b, i);
    }
    hpt_history_destroy(a);
    hpt_history_destroy(b);
}
