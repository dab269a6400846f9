/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever bits a value has, the study keeps them or calls the trial failed; the best is
 *         never a value that is none.
 * Method: objectives with a table of bit patterns, in every form of file; the file is read back,
 *         and continued. */
#include "host.h"
#include "runs.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/backend.h"

typedef struct pattern {
    uint64_t bits;
    bool     is_finite;
} pattern;

static const pattern patterns[] = {
    { 0x0000000000000000, true },  /* 0                                 */
    { 0x8000000000000000, true },  /* -0                                */
    { 0x0000000000000001, true },  /* the least above 0                 */
    { 0x8000000000000001, true },  /* ... below 0                       */
    { 0x000fffffffffffff, true },  /* the greatest that is not normal   */
    { 0x0010000000000000, true },  /* the least that is normal          */
    { 0x3fb999999999999a, true },  /* 0.1                               */
    { 0x3fd3333333333334, true },  /* 0.1 + 0.2                         */
    { 0x4340000000000001, true },  /* 2^53 + 2                          */
    { 0x7fefffffffffffff, true },  /* the greatest                      */
    { 0xffefffffffffffff, true },  /* the least                         */
    { 0x7ff0000000000000, false }, /* infinity                          */
    { 0xfff0000000000000, false }, /* -infinity: never the best         */
    { 0x7ff8000000000000, false }, /* NaN                               */
    { 0xfff8000000000000, false }, /* -NaN                              */
    { 0x7ff8000000abcdef, false }, /* one that carries something        */
    { 0x7ff0000000000001, false }, /* one that signals                  */
};

enum { PATTERNS = sizeof patterns / sizeof *patterns, WORST = 10 /* the least finite one */ };

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static hpt_status give_pattern(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    memcpy(value_out, &patterns[hpt_trial_number(trial) % PATTERNS].bits, sizeof *value_out);
    return HPT_OK;
}

static char folder[64];

static int begin(void **state) {
    (void)state;
    return fixture_folder(folder, "hpt_values") ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    return rmdir(folder);
}

static hpt_result *run_study(const char *path, const char *pool, uint64_t trials) {
    hpt_options options = runs_options(2, trials);
    options.study = path;
    options.pool = pool;
    return runs_do(give_pattern, NULL, &options);
}

static void assert_kept(const hpt_record *record) {
    const pattern *it = &patterns[record->number % PATTERNS];
    if (!it->is_finite) {
        assert_int_equal(record->state, HPT_TRIAL_FAILED);
        assert_int_equal(record->value_count, 0);
        runs_assert_says(record->reason, "the objective returned");
        return;
    }
    assert_int_equal(record->state, HPT_TRIAL_COMPLETE);
    assert_int_equal(record->value_count, 1);
    assert_true(bits_of(record->values[0]) == it->bits);
}

static void assert_all_kept(const char *path, uint64_t trials) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(path, NULL, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_history_count(history), trials);
    for (uint64_t i = 0; i < trials; i++)
        assert_kept(hpt_history_at(history, i));
    hpt_history_destroy(history);
}

static void assert_best(const hpt_result *result) {
    assert_true(bits_of(hpt_result_value(result)) == patterns[WORST].bits);
    assert_int_equal(hpt_result_trial(result) % PATTERNS, WORST);
}

/* What is continued has read every value of the run before. */
static void keep_and_continue(const char *name, const char *pool) {
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    hpt_result *result = run_study(path, pool, PATTERNS);
    assert_best(result);
    hpt_result_destroy(result);
    assert_all_kept(path, PATTERNS);
    result = run_study(path, pool, 3 * PATTERNS);
    assert_best(result);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 3 * 6);
    assert_int_equal(hpt_result_trial(result), WORST);
    hpt_result_destroy(result);
    assert_all_kept(path, 3 * PATTERNS);
    const char *only[] = { name, NULL };
    host_assert_holds(folder, only);
    unlink(path);
}

static void a_value_keeps_its_bits_in_every_form_of_study(void **state) {
    (void)state;
    const hpi_backend_class *class;
    for (size_t i = 0; (class = hpi_backend_at(i)); i++) {
        char name[32];
        if (!class->open) continue; /* this build has none */
        snprintf(name, sizeof name, "values%s", class->suffix);
        keep_and_continue(name, "threads");
    }
}

static void a_value_keeps_its_bits_on_its_way_from_another_process(void **state) {
    (void)state;
    keep_and_continue("values.journal", "processes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_keeps_its_bits_in_every_form_of_study, begin, end),
        cmocka_unit_test_setup_teardown(a_value_keeps_its_bits_on_its_way_from_another_process,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
