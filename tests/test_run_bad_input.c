/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every argument that cannot be is refused with its status and a sentence that names the
 *         value and the limit; nothing runs and no output is written.
 * Method: tables of options that differ from good ones in one field. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One field of the options made bad. */
typedef struct bad {
    void (*make)(hpt_options *options);
    hpt_status  status;
    const char *words;
} bad;

static void assert_all_refused(const bad *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        hpt_options options = runs_options(1, 10);
        cases[i].make(&options);
        runs_assert_refused(&options, cases[i].status, cases[i].words);
    }
}

#define ASSERT_ALL_REFUSED(cases) assert_all_refused(cases, sizeof(cases) / sizeof *(cases))

/* The functions that make options bad: one expression each. */
#define BAD(name, change)                                                                          \
    static void name(hpt_options *o) {                                                             \
        change;                                                                                    \
    }

#define M50 "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"
static const char long_metric[] = M50 M50 M50 M50 M50 "mmmmmm"; /* 256 */

static hpt_value outside = { .type = HPT_TYPE_REAL, .as.real = 2 };
static hpt_value of_text = { .type = HPT_TYPE_TEXT, .as.text = "fast" };
static hpt_value not_a_number = { .type = HPT_TYPE_REAL, .as.real = NAN };

BAD(no_size, o->struct_size = 0)
BAD(small_size, o->struct_size = 4)
BAD(large_size, o->struct_size = sizeof *o + 8)
BAD(many_workers, o->worker_count = 4097)
BAD(most_workers, o->worker_count = UINT32_MAX)
BAD(many_threads, o->threads_per_trial = 4097)
BAD(wide_window, o->window = 131073)
BAD(widest_window, o->window = UINT32_MAX)
BAD(nan_wall, o->wall_s_max = NAN)
BAD(inf_wall, o->wall_s_max = INFINITY)
BAD(minus_wall, o->wall_s_max = -1)
BAD(nan_trial, o->trial_s_max = NAN)
BAD(inf_trial, o->trial_s_max = INFINITY)
BAD(minus_trial, o->trial_s_max = -0.5)
BAD(inf_target, o->target = INFINITY)
BAD(minus_inf_target, o->target = -INFINITY)
BAD(odd_direction, o->direction = (hpt_direction)7)
BAD(zero_budget, o->trial_count_max = 0)

static void numbers_outside_their_limits_are_refused(void **state) {
    (void)state;
    static const bad cases[] = {
        { no_size, HPT_EINVAL, "hpt_options_default()" },
        { small_size, HPT_EINVAL, "hpt_options_default()" },
        { large_size, HPT_EINVAL, "older than the program" },
        { many_workers, HPT_EINVAL, "worker_count 4097 is above 4096" },
        { most_workers, HPT_EINVAL, "worker_count 4294967295 is above 4096" },
        { many_threads, HPT_EINVAL, "threads_per_trial 4097 is above 4096" },
        { wide_window, HPT_EINVAL, "window 131073 is above 131072" },
        { widest_window, HPT_EINVAL, "window 4294967295 is above 131072" },
        { nan_wall, HPT_EINVAL, "wall_s_max is nan" },
        { inf_wall, HPT_EINVAL, "wall_s_max is inf" },
        { minus_wall, HPT_EINVAL, "wall_s_max is -1" },
        { nan_trial, HPT_EINVAL, "trial_s_max is nan" },
        { inf_trial, HPT_EINVAL, "trial_s_max is inf" },
        { minus_trial, HPT_EINVAL, "trial_s_max is -0.5" },
        { inf_target, HPT_EINVAL, "target is inf" },
        { minus_inf_target, HPT_EINVAL, "target is -inf" },
        { odd_direction, HPT_EINVAL, "direction 7" },
        { zero_budget, HPT_EINVAL, "nothing would ever end this run" },
    };
    ASSERT_ALL_REFUSED(cases);
}

