/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   one process at a time appends; a lock is waited for, taken over from the dead, left to
 * the living, and never left behind. Method: locks as Optuna makes them, as hpt makes them, and of
 * a child that is killed with one. */
#include "journals.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/journal_lock.h"

static hpi_journal_lock new_lock(void) {
    hpi_journal_lock lock;
    journals_write(journals_path("a.journal"), "", 0);
    assert_int_equal(hpi_journal_lock_init(&lock, journals_path("a.journal"), NULL), HPT_OK);
    return lock;
}

static bool is_locked(void) {
    return journals_exists(journals_path("a.journal.lock"));
}

/* An Optuna that waits asks through the link when the journal was changed. */
static void the_link_leads_to_the_journal(void **state) {
    (void)state;
    struct stat      link, journal;
    hpi_journal_lock lock = new_lock();
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    assert_int_equal(stat(journals_path("a.journal.lock"), &link), 0);
    assert_int_equal(stat(journals_path("a.journal"), &journal), 0);
    assert_int_equal(link.st_ino, journal.st_ino);
    assert_true(hpi_journal_lock_is_held(&lock));
    hpi_journal_lock_let_go(&lock);
    assert_false(is_locked());
    assert_false(hpi_journal_lock_is_held(&lock));
    hpi_journal_lock_fini(&lock);
}

static void a_lock_of_the_living_is_waited_for_in_vain(void **state) {
    (void)state;
    hpt_err          err = { 0 };
    hpi_journal_lock lock = new_lock(), other = new_lock();
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    int64_t start_ns = hpi_now_ns();
    journals_assert_fails(hpi_journal_lock_take(&other, 20, &err), HPT_EBUSY, &err, "for 20 ms");
    assert_true(hpi_now_ns() - start_ns >= 20 * HPI_NS_PER_MS);
    hpi_journal_lock_fini(&other); /* lets go of nothing */
    assert_true(hpi_journal_lock_is_held(&lock));
    hpi_journal_lock_fini(&lock);
    assert_false(is_locked());
}

static void optunas_lock_is_respected_and_its_release_noticed(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    assert_int_equal(symlink(journals_path("a.journal"), journals_path("a.journal.lock")), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 10, NULL), HPT_EBUSY);
    assert_int_equal(unlink(journals_path("a.journal.lock")), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    hpi_journal_lock_fini(&lock);
}

/* Time is made to pass by setting when the lock was first seen as it is. */
static void a_lock_that_nothing_happens_behind_is_taken_after_30_s(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    assert_int_equal(symlink(journals_path("a.journal"), journals_path("a.journal.lock")), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_EBUSY);
    lock.seen_ns -= 10 * HPI_NS_PER_S; /* this test, too, may be made to wait */
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_EBUSY);
    lock.seen_ns -= 21 * HPI_NS_PER_S;
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    hpi_journal_lock_fini(&lock);
    assert_false(is_locked());
}

static void a_journal_that_grows_keeps_its_lock(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    assert_int_equal(symlink(journals_path("a.journal"), journals_path("a.journal.lock")), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_EBUSY);
    lock.seen_ns -= 40 * HPI_NS_PER_S;
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = 1000000000 } };
    assert_int_equal(utimensat(AT_FDCWD, journals_path("a.journal"), times, 0), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_EBUSY);
    hpi_journal_lock_fini(&lock);
    assert_int_equal(unlink(journals_path("a.journal.lock")), 0);
}

/* A child that takes the lock and is killed with it. */
static pid_t start_killed(void) {
    pid_t child = fork();
    if (child == 0) {
        hpi_journal_lock mine;
        if (hpi_journal_lock_init(&mine, journals_path("a.journal"), NULL) != HPT_OK) _exit(1);
        if (hpi_journal_lock_take(&mine, 0, NULL) != HPT_OK) _exit(1);
        kill(getpid(), SIGKILL);
    }
    return child;
}

/* Nobody waits for 30 s. */
static void the_lock_of_a_dead_process_is_taken_at_once(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    pid_t            child = start_killed();
    int              status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(is_locked());
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    hpi_journal_lock_fini(&lock);
    assert_false(is_locked());
}

