/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/child_oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { TEXT_BYTES = 16 * 1024 };

/* The number behind "oom_kill " at the beginning of a line. */
static bool read_count(const char *path, uint64_t *count_out) {
    static const char key[] = "oom_kill ";
    char              text[TEXT_BYTES];
    if (!*path || !hpi_read_start(path, text, sizeof text)) return false;
    const char *at = text;
    while (at && strncmp(at, key, sizeof key - 1) != 0) {
        at = strchr(at, '\n');
        if (at) at++;
    }
    if (!at) return false;
    *count_out = strtoull(at + sizeof key - 1, NULL, 10);
    return true;
}

/* Of version 2; "" when there is none. */
static void find_group(char *path_out, size_t bytes) {
    char        text[1024];
    const char *line = text;
    *path_out = '\0';
    if (!hpi_read_start("/proc/self/cgroup", text, sizeof text)) return;
    while (line && strncmp(line, "0::", 3) != 0) {
        line = strchr(line, '\n');
        if (line) line++;
    }
    if (!line) return;
    int length = (int)strcspn(line + 3, "\n");
    int written = snprintf(path_out, bytes, "/sys/fs/cgroup%.*s/memory.events", length, line + 3);
    if (written < 0 || (size_t)written >= bytes) *path_out = '\0';
}

void hpi_oom_open(hpi_oom *oom) {
    uint64_t count = 0;
    find_group(oom->path, sizeof oom->path);
    if (!read_count(oom->path, &count)) {
        snprintf(oom->path, sizeof oom->path, "/proc/vmstat");
        if (!read_count(oom->path, &count)) oom->path[0] = '\0';
    }
    atomic_init(&oom->count, count);
}

bool hpi_oom_look(hpi_oom *oom) {
    uint64_t count;
    if (!read_count(oom->path, &count)) return false;
    return atomic_exchange(&oom->count, count) < count;
}