BAD(unknown_strategy, o->strategy = "randon")
BAD(odd_strategy, o->strategy = "zzzzzzzzzzzz")
BAD(empty_strategy, o->strategy = "")
BAD(unknown_option, o->strategy = "grid:pionts=3")
BAD(bad_value, o->strategy = "grid:points=many")
BAD(low_value, o->strategy = "grid:points=-1")
BAD(value_twice, o->strategy = "grid:points=3,points=4")
BAD(open_quote, o->strategy = "grid:points=\"3")
BAD(no_equals, o->strategy = "grid:points")
BAD(grid_of_reals, o->strategy = "grid")
BAD(empty_list, o->strategy = "list")
BAD(odd_coordinator, o->coordinator = (hpt_coordinator)7)
BAD(unknown_pool, o->pool = "thread")
BAD(odd_pool, o->pool = "\x1b[31mred")
BAD(empty_pool, o->pool = "")
BAD(unknown_placement, o->placement = "cores")
BAD(odd_placement, o->placement = "zzzzzzzzzzzz")
BAD(unknown_observer, o->observe = "progres")
BAD(unknown_second, o->observe = "log; jsnol:path=x")
BAD(bad_option, o->observe = "log:levle=info")
BAD(open_quote_observer, o->observe = "log:path=\"x")
BAD(format_strategy, o->strategy = "%s%n%s%n")

static void unknown_names_are_refused_with_the_closest_match(void **state) {
    (void)state;
    static const bad cases[] = {
        { unknown_strategy, HPT_EABSENT, "\"random\"" },
        { odd_strategy, HPT_EABSENT, "zzzzzzzzzzzz" },
        { empty_strategy, HPT_EPARSE, "" },
        { unknown_option, HPT_EINVAL, "\"points\"" },
        { bad_value, HPT_EINVAL, "many" },
        { low_value, HPT_EINVAL, "-1" },
        { value_twice, HPT_EINVAL, "points" },
        { open_quote, HPT_EPARSE, "quote" },
        { no_equals, HPT_EPARSE, "points" },
        { grid_of_reals, HPT_EINVAL, "points" },
        { empty_list, HPT_EINVAL, "points" },
        { odd_coordinator, HPT_EINVAL, "coordinator 7 is neither HPT_COORDINATOR_WORKERS nor" },
        { unknown_pool, HPT_EABSENT, "closest match: \"threads\"" },
        { odd_pool, HPT_EABSENT, "\"?[31mred\"" },
        { empty_pool, HPT_EPARSE, "pool: the name is missing" },
        { unknown_placement, HPT_EINVAL, "closest match: \"core\"" },
        { odd_placement, HPT_EINVAL, "there are: spread, none, core, numa" },
        { unknown_observer, HPT_EABSENT, "progres" },
        { unknown_second, HPT_EABSENT, "jsnol" },
        { bad_option, HPT_EINVAL, "\"level\"" },
        { open_quote_observer, HPT_EPARSE, "quote" },
        { format_strategy, HPT_EABSENT, "%s%n" },
    };
    ASSERT_ALL_REFUSED(cases);
}

BAD(empty_metric, o->metric = "")
BAD(control_metric, o->metric = "a\tb")
BAD(odd_metric, o->metric = "\xff")
BAD(over_long_metric, o->metric = long_metric)

static void bad_names_of_the_metric_are_refused(void **state) {
    (void)state;
    static const bad cases[] = {
        { empty_metric, HPT_EINVAL, "metric" },
        { control_metric, HPT_EINVAL, "metric" },
        { odd_metric, HPT_EINVAL, "metric" },
        { over_long_metric, HPT_EINVAL, "metric" },
    };
    ASSERT_ALL_REFUSED(cases);
}

BAD(no_points, (o->strategy = "list", o->points = NULL, o->point_count = 3))
BAD(far_point, (o->strategy = "list", o->points = &outside, o->point_count = 1))
BAD(text_point, (o->strategy = "list", o->points = &of_text, o->point_count = 1))
BAD(nan_point, (o->strategy = "list", o->points = &not_a_number, o->point_count = 1))
BAD(endless_points, (o->strategy = "list", o->points = &outside, o->point_count = SIZE_MAX))
BAD(no_observers, (o->observers = NULL, o->observer_count = 2))

static void points_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const bad cases[] = {
        { no_points, HPT_EINVAL, "points is NULL, point_count is 3" },
        { far_point, HPT_EINVAL, "point 0 (counting from 0): " },
        { text_point, HPT_EINVAL, "point 0 (counting from 0): " },
        { nan_point, HPT_EINVAL, "point 0 (counting from 0): " },
        { endless_points, HPT_ENOMEM, "18446744073709551615 points" },
        { no_observers, HPT_EINVAL, "observers is NULL, observer_count is 2" },
    };
    ASSERT_ALL_REFUSED(cases);
}

