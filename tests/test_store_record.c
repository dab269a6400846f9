/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a trial comes back from its bytes bit for bit, and bytes that are none are refused.
 * Method: records at the edges of every member, there and back; every bit of one flipped, every
 *         length of it cut; the checksum against published values. */
#include "failing.h"
#include "fixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/crc32c.h"
#include "store/record.h"

enum { DIMS = 5 };

static const double one_value[] = { 0.25 };
static hpt_coord    five[DIMS] = { { .real = 0.1 },
                                   { .real = -0.0 },
                                   { .integer = 42 },
                                   { .integer = INT64_MIN },
                                   { .real = 1e300 } };

/* As most are: it completed, with one value, and nothing was said. */
static hpi_record plain(void) {
    return (hpi_record){ .number = 123456,
                         .order = 123450,
                         .asked = 123500,
                         .state = HPT_TRIAL_COMPLETE,
                         .worker = 17,
                         .start_wall_ns = INT64_C(1764000000123456789),
                         .end_wall_ns = INT64_C(1764000000123456789) + 123456,
                         .duration_ns = 123456,
                         .point = five,
                         .values = one_value,
                         .value_count = 1,
                         .reason = "" };
}

static hpi_bytes encode(const hpi_record *record, uint32_t dims) {
    hpi_bytes bytes = { 0 };
    hpt_err   err = { 0 };
    if (hpi_record_encode(record, dims, &bytes, &err) != HPT_OK) fail_msg("%s", err.text);
    return bytes;
}

static void expect_attrs(const hpt_attr *a, const hpt_attr *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_int_equal(a[i].value.type, b[i].value.type);
        if (a[i].value.type == HPT_TYPE_TEXT)
            assert_string_equal(a[i].value.as.text, b[i].value.as.text);
        else if (a[i].value.type == HPT_TYPE_BOOL)
            assert_int_equal(a[i].value.as.boolean, b[i].value.as.boolean);
        else if (a[i].value.type != HPT_TYPE_NULL)
            assert_memory_equal(&a[i].value.as, &b[i].value.as, 8);
    }
}

static void expect_same(const hpi_record *a, const hpi_record *b, uint32_t dims) {
    assert_true(a->number == b->number && a->order == b->order && a->asked == b->asked);
    assert_true(a->state == b->state && a->worker == b->worker);
    assert_true(a->start_wall_ns == b->start_wall_ns && a->end_wall_ns == b->end_wall_ns);
    assert_true(a->duration_ns == b->duration_ns || (a->duration_ns < 0 && b->duration_ns < 0));
    assert_memory_equal(a->point, b->point, dims * sizeof *a->point);
    assert_int_equal(a->given != NULL, b->given != NULL);
    if (a->given) assert_memory_equal(a->given, b->given, dims);
    assert_int_equal(a->value_count, b->value_count);
    if (a->value_count > 0) assert_memory_equal(a->values, b->values, a->value_count * 8);
    assert_int_equal(a->attr_count, b->attr_count);
    assert_int_equal(a->constraint_count, b->constraint_count);
    expect_attrs(a->attrs, b->attrs, a->attr_count);
    expect_attrs(a->constraints, b->constraints, a->constraint_count);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->has_report, b->has_report);
    if (!a->has_report) return;
    assert_true(a->last_step == b->last_step);
    assert_memory_equal(&a->last_value, &b->last_value, 8);
}

