/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   where POSIX alone tells of processes, what a dead one had is taken at once as well, and
 *         what a living one has is not.
 * Method: hold_none.c in the place of this system's file; children that live and that have ended.
 */
#include "journals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/hold.h"
#include "store/journal_lock.h"
#include "store/journal_owner.h"

/* A child that has the lock when this returns. */
static pid_t start_holder(void) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hpi_journal_lock mine;
        if (hpi_journal_lock_init(&mine, journals_path("a.journal"), NULL) != HPT_OK ||
            hpi_journal_lock_take(&mine, 0, NULL) != HPT_OK || write(ends[1], "", 1) != 1)
            _exit(1);
        pause();
        _exit(1);
    }
    char byte;
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return child;
}

static void end(pid_t child) {
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Nobody waits for 30 s. */
static void the_lock_of_a_dead_process_is_taken_at_once(void **state) {
    (void)state;
    hpi_journal_lock lock;
    journals_write(journals_path("a.journal"), "", 0);
    assert_int_equal(hpi_journal_lock_init(&lock, journals_path("a.journal"), NULL), HPT_OK);
    pid_t child = start_holder();
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_EBUSY); /* it lives */
    end(child);
    assert_int_equal(hpi_journal_lock_take(&lock, 0, NULL), HPT_OK);
    hpi_journal_lock_fini(&lock);
}

static void an_owner_on_another_machine_is_not_judged(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    unsigned char owner[HPI_OWNER_BYTES];
    pid_t         child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(!hpi_owner_self(owner) || write(ends[1], owner, sizeof owner) < 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], owner, sizeof owner), sizeof owner);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    assert_true(hpi_owner_is_dead(owner));
    owner[0] ^= 1; /* of where it is */
    assert_false(hpi_owner_is_dead(owner));
}

/* What this process would write, with another number. */
static hpi_hold judge_of(pid_t pid) {
    char *json = NULL, other[1280], who[HPI_HOLD_WHO_BYTES];
    assert_int_equal(hpi_hold_print("a run", &json, NULL), HPT_OK);
    snprintf(other, sizeof other, "{\"pid\":%ld%s", (long)pid, strchr(json, ','));
    hpi_free(json);
    return hpi_hold_judge(other, who);
}

static void the_study_of_a_dead_process_can_be_taken(void **state) {
    (void)state;
    journals_write(journals_path("a.journal"), "", 0);
    pid_t child = start_holder();
    assert_int_equal(judge_of(child), HPI_HOLD_TAKEN);
    end(child);
    assert_int_equal(judge_of(child), HPI_HOLD_DEAD);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_lock_of_a_dead_process_is_taken_at_once),
        EACH(an_owner_on_another_machine_is_not_judged),
        EACH(the_study_of_a_dead_process_can_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
