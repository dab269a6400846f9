/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* sched_setaffinity, CPU_SET */
#include "machine.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static cpu_set_t whole, allowed;
static bool      is_pinning = true;

void bench_machine_begin(void) {
    CPU_ZERO(&whole);
    sched_getaffinity(0, sizeof whole, &whole);
    allowed = whole;
}

unsigned bench_cpus(void) {
    int count = CPU_COUNT(&allowed);
    return count > 0 ? (unsigned)count : 1;
}

void bench_confine(unsigned count) {
    allowed = whole;
    for (int cpu = 0, seen = 0; count > 0 && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &whole) && (unsigned)++seen > count) CPU_CLR(cpu, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
}

void bench_set_pinning(bool on) {
    is_pinning = on;
}

bool bench_is_pinning(void) {
    return is_pinning;
}

void bench_pin_self(unsigned k) {
    cpu_set_t one;
    unsigned  seen = 0, wanted = k % bench_cpus();
    if (!is_pinning) return;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && seen++ == wanted) CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

void bench_unpin_self(void) {
    if (is_pinning) sched_setaffinity(0, sizeof allowed, &allowed);
}

/* The rest of the first line of a file that starts with `start`; "" when there is none. */
static void read_line(const char *path, const char *start, char *text, size_t bytes) {
    FILE *file = fopen(path, "re");
    char  line[512];
    text[0] = '\0';
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, start, strlen(start)) != 0) continue;
        const char *rest = line + strlen(start);
        rest += strspn(rest, " \t:");
        snprintf(text, bytes, "%.*s", (int)strcspn(rest, "\n"), rest);
        break;
    }
    if (file) fclose(file);
}

void bench_describe(FILE *out, const char *prefix) {
    char           model[128], load[64], priority[64], clock[64];
    struct utsname system;
    uname(&system);
    read_line("/proc/cpuinfo", "model name", model, sizeof model);
    read_line("/proc/loadavg", "", load, sizeof load);
    read_line("/proc/self/autogroup", "", priority, sizeof priority);
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "", clock,
              sizeof clock);
    const char *nice = strstr(priority, "nice");
    const char *commit = getenv("BENCH_COMMIT");
    fprintf(out, "%smachine: %s, %u CPUs to run on, %s %s, %s, clock %s\n", prefix,
            model[0] ? model : "unknown CPU", bench_cpus(), system.sysname, system.release,
            system.machine, clock[0] ? clock : "unknown");
    fprintf(out, "%scompiler: %s, flags: %s\n", prefix, BENCH_COMPILER, BENCH_FLAGS);
    fprintf(out, "%scommit: %s\n", prefix, commit ? commit : "not said (set BENCH_COMMIT)");
    fprintf(out, "%sconditions: autogroup %s, load average %s, workers %s\n", prefix,
            nice ? nice : "off", load, is_pinning ? "bound, one per CPU" : "not bound");
}

/* System calls, counted by the kernel's trace point. */

static uint64_t tracepoint_id(void) {
    static const char *const paths[] = {
        "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
        "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
    };
    char text[32] = "";
    for (size_t i = 0; i < sizeof paths / sizeof *paths && !text[0]; i++)
        read_line(paths[i], "", text, sizeof text);
    return strtoull(text, NULL, 10);
}

int bench_syscalls_open(const char **reason_out) {
    struct perf_event_attr attr = {
        .type = PERF_TYPE_TRACEPOINT, .size = sizeof attr, .config = tracepoint_id(), .inherit = 1
    };
    *reason_out = "no access to the kernel's trace points (it needs root and tracefs)";
    if (attr.config == 0) return -1;
    int counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (counter < 0) *reason_out = strerror(errno);
    return counter;
}

long bench_syscalls_read(int counter) {
    uint64_t count = 0;
    return read(counter, &count, sizeof count) == sizeof count ? (long)count : -1;
}