/* There and back. */
static void expect_kept(const hpi_record *record, uint32_t dims) {
    hpi_bytes       bytes = encode(record, dims);
    hpi_record_room room = { 0 };
    hpi_record      back;
    hpt_err         err = { 0 };
    if (hpi_record_decode(bytes.at, bytes.used, dims, &room, &back, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpi_bytes_fini(&bytes); /* nothing points into them */
    expect_same(record, &back, dims);
    hpi_record_room_fini(&room);
}

static void expect_refused(const void *at, size_t count, uint32_t dims, const char *part) {
    hpi_record_room room = { 0 };
    hpi_record      back = { .number = 77 };
    hpt_err         err = { 0 };
    assert_int_equal(hpi_record_decode(at, count, dims, &room, &back, &err), HPT_EPARSE);
    if (!strstr(err.text, part)) fail_msg("\"%s\" without \"%s\"", err.text, part);
    assert_int_equal(back.number, 77);
    hpi_record_room_fini(&room);
}

/* The checksum. */

static void the_checksum_is_crc_32c(void **state) {
    (void)state;
    unsigned char bytes[32] = { 0 };
    assert_int_equal(hpi_crc32c(0, "123456789", 9), 0xE3069283); /* the usual check value */
    assert_int_equal(hpi_crc32c(0, bytes, 32), 0x8A9136AA);      /* RFC 3720, B.4 */
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(hpi_crc32c(0, bytes, 32), 0x62A8AB43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(hpi_crc32c(0, bytes, 32), 0x46DD794E);
}

/* From any place on, so many bytes. */
static void tables_and_the_processor_make_the_same_checksum(void **state) {
    (void)state;
    unsigned char bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t at = 0; at < 9; at++)
        for (size_t count = 0; at + count <= sizeof bytes; count++) {
            uint32_t crc = 5;
            if (!hpi_crc32c_quick(&crc, bytes + at, count)) skip(); /* it has no instruction */
            assert_int_equal(crc, hpi_crc32c_plain(5, bytes + at, count));
        }
}

static void a_checksum_may_be_made_in_pieces(void **state) {
    (void)state;
    char     text[100];
    uint32_t whole;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * i * 7);
    whole = hpi_crc32c(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++)
        assert_int_equal(hpi_crc32c(hpi_crc32c(0, text, cut), text + cut, sizeof text - cut),
                         whole);
}

/* There and back. */

static void a_plain_trial_takes_less_than_110_bytes(void **state) {
    (void)state;
    hpi_record record = plain();
    hpi_bytes  bytes = encode(&record, DIMS);
    assert_true(bytes.used < 110);
    hpi_bytes_fini(&bytes);
    expect_kept(&record, DIMS);
}

static void the_bytes_are_the_same_on_every_machine(void **state) {
    (void)state;
    static const unsigned char expected[] = { 1,    0x7C, 9, 1, 3,  1, 2, 6, 8,    7,   6, 5,
                                              4,    3,    2, 1, 10, 0, 0, 0, 0,    0,   0, 0,
                                              0xF0, 0x3F, 0, 0, 0,  0, 0, 0, 0xD0, 0xBF };
    hpt_coord                  point = { .real = 1 };
    double                     value = -0.25;
    hpi_record                 record = { .number = 3,
                                          .order = 2,
                                          .asked = 4,
                                          .state = HPT_TRIAL_COMPLETE,
                                          .worker = 5,
                                          .start_wall_ns = 0x0102030405060708,
                                          .end_wall_ns = 0x0102030405060708 + 10,
                                          .duration_ns = 10,
                                          .point = &point,
                                          .values = &value,
                                          .value_count = 1,
                                          .reason = "" };
    hpi_bytes                  bytes = encode(&record, 1);
    assert_int_equal(bytes.used, sizeof expected + 4);
    assert_memory_equal(bytes.at, expected, sizeof expected);
    hpi_bytes_fini(&bytes);
}

static void numbers_at_their_limits_come_back(void **state) {
    (void)state;
    static const uint64_t numbers[] = { 0, 1, 127, 128, UINT32_MAX, UINT64_MAX - 1 };
    static const int64_t  times[] = { HPI_NO_TIME, INT64_MIN + 1, -1, 0, 1, INT64_MAX };
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            hpi_record record = plain();
            record.number = numbers[i];
            record.order = numbers[j];
            record.asked = numbers[5 - j];
            record.start_wall_ns = times[i];
            record.end_wall_ns = times[j];
            record.duration_ns = times[5 - i] < 0 ? -1 : times[5 - i];
            record.worker = i == 0 ? UINT32_MAX : (uint32_t)i - 1;
            expect_kept(&record, DIMS);
        }
    }
}

static void what_nobody_knows_stays_unknown(void **state) {
    (void)state;
    hpi_record record = plain();
    record.order = record.asked = HPI_UNKNOWN;
    record.worker = UINT32_MAX;
    record.start_wall_ns = record.end_wall_ns = HPI_NO_TIME;
    record.duration_ns = -1;
    record.value_count = 0;
    record.state = HPT_TRIAL_RUNNING;
    expect_kept(&record, DIMS);
}

static void every_state_comes_back(void **state) {
    (void)state;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        hpi_record record = plain();
        record.state = (hpt_trial_state)i;
        expect_kept(&record, DIMS);
    }
}

static void odd_numbers_keep_every_bit(void **state) {
    (void)state;
    uint64_t  payload = UINT64_C(0x7FF8DEADBEEF1234);
    hpt_coord point[8] = { { .real = -0.0 }, { .real = DBL_MIN / 4 }, { .real = -INFINITY } };
    double    values[8] = { NAN, -NAN, INFINITY, -INFINITY, -0.0, DBL_MIN / 8, DBL_MAX, 0x1p-1074 };
    memcpy(&point[3], &payload, sizeof payload);
    memcpy(&values[0], &payload, sizeof payload);
    hpi_record record = plain();
    record.point = point;
    record.values = values;
    record.value_count = 8;
    record.has_report = true;
    record.last_step = INT64_MIN;
    record.last_value = values[0];
    expect_kept(&record, 8);
}

