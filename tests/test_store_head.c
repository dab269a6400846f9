/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a study is comes back exactly; a run that is another is refused with a sentence that
 *         names what differs and both sides, and nothing else is refused.
 * Method: heads there and back; a head with one thing changed at a time against the one it was. */
#include "failing.h"
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/head.h"

static const char usual[] =
    "{\"C\": {\"kind\": \"real\", \"min\": 0.1, \"max\": 100, \"log\": true},"
    "\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 8, \"default\": 2},"
    "\"s\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.25},"
    "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", 1, true, null]},"
    "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"n > 2\"},"
    "\"constraints\": [\"n * C <= 500\"]}";

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static hpi_head head_of(const char *json) {
    return (hpi_head){ .name = hpi_copy_text("svm"),
                       .is_ours = true,
                       .goal_count = 2,
                       .goals = { { hpi_copy_text("error"), HPT_MINIMISE, NAN },
                                  { hpi_copy_text("sp\"eed"), HPT_MAXIMISE, -0.5 } },
                       .space = space_of(json),
                       .strategy = hpi_copy_text("tpe:startup=5"),
                       .version = hpi_copy_text("0.1.0"),
                       .seed = UINT64_MAX - 1,
                       .window = 16,
                       .repeat_count = 3,
                       .repeat_take = HPT_TAKE_WORST,
                       .known_digest = UINT64_C(0xFEDCBA9876543210),
                       .trial_count_max = HPT_UNLIMITED };
}

static char *print(const hpi_head *head) {
    char   *json = NULL;
    hpt_err err = { 0 };
    if (hpi_head_print(head, &json, &err) != HPT_OK) fail_msg("%s", err.text);
    return json;
}

/* The head of `usual`, with `from` in the space made `to`. */
static hpi_head changed(const char *from, const char *to) {
    char        json[1024];
    const char *at = strstr(usual, from);
    assert_non_null(at);
    snprintf(json, sizeof json, "%.*s%s%s", (int)(at - usual), usual, to, at + strlen(from));
    return head_of(json);
}

/* Destroys `wanted`. */
static void expect(hpi_head wanted, bool may_widen, const char *sentence) {
    hpi_head   kept = head_of(usual);
    hpt_err    err = { 0 };
    hpt_status status = hpi_head_check(&wanted, &kept, may_widen, &err);
    if (sentence) {
        assert_int_equal(status, HPT_EINVAL);
        assert_string_equal(err.text, sentence);
    } else if (status != HPT_OK) {
        fail_msg("%s", err.text);
    }
    hpi_head_fini(&kept);
    hpi_head_fini(&wanted);
}

/* There and back. */

static void a_head_comes_back_as_it_was(void **state) {
    (void)state;
    hpi_head head = head_of(usual), back = { .name = hpi_copy_text("svm"), .goal_count = 2 };
    back.goals[1].direction = HPT_MAXIMISE; /* as a form finds it */
    char   *json = print(&head), *again;
    hpt_err err = { 0 };
    if (hpi_head_parse(json, &back, &err) != HPT_OK) fail_msg("%s", err.text);
    again = print(&back);
    assert_string_equal(json, again);
    assert_true(back.is_ours);
    assert_string_equal(back.name, "svm");
    assert_true(back.seed == head.seed && back.known_digest == head.known_digest);
    assert_true(back.window == 16 && back.repeat_count == 3);
    assert_int_equal(back.repeat_take, HPT_TAKE_WORST);
    assert_true(back.trial_count_max == HPT_UNLIMITED);
    assert_string_equal(back.goals[1].name, "sp\"eed");
    assert_true(isnan(back.goals[0].reference) && back.goals[1].reference == -0.5);
    assert_int_equal(hpi_head_check(&head, &back, false, NULL), HPT_OK);
    hpi_free(json);
    hpi_free(again);
    hpi_head_fini(&back);
    hpi_head_fini(&head);
}

