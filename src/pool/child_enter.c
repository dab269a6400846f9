/* SPDX-License-Identifier: BSD-3-Clause */
/* What a new child does to itself before it runs anybody's code (Linux). None of it touches the
 * host, and what fails is done without: a limit that the system does not give is no reason not to
 * evaluate. */
#define _GNU_SOURCE /* on_exit() */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "pool/child_server.h"

/* The system should take a child rather than the host when it runs out of memory. */
enum { OOM_MORE = 500, OOM_MAX = 1000 };

static void set_limit(int what, uint64_t bytes) {
    struct rlimit limit;
    if (bytes == 0 || getrlimit(what, &limit) != 0) return;
    if (limit.rlim_max != RLIM_INFINITY && bytes > limit.rlim_max) bytes = limit.rlim_max;
    limit.rlim_cur = (rlim_t)bytes;
    setrlimit(what, &limit);
}

static void set_limits(const hpi_child_limits *limits) {
    struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
    set_limit(RLIMIT_AS, limits->memory_bytes);
    set_limit(RLIMIT_FSIZE, limits->file_bytes);
    set_limit(RLIMIT_STACK, limits->stack_bytes);
    if (!limits->keeps_core) setrlimit(RLIMIT_CORE, &none);
}

void hpi_child_limit_cpu(uint64_t seconds) {
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) != 0) return;
    set_limit(RLIMIT_CPU, (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1 + seconds);
}

static void offer_to_oom_killer(void) {
    char text[16] = "";
    hpi_read_start("/proc/self/oom_score_adj", text, sizeof text);
    long score = strtol(text, NULL, 10) + OOM_MORE;
    int  file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    int  bytes = snprintf(text, sizeof text, "%ld", score < OOM_MAX ? score : (long)OOM_MAX);
    if (file < 0) return;
    if (write(file, text, (size_t)bytes) < 0) score = 0; /* then it is as likely as the host */
    close(file);
}

static bool is_fault(int signal) {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
           signal == SIGTRAP || signal == SIGSYS;
}

/* Those that end a child do so whatever the host thinks of them. */
static bool must_work(int signal) {
    return signal == SIGTERM || signal == SIGXCPU || signal == SIGXFSZ || signal == SIGABRT ||
           signal == SIGCHLD || signal == SIGCONT;
}

/* The host's handlers are about the host. What it ignores (SIGPIPE) stays ignored. */
static void restore_signals(bool keeps_faults) {
    struct sigaction now, plain = { .sa_handler = SIG_DFL };
    for (int signal = 1; signal < NSIG; signal++) {
        if (sigaction(signal, NULL, &now) != 0 || now.sa_handler == SIG_DFL) continue;
        bool is_kept = is_fault(signal) ? keeps_faults : now.sa_handler == SIG_IGN;
        if (must_work(signal) || !is_kept) sigaction(signal, &plain, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_streams(int error_fd) {
    int above = fcntl(error_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(error_fd);
    error_fd = above;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        if (nothing != STDIN_FILENO)
            close(nothing);
        else
            fcntl(nothing, F_SETFD, 0); /* programs that it starts have it as well */
    }
    dup2(error_fd, STDERR_FILENO);
    close(error_fd);
}

/* A child that writes anywhere must not hit what another one says. */
static void unmap_others(const hpi_server *server, uint32_t slot) {
    size_t before = server->stride * slot, all = server->stride * server->setup->count;
    size_t after = before + server->stride;
    if (before > 0) munmap(server->shared, before);
    if (after < all) munmap(server->shared + after, all - after);
}

/* What exit() is for. Handlers run from the last to the first, so this one goes before the host's,
 * and none of those runs. A process that a child has forked goes its own way. */
static struct {
    const hpi_server *server;
    void             *shared;
    pid_t             self;
} here;

static void end_at_exit(int code, void *argument) {
    (void)argument;
    if (getpid() != here.self) return;
    const hpi_child_setup *setup = here.server->setup;
    if (setup->on_exit) setup->on_exit(setup->context, here.shared);
    fflush(stdout);
    _exit(code);
}

_Noreturn void hpi_child_main(const hpi_server *server, uint32_t slot, pid_t parent, int error_fd) {
    char name[16];
    snprintf(name, sizeof name, "hpt-p%04u", (unsigned)slot % 10000u);
    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE); /* it died before that */
    setpgid(0, 0);
    close(server->socket);
    close(server->death_fd);
    if (server->host_fd >= 0) close(server->host_fd);
    set_streams(error_fd);
    unmap_others(server, slot);
    offer_to_oom_killer();
    set_limits(&server->setup->limits);
    here.server = server;
    here.shared = hpi_server_shared(server, slot);
    here.self = getpid();
    on_exit(end_at_exit, NULL);
    restore_signals(server->setup->limits.keeps_handlers);
    server->setup->body(server->setup->context, slot, here.shared);
    _exit(EXIT_SUCCESS);
}
