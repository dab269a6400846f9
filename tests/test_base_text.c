/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   numbers become text and come back bit by bit in any locale; names and quotes are safe.
 * Method: tables of good and bad texts; random bit patterns of doubles; each again under de_DE. */
#include "fixture.h"

#include "base/real.h"
#include "base/rng.h"
#include "base/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_bits(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

/* ---- reals ---- */

static void check_shown(double real, const char *expected) {
    char out[HPI_REAL_BYTES];
    assert_int_equal(hpi_print_real(out, real), strlen(expected));
    assert_string_equal(out, expected);
}

static void a_real_is_printed_in_its_fewest_digits(void **state) {
    (void)state;
    check_shown(3, "3");
    check_shown(-0.0, "-0");
    check_shown(0.1, "0.1");
    check_shown(0.1 + 0.2, "0.30000000000000004");
    check_shown(1e-300, "1e-300");
    check_shown(1e23, "1e23");
    check_shown(1e-5, "1e-5");
    check_shown(123456.75, "123456.75");
    check_shown(9007199254740993.0, "9007199254740992");
    check_shown(5e-324, "5e-324");
    check_shown(DBL_MIN, "2.2250738585072014e-308");
    check_shown(DBL_MAX, "1.7976931348623157e308");
    check_shown(-DBL_MAX, "-1.7976931348623157e308");
    check_shown(1.0 / 3, "0.3333333333333333");
}

/* "%.{digits}e" at the first of 15, 16, 17 digits that read back; in a locale with a point. */
static void check_as_printf(double real) {
    hpi_decimal decimal;
    char        raw[64], digits[64] = "";
    int         precision = real < DBL_MIN ? 1 : DBL_DIG, count = 0;
    while (snprintf(raw, sizeof raw, "%.*e", precision - 1, real), strtod(raw, NULL) != real)
        precision++;
    for (const char *at = raw; *at != 'e'; at++)
        if (*at != '.') digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    hpi_decimal_of(real, &decimal);
    assert_string_equal(decimal.digits, digits);
    assert_int_equal(decimal.count, count);
    assert_int_equal(decimal.precision, precision);
    assert_int_equal(decimal.point, atoi(strchr(raw, 'e') + 1) + 1);
}

/* Also halves and doubles beside short decimals, where rounding is a tie or nearly one. */
static void the_digits_are_those_that_printf_finds_by_trying(void **state) {
    (void)state;
    for (int power = -1074; power < 1024; power++) {
        check_as_printf(ldexp(1, power));
        check_as_printf(nextafter(ldexp(1, power), 0) > 0 ? nextafter(ldexp(1, power), 0) : 1);
    }
    for (uint64_t i = 0; i < fixture_scaled(20000); i++) {
        uint64_t words[4];
        hpi_rng_block(2, i, 0, 0, words);
        double shorter = ((double)(words[0] % 1000000000) + 1) / pow(10, (double)(words[1] % 16));
        check_as_printf(shorter);
        check_as_printf(nextafter(shorter, words[1] & 16 ? INFINITY : 0));
        check_as_printf(ldexp((double)(words[2] >> 11) + 0.5, (int)(words[3] % 128) - 96));
        check_as_printf(((double)(words[3] >> 12) + 0.5) / 2);
    }
}

static void check_round_trip(double real) {
    char   out[HPI_REAL_BYTES];
    double back;
    size_t length = hpi_print_real(out, real);
    assert_true(length < sizeof out);
    assert_int_equal(length, strlen(out));
    assert_int_equal(strspn(out, "-.0123456789e"), length);
    assert_true(hpi_read_real(out, length, &back));
    assert_true(same_bits(real, back));
}

static void round_trips(void) {
    for (uint64_t i = 0; i < fixture_scaled(20000); i++) {
        uint64_t words[4];
        double   real;
        hpi_rng_block(1, i, 0, 0, words);
        memcpy(&real, &words[0], sizeof real); /* any bits: every magnitude alike */
        if (isfinite(real)) check_round_trip(real);
        check_round_trip((double)(int64_t)(words[1] % 2000001 - 1000000) / 1000);
        check_round_trip((double)(words[2] % 100000) * DBL_TRUE_MIN); /* below the normal range */
    }
}

static void any_real_comes_back_bit_by_bit(void **state) {
    (void)state;
    round_trips();
}