static void what_is_given_comes_back(void **state) {
    (void)state;
    bool      given[19];
    hpt_coord point[19] = { { 0 } };
    for (uint32_t dims = 1; dims <= 19; dims++) {
        hpi_record record = plain();
        for (uint32_t i = 0; i < 19; i++)
            given[i] = (i * dims) % 3 == 1;
        record.point = point;
        record.given = given;
        expect_kept(&record, dims);
    }
}

static void notes_of_every_type_come_back(void **state) {
    (void)state;
    const hpt_attr attrs[] = { { "", hpt_null() },           { "b", hpt_bool(true) },
                               { "i", hpt_int(INT64_MIN) },  { "r", hpt_real(-0.0) },
                               { "\xC3\xA4", hpt_text("") }, { "t", hpt_text("a\nb\"c") },
                               { "c1", hpt_real(INFINITY) }, { "c2", hpt_real(-1.5) } };
    hpi_record     record = plain();
    record.state = HPT_TRIAL_INFEASIBLE;
    record.reason = "too large";
    record.attrs = attrs;
    record.attr_count = 6;
    record.constraints = attrs + 6;
    record.constraint_count = 2;
    expect_kept(&record, DIMS);
    record.reason = "";
    record.attr_count = 0;
    expect_kept(&record, DIMS);
}

static void a_text_of_a_megabyte_comes_back(void **state) {
    (void)state;
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES + 1);
    assert_non_null(text);
    memset(text, 'x', BYTES);
    text[BYTES] = '\0';
    const hpt_attr attr = { text, hpt_text(text) };
    hpi_record     record = plain();
    record.attrs = &attr;
    record.attr_count = 1;
    record.reason = text;
    expect_kept(&record, DIMS);
    free(text);
}

static void many_parameters_come_back(void **state) {
    (void)state;
    enum { MANY = 65536 };
    hpt_coord *point = calloc(MANY, sizeof *point);
    assert_non_null(point);
    for (size_t i = 0; i < MANY; i++)
        point[i].integer = (int64_t)(i * i) - 1000;
    hpi_record record = plain();
    record.point = point;
    expect_kept(&record, MANY);
    free(point);
}

/* Refusals. */

