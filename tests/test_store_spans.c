/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   spans are a set of numbers, whatever is done to them, and have no more spans than needed.
 * Method: the same done to a set that has a flag for each number. */
#include "fixture.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "store/spans.h"

enum { NUMBERS = 80 };

static uint64_t seed;

static uint64_t draw(uint64_t below) { /* SplitMix64 */
    uint64_t word = seed += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return (word ^ (word >> 31)) % below;
}

static void assert_like(const hpi_spans *spans, const bool *flags) {
    size_t   count = 0;
    uint64_t total = 0, end = 0;
    for (uint64_t i = 0; i < NUMBERS; i++) {
        assert_int_equal(hpi_spans_has(spans, i), flags[i]);
        count += flags[i] && (i == 0 || !flags[i - 1]);
        total += flags[i];
        if (flags[i]) end = i + 1;
    }
    assert_int_equal(spans->count, count);
    assert_int_equal(hpi_spans_total(spans), total);
    assert_int_equal(hpi_spans_end(spans), end);
}

static void change(hpi_spans *spans, bool *flags) {
    uint64_t first = draw(NUMBERS), count = draw(draw(2) ? 4 : NUMBERS - first + 1);
    bool     is_added = draw(2) == 0;
    if (first + count > NUMBERS) count = NUMBERS - first;
    if (draw(50) == 0) {
        hpi_spans_cut(spans, first);
        memset(flags + first, 0, NUMBERS - first);
        return;
    }
    assert_true(is_added ? hpi_spans_add(spans, first, count)
                         : hpi_spans_remove(spans, first, count));
    memset(flags + first, is_added, count);
}

static void spans_are_the_set_that_they_stand_for(void **state) {
    (void)state;
    for (size_t round = 0; round < fixture_scaled(40); round++) {
        hpi_spans spans = { 0 };
        bool      flags[NUMBERS] = { false };
        seed = round;
        for (int i = 0; i < 100; i++) {
            change(&spans, flags);
            assert_like(&spans, flags);
        }
        hpi_spans_fini(&spans);
    }
}

static void spans_are_joined_and_taken_away_as_wholes(void **state) {
    (void)state;
    hpi_spans a = { 0 }, b = { 0 };
    bool      flags[NUMBERS] = { false }, others[NUMBERS] = { false };
    seed = 7;
    for (int i = 0; i < 30; i++) {
        change(&a, flags);
        change(&b, others);
    }
    assert_true(hpi_spans_add_all(&a, &b));
    for (size_t i = 0; i < NUMBERS; i++)
        flags[i] = flags[i] || others[i];
    assert_like(&a, flags);
    change(&b, others);
    assert_true(hpi_spans_remove_all(&a, &b));
    for (size_t i = 0; i < NUMBERS; i++)
        flags[i] = flags[i] && !others[i];
    assert_like(&a, flags);
    hpi_spans_fini(&a);
    hpi_spans_fini(&b);
}

static hpt_status read_text(const char *json, hpi_spans *spans) {
    hpi_json *document = NULL;
    assert_int_equal(hpi_json_parse(json, strlen(json), &document, NULL), HPT_OK);
    hpt_status status = hpi_spans_read(hpi_json_root(document), spans);
    hpi_json_destroy(document);
    return status;
}

static void spans_are_read_as_they_were_written(void **state) {
    (void)state;
    hpi_spans  spans = { 0 }, read = { 0 };
    hpi_writer writer = { 0 };
    bool       flags[NUMBERS] = { false };
    seed = 3;
    for (int i = 0; i < 30; i++)
        change(&spans, flags);
    hpi_spans_write(&writer, &spans);
    assert_int_equal(read_text(writer.text, &read), HPT_OK);
    assert_like(&read, flags);
    hpi_writer_fini(&writer);
    hpi_spans_fini(&spans);
    hpi_spans_fini(&read);
}

static void what_is_no_list_of_spans_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = { "1",          "{}",           "[1]",
                                       "[[1]]",      "[[1, -1]]",    "[[-1, 1]]",
                                       "[[1.5, 1]]", "[[1, \"2\"]]", "[null]" };
    hpi_spans                spans = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read_text(bad[i], &spans), HPT_EPARSE);
    hpi_spans_fini(&spans);
}

static void adding_does_not_fail_where_room_was_reserved(void **state) {
    (void)state;
    hpi_spans spans = { 0 };
    assert_true(hpi_spans_reserve(&spans, 50));
    const hpi_span *before = spans.at;
    for (uint64_t i = 0; i < 50; i++)
        assert_true(hpi_spans_add(&spans, 2 * i, 1));
    assert_ptr_equal(spans.at, before);
    hpi_spans_fini(&spans);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_the_set_that_they_stand_for),
        cmocka_unit_test(spans_are_joined_and_taken_away_as_wholes),
        cmocka_unit_test(spans_are_read_as_they_were_written),
        cmocka_unit_test(what_is_no_list_of_spans_is_refused),
        cmocka_unit_test(adding_does_not_fail_where_room_was_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
