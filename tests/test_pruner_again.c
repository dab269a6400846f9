/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   with a window a pruner judges by what trials have reported, the last of each step, and
 * not by the order in which they did: that is all that a study file has, when it goes on. Method:
 * trials that report as no objective should: steps that go back, come again, are corrected, skip
 * rungs; infinite and equal values; and on and on when they are hopeless. One pruner is told them
 * as they come. A second one is told some trials as their file would have them, and must judge all
 * others the same. A third one without a window is told of steps that rise. */
#include "pruning.h"

#include <stdio.h>

enum { TRIALS = 40, WINDOW = 4, REPORTS = 40, GOALS_MAX = 3, SEEDS = 60 };

static uint64_t drawn;

static uint64_t draw(uint64_t below) {
    drawn = drawn * 6364136223846793005U + 1442695040888963407U;
    return (drawn >> 33) % below;
}

typedef struct said {
    int64_t step;
    double  losses[GOALS_MAX];
} said;

/* What a trial says, and what the pruner answers: a bit for each report. */
typedef struct saying {
    said     reports[REPORTS];
    size_t   count;
    uint64_t verdicts;
    double   loss;
    bool     completes;
} saying;

static int64_t draw_step(int64_t before, int64_t highest) {
    switch (draw(8)) {
    case 0:
        return before;
    case 1:
        return highest - (int64_t)draw(12);
    case 2:
        return highest + (int64_t)draw(40);
    case 3:
        return (int64_t)draw(4) - 1;
    default:
        return highest + 1;
    }
}

/* Few different ones, so that many are equal. */
static double draw_loss(double level) {
    static const double odd[] = { INFINITY, -INFINITY, -0.0, 1e308 };
    return draw(12) == 0 ? odd[draw(4)] : level + (double)draw(5);
}

static void draw_trial(saying *it) {
    int64_t step = 0, highest = 0;
    double  level = (double)draw(9);
    *it = (saying){ .count = draw(REPORTS), .completes = draw(4) > 0 };
    for (size_t i = 0; i < it->count; i++) {
        step = draw_step(step, highest);
        if (step > highest) highest = step;
        it->reports[i].step = step;
        for (size_t goal = 0; goal < GOALS_MAX; goal++)
            it->reports[i].losses[goal] = draw_loss(level);
    }
    it->loss = it->count > 0 ? it->reports[it->count - 1].losses[0] : level;
}

/* ---- telling ---- */

typedef struct listener {
    hpi_pruner pruner;
    uint32_t   goals;
} listener;

static bool say(const listener *to, uint64_t number, const said *report) {
    uint64_t known_below = number >= WINDOW ? number - WINDOW + 1 : 0;
    return pruning_report(&to->pruner, number, report->step, report->losses, to->goals,
                          known_below);
}

static void end(const listener *to, uint64_t number, const saying *it) {
    pruning_end(&to->pruner, number, it->completes ? HPT_TRIAL_COMPLETE : HPT_TRIAL_PRUNED,
                it->loss);
}

static void tell_as_it_comes(const listener *to, uint64_t number, saying *it) {
    it->verdicts = 0;
    for (size_t i = 0; i < it->count; i++)
        it->verdicts |= (uint64_t)say(to, number, &it->reports[i]) << i;
    end(to, number, it);
}

/* Steps rise, and each has its last report. */
static void tell_as_kept(const listener *to, uint64_t number, const saying *it) {
    int64_t before = INT64_MIN;
    for (;;) {
        const said *next = NULL;
        for (size_t i = 0; i < it->count; i++) {
            const said *one = &it->reports[i];
            if (one->step > before && (!next || one->step <= next->step)) next = one;
        }
        if (!next) break;
        say(to, number, next);
        before = next->step;
    }
    end(to, number, it);
}

/* ---- comparing ---- */

static listener open_listener(const char *text, uint32_t goals) {
    hpt_pruner_setup setup = pruning_setup(goals, WINDOW);
    return (listener){ .pruner = pruning_opened(text, &setup), .goals = goals };
}

static void assert_alike(const char *text, uint32_t goals, uint64_t seed) {
    static saying live[TRIALS], again;
    listener      first = open_listener(text, goals), second = open_listener(text, goals);
    drawn = seed;
    for (uint64_t number = 0; number < TRIALS; number++) {
        draw_trial(&live[number]);
        tell_as_it_comes(&first, number, &live[number]);
    }
    uint64_t kept = draw(TRIALS);
    for (uint64_t number = 0; number < kept; number++)
        tell_as_kept(&second, number, &live[number]);
    for (uint64_t number = kept; number < TRIALS; number++) {
        again = live[number];
        tell_as_it_comes(&second, number, &again);
        if (again.verdicts != live[number].verdicts)
            fail_msg("%s, %u goals, seed %u: trial %u is judged otherwise behind %u from a file",
                     text, (unsigned)goals, (unsigned)seed, (unsigned)number, (unsigned)kept);
    }
    hpi_pruner_close(&first.pruner);
    hpi_pruner_close(&second.pruner);
}

static void assert_all_alike(const char *text, uint32_t goals) {
    for (uint64_t seed = 1; seed <= fixture_scaled(SEEDS); seed++)
        assert_alike(text, goals, seed);
}

