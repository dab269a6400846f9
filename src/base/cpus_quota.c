/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU quotas of control groups, versions 1 and 2 (Linux). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpus.h"
#include "base/file.h"

enum { PATH_BYTES = 4096, MEMBERSHIP_BYTES = 8192 };

/* A file's first two numbers, and how many there are; "max" counts as -1. */
static int read_numbers(const char *path, double *first, double *second) {
    char text[128], *end = text;
    if (!hpi_read_start(path, text, sizeof text)) return 0;
    bool   is_max = strncmp(text, "max", 3) == 0;
    double number = is_max ? -1 : strtod(text, &end);
    if (is_max) end += 3;
    if (end == text) return 0;
    *first = number;
    char *rest = end;
    number = strtod(rest, &end);
    if (end == rest) return 1;
    *second = number;
    return 2;
}

static double cpus_of(double quota, double period) {
    if (!(quota > 0 && period > 0)) return INFINITY; /* "max" or -1: no limit */
    double cpus = quota / period;
    return cpus < UINT32_MAX ? cpus : INFINITY;
}

/* The quota of one directory, version 2 (cpu.max) or 1 (cpu.cfs_*). */
static double quota_of(const char *directory) {
    char   path[PATH_BYTES + 32];
    double quota = 0, period = 100000, unused = 0; /* cpu.max may leave the period out */
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (read_numbers(path, &quota, &period) >= 1) return cpus_of(quota, period);
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
    if (read_numbers(path, &quota, &unused) < 1) return INFINITY;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
    if (read_numbers(path, &period, &unused) < 1) return INFINITY;
    return cpus_of(quota, period);
}

/* The least quota from base/path up to base itself: each level limits all below it. */
static double quota_up(const char *base, const char *path) {
    char directory[PATH_BYTES];
    int  length = snprintf(directory, sizeof directory, "%s%s", base, path);
    if (length < 0 || (size_t)length >= sizeof directory) return INFINITY;
    if (strcmp(path, "/") == 0) directory[length - 1] = '\0'; /* base is the only level */
    double least = INFINITY;
    while (strlen(directory) >= strlen(base)) {
        least = fmin(least, quota_of(directory));
        char *slash = strrchr(directory, '/');
        if (!slash) break;
        *slash = '\0';
    }
    return least;
}

/* Whether "cpu" is one of the names in "cpuset,cpu,cpuacct". */
static bool names_cpu(const char *controllers) {
    while (controllers) {
        size_t length = strcspn(controllers, ",");
        if (length == 3 && strncmp(controllers, "cpu", 3) == 0) return true;
        controllers = controllers[length] ? controllers + length + 1 : NULL;
    }
    return false;
}

/* The quota that one line stands for: "0::/path" or "4:cpu,cpuacct:/path". */
static double quota_of_line(char *line, const char *root) {
    char  base[PATH_BYTES];
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) return INFINITY;
    *path++ = '\0';
    controllers++;
    if (*controllers != '\0' && !names_cpu(controllers)) return INFINITY;
    snprintf(base, sizeof base, "%s%s", root, *controllers ? "/cpu" : "");
    return quota_up(base, path);
}

double hpi_cpus_quota(const char *membership, const char *root) {
    char   text[MEMBERSHIP_BYTES];
    double least = INFINITY;
    if (!hpi_read_start(membership, text, sizeof text)) return INFINITY;
    char *line = text, *end; /* what follows the last line break was cut, or is empty */
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        least = fmin(least, quota_of_line(line, root));
    }
    return least;
}