static void a_point_is_named_by_its_number(void **state) {
    (void)state;
    hpt_value   points[] = { hpt_real(0), hpt_real(1), hpt_real(1.5) };
    hpt_options options = runs_options(1, 10);
    options.strategy = "list";
    options.points = points;
    options.point_count = 3;
    runs_assert_refused(&options, HPT_EINVAL, "point 2 (counting from 0): ");
}

static void an_observer_that_is_none_is_refused(void **state) {
    (void)state;
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(1, 10);
    options.observers = &observer;
    options.observer_count = 1;
    runs_assert_refused(&options, HPT_EINVAL, ""); /* neither a name nor a function */
    observer.name = "nobody";
    runs_assert_refused(&options, HPT_EABSENT, "nobody");
    observer = hpt_observer_default();
    observer.events = trace_events;
    observer.buffer_count = 15;
    runs_assert_refused(&options, HPT_EINVAL, "15");
    observer.buffer_count = 1048577;
    runs_assert_refused(&options, HPT_EINVAL, "1048577");
    observer.buffer_count = 0;
    observer.kinds = 64;
    runs_assert_refused(&options, HPT_EINVAL, "0x40");
    observer.kinds = 0;
    observer.policy = (hpt_policy)9;
    runs_assert_refused(&options, HPT_EINVAL, "9");
    observer.policy = HPT_POLICY_DEFAULT;
    observer.struct_size = 0;
    runs_assert_refused(&options, HPT_EINVAL, "hpt_observer_default()");
}

static hpt_status ask_nothing(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)state, (void)number, (void)point_out;
    return hpt_error(err, HPT_EIO, "the disk of wisdom is full");
}

/* A file that somebody keeps, and what must still be in it. */
static const char kept_path[] = "test_run_bad_input.kept";

static void keep_a_file(void) {
    FILE *file = fopen(kept_path, "w");
    assert_non_null(file);
    assert_true(fputs("kept\n", file) >= 0);
    fclose(file);
}

static void assert_kept(void) {
    char  text[64];
    FILE *file = fopen(kept_path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, "kept\n");
}

static void a_refused_run_touches_no_file(void **state) {
    (void)state;
    static const struct {
        const char *observe;
        hpt_status  status;
        const char *words;
    } cases[] = {
        { "jsonl:path=test_run_bad_input.kept,append=no; csv:paht=x", HPT_EINVAL, "paht" },
        { "jsonl:path=test_run_bad_input.kept; csvv:path=x", HPT_EABSENT, "csvv" },
        { "csv:path=test_run_bad_input.kept,append=no; jsonl", HPT_EINVAL, "path" },
        { "jsonl:path=test_run_bad_input.kept; csv:path=/nowhere/x", HPT_EIO, "/nowhere/x" },
    };
    keep_a_file();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpt_options options = runs_options(1, 10);
        options.observe = cases[i].observe;
        runs_assert_refused(&options, cases[i].status, cases[i].words);
        assert_kept();
    }
    hpt_observer unknown = hpt_observer_default();
    unknown.name = "progress:interval=never";
    hpt_options options = runs_options(1, 10);
    options.observe = "jsonl:path=test_run_bad_input.kept,append=no";
    options.observers = &unknown;
    options.observer_count = 1;
    runs_assert_refused(&options, HPT_EINVAL, "interval");
    assert_kept();
    options.observer_count = 0;
    options.trial_count_max = 0;
    runs_assert_refused(&options, HPT_EINVAL, "nothing would ever end");
    assert_kept();
    assert_int_equal(remove(kept_path), 0);
}

static void a_strategy_class_without_its_members_is_refused(void **state) {
    (void)state;
    hpt_strategy_class mine = { .struct_size = sizeof mine, .name = "mine", .summary = "none" };
    hpt_options        options = runs_options(1, 10);
    options.strategy_class = &mine;
    options.strategy = NULL;
    runs_assert_refused(&options, HPT_EINVAL, "");
    mine.ask = ask_nothing;
    mine.struct_size = 0;
    runs_assert_refused(&options, HPT_EINVAL, "");
}

static void a_strategy_that_fails_at_once_gives_its_own_sentence(void **state) {
    (void)state;
    hpt_strategy_class mine = {
        .struct_size = sizeof mine, .name = "mine", .summary = "fails", .ask = ask_nothing
    };
    hpt_options options = runs_options(3, 10);
    options.strategy_class = &mine;
    options.strategy = NULL;
    runs_assert_refused(&options, HPT_EIO, "the disk of wisdom is full");
}