/* Beside each pruner as it is by default. */
static const char *const others[] = {
    "asha:min_resource=1,factor=2",
    "asha:min_resource=1,factor=3,balance=yes",
    "asha:min_resource=2,factor=2,rate=1,max_resource=30",
    "asha:min_resource=1,factor=2,bootstrap=2",
    "hyperband:max_resource=27",
    "hyperband:max_resource=40,factor=2,bootstrap=1",
    "median:startup_trials=1,warmup_steps=3,interval=4",
    "percentile:percentile=40,startup_trials=0",
    "threshold:upper=6,interval=3",
    "patient:of=\"asha:min_resource=1,factor=2\",patience=1",
    "patient:of=\"hyperband:max_resource=27\",patience=0",
    "wilcoxon:p=0.4",
};

static void assert_whatever_its_goals(const char *text) {
    static const char *const alone[] = { "threshold", "wilcoxon" };
    bool                     has_one = false;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        has_one = has_one || strncmp(text, alone[i], strlen(alone[i])) == 0;
    assert_all_alike(text, 1);
    if (!has_one) assert_all_alike(text, 2);
    if (!has_one) assert_all_alike(text, GOALS_MAX);
}

static void what_a_trial_has_reported_counts_and_not_in_which_order(void **state) {
    (void)state;
    const hpt_pruner_class *class;
    for (size_t i = 0; (class = hpt_pruner_at(i)); i++)
        if (!class->absent && strcmp(class->name, "threshold") != 0)
            assert_whatever_its_goals(class->name);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_whatever_its_goals(others[i]);
}

/* ---- in the order of steps ---- */

static void let_steps_rise(saying *it) {
    for (size_t i = 1; i < it->count; i++)
        if (it->reports[i].step <= it->reports[i - 1].step)
            it->reports[i].step = it->reports[i - 1].step + 1;
}

/* One trial after the other, so that each knows all before it, whatever the window. */
static void assert_alike_without_a_window(const char *text, uint64_t seed) {
    static saying    it;
    hpt_pruner_setup setups[] = { pruning_setup(1, 0), pruning_setup(1, 1) };
    hpi_pruner pruners[] = { pruning_opened(text, &setups[0]), pruning_opened(text, &setups[1]) };
    drawn = seed;
    for (uint64_t number = 0; number < TRIALS; number++) {
        draw_trial(&it);
        let_steps_rise(&it);
        for (size_t i = 0; i < it.count; i++) {
            const said *one = &it.reports[i];
            bool        at_once =
                pruning_report(&pruners[0], number, one->step, one->losses, 1, UINT64_MAX);
            bool in_window = pruning_report(&pruners[1], number, one->step, one->losses, 1, number);
            if (at_once != in_window)
                fail_msg("%s, seed %u: report %u of trial %u is judged otherwise with a window",
                         text, (unsigned)seed, (unsigned)i, (unsigned)number);
        }
        for (size_t i = 0; i < 2; i++)
            pruning_end(&pruners[i], number, HPT_TRIAL_COMPLETE, it.loss);
    }
    hpi_pruner_close(&pruners[0]);
    hpi_pruner_close(&pruners[1]);
}

/* Also one that goes on when it is hopeless, and is judged anew at the next rungs. */
static void trials_one_by_one_are_judged_as_without_a_window(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (uint64_t seed = 1; seed <= fixture_scaled(SEEDS); seed++)
            assert_alike_without_a_window(others[i], seed);
}

/* ---- the one that was seen first ---- */

/* Found hopeless at the first rung with a step beyond three, it reports that step again. */
static void a_step_that_is_corrected_brings_no_trial_to_a_further_rung(void **state) {
    (void)state;
    const char *text = "asha:min_resource=1,factor=3";
    listener    first = open_listener(text, 1), second = open_listener(text, 1);
    said        bad = { .step = 9, .losses = { 3 } }, fair = { .step = 9, .losses = { 2 } };
    said        best = { .step = 1, .losses = { 0 } }, worse = { .step = 3, .losses = { 5 } };
    saying      done = { .completes = true };
    for (uint64_t number = 0; number < WINDOW; number++) {
        said at = { .step = 1, .losses = { 1 } };
        say(&first, number, &at);
        say(&second, number, &at);
        end(&first, number, &done);
        end(&second, number, &done);
    }
    assert_true(say(&first, 2 * WINDOW, &bad));
    assert_false(say(&first, 2 * WINDOW, &fair)); /* it was told */
    say(&second, 2 * WINDOW, &fair);
    end(&first, 2 * WINDOW, &done);
    end(&second, 2 * WINDOW, &done);
    assert_false(say(&first, 4 * WINDOW, &best));
    assert_false(say(&second, 4 * WINDOW, &best));
    assert_false(say(&second, 4 * WINDOW, &worse)); /* nobody else is at the second rung */
    assert_false(say(&first, 4 * WINDOW, &worse));
    hpi_pruner_close(&first.pruner);
    hpi_pruner_close(&second.pruner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_trial_has_reported_counts_and_not_in_which_order),
        cmocka_unit_test(trials_one_by_one_are_judged_as_without_a_window),
        cmocka_unit_test(a_step_that_is_corrected_brings_no_trial_to_a_further_rung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
