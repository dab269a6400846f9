/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the list of who shares a study says the same when it is read as when it was written,
 * frees what the dead have, and is refused when it is damaged. */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/hold.h"
#include "store/roster.h"

static hpi_roster roster;

/* Two members of this process, which holds both. */
static int fill(void **state) {
    (void)state;
    char *who = NULL;
    roster = (hpi_roster){ .limit = 100, .end = UINT64_MAX, .next = 40 };
    assert_int_equal(hpi_hold_print("one", &who, NULL), HPT_OK);
    for (int i = 0; i < 2; i++) {
        hpi_member *member = hpi_roster_join(&roster, i == 0 ? "one" : "two", who);
        assert_non_null(member);
        member->beat_ms = 1000;
        member->lease_ms = i == 0 ? 100 : 500;
        assert_true(hpi_spans_add(&member->has, 10 * (uint64_t)i, 5));
    }
    hpi_free(who);
    return 0;
}

static int empty(void **state) {
    (void)state;
    hpi_roster_fini(&roster);
    return 0;
}

static void a_roster_is_read_as_it_was_written(void **state) {
    (void)state;
    char      *json = NULL, *again = NULL;
    hpi_roster read = { 0 };
    hpi_spans_add(&roster.free, 30, 2);
    assert_int_equal(hpi_roster_print(&roster, &json, NULL), HPT_OK);
    assert_int_equal(hpi_roster_read(json, &read, NULL), HPT_OK);
    assert_int_equal(read.member_count, 2);
    assert_int_equal(read.joined, 2);
    assert_true(hpi_spans_has(&read.members[1].has, 14));
    assert_true(read.end == UINT64_MAX);
    assert_int_equal(hpi_roster_print(&read, &again, NULL), HPT_OK);
    assert_string_equal(json, again);
    hpi_free(json);
    hpi_free(again);
    hpi_roster_fini(&read);
}

static void a_roster_that_is_damaged_is_refused_and_leaves_what_was(void **state) {
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{}",
        "1",
        "nul",
        /* no end */
        "{\"joined\":0,\"limit\":1,\"next\":0,\"free\":[],\"members\":[]}",
        /* a number that nobody was given */
        "{\"joined\":0,\"limit\":9,\"end\":null,\"next\":4,\"free\":[[4,1]],\"members\":[]}",
        "{\"joined\":0,\"limit\":9,\"end\":null,\"next\":4,\"free\":[],\"members\":[{}]}",
        "{\"joined\":0,\"limit\":-9,\"end\":null,\"next\":4,\"free\":[],\"members\":[]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(hpi_roster_read(bad[i], &roster, NULL), HPT_EPARSE);
        assert_int_equal(roster.member_count, 2);
    }
}

static void every_cut_of_a_roster_is_refused(void **state) {
    (void)state;
    char *json = NULL;
    assert_int_equal(hpi_roster_print(&roster, &json, NULL), HPT_OK);
    for (size_t bytes = strlen(json); bytes-- > 0;) {
        json[bytes] = '\0';
        assert_int_equal(hpi_roster_read(json, &roster, NULL), HPT_EPARSE);
    }
    hpi_free(json);
}

static void members_are_gone_when_their_own_lease_has_ended(void **state) {
    (void)state;
    assert_true(hpi_roster_expire(&roster, 1100, false));
    assert_int_equal(roster.member_count, 2);
    assert_true(hpi_roster_expire(&roster, 1101, false));
    assert_int_equal(roster.member_count, 1);
    assert_null(hpi_roster_find(&roster, "one"));
    assert_int_equal(hpi_spans_total(&roster.free), 5);
    assert_true(hpi_roster_expire(&roster, 1501, false));
    assert_int_equal(roster.member_count, 0);
    assert_int_equal(hpi_spans_total(&roster.free), 10);
}

static void a_beat_of_another_start_of_the_machine_is_of_somebody_gone(void **state) {
    (void)state;
    assert_true(hpi_roster_expire(&roster, 999, false));
    assert_int_equal(roster.member_count, 0);
}

static void members_of_this_process_are_gone_with_their_run(void **state) {
    (void)state;
    hpi_holder holder = { .run_id = "one" };
    hpi_holder_enter(&holder);
    assert_true(hpi_roster_expire(&roster, 1001, true));
    assert_int_equal(roster.member_count, 2);
    hpi_holder_leave(&holder);
    assert_true(hpi_roster_expire(&roster, 1001, true));
    assert_int_equal(roster.member_count, 0);
}

static void a_budget_is_over_when_nobody_has_a_number_left(void **state) {
    (void)state;
    assert_int_equal(hpi_roster_left(&roster), 60);
    roster.next = 100;
    assert_int_equal(hpi_roster_left(&roster), 0);
    assert_false(hpi_roster_is_over(&roster));
    hpi_spans_clear(&roster.members[0].has);
    assert_false(hpi_roster_is_over(&roster));
    hpi_spans_clear(&roster.members[1].has);
    assert_true(hpi_roster_is_over(&roster));
    hpi_spans_add(&roster.free, 3, 1);
    assert_false(hpi_roster_is_over(&roster));
}

static void there_are_no_numbers_behind_the_strategys_end(void **state) {
    (void)state;
    hpi_spans_add(&roster.free, 30, 2);
    hpi_roster_end_at(&roster, 12);
    assert_int_equal(hpi_roster_left(&roster), 0);
    assert_int_equal(hpi_spans_total(&roster.members[0].has), 5);
    assert_int_equal(hpi_spans_total(&roster.members[1].has), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fill, empty)
        TEST(a_roster_is_read_as_it_was_written),
        TEST(a_roster_that_is_damaged_is_refused_and_leaves_what_was),
        TEST(every_cut_of_a_roster_is_refused),
        TEST(members_are_gone_when_their_own_lease_has_ended),
        TEST(a_beat_of_another_start_of_the_machine_is_of_somebody_gone),
        TEST(members_of_this_process_are_gone_with_their_run),
        TEST(a_budget_is_over_when_nobody_has_a_number_left),
        TEST(there_are_no_numbers_behind_the_strategys_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
