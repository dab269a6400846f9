/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   plain lines where nobody can redraw, a bar that fits the width on a terminal, a sentence
 * at the end; no escape sequence where none belongs. Method: a file compared as text, and a pseudo
 * terminal of chosen widths. */
#include "observing.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <unistd.h>

#define SUMMARY                                                                                    \
    "8 trials in 4.00 s (2/s), best error 0.25 of trial 3, 1 failed, busy 88%: all trials of the " \
    "budget are done\n"

/* Run with an observer that writes to `file`, long enough for some ticks. */
static void run_once(const char *name, FILE *file, long wait_ms) {
    observing    o;
    hpt_observer observer = hpt_observer_default();
    observer.name = name;
    observer.file = file;
    observing_start(&o, 1);
    observing_attach(&o, &observer);
    assert_false(hpi_dispatch_wants(o.dispatch, HPT_EVENT_ALL)); /* it costs the run nothing */
    observing_sleep_ms(wait_ms);
    observing_finish(&o);
    observing_stop(&o);
}

static void plain_lines_are_golden(void **state) {
    (void)state;
    char  text[2000];
    FILE *file = tmpfile();
    run_once("progress:interval=1", file, 350);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(
        text, "hpt:  40%  8/20  best 0.25 @ 3  1 failed  2/s  ETA 6 s  busy 88%\nhpt:  " SUMMARY);
}

/* What a terminal of so many columns got. */
static void run_on_terminal(unsigned short columns, char *text, size_t bytes) {
    int            master = -1, slave = -1;
    struct winsize size = { .ws_row = 24, .ws_col = columns };
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    FILE *file = fdopen(slave, "w");
    run_once("progress", file, 350);
    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    size_t  have = 0;
    ssize_t got;
    while (have < bytes - 1 && (got = read(master, text + have, bytes - 1 - have)) > 0)
        have += (size_t)got;
    text[have] = '\0';
    fclose(file);
    close(master);
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
        char text[8000];
        run_on_terminal(widths[i], text, sizeof text);
        int draws = 0;
        for (const char *at = text; (at = strchr(at, '\r')) && at[1] != '\n'; at++, draws++) {
            const char *end = strstr(at, "\x1b[K");
            assert_non_null(end);
            assert_true(visible(at + 1, end) < widths[i]);
        }
        assert_in_range(draws, 2, 10);
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
    assert_non_null(strstr(text, "\r 40% ########-----------  8/20  best 0.25 @ 3  1 failed  2/s  "
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_golden),
        cmocka_unit_test(the_bar_fits_every_width),
        cmocka_unit_test(without_colour_and_utf8_the_bar_is_plain),
        cmocka_unit_test(a_dumb_terminal_gets_plain_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
