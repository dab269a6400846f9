/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   "name:key=value,..." fills a plug-in's state by its rows, or says what is wrong and
 * where. Method: one table of options of every type; texts that are right, and texts with one fault
 * each. */
#include "failing.h"
#include "fixture.h"

#include "base/mem.h"
#include "base/option.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

typedef struct plugin {
    bool        shuffle;
    int64_t     points, seed;
    double      scale;
    const char *path, *title;
    int32_t     sequence;
} plugin;

/* clang-format off */
static const hpt_option rows[] = {
    { "shuffle",  HPT_OPTION_BOOL,   offsetof(plugin, shuffle),  1,   0, 0,              NULL,                 "" },
    { "points",   HPT_OPTION_INT,    offsetof(plugin, points),   5,   1, 1e6,            NULL,                 "" },
    { "seed",     HPT_OPTION_INT,    offsetof(plugin, seed),     0,   -0x1p63, 0x1p63,   NULL,                 "" },
    { "scale",    HPT_OPTION_REAL,   offsetof(plugin, scale),    0.5, 0, 1,              NULL,                 "" },
    { "path",     HPT_OPTION_TEXT,   offsetof(plugin, path),     0,   0, 0,              "trials.jsonl",       "" },
    { "title",    HPT_OPTION_TEXT,   offsetof(plugin, title),    0,   0, 0,              NULL,                 "" },
    { "sequence", HPT_OPTION_CHOICE, offsetof(plugin, sequence), 1,   0, 0,              "sobol|halton|r2",    "" },
    { 0 }
};
/* clang-format on */

static plugin   filled;
static hpi_spec spec;

/* Take apart and apply; the spec stays for the texts. */
static hpt_status fill(const char *text, hpt_err *err) {
    hpi_spec_fini(&spec);
    hpt_status status = hpi_spec_init(&spec, text, err);
    return status == HPT_OK ? hpi_spec_apply(&spec, "strategy", rows, &filled, err) : status;
}

static void fills(const char *text) {
    hpt_err err = { 0 };
    memset(&filled, 0x77, sizeof filled);
    if (fill(text, &err) != HPT_OK) fail_msg("%s: %s", text, err.text);
    assert_int_equal(err.code, HPT_OK);
}

static int forget(void **state) {
    (void)state;
    hpi_spec_fini(&spec);
    return 0;
}

/* ---- what is right ---- */

static void a_name_alone_gives_the_defaults(void **state) {
    (void)state;
    fills("  grid ");
    assert_string_equal(spec.name, "grid");
    assert_string_equal(spec.settings, "");
    assert_true(filled.shuffle);
    assert_int_equal(filled.points, 5);
    assert_int_equal(filled.seed, 0);
    assert_true(filled.scale == 0.5);
    assert_string_equal(filled.path, "trials.jsonl");
    assert_null(filled.title);
    assert_int_equal(filled.sequence, 1);
}

static void a_colon_without_options_is_fine(void **state) {
    (void)state;
    fills("grid:");
    assert_string_equal(spec.name, "grid");
    fills("grid :  ");
    assert_int_equal(filled.points, 5);
}

static void options_are_filled_by_their_type(void **state) {
    (void)state;
    fills("grid:shuffle=no,points=9,seed=-9223372036854775808,scale=2.5e-1,path=a/b.c,sequence=r2");
    assert_false(filled.shuffle);
    assert_int_equal(filled.points, 9);
    assert_true(filled.seed == INT64_MIN);
    assert_true(filled.scale == 0.25);
    assert_string_equal(filled.path, "a/b.c");
    assert_int_equal(filled.sequence, 2);
}

static void spaces_around_names_and_values_do_not_count(void **state) {
    (void)state;
    fills(" grid : points = 9 ,\n\tpath = a b , title = \" c \" ");
    assert_string_equal(spec.name, "grid");
    assert_int_equal(filled.points, 9);
    assert_string_equal(filled.path, "a b");
    assert_string_equal(filled.title, " c ");
}

static void a_quoted_value_may_hold_anything(void **state) {
    (void)state;
    fills("jsonl:path=\"a,b=c:d;\\\"e\\\"\\\\f\",title=\"\"");
    assert_string_equal(filled.path, "a,b=c:d;\"e\"\\f");
    assert_string_equal(filled.title, "");
    fills("jsonl:path=C:\\data\\x,title=");
    assert_string_equal(filled.path, "C:\\data\\x");
    assert_string_equal(filled.title, "");
}

static void every_word_for_yes_and_no_is_known(void **state) {
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
    char                     text[64];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        fills(strcat(strcpy(text, "grid:shuffle="), words[i]));
        assert_int_equal(filled.shuffle, i % 2);
    }
}

static void an_integer_may_have_an_exponent(void **state) {
    (void)state;
    fills("grid:points=1e6");
    assert_int_equal(filled.points, 1000000);
    fills("grid:seed=9223372036854775807");
    assert_true(filled.seed == INT64_MAX);
}

