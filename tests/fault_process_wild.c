/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever an objective does to its process, it does not do it to the run.
 * Method: objectives that write over the memory they share with their keeper, close all
 * descriptors, fork, and leave processes behind; and what a fork may ask of a run. */
#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/child.h"
#include "pool/mailbox.h"
#include "trial/trial.h"

static hpt_status answers(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

/* A run whose first worker's trials are such, and whose others are not touched. */

/* In a worker process the points lie in the mailbox. */
static hpi_mailbox *mailbox_of(const hpt_trial *trial) {
    unsigned char *point = (unsigned char *)(uintptr_t)hpt_trial_point(trial);
    return (hpi_mailbox *)(void *)(point - offsetof(hpi_mailbox, point));
}

static hpt_status fills_its_mailbox(hpt_trial *trial, void *user, double *value_out) {
    hpi_mailbox *box = mailbox_of(trial);
    (void)value_out;
    memset((void *)box, *(int *)user, sizeof *box);
    hpi_child_wake(&box->word);
    runs_sleep_ms(10000);
    return HPT_OK;
}

static void a_mailbox_full_of_anything_hurts_nobody(void **state) {
    (void)state;
    for (int fill = 1; fill <= 255; fill += 127)
        isolated_assert_dies(fills_its_mailbox, &fill, isolated_options(2, 0), HPT_TRIAL_CRASHED,
                             "has overwritten memory that it shares with the run");
}

/* As an array of integers that is written past its end: each of them is a word of the protocol. */
static hpt_status fills_its_mailbox_with_numbers(hpt_trial *trial, void *user, double *value_out) {
    hpi_mailbox *box = mailbox_of(trial);
    int         *words = (int *)(void *)box;
    (void)value_out;
    for (size_t i = 0; i < sizeof *box / sizeof *words; i++)
        words[i] = *(int *)user;
    hpi_child_wake(&box->word);
    runs_sleep_ms(10000);
    return HPT_OK;
}

static void a_mailbox_full_of_small_numbers_ends_no_run(void **state) {
    (void)state;
    for (int number = 1; number <= 6; number++)
        isolated_assert_dies(fills_its_mailbox_with_numbers, &number, isolated_options(2, 0),
                             HPT_TRIAL_CRASHED,
                             "has overwritten memory that it shares with the run");
}

/* As if it had never had a trial. */
static hpt_status erases_its_mailbox(hpt_trial *trial, void *user, double *value_out) {
    hpi_mailbox *box = mailbox_of(trial);
    (void)user, (void)value_out;
    memset((void *)box, 0, sizeof *box);
    raise(SIGKILL);
    return HPT_OK;
}

static void who_dies_behind_an_erased_mailbox_is_not_called_again(void **state) {
    (void)state;
    isolated_assert_dies(erases_its_mailbox, NULL, isolated_options(2, 0), HPT_TRIAL_CRASHED,
                         "has overwritten memory that it shares with the run");
}

/* Of another run of the same program, which is there when a process is forked. */
static hpt_status looks_for_a_mailbox(hpt_trial *trial, void *user, double *value_out) {
    atomic_uintptr_t *other = user;
    unsigned char     is_there;
    uintptr_t         page = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    *value_out = 0;
    if (atomic_load(other) == 0) {
        atomic_store(other, (uintptr_t)mailbox_of(trial) & page);
        return HPT_OK;
    }
    *value_out = mincore((void *)atomic_load(other), 1, &is_there) == 0;
    return HPT_OK;
}

static void a_process_has_no_mailbox_of_another_run(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    atomic_uintptr_t *other = fixture_shared(sizeof *other);
    hpt_options       options = isolated_options(1, 1);
    hpt_run          *first = runs_start(looks_for_a_mailbox, other, &options);
    assert_int_equal(hpt_run_wait(first, 60), HPT_OK);
    assert_true(atomic_load(other) != 0);
    hpt_result *result = runs_do(looks_for_a_mailbox, other, &options);
    hpt_result_destroy(runs_end(first));
    assert_true(hpt_result_value(result) == 0);
    hpt_result_destroy(result);
}

/* Of another worker of the same run, which is told where it is. */
enum { NEIGHBOURS = 2 };

static hpt_status looks_for_its_neighbours_mailbox(hpt_trial *trial, void *user,
                                                   double *value_out) {
    atomic_uintptr_t *boxes = user;
    uint32_t          self = hpt_trial_worker(trial);
    unsigned char     is_there;
    uintptr_t         page = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    atomic_store(&boxes[self], (uintptr_t)mailbox_of(trial) & page);
    for (uint32_t i = 0; i < NEIGHBOURS; i++)
        while (atomic_load(&boxes[i]) == 0)
            runs_sleep_ms(1);
    if (mincore((void *)atomic_load(&boxes[self]), 1, &is_there) != 0) return HPT_EBUG;
    *value_out = mincore((void *)atomic_load(&boxes[1 - self]), 1, &is_there) == 0;
    return HPT_OK;
}

static void a_process_has_no_mailbox_of_another_worker(void **state) {
    (void)state;
    SKIP_WHERE_EMULATED();
    atomic_uintptr_t *boxes = fixture_shared(NEIGHBOURS * sizeof *boxes);
    isolated_end      ends[NEIGHBOURS];
    hpt_result_destroy(isolated_run(looks_for_its_neighbours_mailbox, boxes,
                                    isolated_options(NEIGHBOURS, NEIGHBOURS), ends, NEIGHBOURS));
    for (int i = 0; i < NEIGHBOURS; i++) {
        assert_int_equal(ends[i].state, HPT_TRIAL_COMPLETE);
        assert_true(ends[i].value == 0);
    }
}

/* A word that says that it has ended, and junk beside it, drawn from the trial's number. */
static hpt_status says_nonsense(hpt_trial *trial, void *user, double *value_out) {
    hpi_mailbox   *box = mailbox_of(trial);
    unsigned char *bytes = (unsigned char *)&box->answer;
    size_t         count = sizeof box->answer + 256;
    (void)user, (void)value_out;
    for (size_t i = 0; i < count; i += sizeof(uint64_t)) {
        uint64_t word = hpt_trial_seed(trial, i);
        memcpy(bytes + i, &word, count - i < sizeof word ? count - i : sizeof word);
    }
    atomic_store(&box->word, HPI_MAIL_SAID);
    hpi_child_wake(&box->word);
    runs_sleep_ms(10000);
    return HPT_OK;
}

static void answers_that_make_no_sense_are_crashes(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, fixture_scaled(60));
    hpt_result *result = runs_do(says_nonsense, NULL, &options);
    uint64_t    crashed = hpt_result_count(result, HPT_TRIAL_CRASHED);
    uint64_t    failed = hpt_result_count(result, HPT_TRIAL_FAILED);
    assert_int_equal(crashed + failed,
                     options.trial_count_max); /* some say "not HPT_OK", no more */
    assert_true(crashed > 0);
    hpt_result_destroy(result);
}

