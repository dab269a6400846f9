/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a seed that failed: what, who waits on what, and how to see it again. With a planted
 * bug that is success. */
#include "failure.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

static uint64_t    seed_now, seeds_before;
static const char *program = "simulated";
static char        scene[800];

void failure_is_of(const char *name, uint64_t seed, uint64_t before) {
    program = name;
    seed_now = seed;
    seeds_before = before;
    *scene = '\0';
}

void failure_scene(const char *text) {
    snprintf(scene, sizeof scene, "%s", text);
}

static _Noreturn void end(void) {
    bool is_planted = !sim_has_plant(SIM_PLANT_NONE);
    fprintf(stderr, "HPT_SIM_SEED=%" PRIu64 "\n", seed_now);
    fprintf(stderr, "again: %s --seed %" PRIu64 "%s%s\n", program, seed_now,
            is_planted ? " --plant " : "", is_planted ? sim_plant_name() : "");
    if (is_planted)
        printf("planted bug \"%s\" found after %" PRIu64 " seeds\n", sim_plant_name(),
               seeds_before + 1);
    fflush(NULL);
    _exit(is_planted ? 0 : 1);
}

void sim_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("\nsimulated: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n  %s\n  at %" PRIu64 " points, %" PRIu64 " switches, %.6f s\n", scene,
            sim_points(), sim_switches(), (double)sim_since_ns() * 1e-9);
    sim_report_fibers();
    end();
}

/* A crash has a seed as well. The rest of the program is not to be trusted any more, but what is
 * printed here is all that is still wanted of it. */
static void crashed(int number) {
    signal(number, SIG_DFL);
    fprintf(stderr, "\nsimulated: signal %d (%s) in thread %s\n  %s\n", number, strsignal(number),
            sim_self_name(), scene);
    sim_report_fibers();
    end();
}

void failure_catch(void) {
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    static char      room[1 << 16];
    stack_t          stack = { .ss_sp = room, .ss_size = sizeof room };
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = { .sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_NODEFER };
        sigaction(signals[i], &action, NULL);
    }
}
