/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/system.h"
#include "base/text.h"
#include "base/uuid.h"
#include "store/journal_owner.h"

enum { SHOWN_BYTES = 96, TARGET_BYTES = 4096, AT_ONCE_MAX = 64, OWNER_BITS = 8 * HPI_OWNER_BYTES };

static const char lock_suffix[] = ".lock", rename_suffix[] = ".rename";

/* ---- who holds it ---- */

/* The link must lead to the journal, since an Optuna that waits looks at its time through the link.
 * So who holds it is said in steps that lead nowhere: "./" for a 0, ".//" for a 1. It is there from
 * the moment the link is, in the one call that makes it; a file beside it could come too late. */
static char *make_target(const char *journal_path) {
    unsigned char owner[HPI_OWNER_BYTES];
    const char   *slash = strrchr(journal_path, '/'), *name = slash ? slash + 1 : journal_path;
    size_t        bytes = strlen(name) + 1;
    char         *target = hpi_alloc((size_t)3 * OWNER_BITS + bytes, 1);
    if (!target) return NULL;
    char *at = target;
    int   bits = hpi_owner_self(owner) ? OWNER_BITS : 0;
    for (int bit = 0; bit < bits; bit++) {
        bool is_one = owner[bit / 8] >> (bit % 8) & 1;
        *at++ = '.';
        *at++ = '/';
        if (is_one) *at++ = '/';
    }
    memcpy(at, name, bytes);
    return target;
}

/* Of a link that Optuna made, or that was not made on a host that can tell: false. */
static bool read_owner(const char *target, unsigned char owner[HPI_OWNER_BYTES]) {
    memset(owner, 0, HPI_OWNER_BYTES);
    for (int bit = 0; bit < OWNER_BITS; bit++) {
        if (target[0] != '.' || target[1] != '/') return false;
        bool is_one = target[2] == '/';
        owner[bit / 8] = (unsigned char)(owner[bit / 8] | is_one << (bit % 8));
        target += is_one ? 3 : 2;
    }
    return true;
}

static bool read_link(const char *path, char target[TARGET_BYTES]) {
    ssize_t length = readlink(path, target, TARGET_BYTES - 1);
    if (length <= 0) return false;
    target[length] = '\0';
    return true;
}

/* ---- making and taking away ---- */

hpt_status hpi_journal_lock_init(hpi_journal_lock *lock, const char *journal_path, hpt_err *err) {
    size_t bytes = strlen(journal_path);
    *lock = (hpi_journal_lock){ .path = hpi_alloc(bytes + sizeof lock_suffix, 1) };
    if (lock->path) lock->target = make_target(journal_path);
    if (!lock->target) {
        hpi_free(lock->path);
        lock->path = NULL;
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a journal's lock");
    }
    memcpy(lock->path, journal_path, bytes);
    memcpy(lock->path + bytes, lock_suffix, sizeof lock_suffix);
    return HPT_OK;
}

void hpi_journal_lock_fini(hpi_journal_lock *lock) {
    hpi_journal_lock_let_go(lock);
    hpi_free(lock->path);
    hpi_free(lock->target);
    *lock = (hpi_journal_lock){ 0 };
}

/* 0, or the error. */
static int make(hpi_journal_lock *lock) {
    if (symlink(lock->target, lock->path) == 0) return 0;
    if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL) return errno;
    int file = open(lock->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    close(file);
    return 0;
}

/* Rename, then remove: of two processes that both want it gone, one succeeds. False: it was gone,
 * or may not be touched. `expected`: the target it must have had; else it was somebody's fresh one,
 * which is put back unless there is yet another by now, in which case its owner finds out before it
 * writes (hpi_journal_lock_is_held()). */
static bool take_away(const hpi_journal_lock *lock, const char *expected) {
    char   uuid[37], target[TARGET_BYTES];
    size_t bytes = strlen(lock->path) + sizeof uuid + sizeof rename_suffix;
    char  *aside = hpi_alloc(bytes, 1);
    if (!aside) return false;
    hpi_uuid(uuid);
    snprintf(aside, bytes, "%s%s%s", lock->path, uuid, rename_suffix);
    bool is_done = rename(lock->path, aside) == 0;
    if (is_done && expected && !(read_link(aside, target) && strcmp(target, expected) == 0)) {
        (void)linkat(AT_FDCWD, aside, AT_FDCWD, lock->path, 0);
        is_done = false;
        unlink(aside);
    } else if (is_done) {
        unlink(aside);
    }
    hpi_free(aside);
    return is_done;
}

/* ---- waiting ---- */

/* What the lock and the journal behind it look like now: when it changes, somebody is alive. 0:
 * there is no lock. */
