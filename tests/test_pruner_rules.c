/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the pruners stop the trials that the published rules stop, at the same steps.
 * Method: trials one after the other, whose losses come from a generator of whole numbers; for each
 *         the step at which Optuna's pruners (5.0, pruners/_percentile.py and beside it, of August
 *         2026) stop it, 0: at none. Computed once by running those. Hyperband's shares likewise.
 */
#include "pruning.h"

enum { TRIALS = 40, REPORTS = 24 };

typedef struct published {
    const char *text;
    bool        jumps; /* from step to step by 1 to 3 */
    int64_t     stops[TRIALS];
} published;

/* clang-format off */
static const published rules[] = {
    { "median", false,
      { 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 2, 0, 0, 2, 4, 0, 1, 0, 2, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1,
        1, 0, 1, 1, 1, 0, 1, 1, 1 } },
    { "median:startup_trials=3,warmup_steps=4,interval=3,min_trials=2", true,
      { 0, 0, 0, 32, 0, 0, 7, 5, 5, 7, 4, 5, 5, 7, 4, 10, 12, 7, 7, 7, 10, 0, 4, 4, 5, 6, 4, 5, 6, 5,
        5, 7, 4, 4, 23, 4, 4, 0, 5, 4 } },
    { "percentile", false,
      { 0, 0, 0, 0, 0, 0, 3, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 2, 6, 1, 1, 1, 3, 1 } },
    { "percentile:percentile=62.5,startup_trials=1", true,
      { 0, 11, 10, 3, 8, 3, 3, 0, 6, 3, 5, 17, 1, 1, 3, 1, 3, 6, 5, 3, 13, 6, 13, 1, 0, 6, 3, 3, 2, 1,
        3, 2, 1, 3, 2, 2, 1, 3, 1, 3 } },
    { "percentile:percentile=0", false,
      { 0, 0, 0, 0, 0, 1, 9, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "percentile:percentile=100", false,
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 2, 0, 0, 0, 0, 0, 0, 0 } },
    { "asha:min_resource=1", false,
      { 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 4, 16, 4, 1, 1, 1, 1, 1, 16, 1, 4, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 4, 1, 1, 1, 1, 4, 1 } },
    { "asha:min_resource=2,factor=2", true,
      { 0, 4, 8, 3, 2, 2, 3, 2, 2, 9, 5, 6, 2, 5, 32, 3, 0, 8, 8, 2, 4, 6, 2, 33, 5, 2, 2, 32, 2, 2,
        3, 4, 2, 6, 2, 8, 2, 2, 4, 33 } },
    { "asha:min_resource=1,factor=3,rate=1", true,
      { 0, 28, 0, 3, 0, 10, 4, 3, 9, 0, 10, 4, 3, 4, 0, 4, 9, 3, 3, 28, 4, 3, 3, 9, 3, 3, 9, 10, 3, 5,
        5, 3, 28, 4, 29, 9, 4, 4, 0, 9 } },
    { "asha:min_resource=1,factor=2,bootstrap=3", false,
      { 1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 2, 1, 1, 2, 1, 1, 2, 4, 2, 1, 1, 4, 1, 1, 2, 1, 2, 1, 1, 1, 2,
        1, 1, 2, 1, 4, 2, 2, 1, 8 } },
    { "asha", false,
      { 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 16, 1, 4, 1, 4, 4, 4, 4, 1, 1, 1, 4, 16, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 4, 1 } },
    { "patient", false,
      { 10, 8, 8, 9, 8, 12, 9, 9, 8, 12, 8, 12, 9, 9, 10, 6, 12, 15, 6, 9, 8, 12, 13, 8, 7, 11, 9, 10,
        10, 6, 11, 7, 9, 12, 8, 11, 11, 7, 12, 11 } },
    { "patient:patience=3,min_delta=40", true,
      { 49, 41, 15, 29, 47, 41, 21, 25, 21, 45, 32, 26, 33, 53, 41, 24, 37, 23, 26, 38, 25, 0, 20, 47,
        40, 19, 44, 0, 39, 37, 37, 45, 18, 31, 27, 33, 0, 43, 45, 37 } },
    { "patient:of=median,patience=0", false,
      { 0, 0, 0, 0, 0, 7, 8, 8, 0, 12, 5, 0, 6, 7, 5, 11, 4, 8, 6, 5, 4, 5, 6, 0, 22, 4, 7, 5, 5, 4,
        8, 6, 12, 4, 5, 4, 5, 0, 5, 6 } },
    { "patient:of=\"percentile:percentile=20,startup_trials=2\",patience=2", true,
      { 0, 0, 0, 0, 23, 16, 35, 0, 31, 23, 26, 0, 28, 25, 30, 14, 20, 26, 0, 18, 20, 39, 24, 32, 15,
        14, 34, 29, 53, 16, 21, 38, 29, 0, 29, 30, 32, 24, 29, 0 } },
    { "threshold:upper=1500,warmup_steps=3", false,
      { 3, 3, 0, 3, 0, 0, 3, 3, 0, 0, 0, 3, 3, 0, 0, 3, 0, 3, 0, 3, 3, 3, 0, 3, 3, 0, 0, 0, 0, 3, 0,
        3, 3, 0, 0, 3, 3, 3, 0, 0 } },
    { "threshold:lower=600,upper=2200,warmup_steps=2,interval=4", true,
      { 2, 2, 7, 2, 2, 0, 0, 2, 11, 2, 2, 0, 2, 3, 2, 0, 2, 2, 0, 2, 3, 2, 3, 3, 2, 23, 40, 14, 0, 30,
        3, 2, 3, 0, 0, 14, 46, 2, 26, 2 } },
};
/* clang-format on */

static uint64_t next_number(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U; /* Knuth's */
    return *state >> 33;
}

/* One trial after the other: at which step each is stopped. */
static void play(const published *rule, int64_t stops_out[TRIALS]) {
    hpt_pruner_setup setup = pruning_setup(1, 0);
    hpi_pruner       pruner = pruning_opened(rule->text, &setup);
    uint64_t         state = strlen(rule->text);
    for (uint64_t number = 0; number < TRIALS; number++) {
        uint64_t quality = next_number(&state) % 1000;
        int64_t  step = 0;
        double   loss = 0;
        stops_out[number] = 0;
        for (uint64_t i = 0; i < REPORTS && stops_out[number] == 0; i++) {
            uint64_t drawn = next_number(&state);
            step += rule->jumps ? 1 + (int64_t)(drawn % 3) : 1;
            loss = (double)(quality + drawn / 3 % 400 + 2000 / (i + 1));
            if (pruning_report(&pruner, number, step, &loss, 1, UINT64_MAX))
                stops_out[number] = step;
        }
        pruning_end(&pruner, number, stops_out[number] ? HPT_TRIAL_PRUNED : HPT_TRIAL_COMPLETE,
                    loss);
    }
    hpi_pruner_close(&pruner);
}

static void trials_are_stopped_where_the_published_rules_stop_them(void **state) {
    (void)state;
    int64_t stops[TRIALS];
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        play(&rules[i], stops);
        for (size_t number = 0; number < TRIALS; number++)
            if (stops[number] != rules[i].stops[number])
                fail_msg("%s: trial %zu is stopped at step %lld, not at %lld", rules[i].text,
                         number, (long long)stops[number], (long long)rules[i].stops[number]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_are_stopped_where_the_published_rules_stop_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
