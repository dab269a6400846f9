/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a program without C++ pays nothing; with a plug-in in C++ exceptions are caught, and the
 *         plug-in stays as long as a run may need it to catch, and no longer.
 * Method: plugin.cpp is loaded and unloaded. */
#include "runs.h"

#include <dlfcn.h>

#include "run/run.h"

static bool is_loaded(void) {
    void *handle = dlopen(PLUGIN_FILE, RTLD_LAZY | RTLD_NOLOAD);
    if (handle) dlclose(handle);
    return handle != NULL;
}

static bool can_catch(void) {
    hpi_catch it = hpi_catch_take();
    bool      can = it.catcher != NULL;
    hpi_catch_give(&it);
    return can;
}

static void *load(hpt_objective *objective_out) {
    void *handle = dlopen(PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
    if (!handle) fail_msg("%s", dlerror());
    *(void **)objective_out = dlsym(handle, "plugin_objective");
    assert_non_null(*objective_out);
    return handle;
}

static void a_program_without_cxx_has_nobody_in_front_of_its_objective(void **state) {
    (void)state;
    hpt_run    *run = NULL;
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(1, 1);
    assert_false(can_catch());
    assert_int_equal(HPT_OK, hpi_run_open(space, runs_count, NULL, &options, &run, NULL));
    assert_true(run->objective == runs_count);
    hpi_run_close(run);
    hpt_space_destroy(space);
}

static void a_plug_in_brings_its_catcher_and_takes_it_away(void **state) {
    (void)state;
    hpt_objective objective;
    void         *handle = load(&objective);
    assert_true(can_catch());
    trace_trial trial = runs_once(objective, NULL, runs_options(1, 1));
    assert_int_equal(HPT_TRIAL_FAILED, trial.state);
    assert_string_equal("the objective threw: in the plug-in", trial.reason);
    assert_int_equal(0, dlclose(handle));
    assert_false(can_catch());
    assert_false(is_loaded());
}

static void a_plug_in_stays_while_a_run_may_need_it(void **state) {
    (void)state;
    runs_gate     gate = { 0 };
    hpt_options   options = runs_options(2, 10);
    hpt_objective unused;
    void         *handle = load(&unused);
    hpt_run      *run = runs_start(runs_pass, &gate, &options);
    assert_true(runs_wait_for(&gate.inside, 1));
    assert_int_equal(0, dlclose(handle));
    assert_true(is_loaded());
    gate.is_open = 1;
    hpt_result *result = runs_end(run);
    assert_int_equal(10, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    hpt_result_destroy(result);
    assert_false(is_loaded());
    assert_false(can_catch());
}

static void files_that_do_not_want_to_catch_bring_nobody(void **state) {
    (void)state;
    const char *const files[] = { SILENT_FILES };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        void *handle = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
        if (!handle) fail_msg("%s", dlerror());
        assert_false(can_catch());
        dlclose(handle);
    }
}

/* The registration itself. */

static hpt_status as_itself(hpt_trial *trial, void *context, double *value_out) {
    hpt_catch_call *it = context;
    return it->objective(trial, it->user, value_out);
}

static hpt_catcher make(void) {
    return (hpt_catcher){ .struct_size = sizeof(hpt_catcher), .objective = as_itself };
}

static const hpt_catcher *taken(void) {
    hpi_catch          it = hpi_catch_take();
    const hpt_catcher *catcher = it.catcher;
    hpi_catch_give(&it);
    return catcher;
}

static void the_first_that_is_there_is_taken(void **state) {
    (void)state;
    hpt_catcher a = make(), b = make(), c = make();
    hpt_catcher_register(&a);
    hpt_catcher_register(&b);
    hpt_catcher_register(&c);
    hpt_catcher_register(&a); /* a second time is none */
    assert_ptr_equal(&a, taken());
    hpt_catcher_unregister(&b);
    hpt_catcher_unregister(&b);
    assert_ptr_equal(&a, taken());
    hpt_catcher_unregister(&a);
    assert_ptr_equal(&c, taken());
    hpt_catcher_unregister(&c);
    assert_null(taken());
}

static void a_catcher_that_makes_no_sense_is_none(void **state) {
    (void)state;
    hpt_catcher small = make();
    small.struct_size = 4;
    hpt_catcher_register(&small);
    hpt_catcher_register(NULL);
    hpt_catcher_unregister(NULL);
    assert_null(taken());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_without_cxx_has_nobody_in_front_of_its_objective),
        cmocka_unit_test(a_plug_in_brings_its_catcher_and_takes_it_away),
        cmocka_unit_test(a_plug_in_stays_while_a_run_may_need_it),
        cmocka_unit_test(files_that_do_not_want_to_catch_bring_nobody),
        cmocka_unit_test(the_first_that_is_there_is_taken),
        cmocka_unit_test(a_catcher_that_makes_no_sense_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
