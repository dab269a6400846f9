/* SPDX-License-Identifier: BSD-3-Clause */
/* child.h in terms of a fork server, pidfds and futexes (Linux): the host's side. */
#define _GNU_SOURCE /* syscall */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fds.h"
#include "pool/child_linux.h"

enum {
    /* So long may a child take to die of SIGKILL: one that waits for a disk in the kernel does not
     * hear it. */
    DEATH_MS = 5 * 1000,
    /* A pipe that can be written to takes so much at once. What nobody takes for so long is lost:
     * limits of time must be held to meanwhile. */
    SHOWN_BYTES = 4096,
    SHOW_MS = 100
};

/* Words. */

/* Machines of 32 bits have two such calls, and the library's struct timespec may be that of either:
 * so the call of 64-bit times, with the kernel's own struct. */
#ifdef SYS_futex_time64
#include <linux/time_types.h>
enum { FUTEX_CALL = SYS_futex_time64 };
typedef struct __kernel_timespec futex_time;
#else
enum { FUTEX_CALL = SYS_futex };
typedef struct timespec futex_time;
#endif

static void futex(atomic_uint *word, int what, uint32_t value, const futex_time *until) {
    syscall(FUTEX_CALL, word, what, value, until, NULL, FUTEX_BITSET_MATCH_ANY);
}

void hpi_child_wake(atomic_uint *word) {
    futex(word, FUTEX_WAKE, 1, NULL);
}

void hpi_child_sleep(atomic_uint *word, uint32_t value, int64_t until_ns) {
    futex_time until = { .tv_sec = until_ns / HPI_NS_PER_S, .tv_nsec = until_ns % HPI_NS_PER_S };
    futex(word, FUTEX_WAIT_BITSET, value, until_ns == INT64_MAX ? NULL : &until);
}

void *hpi_child_shared(hpi_children *children, uint32_t slot) {
    return hpi_server_shared(&children->server, slot);
}

void hpi_child_wait(hpi_children *children, uint32_t slot, uint32_t value, int64_t until_ns) {
    unsigned char *shared = hpi_child_shared(children, slot);
    hpi_child_sleep((atomic_uint *)(void *)(shared + children->setup.word_at), value, until_ns);
}

/* Children. */

static void close_fd(int *fd) {
    if (*fd >= 0) hpi_fds_close(*fd);
    *fd = -1;
}

void hpi_child_empty(hpi_child_seat *of) {
    close_fd(&of->error_fd);
    close_fd(&of->pid_fd);
    of->pid = 0;
}

hpt_status hpi_child_start(hpi_children *children, uint32_t slot, hpt_err *err) {
    hpi_child_seat   *to = &children->seats[slot];
    hpi_server_answer answer = { .error = 0 };
    int               fds[HPI_SERVER_FDS] = { -1, -1 };
    if (!hpi_server_ask(children, HPI_SERVER_START, slot, &answer, fds))
        return hpi_fail(err, HPT_ETHREAD, "the fork server has died");
    char why[128];
    if (answer.error == 0 && fds[0] < 0) { /* there was no room for it here: it is of no use */
        hpi_child_death death;
        *to = (hpi_child_seat){ .pid = answer.pid, .error_fd = -1, .pid_fd = -1 };
        hpi_child_bury(children, slot, &death);
        answer.error = EMFILE;
    }
    if (answer.error != 0) {
        hpi_error_words(why, sizeof why, answer.error);
        return hpi_fail(err, HPT_ETHREAD, "a process could not be made: %s", why);
    }
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    *to = (hpi_child_seat){ .pid = answer.pid, .error_fd = fds[0], .pid_fd = fds[1] };
    return HPT_OK;
}

bool hpi_child_is_dead(hpi_children *children, uint32_t slot) {
    struct pollfd end = { .fd = children->seats[slot].pid_fd, .events = POLLIN };
    return end.fd >= 0 && poll(&end, 1, 0) > 0;
}

void hpi_child_order_to(hpi_children *children, uint32_t slot, hpi_child_order order) {
    hpi_server_answer answer;
    int               fds[HPI_SERVER_FDS];
    hpi_server_ask(children, order == HPI_CHILD_TERM ? HPI_SERVER_TERM : HPI_SERVER_KILL, slot,
                   &answer, fds);
}

