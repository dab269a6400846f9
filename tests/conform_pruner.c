/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every pruner keeps its contract (hpt/extend.h).
 * Method: for each there is, built in or registered here, each option in turn at its limits: trials
 *         played as a run would play them, with losses that follow from numbers and steps; the
 *         answers compared between orders that a window allows; odd reports; long runs in bounded
 *         memory; allocations that fail. A new row needs no edit here. */
#include "pruning.h"

#include <stdio.h>
#include <stdlib.h>

#include "failing.h"
#include "subjects.h"

enum { TRIALS = 48, STEPS = 20, WINDOW = 5, GOALS_MAX = 8 };

/* ---- the pruners, each option in turn ---- */

typedef struct subject {
    const hpt_pruner_class *class;
    const char *text;
    bool        is_default;
} subject;

typedef void check(const subject *about);

/* What must be given for it to open at all. */
static const char *always_of(const char *name) {
    return strcmp(name, "threshold") == 0 ? "upper=900" : NULL;
}

static void for_every_variant(const hpt_pruner_class *class, check *checked) {
    char        text[192], value[64];
    const char *always = always_of(class->name);
    snprintf(text, sizeof text, "%s%s%s", class->name, always ? ":" : "", always ? always : "");
    checked(&(subject){ class, text, true });
    for (const hpt_option *row = class->options; row && row->name; row++)
        for (int turn = 0; subject_option(row, turn, value, sizeof value); turn++) {
            bool is_given = always && strncmp(always, row->name, strlen(row->name)) == 0;
            snprintf(text, sizeof text, "%s:%s%s%s=%s", class->name,
                     always && !is_given ? always : "", always && !is_given ? "," : "", row->name,
                     value);
            checked(&(subject){ class, text, false });
        }
}

static void for_everything(check *checked) {
    const hpt_pruner_class *class;
    for (size_t i = 0; (class = hpt_pruner_at(i)); i++)
        if (!class->absent) for_every_variant(class, checked);
}

/* Others that say more than options in turn can. */
static const char *const combined[] = {
    "patient:of=median,patience=2",
    "patient:of=\"asha:min_resource=1,factor=2\",patience=1",
    "patient:of=hyperband",
    "asha:min_resource=1,factor=2,bootstrap=3",
    "hyperband:max_resource=18,factor=2",
    "hyperband:max_resource=18,factor=2,bootstrap=2",
    "hyperband:max_resource=18,factor=2,balance=no",
    "asha:min_resource=1,factor=2,balance=yes",
    "median:startup_trials=1,warmup_steps=3,interval=4",
    "percentile:percentile=40,startup_trials=0",
    "wilcoxon:p=0.4",
};

enum { COMBINED = sizeof combined / sizeof combined[0] };

/* False when the pruner says, with a sentence, that this is not for it. */
static bool opens(hpi_pruner *pruner, const char *text, const hpt_pruner_setup *setup) {
    hpt_err err = { 0 };
    *pruner = (hpi_pruner){ 0 };
    hpt_status status = pruning_open(pruner, text, setup, &err);
    if (status == HPT_OK) return true;
    if (status != HPT_EINVAL && status != HPT_EABSENT)
        fail_msg("%s: status %d: %s", text, status, err.text);
    assert_true(strlen(err.text) > 20);
    return false;
}

/* ---- playing ---- */

