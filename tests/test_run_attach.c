/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what observers hear of trials comes in the promised order, also to one that comes in
 * mid-run, and with times that fit. Method: the objective attaches it, at known moments. */
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

/* Times: of ends alone, with every improvement behind the end that it stems from. */

typedef struct times {
    int64_t  last_ns;
    uint64_t ended, improved, last_trial;
    uint64_t wrong;
} times;

static hpt_status check_times(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    times *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event *event = &events[i];
        if (event->time_ns < it->last_ns) it->wrong++; /* it went back */
        it->last_ns = event->time_ns;
        if (event->kind == HPT_EVENT_BEST_IMPROVED) {
            it->improved++;
            if (event->trial != it->last_trial) it->wrong++; /* something came between */
            continue;
        }
        if (event->kind != HPT_EVENT_TRIAL_ENDED) continue;
        it->ended++;
        it->last_trial = event->trial;
        if (event->start_ns < 0 || event->duration_ns < 0) it->wrong++;
        if (event->start_ns + event->duration_ns > event->time_ns) it->wrong++;
        if (!event->point || event->value != event->point[0].real) it->wrong++;
    }
    return HPT_OK;
}

/* Now and then something that is not told together with its neighbours. */
static hpt_status mostly_plain(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) % 100 == 50) hpt_trial_set_attr(trial, "k", hpt_int(1));
    return HPT_OK;
}

static void the_times_of_ends_fit_their_trials_and_do_not_go_back(void **state) {
    (void)state;
    static const uint32_t kinds[] = { HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED,
                                      HPT_EVENT_TRIAL_ENDED | HPT_EVENT_BEST_IMPROVED };
    enum { TRIALS = 20000 };
    for (int i = 0; i < 2; i++) {
        times        it = { 0 };
        hpt_observer observer = hpt_observer_default();
        hpt_options  options = runs_options(2, TRIALS);
        observer.events = check_times;
        observer.kinds = kinds[i];
        observer.user = &it;
        observer.policy = HPT_POLICY_BLOCK;
        options.observers = &observer;
        options.observer_count = 1;
        hpt_result_destroy(runs_do(mostly_plain, NULL, &options));
        assert_int_equal(it.ended, TRIALS);
        assert_int_equal(it.improved > 0, i > 0);
        assert_int_equal(it.wrong, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_ends_after_its_reports_for_an_observer_that_came_in_it),
        cmocka_unit_test(the_times_of_ends_fit_their_trials_and_do_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