static int64_t stamp_of(const hpi_journal_lock *lock) {
    struct stat link, journal;
    if (lstat(lock->path, &link) != 0) return 0;
    struct timespec made = hpi_changed_at(&link);
    uint64_t        stamp = (uint64_t)link.st_ino ^ (uint64_t)made.tv_nsec;
    stamp = stamp * 1000003 + (uint64_t)made.tv_sec;
    if (stat(lock->path, &journal) == 0) {
        struct timespec written = hpi_changed_at(&journal);
        stamp =
            stamp * 1000003 + (uint64_t)written.tv_sec * 1000000007U + (uint64_t)written.tv_nsec;
    }
    stamp &= INT64_MAX;
    return stamp ? (int64_t)stamp : 1;
}

/* Somebody else has it: remove it if nobody lives behind it. True: try again at once. */
static bool break_dead(hpi_journal_lock *lock) {
    char          target[TARGET_BYTES];
    unsigned char owner[HPI_OWNER_BYTES];
    if (read_link(lock->path, target) && read_owner(target, owner) && hpi_owner_is_dead(owner))
        return take_away(lock, target);
    int64_t stamp = stamp_of(lock), now = hpi_now_ns();
    if (stamp == 0) return true;
    if (stamp != lock->seen_stamp) {
        lock->seen_stamp = stamp;
        lock->seen_ns = now;
    }
    if (now - lock->seen_ns <= HPI_JOURNAL_GRACE_S * HPI_NS_PER_S) return false;
    lock->seen_stamp = 0;
    return take_away(lock, NULL);
}

static void sleep_ns(int64_t ns) {
    struct timespec left = { .tv_sec = (time_t)(ns / HPI_NS_PER_S),
                             .tv_nsec = (long)(ns % HPI_NS_PER_S) };
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static hpt_status busy(const hpi_journal_lock *lock, uint32_t wait_ms, hpt_err *err) {
    char shown[SHOWN_BYTES];
    return hpi_fail(err, HPT_EBUSY,
                    "\"%s\" has been held by another process for %u ms; one that stands still for "
                    "%d s loses it",
                    hpi_quote(shown, sizeof shown, lock->path), (unsigned)wait_ms,
                    HPI_JOURNAL_GRACE_S);
}

static void note_ours(hpi_journal_lock *lock) {
    struct stat link;
    bool        is_there = lstat(lock->path, &link) == 0;
    lock->is_held = true;
    lock->holder = getpid();
    lock->made = is_there ? hpi_changed_at(&link) : (struct timespec){ 0 };
    lock->inode = is_there ? link.st_ino : 0;
    lock->seen_stamp = 0;
}

hpt_status hpi_journal_lock_take(hpi_journal_lock *lock, uint32_t wait_ms, hpt_err *err) {
    int64_t end_ns = hpi_now_ns() + wait_ms * HPI_NS_PER_MS, pause_ns = HPI_NS_PER_MS;
    int     at_once = 0; /* tries without a pause; bounded, should the link be there and not be */
    char    shown[SHOWN_BYTES];
    for (int error; (error = make(lock)) != 0;) {
        if (error == EINTR) continue;
        if (error != EEXIST)
            return hpi_fail(err, HPT_EIO, "the lock \"%s\" cannot be made: %s",
                            hpi_quote(shown, sizeof shown, lock->path), strerror(error));
        if (at_once < AT_ONCE_MAX && break_dead(lock)) {
            at_once++;
            pause_ns = HPI_NS_PER_MS;
            continue;
        }
        int64_t left_ns = end_ns - hpi_now_ns();
        if (left_ns <= 0) return busy(lock, wait_ms, err);
        sleep_ns(pause_ns < left_ns ? pause_ns : left_ns);
        if (pause_ns < HPI_NS_PER_S) pause_ns *= 2;
        if (pause_ns > HPI_NS_PER_S) pause_ns = HPI_NS_PER_S;
    }
    note_ours(lock);
    return HPT_OK;
}

/* The number of an inode is given again soon, and clocks are coarse: so what the link says counts
 * too. */
bool hpi_journal_lock_is_held(const hpi_journal_lock *lock) {
    struct stat link;
    char        target[TARGET_BYTES];
    if (!lock->is_held || lock->holder != getpid() || lstat(lock->path, &link) != 0) return false;
    if (S_ISLNK(link.st_mode) &&
        !(read_link(lock->path, target) && strcmp(target, lock->target) == 0))
        return false;
    struct timespec made = hpi_changed_at(&link);
    return link.st_ino == lock->inode && made.tv_sec == lock->made.tv_sec &&
           made.tv_nsec == lock->made.tv_nsec;
}

/* One's own needs no name aside, which would stay if the process were killed at that moment. */
void hpi_journal_lock_let_go(hpi_journal_lock *lock) {
    if (hpi_journal_lock_is_held(lock)) unlink(lock->path);
    lock->is_held = false;
}