static uint64_t mixed(uint64_t a, uint64_t b) {
    uint64_t x = (a + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ (b + 1) * UINT64_C(0xC2B2AE3D27D4EB4F);
    x ^= x >> 29;
    x *= UINT64_C(0xBF58476D1CE4E5B9);
    return x ^ x >> 32;
}

/* A curve that falls, with noise. */
static double loss_of(uint64_t number, int64_t step, uint32_t goal) {
    uint64_t noise = mixed(number * 64 + (uint64_t)step, goal) % 100;
    return (double)(mixed(number, 1000 + goal) % 500 + noise) + 600.0 / (double)step;
}

static void losses_of(uint64_t number, int64_t step, uint32_t goals, double *losses_out) {
    for (uint32_t goal = 0; goal < goals; goal++)
        losses_out[goal] = loss_of(number, step, goal);
}

typedef struct play {
    hpi_pruner pruner;
    uint32_t   goals, window;
    bool       goes_on;          /* trials that are hopeless report on all the same */
    int64_t    at[TRIALS];       /* the step that each is at                        */
    bool       is_over[TRIALS];  /* it has returned, and waits to be told           */
    int64_t    stopped[TRIALS];  /* at which step it was found hopeless; 0: never   */
    uint64_t   verdicts[TRIALS]; /* a bit for each step                             */
    uint64_t   asked, told;
} play;

static uint64_t known_below(const play *it, uint64_t number) {
    if (it->window == 0) return UINT64_MAX;
    return number >= it->window ? number - it->window + 1 : 0;
}

static void step_on(play *it, uint64_t number) {
    double  losses[GOALS_MAX];
    int64_t step = ++it->at[number];
    losses_of(number, step, it->goals, losses);
    bool is_hopeless =
        pruning_report(&it->pruner, number, step, losses, it->goals, known_below(it, number));
    it->verdicts[number] |= (uint64_t)is_hopeless << step;
    if (is_hopeless && it->stopped[number] == 0) it->stopped[number] = step;
    it->is_over[number] = (is_hopeless && !it->goes_on) || step == STEPS;
}

static void tell(play *it, uint64_t number) {
    bool is_pruned = it->stopped[number] != 0;
    /* Some say nothing, some fail. */
    hpt_trial_state state = is_pruned         ? HPT_TRIAL_PRUNED
                            : number % 7 == 6 ? HPT_TRIAL_FAILED
                                              : HPT_TRIAL_COMPLETE;
    pruning_end(&it->pruner, number, state, loss_of(number, STEPS, 0));
}

/* As a run with a window: `workers` trials at once, which of them goes on drawn with `seed`; told
 * in the order of their numbers, as soon as that is possible or, by `seed`, later. */
static void play_window(play *it, uint32_t workers, uint64_t seed) {
    uint64_t running[WINDOW], draws = 0;
    uint32_t count = 0;
    while (it->told < TRIALS) {
        while (count < workers && it->asked < TRIALS && it->asked - it->told < it->window)
            running[count++] = it->asked++;
        if (count > 0) {
            uint32_t which = (uint32_t)(mixed(seed, draws++) % count);
            step_on(it, running[which]);
            if (it->is_over[running[which]]) running[which] = running[--count];
        }
        bool may_wait = count > 0 && mixed(seed, draws++) % 3 == 0;
        while (!may_wait && it->told < it->asked && it->is_over[it->told])
            tell(it, it->told++);
    }
}

static bool play_text(play *it, const char *text, uint32_t goals, uint32_t window) {
    hpt_pruner_setup setup = pruning_setup(goals, window);
    bool             goes_on = it->goes_on;
    *it = (play){ .goals = goals, .window = window, .goes_on = goes_on };
    return opens(&it->pruner, text, &setup);
}

/* ---- with a window the order of reports decides nothing ---- */

static void assert_same_verdicts(const char *text, uint32_t goals, bool goes_on) {
    static play first, other;
    static const struct {
        uint32_t workers;
        uint64_t seed;
    } orders[] = { { 1, 1 }, { 2, 2 }, { 4, 3 }, { WINDOW, 4 }, { WINDOW, 5 } };
    first.goes_on = other.goes_on = goes_on;
    if (!play_text(&first, text, goals, WINDOW)) return;
    play_window(&first, 1, 0);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        assert_true(play_text(&other, text, goals, WINDOW));
        play_window(&other, orders[i].workers, orders[i].seed);
        for (uint64_t number = 0; number < TRIALS; number++)
            if (first.verdicts[number] != other.verdicts[number])
                fail_msg("%s, %u goals: trial %u is judged otherwise by %u workers", text, goals,
                         (unsigned)number, orders[i].workers);
        hpi_pruner_close(&other.pruner);
    }
    hpi_pruner_close(&first.pruner);
}

