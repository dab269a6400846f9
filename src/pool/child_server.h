/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_CHILD_SERVER_H
#define HPI_POOL_CHILD_SERVER_H

/* The fork server (Linux): what it is asked and what it answers, over a socket, one after the
 * other. It alone is the parent of children, so it alone hears how they end. */

#include <sys/types.h>

#include "pool/child.h"

typedef enum hpi_server_op {
    HPI_SERVER_START, /* fork a child into the slot; two descriptors come with the answer */
    HPI_SERVER_TERM,
    HPI_SERVER_KILL,
    HPI_SERVER_LOOK,   /* whether it has died, and how; if so, the slot is empty then */
    HPI_SERVER_FORGET, /* empty the slot, whatever becomes of who was in it */
    HPI_SERVER_QUIT    /* kill all and end; there is no answer */
} hpi_server_op;

typedef struct hpi_server_request {
    uint32_t op; /* hpi_server_op */
    uint32_t slot;
} hpi_server_request;

/* With the answer to START: its standard error and, where there is such a thing, its pidfd. */
enum { HPI_SERVER_FDS = 2 };

typedef struct hpi_server_answer {
    int32_t  error; /* errno of what failed, or 0 */
    int32_t  pid;
    int32_t  is_dead;
    int32_t  status; /* of wait4(), if is_dead */
    uint64_t memory_bytes;
} hpi_server_answer;

/* A slot, as the server knows it. */
typedef struct hpi_server_seat {
    pid_t    pid; /* 0: empty */
    bool     is_dead;
    int      status;
    uint64_t memory_bytes;
} hpi_server_seat;

/* What the server and its children know: their copy of what the host has. */
typedef struct hpi_server {
    const hpi_child_setup *setup;
    unsigned char         *shared;
    size_t                 stride; /* from slot to slot */
    pid_t                  host;
    int                    socket;
    int                    host_fd;  /* pidfd of the host, or -1 */
    int                    death_fd; /* readable when a child has died */
    hpi_server_seat       *seats;
} hpi_server;

static inline void *hpi_server_shared(const hpi_server *server, uint32_t slot) {
    return server->shared + server->stride * slot;
}

/* In the new process, and first of all: give up what is of other runs (child_shed.c). */
void hpi_server_shed(void);

/* In the new process: serve until told to quit or until the host is gone. Signals are blocked. */
_Noreturn void hpi_server_main(hpi_server *server);

/* In a new child: become what children are, run the body, end. `error_fd`: its standard error. */
_Noreturn void hpi_child_main(const hpi_server *server, uint32_t slot, pid_t parent, int error_fd);

/* A descriptor that is readable once the process has ended; -1: this system has none. */
int hpi_pidfd_open(pid_t pid);

#endif
