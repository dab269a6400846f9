/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with a window a study that was interrupted goes on bit for bit, and judges its trials as
 * if it had not been, whatever they report and in whatever order. Method: trials that report as no
 * objective should: steps that go back, come again, are corrected, skip rungs; infinite and equal
 * values; less than all goals; what is refused; and on and on when they are hopeless; some fail and
 * are tried again. The value of each is made of all the answers to its reports. Runs that are
 * stopped at some report, or whose process is killed there, once and again, and then go on to the
 * end, in each form of file; against the same without a file. All children are gone before the
 * first thread is started. */
#include "runs.h"
#include "store/backend.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIALS = 36, WINDOW = 5, REPORTS = 30, GOALS_MAX = 2, SEEDS = 3, CUTS = 2 };

static char folder[64], path[128];

static void remove_study(void) {
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    char                     name[160];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

/* ---- what a trial does: a function of the seed, its number and how often it was tried ---- */

typedef struct babble {
    uint64_t    seed;
    size_t      goals;
    atomic_long left; /* so many reports to the end of this run */
    hpt_cancel *stop; /* how it ends; NULL: it is killed        */
} babble;

static uint64_t draw(uint64_t *from, uint64_t below) {
    *from = *from * 6364136223846793005U + 1442695040888963407U;
    return (*from >> 33) % below;
}

static int64_t draw_step(uint64_t *from, int64_t before, int64_t highest) {
    switch (draw(from, 8)) {
    case 0:
        return before;
    case 1:
        return highest - (int64_t)draw(from, 12);
    case 2:
        return highest + (int64_t)draw(from, 30);
    case 3:
        return (int64_t)draw(from, 4) - 1;
    default:
        return highest + 1;
    }
}

/* Few different ones, so that many are equal. NaN is refused, and its trial fails. */
static double draw_value(uint64_t *from, double level) {
    static const double odd[] = { INFINITY, -INFINITY, -0.0, 1e308, 5e-324 };
    if (draw(from, 600) == 0) return NAN;
    return draw(from, 12) == 0 ? odd[draw(from, 5)] : level + (double)draw(from, 5);
}

static void come_to_the_cut(babble *it) {
    if (atomic_fetch_sub(&it->left, 1) != 1) return;
    if (!it->stop) raise(SIGKILL);
    hpt_cancel_raise(it->stop, HPT_CANCEL_NOW);
}

static hpt_status report(hpt_trial *trial, const babble *it, uint64_t *from, int64_t step,
                         double level) {
    double values[GOALS_MAX];
    for (size_t goal = 0; goal < GOALS_MAX; goal++)
        values[goal] = draw_value(from, level);
    bool says_all = it->goals == 1 || draw(from, 8) > 0;
    return says_all ? hpt_trial_report_values(trial, step, values, it->goals)
                    : hpt_trial_report(trial, step, values[0]);
}

static hpt_status babbling(hpt_trial *trial, void *user, double *values_out) {
    babble  *it = user;
    uint64_t number = hpt_trial_number(trial), answers = 0;
    uint64_t from = (it->seed * 1000 + number) * 8 + hpt_trial_attempt(trial);
    int64_t  step = 0, highest = 0;
    double   level = (double)draw(&from, 9);
    size_t   count = draw(&from, REPORTS);
    bool     listens = draw(&from, 3) > 0, fails = draw(&from, 8) == 0;
    for (size_t i = 0; i < count; i++) {
        step = draw_step(&from, step, highest);
        if (step > highest) highest = step;
        come_to_the_cut(it);
        hpt_status status = report(trial, it, &from, step, level);
        answers = answers * 31 + (uint64_t)status;
        if (status == HPT_ESTOPPED) return status;
        if (status == HPT_EPRUNED && listens) return status;
    }
    values_out[0] = level + (double)(answers % 1000000007);
    if (it->goals > 1) values_out[1] = -level;
    return fails ? HPT_EFAILED : HPT_OK;
}

/* ---- runs ---- */

typedef struct pruning {
    const char *text;
    size_t      goals;
} pruning;

static const pruning pruners[] = {
    { "median:startup_trials=2", 1 },
    { "percentile:percentile=40,startup_trials=0", 2 },
    { "threshold:upper=6,interval=3", 1 },
    { "asha", 1 },
    { "asha:min_resource=1,factor=2", 1 },
    { "asha:min_resource=1,factor=2", 2 },
    { "asha:min_resource=1,factor=3,balance=yes", 1 },
    { "hyperband", 1 },
    { "hyperband:max_resource=27", 2 },
    { "patient:of=\"asha:min_resource=1,factor=2\",patience=1", 1 },
    { "patient:of=median,patience=0", 2 },
    { "wilcoxon:p=0.4", 1 },
};

enum { PRUNERS = sizeof pruners / sizeof pruners[0] };

static hpt_options options_of(const pruning *it, uint64_t seed, uint32_t retries) {
    static const hpt_goal two[] = { { "error", HPT_MINIMISE, NAN }, { "gain", HPT_MAXIMISE, NAN } };
    hpt_options           options = hpt_options_default();
    options.strategy = seed % 2 ? "random" : "tpe";
    options.seed = seed;
    options.pruner = it->text;
    options.window = WINDOW;
    options.worker_count = 2;
    options.trial_count_max = TRIALS;
    options.on_failed.retry_count = retries;
    options.commit_interval_ms = 1;
    options.commit_trials = 1;
    options.goals = it->goals > 1 ? two : NULL;
    options.goal_count = it->goals > 1 ? 2 : 0;
    return options;
}

static trace run_here(const hpt_options *options, babble *user) {
    hpt_space *space = runs_space();
    trace      it = { 0 };
    trace_run(&it, space, babbling, user, options);
    hpt_space_destroy(space);
    return it;
}

/* What it did is what the whole did: trials are told in the order of their numbers. */
static void assert_part(const char *what, uint64_t seed, const trace *whole, const trace *part) {
    for (size_t i = 0; i < part->count; i++) {
        const trace_trial *b = &part->trials[i];
        if (b->state == HPT_TRIAL_CANCELLED) continue;
        assert_in_range(b->number, 0, whole->count - 1);
        const trace_trial *a = &whole->trials[b->number];
        bool               is_same = a->number == b->number && a->state == b->state &&
                       strcmp(a->reason, b->reason) == 0 &&
                       memcmp(&a->value, &b->value, sizeof a->value) == 0 &&
                       memcmp(a->point, b->point, sizeof a->point) == 0;
        if (!is_same)
            fail_msg("%s, seed %u, %s: trial %u is \"%s\" %.17g, and was \"%s\" %.17g", what,
                     (unsigned)seed, path, (unsigned)b->number, b->reason, b->value, a->reason,
                     a->value);
    }
}

static void assert_rest(const char *what, uint64_t seed, const trace *whole, const trace *rest) {
    assert_part(what, seed, whole, rest);
    assert_true(rest->count == 0 || rest->trials[rest->count - 1].number == whole->count - 1);
    assert_true(whole->best_trial == rest->best_trial);
}

static void name_study(size_t form, size_t pruner, uint64_t seed) {
    snprintf(path, sizeof path, "%s/%zu_%u%s", folder, pruner, (unsigned)seed,
             hpi_backend_at(form)->suffix);
}

static long draw_cut(uint64_t *from) {
    return 1 + (long)draw(from, 14 * (uint64_t)TRIALS / (CUTS + 1));
}

typedef void way_on(size_t pruner, uint64_t seed, const trace *whole);

static void for_each_pruner(way_on *goes_on, uint32_t retries) {
    for (uint64_t seed = 1; seed <= fixture_scaled(SEEDS); seed++)
        for (size_t i = 0; i < PRUNERS; i++) {
            babble      user = { .seed = seed, .goals = pruners[i].goals };
            hpt_options options = options_of(&pruners[i], seed, retries);
            trace       whole = run_here(&options, &user);
            for (size_t form = 0; hpi_backend_at(form); form++) {
                if (hpi_backend_at(form)->absent) continue;
                name_study(form, i, seed);
                goes_on(i, seed, &whole);
            }
            trace_free(&whole);
        }
}

/* ---- killed ---- */

/* A child that is killed has left the study of its name. */
static bool leave(size_t pruner, uint64_t seed) {
    uint64_t from = seed * 128 + pruner;
    for (uint32_t cut = 0; cut < CUTS; cut++) {
        long  left = draw_cut(&from);
        pid_t child = fork();
        int   status = 0;
        if (child == 0) {
            babble      user = { .seed = seed, .goals = pruners[pruner].goals, .left = left };
            hpt_options options = options_of(&pruners[pruner], seed, 1);
            hpt_space  *space = runs_space();
            hpt_result *result = NULL;
            options.worker_count = 1 + 2 * cut;
            options.study = path;
            hpt_parallel_run(space, babbling, &user, &options, &result, NULL);
            _exit(0); /* it had come to its end before that report */
        }
        if (child < 0 || waitpid(child, &status, 0) != child) return false;
    }
    return true;
}

static int leave_all(void **state) {
    (void)state;
    if (!fixture_folder(folder, "reports")) return -1;
    for (uint64_t seed = 1; seed <= fixture_scaled(SEEDS); seed++)
        for (size_t form = 0; hpi_backend_at(form); form++)
            for (size_t i = 0; !hpi_backend_at(form)->absent && i < PRUNERS; i++) {
                name_study(form, i, seed);
                if (!leave(i, seed)) return -1;
            }
    return 0;
}

static void go_on_from_what_was_left(size_t pruner, uint64_t seed, const trace *whole) {
    babble      user = { .seed = seed, .goals = pruners[pruner].goals };
    hpt_options options = options_of(&pruners[pruner], seed, 1);
    options.study = path;
    trace rest = run_here(&options, &user);
    assert_rest(pruners[pruner].text, seed, whole, &rest);
    trace_free(&rest);
    remove_study();
}

static void killed_a_study_goes_on_bit_for_bit_whatever_is_reported(void **state) {
    (void)state;
    for_each_pruner(go_on_from_what_was_left, 1);
}

/* ---- stopped: what fails then is not tried again ---- */

static void stop_and_go_on(size_t pruner, uint64_t seed, const trace *whole) {
    babble      user = { .seed = seed, .goals = pruners[pruner].goals };
    uint64_t    from = seed * 64 + pruner;
    hpt_options options = options_of(&pruners[pruner], seed, 0);
    options.study = path;
    for (int cut = 0; cut < CUTS; cut++) {
        hpt_cancel stop = { 0 };
        user.stop = options.cancel = &stop;
        user.left = draw_cut(&from);
        trace part = run_here(&options, &user);
        assert_part(pruners[pruner].text, seed, whole, &part);
        trace_free(&part);
    }
    options.cancel = user.stop = NULL;
    user.left = 0;
    trace rest = run_here(&options, &user);
    assert_rest(pruners[pruner].text, seed, whole, &rest);
    trace_free(&rest);
    remove_study();
}

static void stopped_a_study_goes_on_bit_for_bit_whatever_is_reported(void **state) {
    (void)state;
    for_each_pruner(stop_and_go_on, 0);
}

/* Half a line, of a writer that was killed, is kept aside. */
static int remove_folder(void **state) {
    (void)state;
    char           name[512];
    DIR           *all = opendir(folder);
    struct dirent *entry;
    while (all && (entry = readdir(all))) {
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        if (strstr(entry->d_name, ".torn")) unlink(name);
    }
    if (all) closedir(all);
    return rmdir(folder); /* nothing else is left in it */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_a_study_goes_on_bit_for_bit_whatever_is_reported),
        cmocka_unit_test(stopped_a_study_goes_on_bit_for_bit_whatever_is_reported),
    };
    return cmocka_run_group_tests(tests, leave_all, remove_folder);
}
