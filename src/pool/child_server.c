/* SPDX-License-Identifier: BSD-3-Clause */
/* The fork server. It does nothing but wait: for requests, for children that die, for the end of
 * the host. Whatever happens to the host, it sees to it that nothing is left. */
#define _GNU_SOURCE /* pipe2() */

#include "pool/child_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"

typedef hpi_server_seat seat;

enum {
    HOST_LOOK_MS = 200,       /* without a pidfd of the host: how often it is looked for */
    LAST_NS = 2 * 1000000000, /* how long the last of them are waited for at the end    */
    LAST_LOOK_MS = 20
};

#ifndef SYS_pidfd_open
#define SYS_pidfd_open (-1) /* headers of before Linux 5.3: no such call, and so no pidfd */
#endif

int hpi_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Children that have died. */

static seat *find(const hpi_server *server, pid_t pid) {
    for (uint32_t i = 0; i < server->setup->count; i++)
        if (server->seats[i].pid == pid && !server->seats[i].is_dead) return &server->seats[i];
    return NULL;
}

static void show_death(const hpi_server *server, const seat *of) {
    unsigned char *shared = hpi_server_shared(server, (uint32_t)(of - server->seats));
    atomic_uint   *word = (atomic_uint *)(void *)(shared + server->setup->word_at);
    atomic_store_explicit(word, server->setup->word_dead, memory_order_release);
    hpi_child_wake(word);
}

/* Who has called PTRACE_TRACEME stops at each signal, and its parent is told so, asked or not. As
 * if nobody traced it: the signal does what it does. */
static bool let_go_on(const siginfo_t *info) {
    return ptrace(PTRACE_DETACH, info->si_pid, NULL, (long)info->si_status) == 0;
}

/* While it is not reaped, its number is that of its process group and of nothing else: what it has
 * started dies with it. */
static bool reap_one(const hpi_server *server) {
    siginfo_t     info = { .si_pid = 0 };
    struct rusage used;
    int           status;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return false;
    if (info.si_code == CLD_TRAPPED) return let_go_on(&info);
    seat *of = find(server, info.si_pid);
    if (of) kill(-info.si_pid, SIGKILL);
    if (wait4(info.si_pid, &status, 0, &used) != info.si_pid) return true;
    if (!of) return true; /* an orphan, or one that was forgotten */
    of->is_dead = true;
    of->status = status;
    of->memory_bytes = (uint64_t)used.ru_maxrss * 1024;
    show_death(server, of);
    return true;
}

static void reap(const hpi_server *server) {
    struct signalfd_siginfo info;
    while (read(server->death_fd, &info, sizeof info) == sizeof info)
        continue;
    while (reap_one(server))
        continue;
}

/* Requests. */

static int start(hpi_server *server, uint32_t slot, hpi_server_answer *answer, int *fds_out) {
    int   ends[2];
    pid_t self = getpid();
    if (server->seats[slot].pid != 0) return EBUSY;
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        hpi_child_main(server, slot, self, ends[1]);
    }
    int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error;
    }
    setpgid(pid, pid); /* so does the child: whoever comes first */
    server->seats[slot] = (seat){ .pid = pid };
    answer->pid = pid;
    fds_out[0] = ends[0];
    fds_out[1] = hpi_pidfd_open(pid);
    return 0;
}

static void order(const seat *to, int signal) {
    if (to->pid == 0 || to->is_dead) return;
    bool is_alone = getpgid(to->pid) != to->pid; /* it has left its group */
    kill(-to->pid, signal);
    if (is_alone) kill(to->pid, signal);
    if (signal != SIGTERM) return;
    kill(-to->pid, SIGCONT);
    if (is_alone) kill(to->pid, SIGCONT);
}

static void look(hpi_server *server, uint32_t slot, hpi_server_answer *answer) {
    seat *at = &server->seats[slot];
    reap(server);
    answer->is_dead = at->is_dead;
    answer->status = at->status;
    answer->memory_bytes = at->memory_bytes;
    if (at->is_dead) *at = (seat){ .pid = 0 };
}

