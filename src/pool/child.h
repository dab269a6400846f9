/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_CHILD_H
#define HPI_POOL_CHILD_H

/* Processes, and all that a pool needs of the operating system for them; behind it is one file set
 * for each system. A child has a slot and memory that it shares with the host; which of the words
 * in there mean what is not known here. What comes out of that memory is not to be trusted.
 *
 * The host: any thread, but each slot is one thread's. The child: `body` and what it calls. */

#include <stdatomic.h>

#include "hpt/base.h"

typedef struct hpi_children hpi_children;

/* What each child may use; 0: no limit of ours. */
typedef struct hpi_child_limits {
    uint64_t memory_bytes; /* of address space, what the program has at the start included */
    uint64_t file_bytes;   /* of each file that it writes                                 */
    uint64_t stack_bytes;
    bool     keeps_core;     /* core files as the host's limit says; else none */
    bool     keeps_handlers; /* the host's handlers of faults (SIGSEGV, ...) stay; else none */
} hpi_child_limits;

typedef struct hpi_child_setup {
    uint32_t         count;        /* slots */
    size_t           shared_bytes; /* shared memory of a slot, zeroed at the start */
    hpi_child_limits limits;
    /* What a child runs, in a copy of the memory that the host had when they were opened. When it
     * returns, or when the host or the fork server dies, the child ends. */
    void (*body)(void *context, uint32_t slot, void *shared);
    /* In the child: it has called exit(), and ends now. */
    void (*on_exit)(void *context, void *shared);
    void *context;
    /* Where in the memory of a slot the word is that the host sleeps on, and what is put there when
     * the child has died. */
    size_t   word_at;
    uint32_t word_dead;
} hpi_child_setup;

/* How one died. */
typedef struct hpi_child_death {
    bool     is_known;     /* false: it does not even die of SIGKILL, or nobody is left to ask */
    int      signal;       /* that killed it, or 0: it ended with that code                    */
    int      code;         /* if signal is 0                                                   */
    bool     was_oom;      /* the system has killed for want of memory meanwhile               */
    uint64_t memory_bytes; /* the most that it had in memory                                   */
} hpi_child_death;

/* Get ready to make children: forks a fork server, a copy of the host as it is now, of which only
 * the calling thread goes on. Nothing of it is left behind after a failure. */
hpt_status hpi_children_open(const hpi_child_setup *setup, hpi_children **children_out,
                             hpt_err *err);
/* Kills all that are left, and what they have started. NULL is fine. */
void hpi_children_close(hpi_children *children);

/* The shared memory of a slot. In a child only its own is there. */
void *hpi_child_shared(hpi_children *children, uint32_t slot);

/* False: there is nobody left to make children. */
bool hpi_children_are_served(hpi_children *children);

/* Fork one into a slot that has none: the slot's memory is the caller's to prepare. */
hpt_status hpi_child_start(hpi_children *children, uint32_t slot, hpt_err *err);

/* Sleep while the word is `value`, until `until_ns` at most. May return early: look again. The host
 * waits for a child with wait, a child for the host with sleep. */
void hpi_child_wait(hpi_children *children, uint32_t slot, uint32_t value, int64_t until_ns);
void hpi_child_sleep(atomic_uint *word, uint32_t value, int64_t until_ns);
/* Wake whoever sleeps on the word. Both sides. */
void hpi_child_wake(atomic_uint *word);

/* Whether the child has died: what the word says may be a lie. */
bool hpi_child_is_dead(hpi_children *children, uint32_t slot);

/* What a child is told to do. */
typedef enum hpi_child_order {
    HPI_CHILD_TERM, /* SIGTERM to it and to what it has started, and on with those that are stopped
                     */
    HPI_CHILD_KILL  /* SIGKILL likewise */
} hpi_child_order;

void hpi_child_order_to(hpi_children *children, uint32_t slot, hpi_child_order order);

/* The child is dead or was told to die: see that it and what it has started are gone, and empty the
 * slot. */
void hpi_child_bury(hpi_children *children, uint32_t slot, hpi_child_death *death_out);

/* What it has written to its standard error since the last time, without waiting. */
size_t hpi_child_read(hpi_children *children, uint32_t slot, char *bytes_out, size_t room);

/* Write that to the host's standard error: a little at a time if nobody takes it, and never for
 * long. */
void hpi_child_show(hpi_children *children, const char *bytes, size_t count);

/* In a child: no more than so many seconds of CPU time from now on. */
void hpi_child_limit_cpu(uint64_t seconds);

/* CPU time that it has used, or -1. */
int64_t hpi_child_cpu_ns(hpi_children *children, uint32_t slot);

#endif