static void check_order_decides_nothing(const subject *about) {
    uint32_t most = about->class->goals_max ? about->class->goals_max : 1;
    assert_same_verdicts(about->text, 1, false);
    assert_same_verdicts(about->text, 1, true);
    if (most > 1 && about->is_default) assert_same_verdicts(about->text, 3, false);
}

static void with_a_window_the_order_of_reports_decides_nothing(void **state) {
    (void)state;
    for_everything(check_order_decides_nothing);
    for (size_t i = 0; i < COMBINED; i++)
        assert_same_verdicts(combined[i], 1, false);
}

/* Told again from its records, as a study that is continued is: report after report of each trial,
 * then its end; from there on nothing differs. */
static void assert_goes_on_alike(const char *text) {
    static play whole, again;
    enum { HALF = TRIALS / 2 };
    whole.goes_on = again.goes_on = false;
    if (!play_text(&whole, text, 1, WINDOW)) return;
    play_window(&whole, WINDOW, 6);
    assert_true(play_text(&again, text, 1, WINDOW));
    for (; again.told < HALF; again.told++) {
        uint64_t number = again.asked++;
        while (again.at[number] < whole.at[number])
            step_on(&again, number);
        again.is_over[number] = true;
        tell(&again, number);
    }
    play_window(&again, 2, 7);
    for (uint64_t number = 0; number < TRIALS; number++)
        if (whole.stopped[number] != again.stopped[number])
            fail_msg("%s: trial %u is judged otherwise when it goes on", text, (unsigned)number);
    hpi_pruner_close(&whole.pruner);
    hpi_pruner_close(&again.pruner);
}

static void check_going_on(const subject *about) {
    assert_goes_on_alike(about->text);
}

static void told_again_it_goes_on_alike(void **state) {
    (void)state;
    for_everything(check_going_on);
    for (size_t i = 0; i < COMBINED; i++)
        assert_goes_on_alike(combined[i]);
}

/* ---- who is best goes on ---- */

/* The rules of these compare trials with each other, or a trial with its own past; but the first
 * ones of a bootstrap are stopped whatever they are. */
static bool compares(const char *text) {
    static const char *const published[] = { "median", "percentile", "patient",
                                             "asha",   "hyperband",  "wilcoxon" };
    bool                     is_one = false;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        is_one = is_one || strncmp(text, published[i], strlen(published[i])) == 0;
    return is_one && !strstr(text, "bootstrap");
}

static void assert_best_goes_on(const char *text, uint32_t goals) {
    enum { EVERY = 8 };
    hpt_pruner_setup setup = pruning_setup(goals, 0);
    hpi_pruner       pruner;
    double           losses[GOALS_MAX];
    if (!compares(text) || !opens(&pruner, text, &setup)) return;
    for (uint64_t number = 0; number < TRIALS; number++) {
        bool is_best = number % EVERY == EVERY - 1, is_stopped = false;
        for (int64_t step = 1; step <= STEPS && !is_stopped; step++) {
            losses_of(number, step, goals, losses);
            for (uint32_t goal = 0; is_best && goal < goals; goal++)
                losses[goal] = -(double)number - (double)step;
            is_stopped = pruning_report(&pruner, number, step, losses, goals, UINT64_MAX);
            if (is_stopped && is_best)
                fail_msg("%s: the best is stopped at step %d", text, (int)step);
        }
        pruning_end(&pruner, number, is_stopped ? HPT_TRIAL_PRUNED : HPT_TRIAL_COMPLETE, losses[0]);
    }
    hpi_pruner_close(&pruner);
}

