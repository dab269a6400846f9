/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a failure has one whole sentence, and values compare by type and content.
 * Method: sentences longer than their room, cut at every byte of a text of wide characters; every
 *         status of the list; every pair of a table of values. */
#include "fixture.h"

#include "base/err.h"
#include "base/text.h"

#include <hpt/extend.h>
#include <math.h>
#include <string.h>

HPT_PRINTF(3, 4)
static size_t format(char *out, size_t bytes, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    size_t length = hpi_format(out, bytes, text, arguments);
    va_end(arguments);
    return length;
}

static void a_sentence_is_cut_at_a_whole_character(void **state) {
    static const char wide[] = "aé€𝄞aé€𝄞"; /* 1 to 4 bytes each */
    char              out[64];
    (void)state;
    for (size_t room = 1; room <= sizeof wide; room++) {
        size_t length = format(out, room, "%s", wide);
        assert_int_equal(length, strlen(out));
        assert_true(length < room);
        assert_true(length + 4 >= room || room == sizeof wide);
        assert_true(hpi_is_utf8(out, length));
        assert_memory_equal(out, wide, length);
    }
}

static void a_failure_returns_its_status_and_fills_the_sentence(void **state) {
    hpt_err err = { .line = 7, .col = 7 };
    (void)state;
    assert_int_equal(hpi_fail(&err, HPT_EINVAL, "worker_count %d is above 4096", 5000), HPT_EINVAL);
    assert_int_equal(err.code, HPT_EINVAL);
    assert_string_equal(err.text, "worker_count 5000 is above 4096");
    assert_int_equal(err.line, 0);
    assert_int_equal(err.col, 0);
}

static void a_failure_with_a_place_keeps_it(void **state) {
    hpt_err err;
    (void)state;
    assert_int_equal(hpi_fail_at(&err, HPT_EPARSE, 3, 14, "no"), HPT_EPARSE);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.col, 14);
    assert_string_equal(err.text, "no");
}

static void a_failure_without_err_only_returns(void **state) {
    (void)state;
    assert_int_equal(hpi_fail(NULL, HPT_ELIMIT, "%s", "no"), HPT_ELIMIT);
    assert_int_equal(hpi_fail_at(NULL, HPT_EPARSE, 1, 1, "no"), HPT_EPARSE);
    assert_int_equal(hpt_error(NULL, HPT_EIO, "no"), HPT_EIO);
}

static void a_sentence_may_quote_the_one_it_replaces(void **state) {
    hpt_err err;
    (void)state;
    hpt_error(&err, HPT_EIO, "disk full");
    hpt_error(&err, HPT_EIO, "%s (study.db)", err.text);
    assert_string_equal(err.text, "disk full (study.db)");
}

static void every_status_has_its_own_text(void **state) {
    static const hpt_status all[] = {
#define HPT_ROW(name, value, text) name,
        HPT_STATUS_LIST(HPT_ROW)
#undef HPT_ROW
    };
    enum { COUNT = sizeof all / sizeof *all };
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_not_equal(hpt_status_text(all[i]), "unknown status");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hpt_status_text(all[i]), hpt_status_text(all[j]));
    }
}

static void a_number_that_is_no_status_has_a_text_too(void **state) {
    (void)state;
    assert_string_equal(hpt_status_text((hpt_status)-9999), "unknown status");
    assert_string_equal(hpt_status_text((hpt_status)1), "unknown status");
}

static void values_are_equal_in_type_and_content_only(void **state) {
    const hpt_value values[] = {
        hpt_null(),    hpt_bool(false), hpt_bool(true),  hpt_int(0),
        hpt_int(1),    hpt_real(0),     hpt_real(1),     hpt_text(""),
        hpt_text("1"), hpt_text("a"),   hpt_real(1e300), hpt_int(INT64_MIN)
    };
    enum { COUNT = sizeof values / sizeof *values };
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++)
            assert_int_equal(hpt_value_equal(values[i], values[j]), i == j);
}

static void texts_are_equal_by_content_and_not_by_address(void **state) {
    char a[] = "fast", b[] = "fast";
    (void)state;
    assert_true(hpt_value_equal(hpt_text(a), hpt_text(b)));
    assert_false(hpt_value_equal(hpt_text(a), hpt_text(NULL)));
}

static void nan_equals_nothing(void **state) {
    (void)state;
    assert_false(hpt_value_equal(hpt_real(NAN), hpt_real(NAN)));
    assert_true(hpt_value_equal(hpt_real(0.0), hpt_real(-0.0)));
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_sentence_is_cut_at_a_whole_character),
        cmocka_unit_test(a_failure_returns_its_status_and_fills_the_sentence),
        cmocka_unit_test(a_failure_with_a_place_keeps_it),
        cmocka_unit_test(a_failure_without_err_only_returns),
        cmocka_unit_test(a_sentence_may_quote_the_one_it_replaces),
        cmocka_unit_test(every_status_has_its_own_text),
        cmocka_unit_test(a_number_that_is_no_status_has_a_text_too),
        cmocka_unit_test(values_are_equal_in_type_and_content_only),
        cmocka_unit_test(texts_are_equal_by_content_and_not_by_address),
        cmocka_unit_test(nan_equals_nothing),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
