/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial that failed says why, also when its objective only passed a status on.
 * Method: a trial without a run; what its objective calls, and the verdict on what it returns. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#include "trial/trial.h"

static unsigned char arena[8192];

static hpt_trial fresh(uint64_t number) {
    static const hpi_cancels nobody;
    return (hpt_trial){ .head.number = number,
                        .notes = { .bytes = arena, .room = sizeof arena },
                        .deadline_ns = INT64_MAX,
                        .run_until_ns = INT64_MAX,
                        .cancels = &nobody };
}

static void assert_fails(hpt_trial *trial, hpt_status status, const char *reason) {
    assert_int_equal(hpi_trial_judge(trial, status, NAN, -1, 0), HPT_TRIAL_FAILED);
    assert_string_equal(hpi_notes_reason(trial->notes.bytes, trial->notes.used), reason);
}

/* ---- calls that are refused ---- */

static void a_refused_attribute_is_the_reason(void **state) {
    (void)state;
    static const char long_name[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    const struct {
        const char *name;
        hpt_value   value;
        const char *reason;
    } cases[] = {
        { "a", hpt_real(NAN), "attribute \"a\" is NaN" },
        { "a", hpt_real(-INFINITY), "attribute \"a\" is not finite" },
        { "a", hpt_text(NULL), "attribute \"a\" is a NULL text" },
        { "a", hpt_text("\xff"), "attribute \"a\" is not UTF-8" },
        { "", hpt_int(1),
          "name \"\" of an attribute is empty (1 to 63 bytes of UTF-8 without control "
          "characters)" },
        { NULL, hpt_int(1),
          "name \"\" of an attribute is NULL (1 to 63 bytes of UTF-8 without control characters)" },
        { long_name, hpt_int(1),
          "name \"012345678901234567890123456789012345678901234567890123456789...\" of an "
          "attribute "
          "is too long (1 to 63 bytes of UTF-8 without control characters)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hpt_trial trial = fresh(i);
        assert_int_equal(hpt_trial_set_attr(&trial, cases[i].name, cases[i].value), HPT_EINVAL);
        assert_fails(&trial, HPT_EINVAL, cases[i].reason);
    }
}

static void an_attribute_without_room_is_the_reason(void **state) {
    (void)state;
    static char text[8100];
    hpt_trial   trial = fresh(0);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(hpt_trial_set_attr(&trial, "a", hpt_text(text)), HPT_ELIMIT);
    assert_fails(&trial, HPT_ELIMIT,
                 "there is no room for attribute \"a\": a trial's attributes and reason take at "
                 "most 8 KiB");
}

static void a_report_of_nan_is_the_reason(void **state) {
    (void)state;
    hpt_trial trial = fresh(0);
    assert_int_equal(hpt_trial_report(&trial, 7, NAN), HPT_EINVAL);
    assert_fails(&trial, HPT_EINVAL, "the value reported at step 7 is NaN");
}

static void another_status_is_told_with_what_was_refused_before(void **state) {
    (void)state;
    hpt_trial trial = fresh(0);
    assert_int_equal(hpt_trial_report(&trial, 7, NAN), HPT_EINVAL);
    assert_fails(&trial, HPT_EFAILED,
                 "the objective returned status -13 (the trial failed); before that, the value "
                 "reported at step 7 is NaN");
}

static void the_objective_has_the_last_word(void **state) {
    (void)state;
    hpt_trial trial = fresh(0);
    hpt_trial_report(&trial, 7, NAN);
    assert_fails(&trial, hpt_trial_fail(&trial, "diverged"), "diverged");
}

static void what_was_refused_does_no_harm_if_the_trial_succeeds(void **state) {
    (void)state;
    hpt_trial trial = fresh(0);
    hpt_trial_report(&trial, 7, NAN);
    assert_int_equal(hpi_trial_judge(&trial, HPT_OK, 1, -1, 0), HPT_TRIAL_COMPLETE);
    assert_int_equal(trial.notes.used, 0);
}

static void what_was_refused_is_forgotten_by_the_next_trial(void **state) {
    (void)state;
    hpt_trial trial = fresh(0);
    hpt_trial_report(&trial, 7, NAN);
    trial.head.number++;
    assert_fails(&trial, HPT_EINVAL,
                 "the objective returned status -2 (argument outside its documented range)");
}

/* ---- time ---- */

static void a_late_trial_shows_by_how_much(void **state) {
    (void)state;
    const struct {
        int64_t     took_ns, limit_ns;
        const char *reason;
    } cases[] = {
        { 60000000, 30000000, "took 0.06 s, the limit is 0.03 s" },
        { 20000100, 20000000, "took 0.0200001 s, the limit is 0.02 s" },
        { 3600000000001, 3600000000000, "took 3600.000000001 s, the limit is 3600 s" },
        { 20000000, 20000000, "took 0.02 s, the limit is 0.02 s" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hpt_trial trial = fresh(i);
        assert_int_equal(hpi_trial_judge(&trial, HPT_OK, 1, cases[i].took_ns, cases[i].limit_ns),
                         HPT_TRIAL_TIMEOUT);
        assert_string_equal(hpi_notes_reason(trial.notes.bytes, trial.notes.used), cases[i].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_attribute_is_the_reason),
        cmocka_unit_test(an_attribute_without_room_is_the_reason),
        cmocka_unit_test(a_report_of_nan_is_the_reason),
        cmocka_unit_test(another_status_is_told_with_what_was_refused_before),
        cmocka_unit_test(the_objective_has_the_last_word),
        cmocka_unit_test(what_was_refused_does_no_harm_if_the_trial_succeeds),
        cmocka_unit_test(what_was_refused_is_forgotten_by_the_next_trial),
        cmocka_unit_test(a_late_trial_shows_by_how_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