static void every_flipped_bit_is_noticed(void **state) {
    (void)state;
    hpi_record record = plain();
    hpi_bytes  bytes = encode(&record, DIMS);
    for (size_t i = 0; i < bytes.used * 8; i++) {
        bytes.at[i / 8] ^= (unsigned char)(1 << i % 8);
        expect_refused(bytes.at, bytes.used, DIMS, "checksum is wrong");
        bytes.at[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    hpi_bytes_fini(&bytes);
}

static void every_cut_is_noticed(void **state) {
    (void)state;
    hpi_record record = plain();
    hpi_bytes  bytes = encode(&record, DIMS);
    for (size_t count = 0; count < bytes.used; count++) {
        unsigned char *copy = malloc(count + 1); /* exactly as long: reads beyond show */
        assert_non_null(copy);
        memcpy(copy, bytes.at, count);
        copy = realloc(copy, count ? count : 1);
        expect_refused(copy, count, DIMS, "");
        free(copy);
    }
    hpi_bytes_fini(&bytes);
}

static void another_number_of_parameters_is_refused(void **state) {
    (void)state;
    hpi_record record = plain();
    hpi_bytes  bytes = encode(&record, DIMS);
    expect_refused(bytes.at, bytes.used, DIMS - 1, "another number of parameters");
    expect_refused(bytes.at, bytes.used, DIMS + 1, "another number of parameters");
    hpi_bytes_fini(&bytes);
}

static void sign(hpi_bytes *bytes) {
    uint32_t crc = hpi_crc32c(0, bytes->at, bytes->used - 4);
    for (int i = 0; i < 4; i++)
        bytes->at[bytes->used - 4 + (size_t)i] = (unsigned char)(crc >> 8 * i);
}

static void a_newer_version_is_refused_with_both(void **state) {
    (void)state;
    hpi_record record = plain();
    hpi_bytes  bytes = encode(&record, DIMS);
    bytes.at[0] = 2;
    sign(&bytes);
    expect_refused(bytes.at, bytes.used, DIMS, "version 2");
    hpi_bytes_fini(&bytes);
}

/* Any byte may be anything under a checksum that fits: refused or read, never beyond the end. */
static void lies_under_a_good_checksum_do_no_harm(void **state) {
    (void)state;
    const hpt_attr  attrs[] = { { "a", hpt_text("text") }, { "b", hpt_real(1) } };
    hpi_record      record = plain(), back;
    hpi_record_room room = { 0 };
    record.attrs = attrs;
    record.attr_count = 2;
    record.reason = "why";
    record.has_report = true;
    hpi_bytes bytes = encode(&record, DIMS);
    for (size_t i = 0; i < bytes.used - 4; i++) {
        unsigned char was = bytes.at[i];
        for (unsigned lie = 0; lie < 256; lie += 1 + lie % 3) {
            bytes.at[i] = (unsigned char)lie;
            sign(&bytes);
            hpt_err    err = { 0 };
            hpt_status status = hpi_record_decode(bytes.at, bytes.used, DIMS, &room, &back, &err);
            assert_true(status == HPT_OK || (status == HPT_EPARSE && *err.text));
        }
        bytes.at[i] = was;
    }
    assert_true(room.attr_room <= bytes.used && room.text_room <= bytes.used);
    hpi_record_room_fini(&room);
    hpi_bytes_fini(&bytes);
}

/* Whoever reads one takes it for a number. */
static void a_constraint_that_is_no_real_number_is_refused(void **state) {
    (void)state;
    const hpt_value others[] = { hpt_null(), hpt_bool(true), hpt_int(1), hpt_text("1") };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const hpt_attr constraint = { "c", others[i] };
        hpi_record     record = plain();
        record.constraints = &constraint;
        record.constraint_count = 1;
        hpi_bytes bytes = encode(&record, DIMS);
        expect_refused(bytes.at, bytes.used, DIMS, "a constraint is no real number");
        hpi_bytes_fini(&bytes);
    }
}

/* Memory. */

static void nothing_is_allocated_after_the_first(void **state) {
    (void)state;
    const hpt_attr  attr = { "name", hpt_text("value") };
    hpi_bytes       bytes = { 0 };
    hpi_record_room room = { 0 };
    hpi_record      record = plain(), back;
    record.attrs = &attr;
    record.attr_count = 1;
    failing_install();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(hpi_record_encode(&record, DIMS, &bytes, NULL), HPT_OK);
        assert_int_equal(hpi_record_decode(bytes.at, bytes.used, DIMS, &room, &back, NULL), HPT_OK);
        if (i == 0) assert_true(failing_allocations() > 0);
    }
    assert_true(failing_allocations() < 10);
    hpi_bytes_fini(&bytes);
    hpi_record_room_fini(&room);
    failing_remove();
}

static bool try_both(void *user) {
    const hpt_attr  attr = { "name", hpt_text("value") };
    bool            given[DIMS] = { true };
    hpi_bytes       bytes = { 0 };
    hpi_record_room room = { 0 };
    hpi_record      record = plain(), back;
    (void)user;
    record.attrs = &attr;
    record.attr_count = 1;
    record.given = given;
    hpt_status status = hpi_record_encode(&record, DIMS, &bytes, NULL);
    if (status == HPT_OK)
        status = hpi_record_decode(bytes.at, bytes.used, DIMS, &room, &back, NULL);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    hpi_bytes_fini(&bytes);
    hpi_record_room_fini(&room);
    return status == HPT_OK;
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    failing_everywhere(try_both, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_crc_32c),
        cmocka_unit_test(tables_and_the_processor_make_the_same_checksum),
        cmocka_unit_test(a_checksum_may_be_made_in_pieces),
        cmocka_unit_test(a_plain_trial_takes_less_than_110_bytes),
        cmocka_unit_test(the_bytes_are_the_same_on_every_machine),
        cmocka_unit_test(numbers_at_their_limits_come_back),
        cmocka_unit_test(what_nobody_knows_stays_unknown),
        cmocka_unit_test(every_state_comes_back),
        cmocka_unit_test(odd_numbers_keep_every_bit),
        cmocka_unit_test(what_is_given_comes_back),
        cmocka_unit_test(notes_of_every_type_come_back),
        cmocka_unit_test(a_text_of_a_megabyte_comes_back),
        cmocka_unit_test(many_parameters_come_back),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(another_number_of_parameters_is_refused),
        cmocka_unit_test(a_newer_version_is_refused_with_both),
        cmocka_unit_test(lies_under_a_good_checksum_do_no_harm),
        cmocka_unit_test(a_constraint_that_is_no_real_number_is_refused),
        cmocka_unit_test(nothing_is_allocated_after_the_first),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
