/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an observer that comes in mid-run sees events in the promised order. Method: the
 * objective attaches it, at known moments. */
#include "runs.h"

#include <string.h>

enum { ATTACHED_IN = 3 };

typedef struct witness {
    char kinds[64]; /* a letter for each event of the trial it came in */
} witness;

static hpt_status keep_kinds(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    witness *mine = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(mine->kinds);
        if (events[i].trial != ATTACHED_IN || used + 1 >= sizeof mine->kinds) continue;
        if (events[i].kind == HPT_EVENT_TRIAL_REPORTED) mine->kinds[used] = 'r';
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) mine->kinds[used] = 'e';
    }
    return HPT_OK;
}

static hpt_status attach_and_report(hpt_trial *trial, void *user, double *value_out) {
    *value_out = 1 + (double)hpt_trial_number(trial);
    if (hpt_trial_number(trial) != ATTACHED_IN) return HPT_OK;
    hpt_observer observer = hpt_observer_default();
    observer.events = keep_kinds;
    observer.user = user;
    observer.policy = HPT_POLICY_BLOCK;
    assert_int_equal(hpt_run_attach(hpt_trial_run(trial), &observer, NULL, NULL), HPT_OK);
    hpt_trial_report(trial, 1, 1);
    hpt_trial_report(trial, 2, 1);
    return HPT_OK;
}

static void a_trial_ends_after_its_reports_for_an_observer_that_came_in_it(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        witness     mine = { "" };
        hpt_options options = runs_options(1, 10);
        hpt_result_destroy(runs_do(attach_and_report, &mine, &options));
        assert_string_equal(mine.kinds, "rre");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_ends_after_its_reports_for_an_observer_that_came_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
