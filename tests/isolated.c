/* SPDX-License-Identifier: BSD-3-Clause */
#include "isolated.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* What the program had before a test. */
static host before;

void isolated_begin(void) {
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

int isolated_setup(void **state) {
    (void)state;
    host_note(&before);
    return 0;
}

int isolated_teardown(void **state) {
    (void)state;
    host_assert_unchanged(&before); /* and no child is left, not even one to be waited for */
    return 0;
}

hpt_options isolated_options(uint32_t workers, uint64_t trials) {
    hpt_options options = runs_options(workers, trials);
    options.pool = "processes";
    return options;
}

typedef struct taken {
    isolated_end *ends;
    size_t        count, seen;
} taken;

static void keep(isolated_end *end, const hpt_event *event) {
    *end = (isolated_end){ .state = event->state, .value = event->value };
    snprintf(end->reason, sizeof end->reason, "%s", event->reason ? event->reason : "");
    for (uint32_t i = 0; i < event->attr_count; i++) {
        const hpt_attr *attr = &event->attrs[i];
        if (strcmp(attr->name, "bound") == 0) end->bound = attr->value.as.real;
        if (strcmp(attr->name, "crash_output") == 0)
            snprintf(end->output, sizeof end->output, "%s", attr->value.as.text);
    }
}

static hpt_status take(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    taken *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        assert_true(events[i].trial < it->count);
        keep(&it->ends[events[i].trial], &events[i]);
        it->seen++;
    }
    return HPT_OK;
}

hpt_result *isolated_run(hpt_objective objective, void *user, hpt_options options,
                         isolated_end *ends_out, size_t count) {
    taken        it = { .ends = ends_out, .count = count };
    hpt_observer observer = hpt_observer_default();
    observer.events = take;
    observer.user = &it;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result *result = runs_do(objective, user, &options);
    assert_int_equal(it.seen, hpt_result_stats(result)->trial_count); /* each once */
    return result;
}

isolated_end isolated_once(hpt_objective objective, void *user, hpt_options options) {
    isolated_end end;
    options.trial_count_max = 1;
    hpt_result_destroy(isolated_run(objective, user, options, &end, 1));
    return end;
}

typedef struct victim {
    hpt_objective objective;
    void         *user;
} victim;

static hpt_status only_trial_1(hpt_trial *trial, void *user, double *value_out) {
    const victim *it = user;
    *value_out = hpt_trial_real_at(trial, 0);
    return hpt_trial_number(trial) == 1 ? it->objective(trial, it->user, value_out) : HPT_OK;
}

isolated_end isolated_assert_dies(hpt_objective objective, void *user, hpt_options options,
                                  hpt_trial_state state, const char *words) {
    isolated_end ends[4];
    victim       it = { objective, user };
    options.trial_count_max = 4;
    hpt_result *result = isolated_run(only_trial_1, &it, options, ends, 4);
    if (ends[1].state != state)
        fail_msg("%s, not %s: %s", hpt_trial_state_text(ends[1].state), hpt_trial_state_text(state),
                 ends[1].reason);
    runs_assert_says(ends[1].reason, words);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 3);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_not_equal(hpt_result_trial(result), 1);
    hpt_result_destroy(result);
    return ends[1];
}

int isolated_child(int of, int index) {
    char  path[64], text[4096] = "", *rest = text;
    FILE *file;
    long  child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", of, of);
    if (!(file = fopen(path, "r"))) return 0;
    if (!fgets(text, sizeof text, file)) text[0] = '\0';
    fclose(file);
    for (int i = 0; i <= index; i++) {
        do
            child = strtol(rest, &rest, 10);
        while (child > 0 && host_is_helper((int)child));
    }
    return (int)child;
}

void isolated_reap(void) {
    for (int ms = 0; ms < 10000; ms++) {
        pid_t child = waitpid(-1, NULL, WNOHANG);
        if (child <= 0 && !host_has_child()) return;
        if (child <= 0) runs_sleep_ms(1);
    }
    fail_msg("processes are left");
}