static void check_best(const subject *about) {
    uint32_t most = about->class->goals_max ? about->class->goals_max : 1;
    assert_best_goes_on(about->text, 1);
    if (most > 1) assert_best_goes_on(about->text, 2);
}

static void whoever_is_best_in_everything_goes_on(void **state) {
    (void)state;
    for_everything(check_best);
}

/* ---- oddities ---- */

static void check_odd_reports(const subject *about) {
    static const double  losses[] = { INFINITY, -INFINITY, 0, -0.0, 1e308, -1e308, 5e-324, 1, 1 };
    static const int64_t steps[] = {
        0, -1, 7, 7, 3, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1, 1, 1, 2, 1 << 30
    };
    enum { LOSSES = sizeof losses / sizeof *losses, ODD = sizeof steps / sizeof *steps };
    uint32_t most = about->class->goals_max ? about->class->goals_max : 1;
    for (uint32_t goals = 1; goals <= most; goals += 3)
        for (uint32_t window = 0; window <= WINDOW; window += WINDOW) {
            hpt_pruner_setup setup = pruning_setup(goals, window);
            hpi_pruner       pruner;
            double           row[GOALS_MAX];
            if (!opens(&pruner, about->text, &setup)) return;
            for (uint64_t i = 0; i < 600; i++) {
                uint64_t number = i / 20 * 3;
                for (uint32_t goal = 0; goal < goals; goal++)
                    row[goal] = losses[mixed(i, goal) % LOSSES];
                pruning_report(&pruner, number, steps[mixed(i, 9) % ODD], row, goals,
                               window ? number : UINT64_MAX);
                if (i % 20 == 19)
                    pruning_end(&pruner, number, (hpt_trial_state)(1 + i / 20 % 3), row[0]);
            }
            hpi_pruner_close(&pruner);
        }
}

static void odd_reports_are_survived(void **state) {
    (void)state;
    for_everything(check_odd_reports);
}

static void check_ends(const subject *about) {
    hpt_pruner_setup setup = pruning_setup(1, 0);
    hpi_pruner       pruner;
    if (!opens(&pruner, about->text, &setup)) return;
    hpi_pruner_close(&pruner); /* no trial at all */
    assert_true(opens(&pruner, about->text, &setup));
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++) {
        pruning_end(&pruner, (uint64_t)state, (hpt_trial_state)state, 1);
        pruning_end(&pruner, UINT64_MAX - 1, (hpt_trial_state)state, 1);
    }
    double loss = 1;
    pruning_report(&pruner, 1, 1, &loss, 1, UINT64_MAX); /* after its end, and never again */
    hpi_pruner_close(&pruner);
    hpi_pruner_close(&pruner); /* closed is closed */
}

static void ends_without_reports_are_taken(void **state) {
    (void)state;
    for_everything(check_ends);
}

/* ---- memory ---- */

enum { SHORT = 8 }; /* steps */

static size_t live_after(const hpi_pruner *pruner, uint64_t trials, uint32_t window) {
    double loss;
    for (uint64_t number = 0; number < trials; number++) {
        bool is_hopeless = false;
        for (int64_t step = 1; step <= SHORT && !is_hopeless; step++) {
            loss = loss_of(number, step, 0);
            uint64_t known = number > window ? number - window + 1 : 0;
            is_hopeless =
                pruning_report(pruner, number, step, &loss, 1, window ? known : UINT64_MAX);
        }
        pruning_end(pruner, number, is_hopeless ? HPT_TRIAL_PRUNED : HPT_TRIAL_COMPLETE, loss);
    }
    return failing_live_bytes();
}

/* Twice 1 024 trials at each step, with number and loss; that all trials were kept would be seven
 * times as much. */
