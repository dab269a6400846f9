/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_LOCK_H
#define HPI_STORE_JOURNAL_LOCK_H

/* Who may append to a journal: the one whose symbolic link "<path>.lock" is. The protocol is that
 * of Optuna's JournalFileSymlinkLock, also towards an Optuna that waits; on a file system without
 * links a file made with O_EXCL takes the place (JournalFileOpenLock).
 *
 * A lock whose holder is gone is taken over: after 30 s in which neither the link nor the journal
 * changed, as Optuna does; at once if hpt made it on this host and its process is dead. One thread
 * at a time. */

#include <sys/types.h>
#include <time.h>

#include "hpt/base.h"

enum { HPI_JOURNAL_GRACE_S = 30 };

typedef struct hpi_journal_lock {
    char           *path;   /* of the link                                                   */
    char           *target; /* what the link says: who holds it, then the journal's own name */
    bool            is_held;
    pid_t           holder;     /* a child that was forked meanwhile holds nothing               */
    ino_t           inode;      /* of the link, to know it again                                 */
    struct timespec made;       /* likewise                                                      */
    int64_t         seen_ns;    /* since when somebody else's lock looks as it does              */
    int64_t         seen_stamp; /* ... namely like this; 0: not seen                             */
} hpi_journal_lock;

hpt_status hpi_journal_lock_init(hpi_journal_lock *lock, const char *journal_path, hpt_err *err);
void       hpi_journal_lock_fini(hpi_journal_lock *lock); /* lets go */

/* HPT_EBUSY when somebody else had it for all of wait_ms; HPT_EIO when no lock can be made. */
hpt_status hpi_journal_lock_take(hpi_journal_lock *lock, uint32_t wait_ms, hpt_err *err);

/* Whether it is still ours: another process takes it away from one that stood still for 30 s. */
bool hpi_journal_lock_is_held(const hpi_journal_lock *lock);

void hpi_journal_lock_let_go(hpi_journal_lock *lock); /* nothing to do if it is not held */

#endif
