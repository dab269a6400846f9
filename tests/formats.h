/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_FORMATS_H
#define HPT_TESTS_FORMATS_H

/* What the tests of formats share. */

#include "fixture.h"

#include "hpt/extend.h"
#include "hpt/formats.h"
#include "space/space.h"

#include <stdio.h>
#include <string.h>

/* Read a text that must be good. */
static inline hpt_space *read_as(const char *format, const char *text) {
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    if (hpt_space_parse_as(text, strlen(text), format, &space, &err) != HPT_OK)
        fail_msg("%u:%u: %s", (unsigned)err.line, (unsigned)err.col, err.text);
    return space;
}

static inline hpt_space *load_as(const char *format, const char *file) {
    char       path[512];
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    snprintf(path, sizeof path, "%s/data/formats/%s", FIXTURE_FOLDER, file);
    if (hpt_space_load_as(path, format, &space, &err) != HPT_OK)
        fail_msg("%u:%u: %s", (unsigned)err.line, (unsigned)err.col, err.text);
    return space;
}

/* The space as hpt's JSON must be this; the space is destroyed. */
static inline void expect_space(hpt_space *space, const char *json) {
    char *text = NULL;
    assert_int_equal(hpt_space_print(space, &text, NULL), HPT_OK);
    assert_string_equal(text, json);
    hpt_free(text);
    hpt_space_destroy(space);
}

/* A text that must be refused, with this status, place (line 0: none) and part of a sentence. */
static inline void expect_refusal_as(const char *format, const char *text, hpt_status status,
                                     uint32_t line, uint32_t col, const char *part) {
    hpt_err    err = { 0 };
    hpt_space *space = NULL;
    hpt_status is = hpt_space_parse_as(text, strlen(text), format, &space, &err);
    if (is != status || err.line != line || err.col != col || !strstr(err.text, part))
        fail_msg("%s\n  gives %d at %u:%u: %s\n  not %d at %u:%u: %s", text, is, (unsigned)err.line,
                 (unsigned)err.col, err.text, status, (unsigned)line, (unsigned)col, part);
    assert_null(space);
}

/* Write, read, and print both as JSON: the texts are equal. Destroys the space. */
static inline void expect_round_trip(const char *format, hpt_space *space) {
    hpt_err err = { 0 };
    char   *text = NULL, *before = NULL;
    if (hpt_space_print_as(space, format, NULL, &text, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_space_print(space, &before, NULL), HPT_OK);
    expect_space(read_as(format, text), before);
    hpt_free(before);
    hpt_free(text);
    hpt_space_destroy(space);
}

/* Both have the same parameters, and at random points the same ones are active and allowed. */
static inline void expect_same_points(const hpt_space *a, const hpt_space *b) {
    uint64_t  state = 1;
    hpt_coord point[32];
    size_t    count = hpt_space_count(a);
    assert_in_range(count, 1, 32);
    assert_int_equal(count, hpt_space_count(b));
    for (int i = 0; i < 2000; i++) {
        for (hpt_param p = 0; p < count; p++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            point[p] = hpt_space_at_fraction(a, p, state ^ state >> 32);
        }
        assert_int_equal(hpt_space_permits(a, point), hpt_space_permits(b, point));
        for (hpt_param p = 0; p < count; p++)
            assert_int_equal(hpt_space_is_active(a, p, point), hpt_space_is_active(b, p, point));
    }
}

/* As expect_round_trip(), but rules may come back in other words. */
static inline void expect_round_trip_of_points(const char *format, hpt_space *space) {
    hpt_err err = { 0 };
    char   *text = NULL;
    if (hpt_space_print_as(space, format, NULL, &text, &err) != HPT_OK) fail_msg("%s", err.text);
    hpt_space *again = read_as(format, text);
    expect_same_points(space, again);
    hpt_space_destroy(again);
    hpt_space_destroy(space);
    hpt_free(text);
}

/* A space (as hpt's JSON) that a format cannot say, with a part of the sentence. */
static inline void expect_unsaid(const char *format, const char *json, const char *part) {
    hpt_err    err = { 0 };
    char      *text = NULL;
    hpt_space *space = read_as("hpt", json);
    if (hpt_space_print_as(space, format, NULL, &text, &err) != HPT_EINVAL)
        fail_msg("%s\n  is written: %s", json, text);
    if (!strstr(err.text, part)) fail_msg("%s\n  gives: %s\n  not: %s", json, err.text, part);
    assert_null(text);
    hpt_space_destroy(space);
}

#endif