static void check_memory(const subject *about) {
    enum { MANY = 15000, BYTES_MAX = SHORT * 2048 * 16 + (64 << 10) };
    if (!about->is_default) return;
    for (uint32_t window = 0; window <= WINDOW; window += WINDOW) {
        hpt_pruner_setup setup = pruning_setup(1, window);
        hpi_pruner       pruner;
        failing_install();
        assert_true(opens(&pruner, about->text, &setup));
        size_t bytes = live_after(&pruner, MANY, window);
        if (bytes > BYTES_MAX) fail_msg("%s: %zu bytes", about->text, bytes);
        hpi_pruner_close(&pruner);
        failing_remove();
    }
}

static void memory_does_not_grow_with_the_number_of_trials(void **state) {
    (void)state;
    for_everything(check_memory);
}

/* A trial with more steps than anything is kept for. */
static void check_long_trials(const subject *about) {
    enum { LONG = 20000 };
    hpt_pruner_setup setup = pruning_setup(1, 0);
    hpi_pruner       pruner;
    if (!about->is_default) return;
    failing_install();
    assert_true(opens(&pruner, about->text, &setup));
    for (uint64_t number = 0; number < 2; number++) {
        for (int64_t step = 1; step <= LONG; step++) {
            double loss = 1;
            pruning_report(&pruner, number, step, &loss, 1, UINT64_MAX);
        }
        pruning_end(&pruner, number, HPT_TRIAL_COMPLETE, 1);
    }
    assert_true(failing_live_bytes() < 8 << 20);
    hpi_pruner_close(&pruner);
    failing_remove();
}

static void memory_does_not_grow_with_the_steps_of_a_trial(void **state) {
    (void)state;
    for_everything(check_long_trials);
}

/* A pruner that lacks memory later on stops nobody for it; one that lacks it at first says so. */
static bool attempt(void *text) {
    hpt_pruner_setup setup = pruning_setup(1, WINDOW);
    hpi_pruner       pruner = { 0 };
    double           loss;
    hpt_status       status = pruning_open(&pruner, text, &setup, NULL);
    if (status != HPT_OK) return false;
    for (uint64_t number = 0; number < 12; number++) {
        for (int64_t step = 1; step <= 4; step++) {
            loss = loss_of(number, step, 0);
            pruning_report(&pruner, number, step, &loss, 1, number);
        }
        pruning_end(&pruner, number, HPT_TRIAL_COMPLETE, loss);
    }
    hpi_pruner_close(&pruner);
    return true;
}

static void check_lack_of_memory(const subject *about) {
    if (about->is_default) failing_tolerated(attempt, (void *)(uintptr_t)about->text);
}

static void memory_that_is_out_stops_nobody(void **state) {
    (void)state;
    for_everything(check_lack_of_memory);
}

/* ---- once per pruner ---- */

static void every_class_explains_itself(void **state) {
    (void)state;
    const hpt_pruner_class *class = NULL;
    for (size_t i = 0; (class = hpt_pruner_at(i)); i++) {
        assert_int_equal(class->struct_size, sizeof *class);
        assert_true(class->summary && *class->summary);
        assert_true(class->report || class->absent);
        assert_true(!class->bracket == !class->bracket_count);
        for (const hpt_option *row = class->options; row && row->name; row++) {
            assert_true(row->help && *row->help);
            if (row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL)
                assert_true(row->min < row->max && row->initial <= row->max);
        }
    }
}

/* The option misspelt, and beyond both limits. */
static void assert_option_is_guarded(const hpt_pruner_class *class, const hpt_option *row) {
    hpt_err          err = { 0 };
    hpi_pruner       pruner = { 0 };
    hpt_pruner_setup setup = pruning_setup(1, 0);
    char             text[128], closest[64];
    bool             has_limits = row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL;
    snprintf(text, sizeof text, "%s:%sxy=1", class->name, row->name);
    assert_int_equal(pruning_open(&pruner, text, &setup, &err), HPT_EINVAL);
    snprintf(closest, sizeof closest, "\"%s\"", row->name);
    assert_true(strstr(err.text, closest) || strstr(err.text, row->name));
    for (int side = 0; has_limits && side < 2; side++) {
        double limit = side ? row->max : row->min;
        double beyond = limit + (side ? 1 : -1) * fmax(1, fabs(limit) * 1e-3);
        snprintf(text, sizeof text, "%s:%s=%.17g", class->name, row->name, beyond);
        assert_int_equal(pruning_open(&pruner, text, &setup, &err), HPT_EINVAL);
        assert_non_null(strstr(err.text, row->name));
    }
    assert_null(pruner.class);
}