static void serve(hpi_server *server, const hpi_server_request *request, hpi_server_answer *answer,
                  int *fds_out) {
    uint32_t slot = request->slot;
    if (slot >= server->setup->count) {
        answer->error = EINVAL;
        return;
    }
    switch ((hpi_server_op)request->op) {
    case HPI_SERVER_START:
        answer->error = start(server, slot, answer, fds_out);
        break;
    case HPI_SERVER_TERM:
        order(&server->seats[slot], SIGTERM);
        break;
    case HPI_SERVER_KILL:
        order(&server->seats[slot], SIGKILL);
        break;
    case HPI_SERVER_LOOK:
        look(server, slot, answer);
        break;
    case HPI_SERVER_FORGET:
        server->seats[slot] = (seat){ .pid = 0 };
        break;
    case HPI_SERVER_QUIT:
        break;
    }
}

static bool send_answer(const hpi_server *server, hpi_server_answer *answer, const int *fds) {
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(HPI_SERVER_FDS * sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec  part = { answer, sizeof *answer };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    size_t        count = fds[0] < 0 ? 0 : fds[1] < 0 ? 1 : 2, bytes = count * sizeof *fds;
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(bytes);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(head), fds, bytes);
    }
    ssize_t sent;
    do
        sent = sendmsg(server->socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    return sent == (ssize_t)sizeof *answer;
}

/* False: it is time to go. */
static bool take_request(hpi_server *server) {
    hpi_server_request request;
    hpi_server_answer  answer = { .error = 0 };
    int                fds[HPI_SERVER_FDS] = { -1, -1 };
    ssize_t            got = recv(server->socket, &request, sizeof request, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got != (ssize_t)sizeof request || request.op == HPI_SERVER_QUIT) return false;
    serve(server, &request, &answer, fds);
    return send_answer(server, &answer, fds);
}

/* The end. */

/* Whoever has left its group, or has been started by one that has: the system gives us all orphans
 * below us. */
static void kill_orphans(void) {
    char        path[64], text[4096];
    const char *rest = text;
    int         pid;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (!hpi_read_start(path, text, sizeof text)) return;
    while (hpi_process_next(&rest, &pid))
        kill(pid, SIGKILL);
}

static void kill_all(const hpi_server *server) {
    for (uint32_t i = 0; i < server->setup->count; i++)
        order(&server->seats[i], SIGKILL);
    for (int64_t until_ns = hpi_now_ns() + LAST_NS; hpi_now_ns() < until_ns;) {
        kill_orphans();
        reap(server);
        siginfo_t info;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
        struct pollfd death = { .fd = server->death_fd, .events = POLLIN };
        poll(&death, 1, LAST_LOOK_MS);
    }
}

/* Nothing of the host's is to run at the end of its copy, nor what a tool does at the end of a
 * process. */
_Noreturn static void end_here(void) {
    kill(getpid(), SIGKILL);
    _exit(EXIT_SUCCESS);
}

static bool host_is_gone(const hpi_server *server, const struct pollfd *polled) {
    return server->host_fd >= 0 ? polled->revents != 0 : getppid() != server->host;
}

static bool get_ready(hpi_server *server) {
    hpi_server_shed();
    struct sigaction plain = { .sa_handler = SIG_DFL };
    sigaction(SIGCHLD, &plain, NULL); /* were it ignored, nobody could be waited for */
    setsid();                         /* what is typed at a terminal is for the host */
    prctl(PR_SET_NAME, "hpt-server");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    server->host_fd = hpi_pidfd_open(server->host);
    return getppid() == server->host;
}

_Noreturn void hpi_server_main(hpi_server *server) {
    if (!get_ready(server)) _exit(EXIT_FAILURE);
    for (;;) {
        struct pollfd fds[] = { { .fd = server->socket, .events = POLLIN },
                                { .fd = server->death_fd, .events = POLLIN },
                                { .fd = server->host_fd, .events = POLLIN } };
        if (poll(fds, 3, server->host_fd >= 0 ? -1 : HOST_LOOK_MS) < 0 && errno != EINTR) break;
        if (host_is_gone(server, &fds[2])) break;
        if (fds[1].revents) reap(server);
        if (fds[0].revents && !take_request(server)) break;
    }
    kill_all(server);
    end_here();
}
