/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whoever cannot join a study is told why, a caller who asks is told what others have, and
 *         what was shared can be had alone afterwards.
 * Method: runs of one process, and sharing.h. */
#include "sharing.h"

#include <string.h>

/* Who may join. */

typedef struct seat {
    hpt_study *study;
    hpt_space *space;
    hpt_status status;
    hpt_err    err;
} seat;

static seat sit(const sharing_setup *it) {
    seat own = { .space = sharing_make_space(it) };
    own.status = hpt_study_create(own.space, &it->options, &own.study, &own.err);
    return own;
}

static void stand_up(seat *own) {
    hpt_study_destroy(own->study);
    hpt_space_destroy(own->space);
}

static bool says(const seat *own, hpt_status status, const char *text) {
    bool is_so = own->status == status && strstr(own->err.text, text);
    if (!is_so) fprintf(stderr, "%d: %s\n", (int)own->status, own->err.text);
    return is_so;
}

static void join_with_others(void) {
    sharing_setup it = sharing_setup_of(10, "random"), other = it;
    seat          first = sit(&it), refused;
    NEED(first.status == HPT_OK);
    other.options.trial_count_max = 11;
    refused = sit(&other);
    NEED(says(&refused, HPT_EINVAL, "a budget of 10 trials, this run has one of 11 trials"));
    stand_up(&refused);
    other = it;
    other.options.shared = false;
    refused = sit(&other);
    NEED(says(&refused, HPT_EBUSY, "is shared by 1 run, the first of process"));
    stand_up(&refused);
    stand_up(&first);
    first = sit(&other);
    NEED(first.status == HPT_OK);
    refused = sit(&it);
    NEED(says(&refused, HPT_EBUSY, "is held by process"));
    stand_up(&refused);
    stand_up(&first);
}

static void who_does_not_fit_the_others_is_told_why(void **state) {
    (void)state;
    sharing_apart(join_with_others);
}

static void share_what_cannot_be(void) {
    char journal[SHARING_PATH_BYTES + 16];
    snprintf(journal, sizeof journal, "%s.journal", sharing_path);
    sharing_setup it = sharing_setup_of(10, "random");
    it.options.study = journal;
    seat refused = sit(&it);
    NEED(says(&refused, HPT_EINVAL, "only SQLite files can be shared"));
    NEED(access(journal, F_OK) != 0);
    stand_up(&refused);
    it = sharing_setup_of(10, "random");
    it.options.window = 4;
    refused = sit(&it);
    NEED(says(&refused, HPT_EINVAL, "window is 4"));
    stand_up(&refused);
    it = sharing_setup_of(10, "random");
    it.options.store_failure = HPT_STORE_GO_ON;
    refused = sit(&it);
    NEED(says(&refused, HPT_EINVAL, "HPT_STORE_GO_ON"));
    stand_up(&refused);
    it = sharing_setup_of(10, "random");
    it.options.interrupted = HPT_INTERRUPTED_FAIL;
    refused = sit(&it);
    NEED(says(&refused, HPT_EINVAL, "HPT_INTERRUPTED_FAIL"));
    stand_up(&refused);
}

static void what_cannot_be_shared_is_refused(void **state) {
    (void)state;
    sharing_apart(share_what_cannot_be);
}

static void widen_a_study_that_is_shared(void) {
    sharing_setup it = sharing_setup_of(10, "random"), wide = it;
    seat          first = sit(&it), second = { .space = hpt_space_create() };
    wide.options.may_widen = true;
    hpt_space_add_real(second.space, "x", -6, 6);
    hpt_space_add_int(second.space, "count", 0, 59);
    second.status = hpt_study_create(second.space, &wide.options, &second.study, &second.err);
    NEED(says(&second, HPT_EINVAL, "1 run share"));
    stand_up(&first);
    second.status = hpt_study_create(second.space, &wide.options, &second.study, &second.err);
    NEED(second.status == HPT_OK);
    stand_up(&second);
}

static void ranges_are_widened_when_nobody_is_there(void **state) {
    (void)state;
    sharing_apart(widen_a_study_that_is_shared);
}

/* Asking and telling, two runs in one process. */

static void take_turns(void) {
    enum { TRIALS = 12 };
    sharing_setup it = sharing_setup_of(TRIALS, "random");
    seat          seats[2] = { sit(&it), sit(&it) };
    bool          has_ended[2] = { false, false };
    int           told_count = 0;
    NEED(seats[0].status == HPT_OK && seats[1].status == HPT_OK);
    for (int i = 0; !has_ended[0] || !has_ended[1]; i = !i) {
        hpt_trial *trial = NULL;
        hpt_status status = hpt_study_ask(seats[i].study, &trial, &seats[i].err);
        has_ended[i] = status == HPT_EDONE;
        NEED(status == HPT_OK || status == HPT_EDONE || status == HPT_EAGAIN);
        if (status != HPT_OK) continue;
        atomic_fetch_add(&sharing_seen->evaluated[hpt_trial_number(trial)], 1);
        NEED(hpt_study_tell(seats[i].study, trial, told_count++, NULL) == HPT_OK);
    }
    NEED(told_count == TRIALS);
    stand_up(&seats[0]);
    stand_up(&seats[1]);
}

static void two_studies_of_one_process_share_a_budget(void **state) {
    (void)state;
    sharing_apart(take_turns);
    sharing_assert_once(12);
}

static void ask_for_what_others_have(void) {
    sharing_setup it = sharing_setup_of(2, "random");
    seat          seats[2] = { sit(&it), sit(&it) };
    hpt_trial    *trials[2], *again;
    double        before[2], after;
    for (int i = 0; i < 2; i++) {
        NEED(hpt_study_ask(seats[0].study, &trials[i], NULL) == HPT_OK);
        before[i] = hpt_trial_real(trials[i], "x");
    }
    seats[1].status = hpt_study_ask(seats[1].study, &again, &seats[1].err);
    NEED(says(&seats[1], HPT_EAGAIN, "others who share the study have all trials that are left"));
    hpt_study_destroy(seats[0].study);
    seats[0].study = NULL;
    for (int i = 0; i < 2; i++) {
        NEED(hpt_study_ask(seats[1].study, &again, NULL) == HPT_OK);
        NEED(hpt_trial_number(again) == (uint64_t)i);
        after = hpt_trial_real(again, "x");
        NEED(after == before[i]);
        NEED(hpt_study_tell(seats[1].study, again, 1, NULL) == HPT_OK);
    }
    NEED(hpt_study_ask(seats[1].study, &again, NULL) == HPT_EDONE);
    stand_up(&seats[0]);
    stand_up(&seats[1]);
}

static void who_asks_when_others_have_all_is_told_so_and_gets_what_they_leave(void **state) {
    (void)state;
    sharing_apart(ask_for_what_others_have);
    sharing_judge_file(2);
}

/* Afterwards. */

static void alone(void) {
    sharing_setup it = sharing_setup_of(100, "tpe:startup=10");
    it.options.shared = false;
    NEED(sharing_run_member(&it) == 0);
}

static void a_study_that_was_shared_goes_on_alone(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(60, "tpe:startup=10");
    sharing_run_all(&it);
    sharing_apart(alone);
    sharing_assert_once(100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sharing_begin, sharing_end)
        TEST(who_does_not_fit_the_others_is_told_why),
        TEST(what_cannot_be_shared_is_refused),
        TEST(ranges_are_widened_when_nobody_is_there),
        TEST(two_studies_of_one_process_share_a_budget),
        TEST(who_asks_when_others_have_all_is_told_so_and_gets_what_they_leave),
        TEST(a_study_that_was_shared_goes_on_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