/* Its parent may never ask what became of it. */
static void so_is_that_of_one_that_nobody_has_waited_for(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    pid_t            child = start_killed();
    siginfo_t        info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_code, CLD_KILLED);
    assert_true(is_locked());
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    hpi_journal_lock_fini(&lock);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_forked_child_lets_go_of_nothing(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock();
    int              status;
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    pid_t child = fork();
    if (child == 0) {
        bool is_held = hpi_journal_lock_is_held(&lock);
        hpi_journal_lock_let_go(&lock);
        _exit(is_held);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(hpi_journal_lock_is_held(&lock));
    hpi_journal_lock_fini(&lock);
}

/* It stood still so long that another process took over: nothing may be written. */
static void a_commit_without_its_lock_is_refused(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    hpt_err      err = { 0 };
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(0, 0));
    assert_int_equal(unlink(journals_path("a.journal.lock")), 0);
    assert_int_equal(symlink(path, journals_path("a.journal.lock")), 0);
    journals_assert_fails(backend->class->commit(backend, true, &err), HPT_EBUSY, &err,
                          "took the lock");
    assert_true(is_locked()); /* the other's */
    assert_int_equal(unlink(journals_path("a.journal.lock")), 0);
    journals_fill(backend, 0, 1);
    backend->class->close(backend);
}

typedef struct telling {
    int    count;
    bool   was_locked;
    size_t bytes;
} telling;

static void note_safe(void *user) {
    telling *it = user;
    char    *text = journals_read(journals_path("a.journal"), &it->bytes);
    hpi_free(text);
    it->was_locked = is_locked();
    it->count++;
}

/* Nobody waits for the lock to be given back. */
static void that_a_commit_is_durable_is_told_before_its_lock_is_given_back(void **state) {
    (void)state;
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    telling      it = { 0 };
    size_t       bytes;
    backend->is_safe = note_safe;
    backend->is_safe_user = &it;
    journals_fill(backend, 0, 1);
    assert_int_equal(it.count, 1);
    assert_true(it.was_locked);
    assert_false(is_locked());
    hpi_free(journals_read(journals_path("a.journal"), &bytes));
    assert_int_equal(it.bytes, bytes);
    backend->class->close(backend);
}

static void a_commit_that_fails_or_need_not_be_durable_tells_nothing(void **state) {
    (void)state;
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    telling      it = { 0 };
    hpt_err      err = { 0 };
    backend->is_safe = note_safe;
    backend->is_safe_user = &it;
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(0, 0));
    assert_int_equal(backend->class->commit(backend, false, &err), HPT_OK);
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(1, 1));
    assert_int_equal(unlink(journals_path("a.journal.lock")), 0);
    assert_int_equal(backend->class->commit(backend, true, &err), HPT_EBUSY);
    assert_int_equal(it.count, 0);
    backend->class->close(backend);
}

static void what_is_left_of_locks_is_nothing(void **state) {
    (void)state;
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    for (uint64_t i = 0; i < 5; i++)
        journals_fill(backend, i, 1);
    backend->class->close(backend);
    assert_int_equal(unlink(journals_path("a.journal")), 0);
    assert_int_equal(rmdir(journals_path("")), 0); /* the folder is empty */
}

static void alarm_rang(int number) {
    (void)number;
}

/* A signal in the middle of waiting shortens nothing. */
static void signals_do_not_end_the_waiting(void **state) {
    (void)state;
    hpi_journal_lock lock = new_lock(), other = new_lock();
    struct sigaction action = { .sa_handler = alarm_rang }, before;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    int64_t start_ns = hpi_now_ns();
    ualarm(5000, 5000);
    assert_int_equal(hpi_journal_lock_take(&other, 50, NULL), HPT_EBUSY);
    ualarm(0, 0);
    assert_true(hpi_now_ns() - start_ns >= 50 * HPI_NS_PER_MS);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    hpi_journal_lock_fini(&other);
    hpi_journal_lock_fini(&lock);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_link_leads_to_the_journal),
        EACH(a_lock_of_the_living_is_waited_for_in_vain),
        EACH(optunas_lock_is_respected_and_its_release_noticed),
        EACH(a_lock_that_nothing_happens_behind_is_taken_after_30_s),
        EACH(a_journal_that_grows_keeps_its_lock),
        EACH(the_lock_of_a_dead_process_is_taken_at_once),
        EACH(so_is_that_of_one_that_nobody_has_waited_for),
        EACH(a_forked_child_lets_go_of_nothing),
        EACH(a_commit_without_its_lock_is_refused),
        EACH(that_a_commit_is_durable_is_told_before_its_lock_is_given_back),
        EACH(a_commit_that_fails_or_need_not_be_durable_tells_nothing),
        EACH(what_is_left_of_locks_is_nothing),
        EACH(signals_do_not_end_the_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
