/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   plain lines where nobody can redraw, a bar that fits the width on a terminal, a sentence
 * at the end; no escape sequence where none belongs. Method: a file compared as text, and a pseudo
 * terminal of chosen widths. */
#include "observing.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/option.h"

#define SUMMARY                                                                                    \
    "8 trials in 4.00 s (2/s), best error 0.25 of trial 3, 1 without a value, busy 88%: all "      \
    "trials of the budget are done\n"

/* Run with an observer that writes to `file`, until that is enough. */
static void run_until(bool (*is_enough)(void *user), void *user, const char *name, FILE *file) {
    observing    o;
    hpt_observer observer = hpt_observer_default();
    observer.name = name;
    observer.file = file;
    observing_start(&o, 1);
    observing_attach(&o, &observer);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL)); /* it costs the run nothing */
    for (int ms = 0; !is_enough(user) && ms < 30000; ms++)
        observing_sleep_ms(1);
    observing_finish(&o);
    observing_stop(&o);
}

static bool has_text(void *user) {
    struct stat about;
    return fstat(fileno(user), &about) == 0 && about.st_size > 0;
}

static void plain_lines_are_golden(void **state) {
    (void)state;
    char  text[2000];
    FILE *file = tmpfile();
    run_until(has_text, file, "progress:interval=1", file);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, "hpt:  40%  8/20  best 0.25 @ 3  1 without a value  2/s  ETA 6 s  "
                              "busy 88%\nhpt:  " SUMMARY);
}

typedef struct screen {
    int    master;
    char  *text;
    size_t bytes, have;
} screen;

static void look(screen *it) {
    ssize_t got;
    while (it->have < it->bytes - 1 &&
           (got = read(it->master, it->text + it->have, it->bytes - 1 - it->have)) > 0)
        it->have += (size_t)got;
    it->text[it->have] = '\0';
}

/* A bar was drawn again, or there is a plain line. */
static bool shows_some(void *user) {
    screen *it = user;
    look(it);
    const char *drawn = strstr(it->text, "\x1b[K");
    return strstr(it->text, "hpt:") || (drawn && strstr(drawn + 1, "\x1b[K"));
}

/* What a terminal of so many columns got. */
static void run_on_terminal(unsigned short columns, char *text, size_t bytes) {
    int            slave = -1;
    screen         it = { .master = -1, .text = text, .bytes = bytes };
    struct winsize size = { .ws_row = 24, .ws_col = columns };
    assert_int_equal(openpty(&it.master, &slave, NULL, NULL, &size), 0);
    assert_int_equal(fcntl(it.master, F_SETFL, O_NONBLOCK), 0);
    FILE *file = fdopen(slave, "w");
    run_until(shows_some, &it, "progress", file);
    look(&it);
    fclose(file);
    close(it.master);
}

/* Characters between two places, escape sequences left out. */
static size_t visible(const char *from, const char *to) {
    size_t count = 0;
    for (; from < to; from++) {
        if (*from == '\x1b')
            while (*from != 'm' && *from != 'K')
                from++;
        else
            count += ((unsigned char)*from & 0xC0) != 0x80;
    }
    return count;
}

static void the_bar_fits_every_width(void **state) {
    (void)state;
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    static const unsigned short widths[] = { 200, 80, 60, 40, 20, 5, 1 };
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        char    text[8000];
        int64_t start_ns = hpi_now_ns();
        run_on_terminal(widths[i], text, sizeof text);
        int64_t tenths = (hpi_now_ns() - start_ns) / (100 * HPI_NS_PER_MS);
        int     draws = 0;
        for (const char *at = text; (at = strchr(at, '\r')) && at[1] != '\n'; at++, draws++) {
            const char *end = strstr(at, "\x1b[K");
            assert_non_null(end);
            assert_true(visible(at + 1, end) < widths[i]);
        }
        assert_in_range(draws, 2, tenths + 2);
        if (widths[i] >= 40) assert_non_null(strstr(text, "8/20  \x1b[1mbest 0.25\x1b[0m"));
        if (widths[i] >= 80) assert_non_null(strstr(text, "ETA 6 s"));
        assert_non_null(strstr(text, "8 trials in 4.00 s"));
    }
}

static void without_colour_and_utf8_the_bar_is_plain(void **state) {
    (void)state;
    char text[8000];
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C", 1);
    setenv("NO_COLOR", "1", 1);
    run_on_terminal(80, text, sizeof text);
    assert_non_null(strstr(text, "\r 40% #######----------  8/20  best 0.25 @ 3  1 no value  2/s  "
                                 "ETA 6 s  busy 88%\x1b[K"));
    assert_null(strstr(text, "\x1b[3"));
}

static void a_dumb_terminal_gets_plain_lines(void **state) {
    (void)state;
    char text[8000];
    setenv("TERM", "dumb", 1);
    run_on_terminal(80, text, sizeof text);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "hpt:  8 trials in"));
}

/* A point of a run that the statistics tell. */
typedef struct course {
    double   wall_s;
    uint64_t done;
} course;

/* The plain line that is due at this point. Ticks are made by hand: the clock is the course's. */
static void line_at(const hpt_observer_class *class, void *progress, course at, hpt_stats stats,
                    FILE *file, char line[200]) {
    long before = ftell(file);
    stats.trial_count_max = 1000;
    stats.wall_s = at.wall_s;
    stats.state_count[HPT_TRIAL_COMPLETE] = at.done;
    assert_int_equal(class->tick(progress, &stats, 0, NULL), HPT_OK);
    fseek(file, before, SEEK_SET);
    line[fread(line, 1, 199, file)] = '\0';
    fseek(file, 0, SEEK_END);
}

