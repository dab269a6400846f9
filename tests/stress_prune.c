/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever the workers, the window and the coordinator, a pruner hears of every report once
 *         and in order, of the end after all of them, by one thread at a time; and no trial that it
 *         found hopeless is complete.
 * Method: many short runs with random settings, a pruner that checks what it hears and answers by
 *         chance; under ThreadSanitizer. */
#include "runs.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"

enum { TRIALS = 96, STEPS_MAX = 400, SEEDS = 60 };

/* Only the pruner's calls touch it, which come one at a time. */
typedef struct heard {
    int64_t  last_step[TRIALS];
    uint64_t report_count[TRIALS];
    bool     has_ended[TRIALS], is_hopeless[TRIALS];
    uint64_t wrong_order, late, twice, unknown;
    uint64_t asked_odds; /* one report in so many is hopeless */
    uint64_t window;
    int      inside; /* not atomic: what ThreadSanitizer looks at */
} heard;

static heard ear;

static uint64_t mixed(uint64_t a, uint64_t b) {
    uint64_t word;
    hpt_random(a, b, 0, &word, 1);
    return word;
}

static bool ear_report(void *state, const hpt_pruner_report *report) {
    uint64_t number = report->number;
    (void)state;
    ear.inside++;
    if (number >= TRIALS) {
        ear.unknown++;
        return false;
    }
    ear.late += ear.has_ended[number];
    ear.wrong_order += report->step != ear.last_step[number] + 1;
    ear.last_step[number] = report->step;
    ear.report_count[number]++;
    for (uint64_t i = 0; ear.window > 0 && i < report->known_below; i++)
        ear.unknown += !ear.has_ended[i];
    bool is_hopeless = mixed(number, (uint64_t)report->step) % ear.asked_odds == 0;
    ear.is_hopeless[number] = ear.is_hopeless[number] || is_hopeless;
    ear.inside--;
    return is_hopeless;
}

static void ear_end(void *state, const hpt_outcome *outcome) {
    (void)state;
    ear.inside++;
    ear.twice += ear.has_ended[outcome->number];
    ear.has_ended[outcome->number] = true;
    ear.inside--;
}

static const hpt_pruner_class ear_class = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "ear",
    .summary = "checks what it hears",
    .report = ear_report,
    .end = ear_end,
    .goals_max = 8,
};

/* As many reports as its number says, with a pause now and then. */
static atomic_uint_fast64_t said[TRIALS];

static hpt_status talk(hpt_trial *trial, void *user, double *values_out) {
    uint64_t number = hpt_trial_number(trial), count = mixed(7, number) % STEPS_MAX;
    uint32_t goals = *(const uint32_t *)user;
    double   values[8];
    for (uint32_t i = 0; i < goals; i++)
        values_out[i] = values[i] = (double)i;
    for (uint64_t step = 1; step <= count; step++) {
        atomic_store(&said[number], step);
        hpt_status status = goals > 1 ? hpt_trial_report_values(trial, (int64_t)step, values, goals)
                                      : hpt_trial_report(trial, (int64_t)step, values[0]);
        if (status != HPT_OK) return status;
        if (step % 64 == 0) hpi_thread_yield();
    }
    return HPT_OK;
}

static void assert_heard_rightly(uint64_t seed, const trace *it) {
    if (ear.wrong_order || ear.late || ear.twice || ear.unknown || ear.inside)
        fail_msg("seed %u: %u out of order, %u late, %u twice, %u unknown", (unsigned)seed,
                 (unsigned)ear.wrong_order, (unsigned)ear.late, (unsigned)ear.twice,
                 (unsigned)ear.unknown);
    for (size_t i = 0; i < it->count; i++) {
        const trace_trial *trial = &it->trials[i];
        assert_true(ear.has_ended[trial->number]);
        assert_int_equal(ear.report_count[trial->number], atomic_load(&said[trial->number]));
        if (trial->state == HPT_TRIAL_PRUNED) assert_true(ear.is_hopeless[trial->number]);
        bool must_know = ear.window > 0 && trial->state == HPT_TRIAL_COMPLETE;
        if (must_know) assert_false(ear.is_hopeless[trial->number]);
    }
}

static void run_once(uint64_t seed) {
    static const uint32_t windows[] = { 0, 0, 3, 16 };
    uint32_t              goals = 1 + (uint32_t)mixed(seed, 1) % 2;
    const hpt_goal        two[] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MAXIMISE, NAN } };
    hpt_options           options = runs_options(1 + (uint32_t)(mixed(seed, 2) % 4), TRIALS);
    hpt_space            *space = runs_space();
    trace                 it = { 0 };
    hpt_observer          observer;
    hpt_run              *run = NULL;
    options.strategy = "random";
    options.pruner_class = &ear_class;
    options.window = windows[mixed(seed, 3) % 4];
    options.goals = goals > 1 ? two : NULL;
    options.goal_count = goals > 1 ? 2 : 0;
    options.coordinator = mixed(seed, 4) % 2 ? HPT_COORDINATOR_CALLER : HPT_COORDINATOR_WORKERS;
    ear = (heard){ .asked_odds = 50 + mixed(seed, 5) % 2000, .window = options.window };
    for (int i = 0; i < TRIALS; i++)
        atomic_store(&said[i], 0);
    trace_attach(&it, &observer, &options);
    assert_int_equal(hpt_run_start(space, talk, &goals, &options, &run, NULL), HPT_OK);
    if (mixed(seed, 6) % 4 == 0) hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result_destroy(runs_end(run));
    assert_heard_rightly(seed, &it);
    trace_free(&it);
    hpt_space_destroy(space);
}

static void a_pruner_hears_everything_once_and_in_order(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < fixture_scaled(SEEDS); seed++)
        run_once(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pruner_hears_everything_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
