/* SPDX-License-Identifier: BSD-3-Clause */

/* What the terminal can show: the first half of table.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "table.h"

static screen of_output = { .width = SIZE_MAX };

const screen *the_screen(void) {
    return &of_output;
}

/* The words of the environment in the order that POSIX gives them; no setlocale(), which would
 * change how numbers are printed. */
static bool is_utf8(void) {
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value) continue;
        const char *set = strchr(value, '.');
        return set && (strncasecmp(set, ".utf-8", 6) == 0 || strncasecmp(set, ".utf8", 5) == 0);
    }
    return false;
}

static size_t terminal_width(void) {
    struct winsize size = { 0 };
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

static bool wants_colour(void) {
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    return term && *term && strcmp(term, "dumb") != 0 && !(no && *no);
}

bool screen_set(const char *colour, long long width) {
    if (width < 0 && width != NOT_GIVEN)
        return complain("--width takes how many columns, or 0, not %lld", width), false;
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    of_output.is_terminal = is_terminal;
    of_output.has_utf8 = is_utf8();
    of_output.width = !is_terminal ? SIZE_MAX : terminal_width();
    if (width >= 0) of_output.width = width > 0 ? (size_t)width : SIZE_MAX;
    if (strcmp(colour, "auto") == 0)
        of_output.has_colour = is_terminal && wants_colour();
    else if (strcmp(colour, "always") == 0)
        of_output.has_colour = true;
    else if (strcmp(colour, "never") == 0)
        of_output.has_colour = false;
    else
        return complain("--colour takes auto, always or never, not \"%s\"", colour), false;
    return true;
}

void put_style(output *out, style of) {
    static const char *const codes[] = {
        [STYLE_PLAIN] = "\033[0m", [STYLE_BOLD] = "\033[1m", [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[32m", [STYLE_ODD] = "\033[33m", [STYLE_BAD] = "\033[31m",
        [STYLE_BUSY] = "\033[36m",
    };
    if (of_output.has_colour) put(out, codes[of]);
}

void put_styled(output *out, style of, const char *text) {
    if (of != STYLE_PLAIN) put_style(out, of);
    put(out, text);
    if (of != STYLE_PLAIN) put_style(out, STYLE_PLAIN);
}
