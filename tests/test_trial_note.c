/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   notes keep what was set, whole or not at all, in an arena of any size.
 * Method: every type; every size of arena; a long random sequence against a plain array. */
#include "fixture.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial/note.h"

enum { ARENA = 8192, REASON_ROOM = HPI_REASON_BYTES + 4 };

static unsigned char arena[ARENA + 1];

static hpi_notes fresh(uint32_t room) {
    memset(arena, 0x5A, sizeof arena);
    return (hpi_notes){ .bytes = arena, .room = room };
}

static hpt_value attr(const hpi_notes *notes, const char *name) {
    return hpi_notes_attr(notes->bytes, notes->used, name);
}

static const char *reason(const hpi_notes *notes) {
    return hpi_notes_reason(notes->bytes, notes->used);
}

static uint32_t attr_count(const hpi_notes *notes) {
    return hpi_notes_attrs(notes->bytes, notes->used, NULL, 0);
}

static void empty_notes_have_nothing(void **state) {
    (void)state;
    hpi_notes notes = fresh(ARENA);
    assert_string_equal(reason(&notes), "");
    assert_int_equal(attr_count(&notes), 0);
    assert_int_equal(attr(&notes, "a").type, HPT_TYPE_NULL);
}

static void every_type_comes_back_as_it_was(void **state) {
    (void)state;
    const hpt_value values[] = {
        hpt_null(),         hpt_bool(true),           hpt_bool(false),   hpt_int(INT64_MIN),
        hpt_int(INT64_MAX), hpt_real(-0.0),           hpt_real(DBL_MAX), hpt_real(0x1p-1074),
        hpt_text(""),       hpt_text("\xe2\x82\xac"),
    };
    enum { COUNT = sizeof values / sizeof *values };
    hpi_notes notes = fresh(ARENA);
    char      names[COUNT][16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "a%d", i);
        assert_true(hpi_notes_set_attr(&notes, names[i], values[i]));
    }
    hpt_attr attrs[COUNT];
    assert_int_equal(hpi_notes_attrs(notes.bytes, notes.used, attrs, COUNT), COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(attrs[i].name, names[i]); /* in the order of setting */
        assert_true(hpt_value_equal(attrs[i].value, values[i]));
        assert_int_equal(attrs[i].value.type, values[i].type);
        assert_true(hpt_value_equal(attr(&notes, names[i]), values[i]));
    }
}

static void setting_again_replaces(void **state) {
    (void)state;
    hpi_notes notes = fresh(ARENA);
    assert_true(hpi_notes_set_attr(&notes, "a", hpt_text("long enough to leave a hole")));
    assert_true(hpi_notes_set_attr(&notes, "b", hpt_int(2)));
    assert_true(hpi_notes_set_reason(&notes, "first"));
    assert_true(hpi_notes_set_attr(&notes, "a", hpt_int(1)));
    assert_true(hpi_notes_set_reason(&notes, "second, and longer"));
    assert_int_equal(attr_count(&notes), 2);
    assert_true(hpt_value_equal(attr(&notes, "a"), hpt_int(1)));
    assert_true(hpt_value_equal(attr(&notes, "b"), hpt_int(2)));
    assert_string_equal(reason(&notes), "second, and longer");
}

static void a_name_is_not_its_beginning(void **state) {
    (void)state;
    hpi_notes notes = fresh(ARENA);
    assert_true(hpi_notes_set_attr(&notes, "ab", hpt_int(2)));
    assert_int_equal(attr(&notes, "a").type, HPT_TYPE_NULL);
    assert_int_equal(attr(&notes, "abc").type, HPT_TYPE_NULL);
    assert_int_equal(attr(&notes, "").type, HPT_TYPE_NULL);
}

/* The texts fit, or nothing has changed; never a byte beyond the arena. */
static void in_an_arena_of_any_size_a_text_fits_or_changes_nothing(void **state) {
    (void)state;
    char text[512];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (uint32_t room = REASON_ROOM; room < REASON_ROOM + 600; room++) {
        hpi_notes notes = fresh(room);
        if (hpi_notes_set_attr(&notes, "t", hpt_text(text)))
            assert_string_equal(attr(&notes, "t").as.text, text);
        else
            assert_int_equal(notes.used, 0);
        assert_true(notes.used <= room);
        assert_int_equal(arena[room], 0x5A);
    }
}

