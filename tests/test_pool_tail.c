/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the last lines that a process wrote are a text, whatever bytes it wrote.
 * Method: examples, and bytes at random. */
#include "fixture.h"

#include <string.h>

#include <hpt/extend.h>

#include "base/text.h"
#include "pool/tail.h"

static hpi_tail tail;
static char     text[HPI_TAIL_BYTES];

static void add(const char *bytes) {
    hpi_tail_add(&tail, bytes, strlen(bytes));
}

static const char *last(uint32_t lines, size_t room) {
    size_t length = hpi_tail_text(&tail, lines, text, room);
    assert_int_equal(length, strlen(text));
    return text;
}

static int empty(void **state) {
    (void)state;
    tail.used = 0;
    return 0;
}

static void nothing_is_nothing(void **state) {
    (void)state;
    assert_string_equal(last(9, sizeof text), "");
    add("\n \r\n");
    assert_string_equal(last(9, sizeof text), "");
}

static void so_many_lines_are_kept(void **state) {
    (void)state;
    add("one\ntwo\nthr");
    add("ee\n\nfour\n");
    assert_string_equal(last(1, sizeof text), "four");
    assert_string_equal(last(3, sizeof text), "three\n\nfour");
    assert_string_equal(last(9, sizeof text), "one\ntwo\nthree\n\nfour");
}

static void what_does_not_fit_is_cut_in_front(void **state) {
    (void)state;
    add("abcdef\nghij\n");
    assert_string_equal(last(9, 7), "f\nghij");
    for (int i = 0; i < 1000; i++)
        add("0123456789");
    add("end\n");
    const char *kept = last(9, sizeof text);
    assert_int_equal(strlen(kept), sizeof text - 1);
    assert_string_equal(kept + strlen(kept) - 5, "89end");
}

static void what_is_no_text_is_a_question_mark(void **state) {
    (void)state;
    hpi_tail_add(&tail, "a\0b\033[1m\xff\xc3\xa4\tz\x7f", 13);
    assert_string_equal(last(9, sizeof text), "a?b?[1m?\xc3\xa4\tz?");
    tail.used = 0;
    add("\xc3\xa4\xc3\xa4");
    assert_string_equal(last(9, 4), "\xc3\xa4"); /* not half of one */
}

static void whatever_comes_it_is_a_text(void **state) {
    (void)state;
    for (uint64_t round = 0; round < fixture_scaled(2000); round++) {
        uint64_t words[64];
        hpt_random(7, round, 0, words, 64);
        hpi_tail_add(&tail, (const char *)words, words[0] % sizeof words);
        uint32_t lines = 1 + (uint32_t)(words[1] % 9);
        size_t   room = 2 + words[2] % (sizeof text - 1);
        size_t   length = hpi_tail_text(&tail, lines, text, room);
        assert_true(length < room && length == strlen(text) && hpi_is_utf8(text, length));
        for (const char *at = text; (at = strchr(at, '\n')); at++)
            lines--;
        assert_in_range(lines, 1, 9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_nothing, empty),
        cmocka_unit_test_setup(so_many_lines_are_kept, empty),
        cmocka_unit_test_setup(what_does_not_fit_is_cut_in_front, empty),
        cmocka_unit_test_setup(what_is_no_text_is_a_question_mark, empty),
        cmocka_unit_test_setup(whatever_comes_it_is_a_text, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
