/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The environment is read when the observer is attached, on the caller's thread, never later. */

bool hpi_terminal_can_redraw(FILE *file) {
    const char *term = getenv("TERM");
    int         fd = fileno(file);
    return fd >= 0 && isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool hpi_terminal_wants_colour(void) {
    const char *no = getenv("NO_COLOR");
    return !no || !*no;
}

/* Not setlocale(): the host owns the locale. These name it in the order POSIX gives them. */
bool hpi_terminal_is_utf8(void) {
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value) continue;
        const char *charset = strchr(value, '.');
        return charset &&
               (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}

unsigned hpi_terminal_width(FILE *file) {
    struct winsize size = { 0 };
    int            fd = fileno(file);
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}