static hpt_status reports_nonsense(hpt_trial *trial, void *user, double *value_out) {
    hpi_mailbox *box = mailbox_of(trial);
    (void)user, (void)value_out;
    atomic_store(&box->put, UINT64_MAX / 2);
    hpi_child_wake(&box->word);
    runs_sleep_ms(10000);
    return HPT_OK;
}

static void reports_that_make_no_sense_are_crashes(void **state) {
    (void)state;
    isolated_assert_dies(reports_nonsense, NULL, isolated_options(2, 0), HPT_TRIAL_CRASHED,
                         "has overwritten memory");
}

static void what_strangers_write_into_notes_is_looked_at(void **state) {
    (void)state;
    unsigned char bytes[1024];
    hpi_notes     notes = { .bytes = bytes, .room = sizeof bytes - HPI_NOTE_VALUES_BYTES };
    const double  values[] = { 1, 2 };
    assert_true(hpi_notes_set_attr(&notes, "a", hpt_text("text")));
    assert_true(hpi_notes_set_attr(&notes, "b", hpt_real(0.5)));
    assert_true(hpi_notes_set_attr(&notes, "c", hpt_bool(true)));
    assert_true(hpi_notes_set_attr(&notes, "d", hpt_null()));
    assert_true(hpi_notes_set_constraint(&notes, "e", 3));
    assert_true(hpi_notes_set_reason(&notes, "because"));
    assert_true(hpi_notes_are_sound(bytes, notes.used));
    assert_true(hpi_notes_are_sound(bytes, 0));
    for (uint32_t used = 1; used < notes.used; used++) { /* cut: whole records only */
        hpt_attr attrs[8];
        if (hpi_notes_are_sound(bytes, used))
            assert_true(hpi_notes_attrs(bytes, used, attrs, 8) < 5);
    }
    for (uint32_t i = 0; i < notes.used; i++) { /* whatever is let through can be read */
        unsigned char before = bytes[i];
        for (int value = 0; value < 256; value++) {
            bytes[i] = (unsigned char)value;
            hpt_attr attrs[8];
            if (!hpi_notes_are_sound(bytes, notes.used)) continue;
            assert_true(hpi_notes_attrs(bytes, notes.used, attrs, 8) <= 6);
            assert_true(strlen(hpi_notes_reason(bytes, notes.used)) < HPI_REASON_BYTES);
        }
        bytes[i] = before;
    }
    hpi_notes_set_values(&notes, values, 2); /* the host's alone */
    assert_false(hpi_notes_are_sound(bytes, notes.used));
}

