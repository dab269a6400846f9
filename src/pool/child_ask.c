/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking the fork server (Linux). */
#define _GNU_SOURCE /* syscall */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fds.h"
#include "pool/child_linux.h"

enum {
    /* A server that says nothing for so long is taken for dead: to fork the largest programs there
     * are takes a second or two. */
    ANSWER_MS = 30 * 1000,
    /* ... may have been stopped, and is told to go on. */
    ASLEEP_MS = 100
};

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal (-1) /* headers of before Linux 5.1: there is no pidfd either */
#endif

bool hpi_has_ended(pid_t pid, int pid_fd) {
    siginfo_t     info = { .si_pid = 0 };
    struct pollfd end = { .fd = pid_fd, .events = POLLIN };
    if (pid_fd >= 0) return poll(&end, 1, 0) > 0;
    /* Somebody else may have waited for it: then it is no child of ours any more. */
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* By its descriptor, if there is one: somebody else may have waited for it, and then its number may
 * be anybody's. */
void hpi_server_kill(hpi_children *children) {
    if (children->pid_fd >= 0)
        syscall(SYS_pidfd_send_signal, children->pid_fd, SIGKILL, NULL, 0);
    else
        kill(children->pid, SIGKILL);
}

/* Somebody may have stopped it (SIGSTOP): it has work to do, and to end like that would leave what
 * it has to see to. Nothing happens to one that was not. */
void hpi_server_continue(hpi_children *children) {
    if (children->pid_fd >= 0)
        syscall(SYS_pidfd_send_signal, children->pid_fd, SIGCONT, NULL, 0);
    else
        kill(children->pid, SIGCONT);
}

bool hpi_children_are_served(hpi_children *children) {
    if (atomic_load_explicit(&children->is_gone, memory_order_relaxed)) return false;
    if (!hpi_has_ended(children->pid, children->pid_fd)) return true;
    atomic_store_explicit(&children->is_gone, true, memory_order_relaxed);
    return false;
}

bool hpi_server_send(hpi_children *children, hpi_server_op op, uint32_t slot) {
    hpi_server_request request = { .op = op, .slot = slot };
    ssize_t            sent;
    do
        sent = send(children->socket, &request, sizeof request, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof request;
}

/* Sleeps until there is something to read, or the server has ended. */
static bool await_answer(hpi_children *children) {
    int64_t until_ns = hpi_now_ns() + ANSWER_MS * HPI_NS_PER_MS;
    while (hpi_now_ns() < until_ns) {
        struct pollfd fds[] = { { .fd = children->socket, .events = POLLIN },
                                { .fd = children->pid_fd, .events = POLLIN } };
        int           count = poll(fds, 2, ASLEEP_MS);
        if (count > 0 && (fds[0].revents & POLLIN)) return true;
        if ((count > 0 && fds[0].revents) || !hpi_children_are_served(children)) return false;
        if (count == 0) hpi_server_continue(children);
    }
    return false;
}

int hpi_leave_streams(int fd) {
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return moved;
}

/* All that were sent, or none: there may have been room for some of them only. */
static void take_fds(struct msghdr *message, int *fds_out) {
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (!head || head->cmsg_type != SCM_RIGHTS) return;
    int    fds[HPI_SERVER_FDS];
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
    bool   is_whole = !(message->msg_flags & MSG_CTRUNC);
    if (count > HPI_SERVER_FDS) return; /* it was given no room for more */
    memcpy(fds, CMSG_DATA(head), count * sizeof *fds);
    for (size_t i = 0; i < count; i++) {
        fds[i] = hpi_leave_streams(fds[i]);
        is_whole = is_whole && fds[i] >= 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_whole)
            hpi_fds_note(fds_out[i] = fds[i]);
        else if (fds[i] >= 0)
            close(fds[i]);
    }
}

static bool receive_answer(hpi_children *children, hpi_server_answer *answer_out, int *fds_out) {
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(HPI_SERVER_FDS * sizeof(int))];
    } control;
    struct iovec  part = { answer_out, sizeof *answer_out };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    ssize_t       got;
    hpi_fds_begin();
    do
        got = recvmsg(children->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    bool is_whole = got == (ssize_t)sizeof *answer_out;
    if (is_whole) take_fds(&message, fds_out);
    hpi_fds_end();
    return is_whole;
}

/* A server that does not keep to the protocol is of no use any more, and its children end with it.
 */
bool hpi_server_ask(hpi_children *children, hpi_server_op op, uint32_t slot,
                    hpi_server_answer *answer_out, int *fds_out) {
    hpi_lock_take(&children->lock);
    bool is_answered = !atomic_load_explicit(&children->is_gone, memory_order_relaxed) &&
                       hpi_server_send(children, op, slot) && await_answer(children) &&
                       receive_answer(children, answer_out, fds_out);
    if (!is_answered && !atomic_exchange(&children->is_gone, true)) hpi_server_kill(children);
    hpi_lock_give(&children->lock);
    return is_answered;
}