static void there_is_always_room_for_a_reason(void **state) {
    (void)state;
    char longest[HPI_REASON_BYTES];
    memset(longest, 'r', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (uint32_t room = REASON_ROOM; room < REASON_ROOM + 100; room++) {
        hpi_notes notes = fresh(room);
        while (hpi_notes_set_attr(&notes, "a", hpt_int(1)) &&
               hpi_notes_set_attr(&notes, "b", hpt_text("b")) &&
               hpi_notes_set_attr(&notes, "c", hpt_null()) && attr_count(&notes) < 3)
            continue;
        uint32_t count = attr_count(&notes);
        assert_true(hpi_notes_set_reason(&notes, longest));
        assert_string_equal(reason(&notes), longest);
        assert_int_equal(attr_count(&notes), count);
        assert_true(notes.used <= room);
    }
}

static void what_does_not_fit_leaves_the_old_value(void **state) {
    (void)state;
    static char huge[ARENA + 100];
    hpi_notes   notes = fresh(ARENA);
    memset(huge, 'h', sizeof huge - 1);
    assert_true(hpi_notes_set_attr(&notes, "a", hpt_int(7)));
    assert_false(hpi_notes_set_attr(&notes, "a", hpt_text(huge)));
    assert_true(hpt_value_equal(attr(&notes, "a"), hpt_int(7)));
}

static void only_so_many_attributes_are_written_as_there_is_room_for(void **state) {
    (void)state;
    hpi_notes notes = fresh(ARENA);
    hpt_attr  attrs[3];
    memset(attrs, 0, sizeof attrs);
    for (int i = 0; i < 10; i++)
        assert_true(hpi_notes_set_attr(&notes, (char[]){ (char)('a' + i), '\0' }, hpt_int(i)));
    assert_int_equal(hpi_notes_attrs(notes.bytes, notes.used, attrs, 2), 10);
    assert_string_equal(attrs[1].name, "b");
    assert_null(attrs[2].name);
}

static void bytes_may_be_copied_anywhere(void **state) {
    (void)state;
    static unsigned char copy[ARENA + 7];
    hpi_notes            notes = fresh(ARENA);
    assert_true(hpi_notes_set_attr(&notes, "abc", hpt_real(0.1)));
    assert_true(hpi_notes_set_attr(&notes, "text", hpt_text("odd")));
    assert_true(hpi_notes_set_reason(&notes, "why"));
    for (int shift = 0; shift < 7; shift++) { /* at any alignment */
        memcpy(copy + shift, notes.bytes, notes.used);
        assert_string_equal(hpi_notes_reason(copy + shift, notes.used), "why");
        assert_float_equal(hpi_notes_attr(copy + shift, notes.used, "abc").as.real, 0.1, 0);
        assert_string_equal(hpi_notes_attr(copy + shift, notes.used, "text").as.text, "odd");
    }
}

/* 20 names with texts of random length, against an array of their lengths. */
static void a_long_random_sequence_agrees_with_an_array(void **state) {
    (void)state;
    enum { NAMES = 20, TEXT = 900 };
    static char text[TEXT + 1];
    int         lengths[NAMES];
    unsigned    seed = 12345;
    hpi_notes   notes = fresh(ARENA);
    for (int i = 0; i < NAMES; i++)
        lengths[i] = -1;
    for (size_t round = fixture_scaled(20000); round > 0; round--) {
        seed = seed * 1103515245u + 12345u;
        int  i = (int)(seed >> 16) % NAMES, length = (int)(seed >> 8) % TEXT;
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        memset(text, 'a' + i, (size_t)length);
        text[length] = '\0';
        if (hpi_notes_set_attr(&notes, name, hpt_text(text))) lengths[i] = length;
        assert_true(notes.used <= notes.room);
        int  j = (int)(seed >> 4) % NAMES;
        char other[8];
        snprintf(other, sizeof other, "%d", j);
        hpt_value value = attr(&notes, other);
        if (lengths[j] < 0) {
            assert_int_equal(value.type, HPT_TYPE_NULL);
            continue;
        }
        assert_int_equal(strlen(value.as.text), lengths[j]);
        assert_true(lengths[j] == 0 || value.as.text[lengths[j] - 1] == 'a' + j);
    }
    assert_int_equal(arena[ARENA], 0x5A);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_notes_have_nothing),
        cmocka_unit_test(every_type_comes_back_as_it_was),
        cmocka_unit_test(setting_again_replaces),
        cmocka_unit_test(a_name_is_not_its_beginning),
        cmocka_unit_test(in_an_arena_of_any_size_a_text_fits_or_changes_nothing),
        cmocka_unit_test(there_is_always_room_for_a_reason),
        cmocka_unit_test(what_does_not_fit_leaves_the_old_value),
        cmocka_unit_test(only_so_many_attributes_are_written_as_there_is_room_for),
        cmocka_unit_test(bytes_may_be_copied_anywhere),
        cmocka_unit_test(a_long_random_sequence_agrees_with_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