/* Descriptors. */

static hpt_status closes_all(hpt_trial *trial, void *user, double *value_out) {
    for (int file = 0; file < 256; file++)
        close(file);
    for (int file = 0; file < 64; file++)
        if (open("/dev/zero", O_RDWR) < 0) return HPT_EIO;
    return answers(trial, user, value_out);
}

static void who_closes_all_descriptors_is_answered_for_all_the_same(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 50);
    hpt_result *result = runs_do(closes_all, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 50);
    assert_int_equal(hpt_result_stats(result)->restart_count, 0);
    hpt_result_destroy(result);
}

/* Forks. */

static hpt_status comes_back_twice(hpt_trial *trial, void *user, double *value_out) {
    pid_t child = fork();
    if (child < 0) return HPT_ETHREAD;
    if (child == 0) hpt_trial_report(trial, 1, 7); /* which is nobody's */
    *value_out = child == 0 ? -1 : 0;
    if (child > 0) waitpid(child, NULL, 0);
    return child == 0 ? HPT_OK : answers(trial, user, value_out);
}

static hpt_status no_report(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)err;
    assert_int_equal(count, 0);
    return HPT_OK;
}

static void a_fork_that_returns_from_the_objective_counts_for_nothing(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = isolated_options(2, 20);
    observer.events = no_report;
    observer.kinds = HPT_EVENT_TRIAL_REPORTED;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(comes_back_twice, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
    assert_true(hpt_result_value(result) >= 0);
    hpt_result_destroy(result);
}

/* The grandchild's process number, and whether it should have left its group. */
typedef struct left {
    atomic_int  pid;
    atomic_bool is_crash, is_daemon;
} left;

static hpt_status leaves_one_behind(hpt_trial *trial, void *user, double *value_out) {
    left *it = user;
    int   ready[2];
    char  byte;
    (void)value_out;
    if (pipe(ready) != 0) return HPT_EIO;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_IGN);
        if (atomic_load(&it->is_daemon)) setsid();
        if (write(ready[1], "", 1) != 1) _exit(1);
        for (;;)
            pause();
    }
    atomic_store(&it->pid, (int)child);
    if (read(ready[0], &byte, 1) != 1) return HPT_EIO;
    if (atomic_load(&it->is_crash)) abort();
    return answers(trial, NULL, value_out);
}

static void what_a_trial_has_started_dies_with_its_process(void **state) {
    (void)state;
    left       *it = fixture_shared(sizeof *it);
    hpt_options options = isolated_options(1, 2);
    atomic_store(&it->is_crash, true);
    hpt_run *run = runs_start(leaves_one_behind, it, &options);
    assert_int_equal(hpt_run_wait(run, 60), HPT_OK); /* its server lives */
    for (int ms = 0; kill(atomic_load(&it->pid), 0) == 0 && ms < 5000; ms++)
        runs_sleep_ms(1);
    assert_int_not_equal(kill(atomic_load(&it->pid), 0), 0);
    hpt_result_destroy(runs_end(run));
}

static void a_daemon_dies_with_the_run(void **state) {
    (void)state;
    left       *it = fixture_shared(sizeof *it);
    hpt_options options = isolated_options(2, 1);
    for (int crash = 0; crash < 2; crash++) {
        atomic_store(&it->is_daemon, true);
        atomic_store(&it->is_crash, crash == 1);
        hpt_result_destroy(runs_do(leaves_one_behind, it, &options));
        assert_int_not_equal(kill(atomic_load(&it->pid), 0), 0);
    }
}

/* More than a page of /proc shows at once. */
enum { DAEMONS = 700 };

static hpt_status leaves_many_behind(hpt_trial *trial, void *user, double *value_out) {
    atomic_int *pids = user;
    for (int i = 0; i < DAEMONS; i++) {
        pid_t child = fork();
        if (child < 0) return HPT_ETHREAD;
        if (child == 0) {
            setsid();
            for (;;)
                pause();
        }
        atomic_store(&pids[i], (int)child);
    }
    return answers(trial, NULL, value_out);
}

static void hundreds_of_daemons_die_with_the_run(void **state) {
    (void)state;
    SKIP_WHERE_SCALED_DOWN();
    if (IS_SANITIZED) skip(); /* too much memory for so many */
    atomic_int *pids = fixture_shared(DAEMONS * sizeof *pids);
    hpt_options options = isolated_options(1, 1);
    hpt_result *result = runs_do(leaves_many_behind, pids, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 1);
    hpt_result_destroy(result);
    for (int i = 0; i < DAEMONS; i++)
        assert_int_not_equal(kill(atomic_load(&pids[i]), 0), 0);
}