static void white_space_around_members_is_of_no_account(void **state) {
    (void)state;
    hpi_head head = head_of(usual), back = { 0 };
    char    *json = print(&head), *wide = calloc(2, 2 * strlen(json));
    bool     is_text = false;
    size_t   used = 0;
    assert_non_null(wide);
    for (const char *at = json; *at; at++) { /* as another writer of JSON would have put it */
        if (*at == '"' && (at == json || at[-1] != '\\')) is_text = !is_text;
        wide[used++] = *at;
        if (!is_text && (*at == ',' || *at == ':')) wide[used++] = ' ';
    }
    assert_int_equal(hpi_head_parse(wide, &back, NULL), HPT_OK);
    assert_int_equal(hpi_head_check(&head, &back, false, NULL), HPT_OK);
    free(wide);
    hpi_free(json);
    hpi_head_fini(&back);
    hpi_head_fini(&head);
}

static void expect_refusal(const char *from, const char *to, hpt_status status, const char *part) {
    hpi_head head = head_of(usual), back = { .name = hpi_copy_text("kept") };
    char    *json = print(&head), *at = strstr(json, from), *other = malloc(strlen(json) + 64);
    hpt_err  err = { 0 };
    assert_non_null(at);
    assert_non_null(other);
    sprintf(other, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
    assert_int_equal(hpi_head_parse(other, &back, &err), status);
    if (!strstr(err.text, part)) fail_msg("\"%s\" without \"%s\"", err.text, part);
    assert_string_equal(back.name, "kept");
    assert_null(back.space);
    free(other);
    hpi_free(json);
    hpi_head_fini(&back);
    hpi_head_fini(&head);
}

static void a_damaged_head_is_refused_with_what_is_wrong(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        { "{\"format\"", "[\"format\"", "damaged" },
        { "\"seed\":\"18446744073709551614\"", "\"seed\":\"18446744073709551616\"", "\"seed\"" },
        { "\"seed\":\"18446744073709551614\"", "\"seed\":7", "\"seed\"" },
        { "\"seed\":\"18446744073709551614\"", "\"seed\":\"\"", "\"seed\"" },
        { "\"window\":16", "\"window\":-1", "\"window\"" },
        { "\"window\":16", "\"window\":4294967296", "\"window\"" },
        { "\"strategy\"", "\"strategx\"", "\"strategy\"" },
        { "\"worst\"", "\"first\"", "\"take\"" },
        { "\"minimise\"", "\"up\"", "\"goals\"" },
        { "\"goals\":[{", "\"goals\":[1,{", "\"goals\"" },
        { "\\\"kind\\\": \\\"real\\\"", "\\\"kind\\\": \\\"reel\\\"", "space is damaged" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refusal(cases[i][0], cases[i][1], HPT_EPARSE, cases[i][2]);
}

static void a_newer_format_is_refused_with_both_versions(void **state) {
    (void)state;
    expect_refusal("\"format\":1,\"hpt\":\"0.1.0\"", "\"format\":2,\"hpt\":\"0.9\"", HPT_ELIMIT,
                   "written by hpt 0.9 in format 2: this is hpt 0.1.0, which reads format 1");
}

static void goals_that_are_not_those_of_the_form_are_damage(void **state) {
    (void)state;
    hpi_head head = head_of(usual), back = { .goal_count = 2 };
    char    *json = print(&head);
    back.goals[0].direction = HPT_MAXIMISE;
    assert_int_equal(hpi_head_parse(json, &back, NULL), HPT_EPARSE);
    back.goals[0].direction = HPT_MINIMISE;
    back.goal_count = 1;
    assert_int_equal(hpi_head_parse(json, &back, NULL), HPT_EPARSE);
    hpi_free(json);
    hpi_head_fini(&head);
}

static bool try_both(void *user) {
    hpi_head head = { .goal_count = 1, .goals = { { "error", HPT_MINIMISE, NAN } } }, back = { 0 };
    char    *json = NULL;
    (void)user;
    hpt_status status = hpt_space_parse(usual, strlen(usual), &head.space, NULL);
    if (status == HPT_OK) status = hpi_head_print(&head, &json, NULL);
    if (status == HPT_OK) status = hpi_head_parse(json, &back, NULL);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    hpi_free(json);
    hpi_head_fini(&back);
    hpt_space_destroy(head.space);
    return status == HPT_OK;
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    failing_tolerated(try_both, NULL); /* an expression may do without some */
}

/* What may differ. */

static void the_same_is_accepted(void **state) {
    (void)state;
    expect(head_of(usual), false, NULL);
    expect(head_of(usual), true, NULL);
}

static void budget_window_version_and_reference_may_differ(void **state) {
    (void)state;
    hpi_head head = head_of(usual);
    head.trial_count_max = 5;
    head.window = 0;
    head.version[0] = '9';
    head.goals[0].reference = 3;
    expect(head, false, NULL);
}

static void wider_ranges_are_accepted_on_request(void **state) {
    (void)state;
    expect(changed("\"max\": 100", "\"max\": 1000"), true, NULL);
    expect(changed("\"min\": 0.1", "\"min\": 0.01"), true, NULL);
    expect(changed("\"max\": 8", "\"max\": 80"), true, NULL);
    expect(changed("\"min\": 0, \"max\": 1,", "\"min\": -0.5, \"max\": 2,"), true, NULL);
}

/* What may not. */

static void wider_ranges_are_refused_without_it(void **state) {
    (void)state;
    expect(changed("\"max\": 100", "\"max\": 1000"), false,
           "parameter \"C\": max is 1000, in the study \"svm\" it is 100 (may_widen allows wider "
           "ranges)");
    expect(
        changed("\"min\": 1, \"max\": 8", "\"min\": 0, \"max\": 8"), false,
        "parameter \"n\": min is 0, in the study \"svm\" it is 1 (may_widen allows wider ranges)");
}

static void narrower_ranges_are_refused_always(void **state) {
    (void)state;
    expect(changed("\"max\": 100", "\"max\": 10"), true,
           "parameter \"C\": max is 10, in the study \"svm\" it is 100");
    expect(changed("\"min\": 1, \"max\": 8", "\"min\": 2, \"max\": 9"), true,
           "parameter \"n\": min is 2, in the study \"svm\" it is 1");
}

static void steps_that_start_elsewhere_are_refused(void **state) {
    (void)state;
    expect(changed("\"min\": 0, \"max\": 1,", "\"min\": -0.1, \"max\": 1.15,"), true,
           "parameter \"s\": the steps start elsewhere: min is -0.1, in the study \"svm\" it is 0");
}

static void every_other_difference_of_the_space_is_named(void **state) {
    (void)state;
    expect(changed("\"mode\"", "\"node\""), true,
           "parameter 3 is node, in the study \"svm\" it is mode");
    expect(changed("\"kind\": \"int\", \"min\": 1, \"max\": 8",
                   "\"kind\": \"real\", \"min\": 1, \"max\": 8"),
           true, "parameter \"n\": the kind is real, in the study \"svm\" it is int");
    expect(changed(", \"log\": true", ""), true,
           "parameter \"C\": log is false, in the study \"svm\" it is true");
    expect(changed("0.25", "0.5"), true,
           "parameter \"s\": step is 0.5, in the study \"svm\" it is 0.25");
    expect(changed("\"default\": 2", "\"default\": 3"), true,
           "parameter \"n\": the default is 3, in the study \"svm\" it is 2");
    expect(changed("1, true", "true"), true,
           "parameter \"mode\": the number of values is 3, in the study \"svm\" it is 4");
    expect(changed("\"a\", 1", "1, \"a\""), true,
           "parameter \"mode\": value 0 is 1, in the study \"svm\" it is \"a\"");
    expect(changed("n > 2", "n > 3"), true,
           "parameter \"deep\": the condition is n > 3, in the study \"svm\" it is n > 2");
    expect(changed("<= 500", "<= 600"), true,
           "constraint 0 is n * C <= 600, in the study \"svm\" it is n * C <= 500");
    expect(changed("\"n * C <= 500\"", ""), true,
           "constraint 0 is none, in the study \"svm\" it is n * C <= 500");
    expect(changed("\"constraints\"", "\"more\": {\"kind\": \"int\", \"min\": 1, \"max\": 2}, "
                                      "\"constraints\""),
           true, "the run has a parameter \"more\", the study \"svm\" has none");
    expect(
        changed("\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"n > 2\"},",
                ""),
        true, "the study \"svm\" has a parameter \"deep\", the run has none");
}

static void every_difference_of_the_course_is_named(void **state) {
    (void)state;
    hpi_head head = head_of(usual);
    hpi_free(head.strategy);
    head.strategy = hpi_copy_text("random");
    expect(head, true, "the strategy is random, in the study \"svm\" it is tpe:startup=5");
    head = head_of(usual);
    head.seed = 1;
    expect(head, true, "the seed is 1, in the study \"svm\" it is 18446744073709551614");
    head = head_of(usual);
    head.repeat_count = 1;
    expect(head, true, "repeat_count is 1, in the study \"svm\" it is 3");
    head = head_of(usual);
    head.repeat_take = HPT_TAKE_MEAN;
    expect(head, true, "repeat_take is the mean, in the study \"svm\" it is the worst");
    head = head_of(usual);
    head.known_digest = 0;
    expect(head, true, "points or observations are not those that the study \"svm\" began with");
}

static void every_difference_of_the_goals_is_named(void **state) {
    (void)state;
    hpi_head head = head_of(usual);
    head.goals[1].direction = HPT_MINIMISE;
    expect(head, true,
           "goal \"sp\"eed\": the direction is minimise, in the study \"svm\" it is maximise");
    head = head_of(usual);
    hpi_free((char *)(uintptr_t)head.goals[0].name);
    head.goals[0].name = hpi_copy_text("loss");
    expect(head, true, "the name of goal 0 is loss, in the study \"svm\" it is error");
    head = head_of(usual);
    head.goal_count = 1;
    expect(head, true, "the number of goals is 1, in the study \"svm\" it is 2");
}

/* Of somebody else's study. */

static hpt_status check_foreign(hpi_head *wanted, const char *kept_json, hpt_err *err) {
    hpi_head kept = head_of(kept_json);
    kept.is_ours = false;
    kept.seed = 0;
    hpi_free(kept.strategy);
    kept.strategy = NULL;
    hpi_free((char *)(uintptr_t)kept.goals[0].name);
    kept.goals[0].name = NULL;
    hpt_status status = hpi_head_check(wanted, &kept, false, err);
    hpi_head_fini(&kept);
    return status;
}

static void a_study_of_others_needs_only_goals_and_kinds(void **state) {
    (void)state;
    hpi_head head = head_of(usual);
    hpt_err  err = { 0 };
    assert_int_equal(
        check_foreign(&head,
                      "{\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", 1, true, null]},"
                      "\"C\": {\"kind\": \"real\", \"min\": 0, \"max\": 7}}",
                      &err),
        HPT_OK);
    assert_int_equal(
        check_foreign(&head, "{\"c\": {\"kind\": \"real\", \"min\": 0, \"max\": 7}}", &err),
        HPT_EINVAL);
    assert_string_equal(err.text,
                        "the study \"svm\" has a parameter \"c\", the run has none; closest "
                        "match: \"C\"");
    assert_int_equal(
        check_foreign(&head, "{\"C\": {\"kind\": \"int\", \"min\": 0, \"max\": 7}}", &err),
        HPT_EINVAL);
    assert_string_equal(err.text,
                        "parameter \"C\": the kind is real, in the study \"svm\" it is int");
    hpi_head_fini(&head);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_comes_back_as_it_was),
        cmocka_unit_test(white_space_around_members_is_of_no_account),
        cmocka_unit_test(a_damaged_head_is_refused_with_what_is_wrong),
        cmocka_unit_test(a_newer_format_is_refused_with_both_versions),
        cmocka_unit_test(goals_that_are_not_those_of_the_form_are_damage),
        cmocka_unit_test(want_of_memory_is_told),
        cmocka_unit_test(the_same_is_accepted),
        cmocka_unit_test(budget_window_version_and_reference_may_differ),
        cmocka_unit_test(wider_ranges_are_accepted_on_request),
        cmocka_unit_test(wider_ranges_are_refused_without_it),
        cmocka_unit_test(narrower_ranges_are_refused_always),
        cmocka_unit_test(steps_that_start_elsewhere_are_refused),
        cmocka_unit_test(every_other_difference_of_the_space_is_named),
        cmocka_unit_test(every_difference_of_the_course_is_named),
        cmocka_unit_test(every_difference_of_the_goals_is_named),
        cmocka_unit_test(a_study_of_others_needs_only_goals_and_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
