/* SPDX-License-Identifier: BSD-3-Clause */
/* Making the fork server, and ending it (Linux). */
#define _GNU_SOURCE /* madvise, MAP_ANONYMOUS, syscall */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fds.h"
#include "base/file.h"
#include "base/mem.h"
#include "pool/child_linux.h"

enum { LEAVE_MS = 5 * 1000 }; /* so long is the server waited for */

/* What the server needs, opened here, where a failure has a reason. */
static bool open_descriptors(hpi_children *children) {
    int      ends[2];
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    children->socket = hpi_leave_streams(ends[0]);
    hpi_fds_note(children->socket);
    children->server.socket = hpi_leave_streams(ends[1]);
    if (children->socket < 0 || children->server.socket < 0) return false;
    children->server.death_fd = hpi_leave_streams(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    return children->server.death_fd >= 0;
}

/* The server's, of which nobody else gets a copy. */
static void close_fd(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* The child has all of the host's memory, and one of its threads. Signals are for the host's. */
static int fork_server(hpi_children *children) {
    sigset_t all, before;
    children->server.host = getpid();
    children->has_stderr = fcntl(STDERR_FILENO, F_GETFD) >= 0;
    fflush(stdout); /* or each child would write what is left in there */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    children->pid = fork();
    if (children->pid == 0) hpi_server_main(&children->server);
    int error = children->pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0) children->pid_fd = hpi_leave_streams(hpi_pidfd_open(children->pid));
    hpi_fds_note(children->pid_fd);
    return error;
}

/* What the host forks from now on, the servers of other runs among that, has no part in it. Where
 * the system does not know of that, an objective that writes anywhere may hit it. */
static void keep_to_server(const hpi_children *children) {
    madvise(children->server.shared, children->server.stride * children->setup.count,
            MADV_DONTFORK);
}

static hpt_status open_server(hpi_children *children, hpt_err *err) {
    char why[128];
    hpi_fds_copy_begin();
    int error = open_descriptors(children) ? fork_server(children) : errno;
    close_fd(&children->server.socket);
    close_fd(&children->server.death_fd);
    hpi_fds_copy_end();
    if (error == 0) {
        keep_to_server(children);
        return HPT_OK;
    }
    hpi_error_words(why, sizeof why, error);
    return hpi_fail(err, HPT_ETHREAD, "the fork server could not be made: %s", why);
}

static hpt_status map_shared(hpi_children *children, hpt_err *err) {
    const hpi_child_setup *setup = &children->setup;
    size_t                 page = (size_t)sysconf(_SC_PAGESIZE);
    size_t                 stride = (setup->shared_bytes + page - 1) / page * page;
    void                  *shared = mmap(NULL, stride * setup->count, PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for what %u processes share",
                        (unsigned)setup->count);
    children->server.shared = shared;
    children->server.stride = stride;
    return HPT_OK;
}

/* Of address space; 0: nobody knows. */
static uint64_t bytes_now(void) {
    char text[64];
    if (!hpi_read_start("/proc/self/statm", text, sizeof text)) return 0;
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static hpt_status check_limits(const hpi_child_limits *limits, hpt_err *err) {
    uint64_t has = bytes_now(), may = limits->memory_bytes;
    if (may > 0 && may <= has)
        return hpi_fail(err, HPT_EINVAL,
                        "pool \"processes\": memory is %llu MiB, but the program has %llu MiB of "
                        "address space already",
                        (unsigned long long)(may >> 20), (unsigned long long)(has >> 20));
    if (limits->stack_bytes > 0 && syscall(SYS_gettid) != getpid())
        return hpi_fail(err, HPT_EINVAL,
                        "pool \"processes\": stack is for runs that are started on the program's "
                        "first thread: processes have the stack of the thread that forks them");
    return HPT_OK;
}

static hpt_status open_locks(hpi_children *children, hpt_err *err) {
    hpt_status status = hpi_lock_init(&children->lock, err);
    if (status != HPT_OK) return status;
    status = hpi_lock_init(&children->showing, err);
    if (status != HPT_OK) hpi_lock_fini(&children->lock);
    return status;
}

hpt_status hpi_children_open(const hpi_child_setup *setup, hpi_children **children_out,
                             hpt_err *err) {
    hpt_status    status = check_limits(&setup->limits, err);
    hpi_children *children = status == HPT_OK ? hpi_alloc_aligned(1, sizeof *children) : NULL;
    if (status != HPT_OK) return status;
    if (!children) return hpi_fail(err, HPT_ENOMEM, "out of memory for processes");
    status = open_locks(children, err);
    if (status != HPT_OK) {
        hpi_free_aligned(children);
        return status;
    }
    children->setup = *setup;
    children->server.setup = &children->setup;
    children->pid_fd = children->socket = -1;
    children->server.socket = children->server.death_fd = -1;
    children->seats = hpi_alloc(setup->count, sizeof *children->seats);
    children->server.seats = hpi_alloc(setup->count, sizeof *children->server.seats);
    if (!children->seats || !children->server.seats)
        status =
            hpi_fail(err, HPT_ENOMEM, "out of memory for %u processes", (unsigned)setup->count);
    for (uint32_t i = 0; children->seats && i < setup->count; i++)
        children->seats[i] = (hpi_child_seat){ .error_fd = -1, .pid_fd = -1 };
    if (status == HPT_OK) status = map_shared(children, err);
    hpi_oom_open(&children->oom);
    if (status == HPT_OK) status = open_server(children, err);
    if (status != HPT_OK)
        hpi_children_close(children);
    else
        *children_out = children;
    return status;
}

static bool has_left(hpi_children *children, int64_t within_ms) {
    int64_t         until_ns = hpi_now_ns() + within_ms * HPI_NS_PER_MS;
    struct timespec pause = { .tv_nsec = HPI_NS_PER_MS };
    while (!hpi_has_ended(children->pid, children->pid_fd)) {
        struct pollfd end = { .fd = children->pid_fd, .events = POLLIN };
        if (hpi_now_ns() >= until_ns) return false;
        if (end.fd >= 0)
            poll(&end, 1, (int)within_ms);
        else
            nanosleep(&pause, NULL);
    }
    return true;
}

/* A server that was killed while it forked may leave a child that has not got far enough to end
 * with it, and that nobody knows: it is still in the server's group. While the server is not
 * reaped, the group's number is nobody else's. */
static void end_newborn(const hpi_children *children) {
    siginfo_t info;
    int       status;
    do
        status = waitid(P_PID, (id_t)children->pid, &info, WEXITED | WNOWAIT);
    while (status != 0 && errno == EINTR);
    if (status == 0) kill(-children->pid, SIGKILL);
}

static void end_server(hpi_children *children) {
    bool is_served = hpi_children_are_served(children);
    if (is_served) {
        hpi_server_send(children, HPI_SERVER_QUIT, 0);
        hpi_server_continue(children);
    }
    if (!is_served || !has_left(children, LEAVE_MS)) {
        hpi_server_kill(children);
        for (uint32_t i = 0; i < children->setup.count; i++)
            if (children->seats[i].pid > 0) hpi_child_bury_unserved(children, &children->seats[i]);
    }
    end_newborn(children);
    hpi_child_reap_group(children->pid);
    waitpid(children->pid, NULL, WNOHANG); /* one that died before it had a group of its own */
}

void hpi_children_close(hpi_children *children) {
    if (!children) return;
    if (children->pid > 0) end_server(children);
    for (uint32_t i = 0; children->seats && i < children->setup.count; i++)
        hpi_child_empty(&children->seats[i]);
    if (children->socket >= 0) hpi_fds_close(children->socket);
    if (children->pid_fd >= 0) hpi_fds_close(children->pid_fd);
    if (children->server.shared)
        munmap(children->server.shared, children->server.stride * children->setup.count);
    hpi_free(children->server.seats);
    hpi_free(children->seats);
    hpi_lock_fini(&children->showing);
    hpi_lock_fini(&children->lock);
    hpi_free_aligned(children);
}