static void wrong_options_get_a_sentence(void **state) {
    (void)state;
    const hpt_pruner_class *class = NULL;
    for (size_t i = 0; (class = hpt_pruner_at(i)); i++)
        for (const hpt_option *row = class->options; row && row->name; row++)
            assert_option_is_guarded(class, row);
}

static void check_goals(const subject *about) {
    uint32_t most = about->class->goals_max ? about->class->goals_max : 1;
    if (!about->is_default) return;
    for (uint32_t goals = 1; goals <= GOALS_MAX; goals++) {
        hpt_pruner_setup setup = pruning_setup(goals, 0);
        hpi_pruner       pruner = { 0 };
        hpt_err          err = { 0 };
        hpt_status       status = pruning_open(&pruner, about->text, &setup, &err);
        assert_int_equal(status, goals <= most ? HPT_OK : HPT_EINVAL);
        if (status != HPT_OK) assert_non_null(strstr(err.text, "goal"));
        if (status != HPT_OK) assert_non_null(strstr(err.text, "asha"));
        hpi_pruner_close(&pruner);
    }
}

static void more_goals_than_it_compares_by_are_refused(void **state) {
    (void)state;
    for_everything(check_goals);
}

/* A function of the number, whatever happens between two questions, if there is nothing to be
 * learnt first; below the count in any case. */
static void check_brackets(const subject *about) {
    hpt_pruner_setup setup = pruning_setup(1, WINDOW);
    hpi_pruner       pruner;
    uint32_t         before[TRIALS];
    if (!about->class->bracket || !opens(&pruner, about->text, &setup)) return;
    uint32_t most = pruner.class->bracket_count(pruner.state);
    assert_true(most >= 1);
    for (int round = 0; round < 2; round++) {
        for (uint64_t number = 0; number < TRIALS; number++) {
            uint32_t bracket = pruner.class->bracket(pruner.state, number * 3);
            assert_true(bracket < most);
            if (round == 1 && strstr(about->text, "max_resource"))
                assert_int_equal(bracket, before[number]);
            before[number] = bracket;
        }
        assert_true(pruner.class->bracket(pruner.state, UINT64_MAX) < most);
        double loss = 1;
        for (int64_t step = 1; step < STEPS; step++)
            pruning_report(&pruner, 0, step, &loss, 1, 0);
        pruning_end(&pruner, 0, HPT_TRIAL_COMPLETE, 1);
    }
    hpi_pruner_close(&pruner);
}

static void brackets_are_functions_of_numbers(void **state) {
    (void)state;
    for_everything(check_brackets);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_explains_itself),
        cmocka_unit_test(wrong_options_get_a_sentence),
        cmocka_unit_test(more_goals_than_it_compares_by_are_refused),
        cmocka_unit_test(with_a_window_the_order_of_reports_decides_nothing),
        cmocka_unit_test(told_again_it_goes_on_alike),
        cmocka_unit_test(whoever_is_best_in_everything_goes_on),
        cmocka_unit_test(odd_reports_are_survived),
        cmocka_unit_test(ends_without_reports_are_taken),
        cmocka_unit_test(memory_does_not_grow_with_the_number_of_trials),
        cmocka_unit_test(memory_does_not_grow_with_the_steps_of_a_trial),
        cmocka_unit_test(memory_that_is_out_stops_nobody),
        cmocka_unit_test(brackets_are_functions_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
