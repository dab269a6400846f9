/* SPDX-License-Identifier: BSD-3-Clause */
/* What Linux tells of processes, from /proc. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "store/hold.h"

/* The first line of a file; "" when it cannot be read. */
static void read_line(const char *path, char text_out[HPI_HOLD_FACT_BYTES]) {
    char text[HPI_HOLD_FACT_BYTES];
    if (!hpi_read_start(path, text, sizeof text)) *text = '\0';
    text[strcspn(text, "\n")] = '\0';
    hpi_cut(text_out, HPI_HOLD_FACT_BYTES, text);
}

void hpi_hold_boot(char text_out[HPI_HOLD_FACT_BYTES]) {
    read_line("/proc/sys/kernel/random/boot_id", text_out);
}

void hpi_hold_machine(char text_out[HPI_HOLD_FACT_BYTES]) {
    read_line("/etc/machine-id", text_out);
}

void hpi_hold_container(char text_out[HPI_HOLD_FACT_BYTES]) {
    ssize_t bytes = readlink("/proc/self/ns/pid", text_out, HPI_HOLD_FACT_BYTES - 1);
    text_out[bytes > 0 ? bytes : 0] = '\0';
}

/* Where a field of /proc/<pid>/stat begins, counting from 1; NULL if there is none. The second is
 * the program's name in parentheses, which may itself have spaces and parentheses: so the last one
 * counts. */
static const char *field_of(const char *stat, int wanted) {
    const char *at = strrchr(stat, ')');
    for (int field = 2; at && field < wanted; field++) {
        at = strchr(at, ' ');
        if (at) at++;
    }
    return at;
}

/* It has ended and its parent has not asked for its status yet. (A process whose first thread has
 * ended before the others looks the same, but for their number.) */
static bool is_zombie(const char *stat) {
    const char *state = field_of(stat, 3), *threads = field_of(stat, 20);
    bool        has_ended = state && (*state == 'Z' || *state == 'X');
    return has_ended && threads && threads[0] <= '1' && threads[1] == ' ';
}

static void read_start_time(const char *stat, char text_out[HPI_HOLD_FACT_BYTES]) {
    const char *at = field_of(stat, 22);
    size_t      bytes = at ? strcspn(at, " \n") : 0;
    if (bytes >= HPI_HOLD_FACT_BYTES) bytes = 0;
    if (bytes > 0) memcpy(text_out, at, bytes);
    text_out[bytes] = '\0';
}

bool hpi_hold_start(long pid, char text_out[HPI_HOLD_FACT_BYTES]) {
    char path[64], stat[1024];
    *text_out = '\0';
    if (pid <= 0) return false;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (hpi_read_start(path, stat, sizeof stat)) {
        if (is_zombie(stat)) return false;
        read_start_time(stat, text_out);
        return true;
    }
    /* /proc may hide the processes of others, or not be there at all. */
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}