/* Public functions in a fork. */

static hpt_status asks_of_its_run(hpt_trial *trial, void *user, double *value_out) {
    hpt_run      *run = hpt_trial_run(trial);
    hpt_stats     stats = { .struct_size = sizeof stats };
    hpt_result   *result = NULL;
    hpt_receiver *receiver = NULL;
    hpt_observer  observer = hpt_observer_default();
    hpt_status    all[] = { hpt_run_wait(run, 0),
                            hpt_run_poll(run),
                            hpt_run_stats(run, &stats, NULL),
                            hpt_run_result(run, &result, NULL),
                            hpt_run_attach(run, &observer, NULL, NULL),
                            hpt_run_detach(run, 1, NULL),
                            hpt_run_subscribe(run, 0, 0, &receiver, NULL) };
    hpt_run_destroy(run);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] != HPT_EFORKED) return hpt_trial_fail(trial, "%zu says %d", i, (int)all[i]);
    return answers(trial, user, value_out);
}

static void a_worker_process_is_told_that_the_run_is_not_its(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, 4);
    hpt_result *result = runs_do(asks_of_its_run, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
    hpt_result_destroy(result);
}

static bool is_not_its(hpt_study *study, hpt_trial *trial) {
    hpt_trial  *other = NULL;
    hpt_result *result = NULL;
    bool        is_told = hpt_study_ask(study, &other, NULL) == HPT_EFORKED &&
                   hpt_study_tell(study, trial, 0, NULL) == HPT_EFORKED &&
                   hpt_study_finish(study, &result, NULL) == HPT_EFORKED;
    hpt_study_destroy(study);
    return is_told;
}

static void a_fork_is_told_that_a_study_is_not_its(void **state) {
    (void)state;
    atomic_bool *was_told = fixture_shared(sizeof *was_told);
    hpt_options  options = runs_options(1, 4);
    hpt_study   *study = runs_study(&options);
    hpt_trial   *trial = runs_ask(study);
    pid_t        child = fork();
    if (child == 0) {
        atomic_store(was_told, is_not_its(study, trial));
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(atomic_load(was_told));
    runs_tell(study, trial, 0);
    hpt_result_destroy(runs_close(study));
}

static hpt_cancel users;

static hpt_status raises_the_users_switch(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 3) hpt_cancel_raise(&users, HPT_CANCEL_FINISH);
    return answers(trial, user, value_out);
}

static void a_switch_that_a_trial_raises_stops_the_run(void **state) {
    (void)state;
    hpt_options options = isolated_options(2, HPT_UNLIMITED);
    options.cancel = &users;
    hpt_result *result = runs_do(raises_the_users_switch, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    hpt_result_destroy(result);
}

/* Each process has a memory of its own. */

static uint64_t count_here;

static hpt_status counts_here(hpt_trial *trial, void *user, double *value_out) {
    (void)trial, (void)user;
    *value_out = (double)++count_here;
    return HPT_OK;
}

static void memory_is_a_copy_and_stays_with_its_process(void **state) {
    (void)state;
    isolated_end ends[10];
    count_here = 100;
    hpt_result *result = isolated_run(counts_here, NULL, isolated_options(1, 10), ends, 10);
    for (int i = 0; i < 10; i++)
        assert_true(ends[i].value == 101 + i);
    assert_int_equal(count_here, 100);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        isolated_test(a_mailbox_full_of_anything_hurts_nobody),
        isolated_test(a_mailbox_full_of_small_numbers_ends_no_run),
        isolated_test(who_dies_behind_an_erased_mailbox_is_not_called_again),
        isolated_test(a_process_has_no_mailbox_of_another_run),
        isolated_test(a_process_has_no_mailbox_of_another_worker),
        isolated_test(answers_that_make_no_sense_are_crashes),
        isolated_test(reports_that_make_no_sense_are_crashes),
        isolated_test(what_strangers_write_into_notes_is_looked_at),
        isolated_test(who_closes_all_descriptors_is_answered_for_all_the_same),
        isolated_test(a_fork_that_returns_from_the_objective_counts_for_nothing),
        isolated_test(what_a_trial_has_started_dies_with_its_process),
        isolated_test(a_daemon_dies_with_the_run),
        isolated_test(hundreds_of_daemons_die_with_the_run),
        isolated_test(a_worker_process_is_told_that_the_run_is_not_its),
        isolated_test(a_fork_is_told_that_a_study_is_not_its),
        isolated_test(a_switch_that_a_trial_raises_stops_the_run),
        isolated_test(memory_is_a_copy_and_stays_with_its_process),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
