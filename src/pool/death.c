/* SPDX-License-Identifier: BSD-3-Clause */
/* How a trial ended whose process has died: its state, a sentence, and what it wrote last. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "pool/keeper.h"

/* clang-format off */
static const struct { int number; const char *name, *meaning; } signals[] = {
    { SIGABRT,   "SIGABRT",   "abort() was called" },
    { SIGALRM,   "SIGALRM",   "an alarm clock" },
    { SIGBUS,    "SIGBUS",    "bus error" },
    { SIGFPE,    "SIGFPE",    "arithmetic error, such as an integer divided by 0" },
    { SIGHUP,    "SIGHUP",    "hang-up" },
    { SIGILL,    "SIGILL",    "illegal instruction" },
    { SIGINT,    "SIGINT",    "interrupt" },
    { SIGIO,     "SIGIO",     NULL },
    { SIGKILL,   "SIGKILL",   NULL },
    { SIGPIPE,   "SIGPIPE",   "it wrote to a pipe that nobody reads" },
    { SIGPROF,   "SIGPROF",   "an alarm clock of CPU time" },
    { SIGPWR,    "SIGPWR",    "power failure" },
    { SIGQUIT,   "SIGQUIT",   "quit" },
    { SIGSEGV,   "SIGSEGV",   "segmentation fault" },
    { SIGSTKFLT, "SIGSTKFLT", NULL },
    { SIGSYS,    "SIGSYS",    "bad system call" },
    { SIGTERM,   "SIGTERM",   NULL },
    { SIGTRAP,   "SIGTRAP",   "trap" },
    { SIGUSR1,   "SIGUSR1",   NULL },
    { SIGUSR2,   "SIGUSR2",   NULL },
    { SIGVTALRM, "SIGVTALRM", "an alarm clock of CPU time" },
    { SIGXCPU,   "SIGXCPU",   "its CPU time was up" },
    { SIGXFSZ,   "SIGXFSZ",   "a file was too large" },
};
/* clang-format on */

enum { WAY_BYTES = 200, MIB_BITS = 20 };

/* "killed by SIGSEGV (segmentation fault)" */
static void tell_signal(int number, char *out, size_t bytes) {
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (signals[i].number != number) continue;
        const char *meaning = signals[i].meaning;
        snprintf(out, bytes, "killed by %s%s%s%s", signals[i].name, meaning ? " (" : "",
                 meaning ? meaning : "", meaning ? ")" : "");
        return;
    }
    if (number >= SIGRTMIN && number <= SIGRTMAX)
        snprintf(out, bytes, "killed by SIGRTMIN+%d", number - SIGRTMIN);
    else
        snprintf(out, bytes, "killed by signal %d", number);
}

static void tell_code(const hpi_mailbox *box, int code, char *out, size_t bytes) {
    unsigned    by = atomic_load_explicit(&box->left_by, memory_order_relaxed);
    const char *call = by == HPI_MAIL_BY_EXIT           ? ": the objective called exit()"
                       : by == HPI_MAIL_BY_PTHREAD_EXIT ? ": the objective called pthread_exit()"
                       : by == HPI_MAIL_BY_LONGJMP      ? ": left the objective by longjmp()"
                                                        : "";
    snprintf(out, bytes, "exit code %d%s%s", code, code == 0 ? " without a result" : "", call);
}

/* Three quarters of what a process may address: the rest is what programs and libraries take. */
static bool is_near_limit(const hpi_keeper *keeper, const hpi_child_death *death) {
    uint64_t limit = keeper->rules->memory_bytes;
    return limit > 0 && death->memory_bytes >= limit / 4 * 3;
}

static void append(char *out, size_t bytes, const char *text) {
    size_t used = strlen(out);
    snprintf(out + used, bytes - used, "%s", text);
}

static void tell_memory(const hpi_keeper *keeper, const hpi_child_death *death, char *out,
                        size_t bytes) {
    char text[96];
    if (death->signal == SIGKILL) append(out, bytes, ", which hpt did not send");
    if (death->was_oom) {
        append(out, bytes, "; probably out of memory: the system has killed for want of it");
    } else if (is_near_limit(keeper, death)) {
        snprintf(text, sizeof text,
                 "; probably out of memory: it had %llu MiB, the limit is %llu MiB",
                 (unsigned long long)(death->memory_bytes >> MIB_BITS),
                 (unsigned long long)(keeper->rules->memory_bytes >> MIB_BITS));
        append(out, bytes, text);
    } else if (death->signal == SIGKILL) {
        append(out, bytes, "; possibly out of memory");
    }
}

