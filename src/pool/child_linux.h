/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_CHILD_LINUX_H
#define HPI_POOL_CHILD_LINUX_H

/* The host's end of the fork server (Linux). */

#include "base/thread.h"
#include "pool/child_oom.h"
#include "pool/child_server.h"

/* A slot, as the host knows it. */
typedef struct hpi_child_seat {
    pid_t pid; /* 0: empty */
    int   error_fd;
    int   pid_fd; /* -1: this system has none */
} hpi_child_seat;

struct hpi_children {
    hpi_child_setup setup;
    hpi_server      server; /* of which the server has a copy */
    pid_t           pid;    /* the server's */
    int             pid_fd; /* ... or -1    */
    int             socket;
    bool            has_stderr; /* the host's standard error was open when they were opened */
    hpi_lock        lock;       /* one request at a time */
    atomic_bool     is_gone;
    hpi_lock        showing;  /* one at a time: two that both find a little room may block */
    bool            is_stuck; /* nobody has taken what was shown last                      */
    hpi_oom         oom;
    hpi_child_seat *seats;
};

/* Ask the server, and wait for the answer; fds_out has room for HPI_SERVER_FDS. False: it is of no
 * use any more. */
bool hpi_server_ask(hpi_children *children, hpi_server_op op, uint32_t slot,
                    hpi_server_answer *answer_out, int *fds_out);
/* Send only. */
bool hpi_server_send(hpi_children *children, hpi_server_op op, uint32_t slot);

/* A host without standard streams: their numbers are not ours to take. -1: it is not to be had. */
int hpi_leave_streams(int fd);

void hpi_server_kill(hpi_children *children);
void hpi_server_continue(hpi_children *children);

/* Whether a child of this process has ended; somebody else may have waited for it. */
bool hpi_has_ended(pid_t pid, int pid_fd);

/* With the server gone, its children are going as well: the system kills them, and this what they
 * have started. */
void hpi_child_bury_unserved(const hpi_children *children, const hpi_child_seat *of);
/* Wait for those of a process group that was killed which have become children of this process: it
 * may be who takes in orphans, as the first process of a container is. */
void hpi_child_reap_group(pid_t group);
/* Close what the host has of it. */
void hpi_child_empty(hpi_child_seat *of);

#endif
