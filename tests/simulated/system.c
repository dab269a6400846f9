/* SPDX-License-Identifier: BSD-3-Clause */
/* What else the library asks the system for: time, processors, entropy, who it is. Each answer is
 * the same wherever and whenever it is asked, or the seed's. */
#define _GNU_SOURCE /* SYS_sched_getaffinity */
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

enum { NS_PER_S = 1000000000, WALL_BEGIN_S = 1795200000, FIRST_PID = 1000 };

static sim_random by;
static unsigned   cpu_count;
static long       life; /* how many processes there have been */

void system_reset(uint64_t seed, unsigned cpus) {
    by = sim_random_of(seed, 3);
    cpu_count = cpus;
    life = 0;
}

void system_new_process(void) {
    life++;
}

long system_pid(void) {
    return FIRST_PID + life;
}

/* clang-format off: names that the linker makes */
int   __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int   __wrap_nanosleep(const struct timespec *time, struct timespec *left);
long  __wrap_syscall(long number, ...);
long  __wrap_sysconf(int name);
int   __wrap_sched_getcpu(void);
int   __wrap_getentropy(void *out, size_t bytes);
pid_t __wrap_getpid(void);
int   __wrap_kill(pid_t pid, int number);
int   __wrap_gethostname(char *out, size_t bytes);
char *__wrap_getenv(const char *name);
char *__real_getenv(const char *name);
/* clang-format on */

int __wrap_clock_gettime(clockid_t clock, struct timespec *out) {
    sim_point();
    bool    is_wall = clock == CLOCK_REALTIME;
    int64_t now_ns = is_wall ? sim_since_ns() : sim_now_ns();
    out->tv_sec = now_ns / NS_PER_S + (is_wall ? WALL_BEGIN_S : 0);
    out->tv_nsec = now_ns % NS_PER_S;
    return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left) {
    sim_doze(time->tv_sec * (int64_t)NS_PER_S + time->tv_nsec);
    if (left) *left = (struct timespec){ 0 };
    return 0;
}

long __wrap_syscall(long number, ...) {
    if (number != SYS_sched_getaffinity && number != SYS_sched_setaffinity)
        sim_fail("call %ld of the system is not simulated", number);
    if (number == SYS_sched_setaffinity) return 0;
    va_list arguments;
    va_start(arguments, number);
    (void)va_arg(arguments, int);
    size_t bytes = va_arg(arguments, size_t);
    void  *mask = va_arg(arguments, void *);
    va_end(arguments);
    memset(mask, 0, bytes);
    *(unsigned long *)mask = (1UL << cpu_count) - 1;
    return sizeof(unsigned long);
}

long __wrap_sysconf(int name) {
    return name == _SC_NPROCESSORS_ONLN ? (long)cpu_count : 4096;
}

int __wrap_sched_getcpu(void) {
    return (int)((unsigned)sim_self() % cpu_count);
}

int __wrap_getentropy(void *out, size_t bytes) {
    unsigned char *at = out;
    for (size_t i = 0; i < bytes; i++)
        at[i] = (unsigned char)sim_random_bits(&by);
    return 0;
}

pid_t __wrap_getpid(void) {
    return (pid_t)system_pid();
}

/* Processes before this one are gone. */
int __wrap_kill(pid_t pid, int number) {
    if (number != 0) sim_fail("signal %d to process %ld", number, (long)pid);
    if (pid == system_pid()) return 0;
    errno = ESRCH;
    return -1;
}

int __wrap_gethostname(char *out, size_t bytes) {
    strncpy(out, "simulated", bytes);
    return 0;
}

/* The machine has no environment; the test itself has. */
char *__wrap_getenv(const char *name) {
    return sim_is_on() ? NULL : __real_getenv(name);
}