static const hpt_observer_class *class_named(const char *name) {
    const hpt_observer_class *class;
    for (size_t i = 0; (class = hpt_observer_at(i)); i++)
        if (strcmp(class->name, name) == 0) return class;
    fail_msg("no observer %s", name);
    return NULL;
}

static void    *by_hand_state;
static hpi_spec by_hand_spec;

static void by_hand(const hpt_observer_class *class, FILE *file) {
    hpt_observer_setup setup = { .struct_size = sizeof setup, .file = file };
    by_hand_state = test_calloc(1, class->state_size);
    assert_int_equal(hpi_spec_init(&by_hand_spec, "progress:interval=0.1,style=plain", NULL),
                     HPT_OK);
    assert_int_equal(hpi_spec_apply(&by_hand_spec, "observer", class->options, by_hand_state, NULL),
                     HPT_OK);
    assert_int_equal(class->open(by_hand_state, &setup, NULL), HPT_OK);
}

static void by_hand_end(const hpt_observer_class *class, FILE *file) {
    assert_int_equal(class->close(by_hand_state, 0, NULL), HPT_OK);
    hpi_spec_fini(&by_hand_spec);
    test_free(by_hand_state);
    fclose(file);
}

static void the_rate_is_right_from_the_first_line_and_follows(void **state) {
    (void)state;
    const hpt_observer_class *class = class_named("progress");
    hpt_stats stats = { .struct_size = sizeof stats, .worker_count = 2 };
    char      line[200];
    FILE     *file = tmpfile();
    by_hand(class, file);
    for (int tenth = 1; tenth <= 300; tenth++) { /* a trial a second on each of two workers */
        course at = { .wall_s = tenth / 10.0, .done = (uint64_t)(tenth / 10 * 2) };
        line_at(class, by_hand_state, at, stats, file, line);
        if (tenth == 5) assert_null(strstr(line, "ETA")); /* nobody knows yet */
        if (tenth == 10) assert_non_null(strstr(line, "2/1000  2/s  ETA 8 min 19 s"));
        if (tenth == 300) assert_non_null(strstr(line, "60/1000  2/s  ETA 7 min 50 s"));
    }
    for (int second = 31; second <= 45; second++) { /* ten times as fast */
        course at = { .wall_s = second, .done = 60 + 20 * (uint64_t)(second - 30) };
        line_at(class, by_hand_state, at, stats, file, line);
    }
    assert_non_null(strstr(line, "360/1000  20/s  ETA 32 s"));
    by_hand_end(class, file);
}

/* Waves: all workers are done at once, every minute. A window that sees one wave knows nothing. */
static void waves_do_not_shake_the_rate(void **state) {
    (void)state;
    enum { WORKERS = 40 };
    const hpt_observer_class *class = class_named("progress");
    hpt_stats stats = { .struct_size = sizeof stats, .worker_count = WORKERS };
    char      line[200];
    FILE     *file = tmpfile();
    by_hand(class, file);
    for (int second = 1; second <= 605; second++) {
        course at = { .wall_s = second, .done = WORKERS * (uint64_t)(second / 60) };
        line_at(class, by_hand_state, at, stats, file, line);
        const char *eta = strstr(line, "ETA ");
        if (second < 300) continue;
        assert_non_null(eta);
        assert_in_range(atoi(eta + 4), 14, 24); /* minutes; what is true is 20 to 15 */
        assert_non_null(strstr(eta, " min"));
    }
    by_hand_end(class, file);
}

/* They may have values, so they are not among those without. */
static void infeasible_trials_are_told_by_that_name(void **state) {
    (void)state;
    char      line[200];
    FILE     *file = tmpfile();
    hpt_stats stats = { .struct_size = sizeof stats };
    const hpt_observer_class *class = class_named("progress");
    stats.state_count[HPT_TRIAL_FAILED] = 2;
    stats.state_count[HPT_TRIAL_INFEASIBLE] = 15;
    by_hand(class, file);
    line_at(class, by_hand_state, (course){ 2, 103 }, stats, file, line);
    assert_non_null(strstr(line, "  120/1000  2 without a value  15 infeasible  "));
    stats.state_count[HPT_TRIAL_FAILED] = 0;
    line_at(class, by_hand_state, (course){ 4, 305 }, stats, file, line);
    assert_non_null(strstr(line, "  320/1000  15 infeasible  "));
    by_hand_end(class, file);
}

static void the_last_bar_has_no_eta(void **state) {
    (void)state;
    char text[8000];
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C", 1);
    setenv("NO_COLOR", "1", 1);
    run_on_terminal(120, text, sizeof text);
    const char *last = text;
    for (const char *at = text; (at = strchr(at, '\r')); at++)
        if (at[1] == ' ') last = at; /* the terminal adds some before newlines */
    assert_non_null(strstr(last, "8/20"));
    assert_null(strstr(last, "ETA"));
    run_on_terminal(60, text, sizeof text);
    assert_non_null(strstr(text, "1 no value"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_golden),
        cmocka_unit_test(the_bar_fits_every_width),
        cmocka_unit_test(without_colour_and_utf8_the_bar_is_plain),
        cmocka_unit_test(a_dumb_terminal_gets_plain_lines),
        cmocka_unit_test(the_rate_is_right_from_the_first_line_and_follows),
        cmocka_unit_test(waves_do_not_shake_the_rate),
        cmocka_unit_test(infeasible_trials_are_told_by_that_name),
        cmocka_unit_test(the_last_bar_has_no_eta),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