/* NULL, everywhere. */

static void null_for_any_pointer_of_a_run_is_refused(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(1, 10);
    hpt_result *result = NULL;
    hpt_run    *run = NULL;
    hpt_err     err;
    hpt_status  none = hpt_space_check(NULL, NULL); /* hpt_space_create() had no memory */
    assert_int_not_equal(none, HPT_OK);
    assert_int_equal(hpt_parallel_run(NULL, runs_count, NULL, &options, &result, &err), none);
    runs_assert_says(err.text, "space");
    assert_int_equal(hpt_parallel_run(space, NULL, NULL, &options, &result, &err), HPT_EINVAL);
    assert_string_equal(err.text, "objective is NULL");
    assert_int_equal(hpt_parallel_run(space, runs_count, NULL, &options, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "result_out is NULL");
    assert_int_equal(hpt_run_start(space, NULL, NULL, &options, &run, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_start(space, runs_count, NULL, &options, NULL, &err), HPT_EINVAL);
    assert_string_equal(err.text, "run_out is NULL");
    assert_int_equal(hpt_run_start(NULL, runs_count, NULL, &options, &run, NULL), none);
    assert_null(result);
    assert_null(run);
    hpt_space_destroy(space);
}

static void every_function_of_a_run_takes_null(void **state) {
    (void)state;
    hpt_result   *result = NULL;
    hpt_receiver *receiver = NULL;
    hpt_observer  observer = hpt_observer_default();
    hpt_stats     stats = { .struct_size = sizeof stats };
    assert_int_equal(hpt_run_poll(NULL), HPT_EINVAL);
    assert_int_equal(hpt_run_wait(NULL, -1), HPT_EINVAL);
    assert_int_equal(hpt_run_stats(NULL, &stats, NULL), HPT_EINVAL);
    assert_int_equal(hpt_run_result(NULL, &result, NULL), HPT_EINVAL);
    assert_int_equal(hpt_run_attach(NULL, &observer, NULL, NULL), HPT_EINVAL);
    assert_int_equal(hpt_run_detach(NULL, 1, NULL), HPT_EINVAL);
    assert_int_equal(hpt_run_subscribe(NULL, 0, 0, &receiver, NULL), HPT_EINVAL);
    hpt_run_cancel(NULL, HPT_CANCEL_NOW);
    hpt_run_destroy(NULL);
    hpt_options_init(NULL, 10);
}

static void the_pointers_of_a_run_that_runs_are_checked(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = runs_options(1, 10);
    hpt_run    *run = NULL;
    hpt_stats   stats = { .struct_size = 0 };
    hpt_err     err;
    assert_int_equal(hpt_run_start(space, runs_count, NULL, &options, &run, NULL), HPT_OK);
    assert_int_equal(hpt_run_stats(run, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_stats(run, &stats, &err), HPT_EINVAL);
    runs_assert_says(err.text, "struct_size is 0");
    stats.struct_size = sizeof stats + 1;
    assert_int_equal(hpt_run_stats(run, &stats, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_result(run, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_attach(run, NULL, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_subscribe(run, 0, 0, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_run_detach(run, 12345, &err), HPT_EABSENT);
    runs_assert_says(err.text, "12345");
    hpt_run_destroy(run);
    hpt_space_destroy(space);
}

static void a_result_that_is_null_reads_as_nothing(void **state) {
    (void)state;
    assert_false(hpt_result_has_best(NULL));
    assert_true(isnan(hpt_result_value(NULL)));
    assert_true(isnan(hpt_result_real(NULL, "x")));
    assert_int_equal(hpt_result_int(NULL, "x"), 0);
    assert_false(hpt_result_bool(NULL, "x"));
    assert_string_equal(hpt_result_text(NULL, "x"), "");
    assert_int_equal(hpt_result_param(NULL, "x").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_param_at(NULL, 0).type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_attr(NULL, "x").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_trial(NULL), UINT64_MAX);
    assert_null(hpt_result_space(NULL));
    assert_null(hpt_result_stats(NULL));
    assert_null(hpt_result_warning(NULL, 0));
    assert_int_equal(hpt_result_count(NULL, HPT_TRIAL_COMPLETE), 0);
    assert_true(isnan(hpt_result_busy(NULL, 0)));
    assert_int_equal(hpt_result_seed(NULL), 0);
    assert_string_equal(hpt_result_id(NULL), "");
    assert_int_equal(hpt_result_stop(NULL), HPT_STOP_NONE);
    assert_non_null(hpt_result_stop_text(NULL));
    hpt_result_destroy(NULL);
}

static void a_result_asked_for_what_it_has_not_gives_nothing(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 10);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_param(result, "y").type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_param(result, NULL).type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_param_at(result, 1).type, HPT_TYPE_NULL);
    assert_int_equal(hpt_result_int(result, "x"), 0); /* it is a real */
    assert_string_equal(hpt_result_text(result, "x"), "");
    assert_int_equal(hpt_result_count(result, (hpt_trial_state)99), 0);
    assert_int_equal(hpt_result_count(result, (hpt_trial_state)-1), 0);
    assert_null(hpt_result_warning(result, 0));
    assert_null(hpt_result_warning(result, SIZE_MAX));
    hpt_result_destroy(result);
}

/* Spaces. */

static void assert_space_refused(hpt_space *space, hpt_status status, const char *words) {
    hpt_options options = runs_options(1, 10);
    hpt_result *result = NULL;
    hpt_err     err;
    memset(&err, 0, sizeof err);
    assert_int_equal(hpt_parallel_run(space, runs_count, NULL, &options, &result, &err), status);
    runs_assert_says(err.text, words);
    assert_null(result);
    hpt_space_destroy(space);
}

static void a_space_with_an_error_is_refused_with_that_error(void **state) {
    (void)state;
    assert_space_refused(hpt_space_create(), HPT_EINVAL, "");
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "rate", 2, 1);
    hpt_space_add_real(space, "x", 0, 1);
    assert_space_refused(space, HPT_EINVAL, "rate");
}

/* Defaults. */

static void null_texts_mean_the_defaults(void **state) {
    (void)state;
    hpt_options options = runs_options(1, 10);
    options.metric = NULL;
    options.strategy = NULL;
    options.pool = NULL;
    options.observe = NULL;
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    options.observe = " ; ;; ";
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
}

static void the_defaults_are_as_documented(void **state) {
    (void)state;
    hpt_options options = hpt_options_default();
    assert_int_equal(options.struct_size, sizeof options);
    assert_true(isnan(options.target));
    assert_int_equal(options.fruitless_count_max, 1000);
    assert_string_equal(options.strategy, "auto");
    assert_string_equal(options.pool, "threads");
    assert_string_equal(options.metric, "value");
    assert_int_equal(options.seed, 0);
}

/* A caller compiled against an older header has a shorter struct. */
static void a_shorter_struct_keeps_the_defaults_of_the_rest(void **state) {
    (void)state;
    atomic_ulong calls = 0;
    hpt_options  options = runs_options(1, 10);
    options.struct_size = offsetof(hpt_options, wall_s_max);
    options.wall_s_max = NAN; /* beyond what the caller knows */
    options.pool = "nonsense";
    hpt_result *result = runs_do(runs_count, &calls, &options);
    assert_int_equal(atomic_load(&calls), 10);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_outside_their_limits_are_refused),
        cmocka_unit_test(unknown_names_are_refused_with_the_closest_match),
        cmocka_unit_test(bad_names_of_the_metric_are_refused),
        cmocka_unit_test(points_that_do_not_fit_are_refused),
        cmocka_unit_test(a_point_is_named_by_its_number),
        cmocka_unit_test(an_observer_that_is_none_is_refused),
        cmocka_unit_test(a_refused_run_touches_no_file),
        cmocka_unit_test(a_strategy_class_without_its_members_is_refused),
        cmocka_unit_test(a_strategy_that_fails_at_once_gives_its_own_sentence),
        cmocka_unit_test(null_for_any_pointer_of_a_run_is_refused),
        cmocka_unit_test(every_function_of_a_run_takes_null),
        cmocka_unit_test(the_pointers_of_a_run_that_runs_are_checked),
        cmocka_unit_test(a_result_that_is_null_reads_as_nothing),
        cmocka_unit_test(a_result_asked_for_what_it_has_not_gives_nothing),
        cmocka_unit_test(a_space_with_an_error_is_refused_with_that_error),
        cmocka_unit_test(null_texts_mean_the_defaults),
        cmocka_unit_test(the_defaults_are_as_documented),
        cmocka_unit_test(a_shorter_struct_keeps_the_defaults_of_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
