/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* sched_getaffinity, CPU_ALLOC, pthread_setname_np */
#include "base/cpus.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPU_ROOM_FIRST = 1024, CPU_ROOM_LAST = 65536, PATH_BYTES = 4096 };

/* The process's affinity mask, in a set that is large enough for the machine; CPU_FREE() it. */
static cpu_set_t *read_mask(size_t *bytes_out) {
    for (int room = CPU_ROOM_FIRST; room <= CPU_ROOM_LAST; room *= 2) {
        cpu_set_t *mask = CPU_ALLOC(room);
        size_t     bytes = CPU_ALLOC_SIZE(room);
        if (!mask) return NULL;
        if (sched_getaffinity(0, bytes, mask) == 0) {
            *bytes_out = bytes;
            return mask;
        }
        CPU_FREE(mask); /* EINVAL: the kernel's mask is larger */
    }
    return NULL;
}

/* A file's first two numbers; "max" counts as -1. */
static int read_numbers(const char *path, double *first, double *second) {
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    char word[64] = "";
    int  count = fscanf(file, "%63s %lf", word, second);
    fclose(file);
    *first = strcmp(word, "max") == 0 ? -1 : strtod(word, NULL);
    return count;
}

static uint32_t cores_of(double quota, double period) {
    if (quota <= 0 || period <= 0) return UINT32_MAX; /* "max" or -1: no limit */
    double cores = quota / period;
    return cores >= UINT32_MAX ? UINT32_MAX : (uint32_t)cores + (cores > (uint32_t)cores);
}

/* The quota of one directory, version 2 (cpu.max) or 1 (cpu.cfs_*). */
static uint32_t quota_of(const char *directory) {
    char   path[PATH_BYTES + 32];
    double quota = 0, period = 100000, unused = 0; /* cpu.max may leave the period out */
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (read_numbers(path, &quota, &period) >= 1) return cores_of(quota, period);
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
    if (read_numbers(path, &quota, &unused) < 1) return UINT32_MAX;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
    if (read_numbers(path, &period, &unused) < 1) return UINT32_MAX;
    return cores_of(quota, period);
}

/* The least quota from base/path up to base itself: each level limits all below it. */
static uint32_t quota_up(const char *base, const char *path) {
    char directory[PATH_BYTES];
    int  length = snprintf(directory, sizeof directory, "%s%s", base, path);
    if (length < 0 || (size_t)length >= sizeof directory) return UINT32_MAX;
    uint32_t least = UINT32_MAX;
    while (strlen(directory) >= strlen(base)) {
        uint32_t here = quota_of(directory);
        if (here < least) least = here;
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

uint32_t hpi_cpus_quota(const char *membership, const char *root) {
    FILE *file = fopen(membership, "re");
    if (!file) return UINT32_MAX;
    uint32_t least = UINT32_MAX;
    char     line[PATH_BYTES], base[PATH_BYTES];
    while (fgets(line, sizeof line, file)) { /* "0::/path" or "4:cpu,cpuacct:/path" */
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) continue;
        *path++ = '\0';
        controllers++;
        if (*controllers != '\0' && !names_cpu(controllers)) continue;
        snprintf(base, sizeof base, "%s%s", root, *controllers ? "/cpu" : "");
        uint32_t here = quota_up(base, path);
        if (here < least) least = here;
    }
    fclose(file);
    return least;
}

uint32_t hpi_cpus_count(void) {
    size_t     bytes = 0;
    cpu_set_t *mask = read_mask(&bytes);
    uint32_t   count = mask ? (uint32_t)CPU_COUNT_S(bytes, mask) : 1;
    if (mask) CPU_FREE(mask);
    uint32_t quota = hpi_cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    if (quota < count) count = quota;
    return count > 0 ? count : 1;
}

/* Allow the calling thread only the k-th core of `mask`. */
static bool move_to(const cpu_set_t *mask, size_t bytes, uint32_t k) {
    uint32_t count = (uint32_t)CPU_COUNT_S(bytes, mask), seen = 0;
    if (count == 0) return false;
    cpu_set_t *one = CPU_ALLOC(bytes * 8);
    if (!one) return false;
    CPU_ZERO_S(bytes, one);
    for (size_t cpu = 0; cpu < bytes * 8; cpu++) {
        if (!CPU_ISSET_S(cpu, bytes, mask) || seen++ != k % count) continue;
        CPU_SET_S(cpu, bytes, one);
        break;
    }
    bool moved = sched_setaffinity(0, bytes, one) == 0;
    CPU_FREE(one);
    return moved;
}

bool hpi_cpus_pin_self(uint32_t k) {
    size_t     bytes = 0;
    cpu_set_t *mask = read_mask(&bytes);
    bool       moved = mask && move_to(mask, bytes, k);
    if (mask) CPU_FREE(mask);
    return moved;
}

void hpi_cpus_spread_self(uint32_t k) {
    size_t     bytes = 0;
    cpu_set_t *mask = read_mask(&bytes);
    if (!mask) return;
    if (move_to(mask, bytes, k)) sched_setaffinity(0, bytes, mask);
    CPU_FREE(mask);
}

void hpi_cpus_name_self(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