static void a_comma_locale_changes_nothing(void **state) {
    char   out[HPI_REAL_BYTES], shown[HPI_SHOWN_BYTES];
    double real;
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE.utf8")) {
        print_message("skipped: no de_DE locale here\n");
        skip();
    }
    snprintf(out, sizeof out, "%.1f", 0.5);
    assert_string_equal(out, "0,5");
    check_shown(0.1 + 0.2, "0.30000000000000004");
    assert_string_equal(hpi_show_value(shown, hpt_real(0.5)), "0.5");
    assert_true(hpi_read_real("0.5", 3, &real));
    assert_true(real == 0.5);
    assert_false(hpi_read_real("0,5", 3, &real));
    round_trips();
    setlocale(LC_ALL, "C");
}

static void reals_are_read_in_every_usual_form(void **state) {
    static const struct {
        const char *text;
        double      real;
    } rows[] = { { "0", 0 },          { "-0", -0.0 },     { "1.5", 1.5 },  { "+1.5", 1.5 },
                 { ".5", 0.5 },       { "5.", 5 },        { "1e3", 1000 }, { "1E+3", 1000 },
                 { "1.5e-3", .0015 }, { "0001", 1 },      { "1e-999", 0 }, { "-2.5e2", -250 },
                 { "1e308", 1e308 },  { "1e0000001", 10 } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double real = 77;
        assert_true(hpi_read_real(rows[i].text, strlen(rows[i].text), &real));
        assert_true(same_bits(real, rows[i].real));
    }
}

static void what_is_no_real_is_refused_and_nothing_written(void **state) {
    static const char *const texts[] = { "",       " ",     "1 ",    " 1",   "0x10", "1e999",
                                         "-1e999", "nan",   "inf",   "-inf", "1e",   "1e+",
                                         "e5",     ".",     "-",     "+",    "--1",  "1.2.3",
                                         "1,5",    "1_000", "1e5.5", "٣",    "1e 5", "infinity" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double real = 77;
        assert_false(hpi_read_real(texts[i], strlen(texts[i]), &real));
        assert_true(real == 77);
    }
}

static void a_real_is_read_from_its_bytes_only(void **state) {
    double real;
    (void)state;
    assert_true(hpi_read_real("12345", 2, &real));
    assert_true(real == 12);
    assert_true(hpi_read_real("1.5x", 3, &real));
    assert_true(real == 1.5);
}

static void a_number_may_have_as_many_digits_as_decide_it(void **state) {
    char   text[HPI_NUMBER_BYTES_MAX + 2];
    double real;
    (void)state;
    memset(text, '0', sizeof text);
    text[0] = '1';
    text[1] = '.';
    assert_true(hpi_read_real(text, HPI_NUMBER_BYTES_MAX, &real));
    assert_true(real == 1);
    assert_false(hpi_read_real(text, HPI_NUMBER_BYTES_MAX + 1, &real));
}

/* ---- integers ---- */

static void integers_are_read_up_to_both_limits(void **state) {
    static const struct {
        const char *text;
        int64_t     integer;
    } rows[] = { { "0", 0 },
                 { "-0", 0 },
                 { "+7", 7 },
                 { "007", 7 },
                 { "-12", -12 },
                 { "9007199254740993", 9007199254740993 },
                 { "9223372036854775807", INT64_MAX },
                 { "-9223372036854775808", INT64_MIN } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t integer = 77;
        assert_true(hpi_read_int(rows[i].text, strlen(rows[i].text), &integer));
        assert_true(integer == rows[i].integer);
    }
}

static void what_is_no_integer_is_refused(void **state) {
    static const char *const texts[] = { "",
                                         "-",
                                         "1.0",
                                         "1e3",
                                         "0x1",
                                         " 1",
                                         "1 ",
                                         "9223372036854775808",
                                         "-9223372036854775809",
                                         "99999999999999999999" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t integer = 77;
        assert_false(hpi_read_int(texts[i], strlen(texts[i]), &integer));
        assert_true(integer == 77);
    }
}

/* ---- UTF-8 and names ---- */