static void tell_death(hpi_children *children, const hpi_server_answer *answer,
                       hpi_child_death *death_out) {
    bool was_signalled = WIFSIGNALED(answer->status);
    *death_out = (hpi_child_death){
        .is_known = true,
        .signal = was_signalled ? WTERMSIG(answer->status) : 0,
        .code = WIFEXITED(answer->status) ? WEXITSTATUS(answer->status) : 0,
        .memory_bytes = answer->memory_bytes,
    };
    if (death_out->signal == SIGKILL) death_out->was_oom = hpi_oom_look(&children->oom);
}

void hpi_child_reap_group(pid_t group) {
    struct timespec pause = { .tv_nsec = HPI_NS_PER_MS };
    int64_t         until_ns = hpi_now_ns() + DEATH_MS * HPI_NS_PER_MS;
    for (;;) {
        pid_t ended = waitpid(-group, NULL, WNOHANG);
        if (ended < 0 && errno != EINTR) return; /* none of them is a child of ours */
        if (ended == 0 && hpi_now_ns() >= until_ns) return;
        if (ended == 0) nanosleep(&pause, NULL);
    }
}

/* With the server gone, its children are going as well: the system kills them, and we what they
 * have started. Until it is gone for good they are its. */
void hpi_child_bury_unserved(const hpi_children *children, const hpi_child_seat *of) {
    struct pollfd end = { .fd = of->pid_fd, .events = POLLIN };
    struct pollfd parents = { .fd = children->pid_fd, .events = POLLIN };
    kill(-of->pid, SIGKILL);
    if (end.fd >= 0) poll(&end, 1, DEATH_MS);
    if (parents.fd >= 0) poll(&parents, 1, DEATH_MS);
    hpi_child_reap_group(of->pid);
}

/* Until it is dead: it may have to be told, and may be slow to hear. False: it does not die. */
static bool await_death(hpi_children *children, uint32_t slot, hpi_server_answer *answer_out) {
    int             fds[HPI_SERVER_FDS];
    struct timespec pause = { .tv_nsec = HPI_NS_PER_MS };
    int64_t         until_ns = hpi_now_ns() + DEATH_MS * HPI_NS_PER_MS;
    bool            was_told = false;
    while (hpi_server_ask(children, HPI_SERVER_LOOK, slot, answer_out, fds)) {
        if (answer_out->is_dead) return true;
        if (hpi_now_ns() >= until_ns) return false;
        if (!was_told) hpi_child_order_to(children, slot, HPI_CHILD_KILL);
        was_told = true;
        nanosleep(&pause, NULL);
    }
    return false;
}

void hpi_child_bury(hpi_children *children, uint32_t slot, hpi_child_death *death_out) {
    hpi_server_answer answer = { .error = 0 };
    hpi_child_seat   *of = &children->seats[slot];
    int               fds[HPI_SERVER_FDS];
    *death_out = (hpi_child_death){ .is_known = false };
    if (of->pid == 0) return;
    if (await_death(children, slot, &answer))
        tell_death(children, &answer, death_out);
    else if (hpi_children_are_served(children))
        hpi_server_ask(children, HPI_SERVER_FORGET, slot, &answer, fds);
    else
        hpi_child_bury_unserved(children, of);
    hpi_child_empty(of);
}

size_t hpi_child_read(hpi_children *children, uint32_t slot, char *bytes_out, size_t room) {
    int fd = children->seats[slot].error_fd;
    if (fd < 0) return 0;
    ssize_t got = read(fd, bytes_out, room);
    return got > 0 ? (size_t)got : 0;
}

/* Holding the lock. */
static void show(hpi_children *children, const char *bytes, size_t count) {
    while (count > 0) {
        struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
        size_t        piece = count < SHOWN_BYTES ? count : SHOWN_BYTES;
        int           ready = poll(&out, 1, children->is_stuck ? 0 : SHOW_MS);
        children->is_stuck = ready == 0; /* then it is not waited for again */
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0 || out.revents != POLLOUT) return;
        ssize_t written = write(STDERR_FILENO, bytes, piece);
        if (written < 0 && errno != EINTR) return;
        if (written < 0) continue;
        bytes += written;
        count -= (size_t)written;
    }
}

void hpi_child_show(hpi_children *children, const char *bytes, size_t count) {
    if (!children->has_stderr) return;
    hpi_lock_take(&children->showing);
    show(children, bytes, count);
    hpi_lock_give(&children->showing);
}

int64_t hpi_child_cpu_ns(hpi_children *children, uint32_t slot) {
    clockid_t       clock;
    struct timespec used;
    pid_t           pid = children->seats[slot].pid;
    if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0) return -1;
    if (clock_gettime(clock, &used) != 0) return -1;
    return used.tv_sec * HPI_NS_PER_S + used.tv_nsec;
}
