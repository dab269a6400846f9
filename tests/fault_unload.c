/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a program that loads the library as a plug-in, and closes it while threads of the library
 *         run, does not pull the code away under them.
 * Method: the shared library is opened and closed; in between a run is started, whose trials hold
 *         on until it was closed. */
#include "host.h"
#include "runs.h"

#include <dlfcn.h>
#include <string.h>

/* The functions of the library that was opened, not of the one that the tests are linked with. */
#define LIBRARY(X)                                                                                 \
    X(hpt_space_create)                                                                            \
    X(hpt_space_destroy)                                                                           \
    X(hpt_space_add_real)                                                                          \
    X(hpt_options_init)                                                                            \
    X(hpt_trial_real_at)                                                                           \
    X(hpt_run_start)                                                                               \
    X(hpt_run_wait)                                                                                \
    X(hpt_run_result)                                                                              \
    X(hpt_run_destroy)                                                                             \
    X(hpt_result_count)                                                                            \
    X(hpt_result_destroy)

typedef struct library {
    void *handle;
#define MEMBER(name) __typeof__(&name) name;
    LIBRARY(MEMBER)
#undef MEMBER
} library;

static library it;

static void find(const char *name, void *function_out) {
    void *address = dlsym(it.handle, name);
    if (!address) fail_msg("%s", dlerror());
    memcpy(function_out, &address, sizeof address);
}

static void load(void) {
    it.handle = dlopen(FAULT_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!it.handle) fail_msg("%s", dlerror());
#define FIND(name) find(#name, &it.name);
    LIBRARY(FIND)
#undef FIND
}

static hpt_status hold_on(hpt_trial *trial, void *user, double *value_out) {
    runs_gate *gate = user;
    atomic_fetch_add(&gate->inside, 1);
    if (!runs_wait_for(&gate->is_open, 1)) return HPT_EFAILED;
    *value_out = it.hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static hpt_run *start(runs_gate *gate) {
    hpt_run    *run = NULL;
    hpt_err     err = { 0 };
    hpt_options options;
    hpt_space  *space = it.hpt_space_create();
    it.hpt_space_add_real(space, "x", 0, 1);
    it.hpt_options_init(&options, sizeof options);
    options.strategy = "random";
    options.trial_count_max = 50;
    options.worker_count = 3;
    hpt_status status = it.hpt_run_start(space, hold_on, gate, &options, &run, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    it.hpt_space_destroy(space);
    return run;
}

static void what_is_closed_stays_while_its_threads_run(void **state) {
    (void)state;
    runs_gate   gate = { 0, 0 };
    hpt_result *result = NULL;
    load();
    hpt_run *run = start(&gate);
    assert_true(runs_wait_for(&gate.inside, 3));
    assert_int_equal(dlclose(it.handle), 0);
    atomic_store(&gate.is_open, 1);
    assert_int_equal(it.hpt_run_wait(run, -1), HPT_OK);
    assert_int_equal(it.hpt_run_result(run, &result, NULL), HPT_OK);
    assert_int_equal(it.hpt_result_count(result, HPT_TRIAL_COMPLETE), 50);
    it.hpt_result_destroy(result);
    it.hpt_run_destroy(run);
}

static void it_may_be_opened_and_closed_again_and_again(void **state) {
    (void)state;
    host      before;
    runs_gate gate = { 0, 1 };
    load();
    dlclose(it.handle);
    host_note(&before);
    for (size_t i = fixture_scaled(20); i > 0; i--) {
        load();
        it.hpt_run_destroy(start(&gate));
        assert_int_equal(dlclose(it.handle), 0);
    }
    host_assert_unchanged(&before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_closed_stays_while_its_threads_run),
        cmocka_unit_test(it_may_be_opened_and_closed_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