static void a_spec_can_be_applied_twice(void **state) {
    plugin other;
    (void)state;
    fills("jsonl:path=\"a\\\\b\",points=3");
    assert_int_equal(hpi_spec_apply(&spec, "observer", rows, &other, NULL), HPT_OK);
    assert_string_equal(other.path, "a\\b");
    assert_string_equal(filled.path, "a\\b");
}

static void no_rows_take_no_options(void **state) {
    hpt_err err = { 0 };
    (void)state;
    fills("inline");
    assert_int_equal(hpi_spec_apply(&spec, "pool", NULL, NULL, &err), HPT_OK);
    fills("inline:points=3");
    assert_int_equal(hpi_spec_apply(&spec, "pool", NULL, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "pool \"inline\" has no option \"points\"; there are none");
}

/* ---- what is wrong ---- */

static const struct {
    const char *text;
    hpt_status  status;
    uint32_t    col;
    const char *sentence;
} faults[] = {
    { "", HPT_EPARSE, 1, "the name is missing (name:key=value,...)" },
    { "  :points=3", HPT_EPARSE, 3, "the name is missing (name:key=value,...)" },
    { "\xFF", HPT_EPARSE, 1, "a name with options is not UTF-8" },
    { "grid:points", HPT_EPARSE, 6, "option \"points\" has no value (name:key=value,...)" },
    { "grid:points=1,", HPT_EPARSE, 14, "an option is missing after the last ','" },
    { "grid:,points=1", HPT_EPARSE, 6, "an option's name is missing (name:key=value,...)" },
    { "grid:points=1,,", HPT_EPARSE, 15, "an option's name is missing (name:key=value,...)" },
    { "grid:=3", HPT_EPARSE, 6, "an option's name is missing (name:key=value,...)" },
    { "grid:path=\"abc", HPT_EPARSE, 11, "the quote that starts here does not end" },
    { "grid:path=\"abc\\", HPT_EPARSE, 15,
      "inside quotes a backslash stands before \" or \\ only" },
    { "grid:path=\"a\\n\"", HPT_EPARSE, 13,
      "inside quotes a backslash stands before \" or \\ only" },
    { "grid:path=a\"b\"", HPT_EPARSE, 12, "a quote may stand only at the start of a value" },
    { "grid:path=\"a\"b", HPT_EPARSE, 14, "expected ',' or the end after the value of \"path\"" },
    { "größe:path=\"a\"b", HPT_EPARSE, 15, "expected ',' or the end after the value of \"path\"" },
    { "grid:pionts=3", HPT_EINVAL, 6,
      "strategy \"grid\" has no option \"pionts\"; closest match: \"points\"" },
    { "grid:bananas=3", HPT_EINVAL, 6,
      "strategy \"grid\" has no option \"bananas\"; there are: shuffle, points, seed, scale, path, "
      "title, "
      "sequence" },
    { "grid:point=3", HPT_EINVAL, 6,
      "strategy \"grid\" has no option \"point\"; closest match: \"points\"" },
    { "grid : points = x", HPT_EINVAL, 17,
      "strategy \"grid\": option \"points\" is \"x\", not an integer of 64 bits" },
    { "grid:points=1.5", HPT_EINVAL, 13,
      "strategy \"grid\": option \"points\" is \"1.5\", not an integer of 64 bits" },
    { "grid:points=0", HPT_EINVAL, 13,
      "strategy \"grid\": option \"points\" is 0, but must be 1 to 1000000" },
    { "grid:points=1000001", HPT_EINVAL, 13,
      "strategy \"grid\": option \"points\" is 1000001, but must be 1 to 1000000" },
    { "grid:seed=9223372036854775808", HPT_EINVAL, 11,
      "strategy \"grid\": option \"seed\" is \"9223372036854775808\", not an integer of 64 bits" },
    { "grid:scale=nan", HPT_EINVAL, 12,
      "strategy \"grid\": option \"scale\" is \"nan\", not a finite number" },
    { "grid:scale=1e999", HPT_EINVAL, 12,
      "strategy \"grid\": option \"scale\" is \"1e999\", not a finite number" },
    { "grid:scale=1.5", HPT_EINVAL, 12,
      "strategy \"grid\": option \"scale\" is 1.5, but must be 0 to 1" },
    { "grid:scale=0x1p-1", HPT_EINVAL, 12,
      "strategy \"grid\": option \"scale\" is \"0x1p-1\", not a finite number" },
    { "grid:shuffle=maybe", HPT_EINVAL, 14,
      "strategy \"grid\": option \"shuffle\" is \"maybe\", not yes or no" },
    { "grid:sequence=sobo", HPT_EINVAL, 15,
      "strategy \"grid\": option \"sequence\" is \"sobo\", not one of sobol|halton|r2" },
    { "grid:sequence=", HPT_EINVAL, 15,
      "strategy \"grid\": option \"sequence\" is \"\", not one of sobol|halton|r2" },
    { "grid:points=3,scale=0,points=3", HPT_EINVAL, 30,
      "strategy \"grid\": option \"points\" is \"3\", but it was given before" },
};

static void a_fault_has_its_sentence_and_its_column(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        hpt_err err = { 0 };
        assert_int_equal(fill(faults[i].text, &err), faults[i].status);
        assert_string_equal(err.text, faults[i].sentence);
        assert_int_equal(err.code, faults[i].status);
        assert_int_equal(err.line, 1);
        assert_int_equal(err.col, faults[i].col);
    }
}