static void tell_way(const hpi_keeper *keeper, const hpi_child_death *death, char *out,
                     size_t bytes) {
    if (!death->is_known)
        snprintf(out, bytes, "given up: its process does not even die of SIGKILL");
    else if (death->signal != 0)
        tell_signal(death->signal, out, bytes);
    else
        tell_code(keeper->box, death->code, out, bytes);
}

/* It crashed by itself, or somebody else has killed it. */
static hpt_trial_state tell_crash(hpi_keeper *keeper, const hpi_child_death *death) {
    char way[WAY_BYTES];
    tell_way(keeper, death, way, sizeof way);
    if (death->is_known) tell_memory(keeper, death, way, sizeof way);
    if (death->signal == SIGXFSZ && keeper->rules->file_bytes > 0)
        append(way, sizeof way, ", the pool's option \"file\"");
    hpt_trial_fail(keeper->trial, "%s", way);
    return HPT_TRIAL_CRASHED;
}

/* hpt has ended it, or the system by its limit. */
static hpt_trial_state tell_end(hpi_keeper *keeper, hpi_cause cause, const char *way) {
    hpt_trial        *trial = keeper->trial;
    const hpi_ladder *ladder = &keeper->ladder;
    /* Since the trial began: it may have waited for its process, or be in a further call. */
    double took_s = (double)(hpi_now_ns() - trial->start_ns) * 1e-9;
    double limit_s = (double)(trial->deadline_ns - trial->start_ns) * 1e-9;
    switch (cause) {
    case HPI_CAUSE_LATE:
        hpt_trial_fail(trial, "took %.3g s, the limit is %.3g s; it did not stop and was %s",
                       took_s, limit_s, way);
        return HPT_TRIAL_TIMEOUT;
    case HPI_CAUSE_CPU:
        hpt_trial_fail(trial, "used more than %g s of CPU time; it was %s", keeper->rules->cpu_s,
                       way);
        return HPT_TRIAL_TIMEOUT;
    case HPI_CAUSE_CAPPED:
        trial->was_capped = true;
        return HPT_TRIAL_RUNNING; /* judged as one that has stopped by itself */
    case HPI_CAUSE_STOPPED:
    case HPI_CAUSE_COUNT:
        break;
    }
    hpt_trial_fail(trial, "did not stop with the run within %.3g s and was %s",
                   (double)ladder->grace_ns[HPI_CAUSE_STOPPED] * 1e-9, way);
    return HPT_TRIAL_CANCELLED;
}

/* What ends a job is often sent to all of its processes. The trial is as good as another, and is to
 * be evaluated again. */
static bool is_swept(const hpi_keeper *keeper, const hpi_child_death *death) {
    static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
    if (hpi_cancels_level(keeper->pool->cancels) == HPT_CANCEL_NONE) return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (death->signal == ends[i]) return true;
    return false;
}

static hpt_trial_state tell_wild(hpi_keeper *keeper) {
    hpt_trial_fail(
        keeper->trial,
        "its process has overwritten memory that it shares with the run: it writes where "
        "it should not");
    return HPT_TRIAL_CRASHED;
}

/* Its last words, as many as there is room for. */
static void keep_tail(hpi_keeper *keeper) {
    char text[HPI_TAIL_BYTES];
    for (uint32_t lines = keeper->rules->crash_lines; lines > 0; lines /= 2) {
        if (hpi_tail_text(&keeper->tail, lines, text, sizeof text) == 0) return;
        if (hpi_notes_set_attr(&keeper->trial->notes, "crash_output", hpt_text(text))) return;
    }
}

void hpi_keeper_tell_death(hpi_keeper *keeper, const hpi_child_death *death) {
    hpt_trial        *trial = keeper->trial;
    const hpi_ladder *ladder = &keeper->ladder;
    char              way[WAY_BYTES];
    hpt_trial_state   state;
    tell_way(keeper, death, way, sizeof way);
    trial->read_wrongly = false;
    if (!hpi_children_are_served(keeper->children)) {
        hpt_trial_fail(trial, "the fork server has died, and its process with it");
        state = HPT_TRIAL_CANCELLED;
    } else if (ladder->rung != HPI_LADDER_NONE) {
        state = tell_end(keeper, ladder->cause, way);
    } else if (keeper->is_wild) {
        state = tell_wild(keeper);
    } else if (death->signal == SIGXCPU && keeper->rules->cpu_s > 0) {
        state = tell_end(keeper, HPI_CAUSE_CPU, way);
    } else if (is_swept(keeper, death)) {
        hpt_trial_fail(trial, "%s, which hpt did not send, while the run was stopping", way);
        state = HPT_TRIAL_CANCELLED;
    } else {
        state = tell_crash(keeper, death);
    }
    trial->is_marked = true;
    trial->ended = state;
    keep_tail(keeper);
}