static void utf8_is_told_from_other_bytes(void **state) {
    static const struct {
        const char *text;
        bool        is_utf8;
    } rows[] = {
        { "plain", true },
        { "é€𝄞", true },
        { "\xED\x9F\xBF", true },
        { "\xEE\x80\x80", true },
        { "\xF4\x8F\xBF\xBF", true },
        { "\xC0\x80", false },
        { "\xC1\xBF", false },
        { "\xE0\x9F\xBF", false },
        { "\xED\xA0\x80", false },
        { "\xF0\x8F\xBF\xBF", false },
        { "\xF4\x90\x80\x80", false },
        { "\xF5\x80\x80\x80", false },
        { "\x80", false },
        { "a\xFF", false },
        { "\xC3", false },
        { "\xE2\x82", false },
        { "\xF0\x9D\x84", false },
        { "\xC3(", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(hpi_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].is_utf8);
}

static void what_is_not_utf8_becomes_a_question_mark(void **state) {
    (void)state;
    static const struct {
        const char *text, *made;
    } rows[] = { { "", "" },        { "größe", "größe" }, { "\xFF", "?" },
                 { "a\xC3", "a?" }, { "\xC3z", "?z" },    { "\xED\xA0\x80", "???" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[16];
        strcpy(text, rows[i].text);
        hpi_make_utf8(text);
        assert_string_equal(text, rows[i].made);
    }
}

static void a_name_that_will_not_do_says_why(void **state) {
    (void)state;
    assert_null(hpi_name_problem("x", 255));
    assert_null(hpi_name_problem("größe 1", 255));
    assert_null(hpi_name_problem("12345", 5));
    assert_string_equal(hpi_name_problem(NULL, 5), "is NULL");
    assert_string_equal(hpi_name_problem("", 5), "is empty");
    assert_string_equal(hpi_name_problem("123456", 5), "is too long");
    assert_string_equal(hpi_name_problem("\xFF", 5), "is not UTF-8");
    assert_string_equal(hpi_name_problem("a\n", 5), "has a control character");
    assert_string_equal(hpi_name_problem("a\x7F", 5), "has a control character");
    assert_string_equal(hpi_name_problem("a\xC2\x9B", 5), "has a control character");
}

/* ---- the closest match ---- */

static const char *const candidates[] = { "random", "grid", "list", "qmc",
                                          "min",    "max",  "Kind", NULL };

static const char *candidate_at(const void *context, size_t index) {
    return ((const char *const *)context)[index];
}

static const char *closest(const char *name) {
    return hpi_closest(name, candidate_at, candidates);
}

static void a_mistyped_name_finds_the_one_that_was_meant(void **state) {
    (void)state;
    assert_string_equal(closest("randon"), "random");
    assert_string_equal(closest("radnom"), "random");
    assert_string_equal(closest("rando"), "random");
    assert_string_equal(closest("GRID"), "grid");
    assert_string_equal(closest("kind"), "Kind");
    assert_string_equal(closest("mni"), "min");
    assert_string_equal(closest("lists"), "list");
}

static void a_suggestion_ends_the_sentence(void **state) {
    (void)state;
    static const char *const lonely[] = { "qmc", NULL };
    hpt_err                  err = { .text = "no x" };
    hpi_suggest(&err, "randon", candidate_at, candidates);
    assert_string_equal(err.text, "no x; closest match: \"random\"");
    err = (hpt_err){ .text = "no x" };
    hpi_suggest(&err, "bayes", candidate_at, candidates);
    assert_string_equal(err.text, "no x; there are: random, grid, list, qmc, min, max, Kind");
    err = (hpt_err){ .text = "no x" };
    hpi_suggest(&err, NULL, candidate_at, lonely);
    assert_string_equal(err.text, "no x; there is only: qmc");
    err = (hpt_err){ .text = "no x" };
    hpi_suggest(&err, "qmc", candidate_at, lonely + 1);
    assert_string_equal(err.text, "no x; there are none");
    hpi_suggest(NULL, "qmc", candidate_at, lonely);
}

static void a_suggestion_is_cut_where_it_would_not_fit(void **state) {
    (void)state;
    static const char *const long_ones[] = { "a_name_of_48_bytes_a_name_of_48_bytes_a_name_of_",
                                             NULL };
    for (size_t length = 0; length < sizeof((hpt_err *)NULL)->text; length++) {
        hpt_err err = { .code = HPT_EINVAL };
        memset(err.text, 'x', length);
        hpi_suggest(&err, "bayes", candidate_at, candidates);
        size_t bytes = strnlen(err.text, sizeof err.text);
        assert_true(bytes == length || bytes < sizeof err.text - 20);
        assert_true(bytes == length || strcmp(err.text + bytes - 4, "Kind") == 0 ||
                    strcmp(err.text + bytes - 3, "...") == 0);
        err = (hpt_err){ .code = HPT_EINVAL };
        memset(err.text, 'x', length);
        hpi_suggest(&err, long_ones[0], candidate_at, long_ones);
        bytes = strnlen(err.text, sizeof err.text);
        assert_true(bytes == length || bytes < sizeof err.text - 20);
        assert_true(bytes == length || err.text[bytes - 1] == '"');
    }
}

static void a_name_far_from_all_finds_none(void **state) {
    char long_name[1000];
    (void)state;
    assert_null(closest("bayes"));
    assert_null(closest("x"));
    assert_null(closest(""));
    memset(long_name, 'r', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_null(closest(long_name));
}

/* ---- quoting ---- */

static void a_quote_shows_no_control_character(void **state) {
    char out[64];
    (void)state;
    assert_string_equal(hpi_quote(out, sizeof out, "a\x1B[31m\nb\x7F\xC2\x9B!"), "a?[31m?b?"
                                                                                 "?!");
    assert_string_equal(hpi_quote(out, sizeof out, "é\xFFz"), "é?z");
    assert_string_equal(hpi_quote(out, sizeof out, ""), "");
    assert_string_equal(hpi_quote(out, sizeof out, NULL), "");
}

static void a_long_quote_ends_in_dots_at_a_whole_character(void **state) {
    char text[64] = "", out[64];
    (void)state;
    assert_string_equal(hpi_quote(out, 8, "1234567"), "1234567");
    assert_string_equal(hpi_quote(out, 8, "12345678"), "1234...");
    assert_string_equal(hpi_quote(out, 8, "123éééé"), "123...");
    for (size_t i = 0; i < 15; i++) {
        strcat(text, i % 2 ? "€" : "𝄞");
        for (size_t room = 8; room <= sizeof out; room++) {
            hpi_quote(out, room, text);
            assert_true(strlen(out) < room);
            assert_true(hpi_is_utf8(out, strlen(out)));
            assert_int_equal(strlen(text) < room, strcmp(out, text) == 0);
        }
    }
}

static void values_are_shown_by_type(void **state) {
    char out[HPI_SHOWN_BYTES];
    (void)state;
    assert_string_equal(hpi_show_value(out, hpt_null()), "null");
    assert_string_equal(hpi_show_value(out, hpt_bool(true)), "true");
    assert_string_equal(hpi_show_value(out, hpt_int(INT64_MIN)), "-9223372036854775808");
    assert_string_equal(hpi_show_value(out, hpt_real(0.1)), "0.1");
    assert_string_equal(hpi_show_value(out, hpt_real(NAN)), "NaN");
    assert_string_equal(hpi_show_value(out, hpt_real(-INFINITY)), "-inf");
    assert_string_equal(hpi_show_value(out, hpt_text("a\tb")), "\"a?b\"");
    hpi_show_value(out, hpt_text("a text that is much longer than the room for a value"));
    assert_string_equal(out, "\"a text that is much longer than the room f...\"");
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_real_is_printed_in_its_fewest_digits),
        cmocka_unit_test(the_digits_are_those_that_printf_finds_by_trying),
        cmocka_unit_test(any_real_comes_back_bit_by_bit),
        cmocka_unit_test(a_comma_locale_changes_nothing),
        cmocka_unit_test(reals_are_read_in_every_usual_form),
        cmocka_unit_test(what_is_no_real_is_refused_and_nothing_written),
        cmocka_unit_test(a_real_is_read_from_its_bytes_only),
        cmocka_unit_test(a_number_may_have_as_many_digits_as_decide_it),
        cmocka_unit_test(integers_are_read_up_to_both_limits),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(what_is_not_utf8_becomes_a_question_mark),
        cmocka_unit_test(a_name_that_will_not_do_says_why),
        cmocka_unit_test(a_mistyped_name_finds_the_one_that_was_meant),
        cmocka_unit_test(a_suggestion_ends_the_sentence),
        cmocka_unit_test(a_suggestion_is_cut_where_it_would_not_fit),
        cmocka_unit_test(a_name_far_from_all_finds_none),
        cmocka_unit_test(a_quote_shows_no_control_character),
        cmocka_unit_test(a_long_quote_ends_in_dots_at_a_whole_character),
        cmocka_unit_test(values_are_shown_by_type),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