static void a_null_text_is_an_error(void **state) {
    hpt_err err = { 0 };
    (void)state;
    assert_int_equal(fill(NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "the name is NULL");
}

static void a_text_without_end_is_refused(void **state) {
    hpt_err err = { 0 };
    char   *text = malloc(70001);
    (void)state;
    memset(text, 'a', 70000);
    text[70000] = '\0';
    assert_int_equal(fill(text, &err), HPT_EPARSE);
    assert_string_equal(err.text, "a name with options is above 65535 bytes");
    free(text);
}

static void a_sentence_shows_no_control_character(void **state) {
    hpt_err err = { 0 };
    (void)state;
    assert_int_equal(fill("grid\x1B[31m:points=\x1B[0m", &err), HPT_EINVAL);
    assert_string_equal(
        err.text,
        "strategy \"grid?[31m\": option \"points\" is \"?[0m\", not an integer of 64 bits");
}

/* ---- lists ---- */

static void check_items(const char *list, const char *const *expected) {
    const char *place = NULL;
    char       *item;
    for (;; expected++) {
        assert_int_equal(hpi_spec_next(&list, &place, &item, NULL), HPT_OK);
        if (!*expected) break;
        assert_non_null(item);
        assert_string_equal(item, *expected);
        assert_memory_equal(place, item, strlen(item));
        hpi_free(item);
    }
    assert_null(item);
    assert_int_equal(hpi_spec_next(&list, &place, &item, NULL), HPT_OK);
    assert_null(item);
}

static void a_list_is_cut_at_semicolons_outside_quotes(void **state) {
    (void)state;
    check_items("", (const char *[]){ NULL });
    check_items(" ; ;; ", (const char *[]){ NULL });
    check_items("progress", (const char *[]){ "progress", NULL });
    check_items(" progress ; jsonl:path=a ;", (const char *[]){ "progress", "jsonl:path=a", NULL });
    check_items("csv:path=\"a;\\\";b\";log",
                (const char *[]){ "csv:path=\"a;\\\";b\"", "log", NULL });
    check_items("csv:path=\"a;b", (const char *[]){ "csv:path=\"a;b", NULL });
    check_items("csv:path=\"a\\", (const char *[]){ "csv:path=\"a\\", NULL });
}

static bool try_all(void *user) {
    const char *list = "grid:points=3,path=\"a\";qmc";
    const char *place = NULL;
    plugin      state;
    (void)user;
    for (;;) {
        hpi_spec   one = { 0 };
        char      *item = NULL;
        hpt_err    err = { 0 };
        hpt_status status = hpi_spec_next(&list, &place, &item, &err);
        if (status == HPT_OK && !item) return true;
        if (status == HPT_OK) status = hpi_spec_init(&one, item, &err);
        hpi_free(item);
        if (status == HPT_OK) status = hpi_spec_apply(&one, "strategy", rows, &state, &err);
        hpi_spec_fini(&one);
        if (status != HPT_OK) {
            assert_int_equal(status, HPT_ENOMEM);
            assert_int_equal(err.code, HPT_ENOMEM);
            return false;
        }
    }
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    hpi_spec_fini(&spec);
    assert_int_equal(failing_everywhere(try_all, NULL), 4);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_name_alone_gives_the_defaults),
        cmocka_unit_test(a_colon_without_options_is_fine),
        cmocka_unit_test(options_are_filled_by_their_type),
        cmocka_unit_test(spaces_around_names_and_values_do_not_count),
        cmocka_unit_test(a_quoted_value_may_hold_anything),
        cmocka_unit_test(every_word_for_yes_and_no_is_known),
        cmocka_unit_test(an_integer_may_have_an_exponent),
        cmocka_unit_test(a_spec_can_be_applied_twice),
        cmocka_unit_test(no_rows_take_no_options),
        cmocka_unit_test(a_fault_has_its_sentence_and_its_column),
        cmocka_unit_test(a_null_text_is_an_error),
        cmocka_unit_test(a_text_without_end_is_refused),
        cmocka_unit_test(a_sentence_shows_no_control_character),
        cmocka_unit_test(a_list_is_cut_at_semicolons_outside_quotes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(cases, NULL, forget);
}
