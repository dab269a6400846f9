/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what the observers jsonl and csv have written comes back as it was; what does not fit is
 *         refused with its line, and what was torn is left out and told.
 * Method: runs over a space with every kind of parameter, written, read, and compared with what an
 *         observer saw; and files with one thing wrong. */
#include "failing.h"
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static char path[64];

static int make_path(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/hpt_load_%d", (int)getpid());
    unlink(path);
    return 0;
}

static int remove_path(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Every kind of parameter, names that csv must take care of, texts that look like numbers. */
static hpt_space *odd_space(void) {
    static const char json[] =
        "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
        "\"state\": {\"kind\": \"int\", \"min\": -5, \"max\": 5},"
        "\"r,ate\": {\"kind\": \"real\", \"min\": 1e-9, \"max\": 1, \"log\": true},"
        "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a,\\\"b\\\"\", \"1\", 2, true, "
        "\"\", \"line\\nbreak\", null, 0.5]},"
        "\"size\": {\"kind\": \"ordinal\", \"values\": [1, 2, 4, 8.5]},"
        "\"fixed\": {\"kind\": \"constant\", \"value\": \"true\"},"
        "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"size > 2\"}}";
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_parse(json, sizeof json - 1, &space, &err);
    if (status != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static hpt_status all_ends(hpt_trial *trial, void *user, double *values_out) {
    uint64_t        number = hpt_trial_number(trial);
    const uint32_t *goals = user;
    for (uint32_t i = 0; i < *goals; i++)
        values_out[i] = (double)number / 3 + i;
    hpt_trial_set_attr(trial, "note", hpt_text("a \"quoted\", text"));
    switch (number % 5) {
    case 1:
        return hpt_trial_fail(trial, "on\npurpose, \"so\"");
    case 2:
        hpt_trial_report(trial, (int64_t)number, 0.25);
        return hpt_trial_prune(trial);
    case 3:
        hpt_trial_constraint(trial, "c", 0.125);
        return hpt_trial_constraint(trial, "d", number % 2 ? INFINITY : 1);
    default:
        return HPT_OK;
    }
}

static bool is_same_value(hpt_value a, hpt_value b) {
    return a.type == b.type && hpt_value_equal(a, b);
}

typedef struct checked {
    const hpt_observation *list;
    size_t                 count, at, wrong;
} checked;

/* Holds each end against the observation of the same place. */
static hpt_status check(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    checked *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const hpt_event       *event = &events[i];
        const hpt_observation *own = &it->list[it->at];
        if (event->kind != HPT_EVENT_TRIAL_ENDED) continue;
        if (it->at++ == it->count) return HPT_EBUG;
        it->wrong += own->state != event->state || own->value_count != event->value_count;
        for (uint32_t k = 0; k < own->value_count; k++)
            it->wrong += own->values[k] != event->values[k];
        it->wrong += own->has_report != event->has_report;
        if (own->has_report)
            it->wrong += own->last_step != event->step || own->last_value != event->last_value;
        double violation = 0;
        for (uint32_t k = 0; k < event->constraint_count; k++)
            violation += event->constraints[k].value.as.real;
        it->wrong += own->violation != violation && !isinf(own->violation);
        it->wrong += isinf(violation) != isinf(own->violation);
        for (hpt_param j = 0; j < hpt_space_count(event->space); j++) {
            hpt_value is = hpt_space_is_active(event->space, j, event->point)
                               ? hpt_space_value(event->space, j, event->point[j])
                               : hpt_null();
            it->wrong += !is_same_value(own->point[j], is);
        }
    }
    return HPT_OK;
}

static uint64_t trial_count = 200;

static void run_into(const hpt_space *space, const char *observe, hpt_observer *observer,
                     uint32_t goals) {
    static const hpt_goal names[] = { { "state", HPT_MAXIMISE, NAN }, { "x", HPT_MINIMISE, NAN } };
    hpt_options           options = runs_options(1, trial_count);
    hpt_result           *result = NULL;
    hpt_err               err = { 0 };
    options.observe = observe;
    options.observers = observer;
    options.observer_count = observer != NULL;
    if (goals > 1) {
        options.goals = names;
        options.goal_count = goals;
    }
    if (hpt_parallel_run(space, all_ends, &goals, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_result_destroy(result);
}

static hpt_observations *load(const hpt_space *space) {
    hpt_observations *loaded = NULL;
    hpt_err           err = { 0 };
    if (hpt_observations_load(space, path, &loaded, &err) != HPT_OK) fail_msg("%s", err.text);
    return loaded;
}

static void assert_comes_back(const char *kind, uint32_t goals) {
    hpt_space   *space = odd_space();
    hpt_observer observer = hpt_observer_default();
    checked      it = { 0 };
    char         observe[128];
    snprintf(observe, sizeof observe, "%s:path=\"%s\"", kind, path);
    run_into(space, observe, NULL, goals);
    hpt_observations *loaded = load(space);
    it.list = hpt_observations_list(loaded, &it.count);
    assert_int_equal(it.count, 200);
    assert_string_equal(hpt_observations_warning(loaded), "");
    observer.events = check;
    observer.user = &it;
    observer.policy = HPT_POLICY_BLOCK;
    run_into(space, NULL, &observer, goals); /* the same seed: the same run */
    assert_int_equal(it.at, 200);
    assert_int_equal(it.wrong, 0);
    hpt_observations_destroy(loaded);
    hpt_space_destroy(space);
    unlink(path);
}

static void what_jsonl_wrote_comes_back(void **state) {
    (void)state;
    assert_comes_back("jsonl", 1);
    assert_comes_back("jsonl", 2);
}

static void what_csv_wrote_comes_back(void **state) {
    (void)state;
    assert_comes_back("csv", 1);
    assert_comes_back("csv", 2);
}

static void it_can_be_given_to_a_run(void **state) {
    (void)state;
    hpt_space  *space = odd_space();
    hpt_options options = runs_options(1, 20);
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    uint32_t    goals = 1;
    char        observe[128];
    snprintf(observe, sizeof observe, "csv:path=\"%s\"", path);
    run_into(space, observe, NULL, 1);
    hpt_observations *loaded = load(space);
    options.strategy = "tpe";
    options.observations = hpt_observations_list(loaded, &options.observation_count);
    if (hpt_parallel_run(space, all_ends, &goals, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_observations_destroy(loaded);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    unlink(path);
}

/* ---- torn records ---- */

/* A file of a run, cut at each of many bytes: never an error, and all whole records are there. */
static void assert_can_be_cut_anywhere(const char *kind) {
    hpt_space *space = odd_space();
    char       observe[128], *text = NULL;
    size_t     bytes = 0;
    snprintf(observe, sizeof observe, "%s:path=\"%s\"", kind, path);
    trial_count = 20;
    run_into(space, observe, NULL, 1);
    trial_count = 200;
    assert_int_equal(hpi_read_file(path, 1 << 24, &text, &bytes, NULL), HPT_OK);
    size_t header = strcspn(text, "\n") + 1, last_count = 20;
    for (size_t cut = bytes; cut > header + 500; cut -= 41) {
        size_t count;
        text[cut] = '\0';
        write_text(text);
        hpt_observations *loaded = load(space);
        hpt_observations_list(loaded, &count);
        assert_true(count <= last_count && last_count - count <= 2);
        last_count = count;
        if (text[cut - 1] != '\n' && text[cut - 1] != '}')
            runs_assert_says(hpt_observations_warning(loaded), "1 torn record was left out");
        hpt_observations_destroy(loaded);
    }
    assert_true(last_count < 5);
    hpi_free(text);
    hpt_space_destroy(space);
    unlink(path);
}

static void a_torn_end_is_left_out_and_told(void **state) {
    (void)state;
    assert_can_be_cut_anywhere("jsonl");
    assert_can_be_cut_anywhere("csv");
}

static const char jsonl_row[] = "{\"type\":\"trial\",\"state\":\"COMPLETE\",\"value\":1,"
                                "\"parameters\":{\"x\":0.5}}\n";
static const char csv_head[] = "run,seed,trial,state,value,last_step,last_value,reason,worker,"
                               "start_s,duration_s,ended,attributes,x\n";

static void a_torn_record_in_the_middle_hides_no_other(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    char       text[2048];
    size_t     count;
    snprintf(text, sizeof text, "%s{\"type\":\"tri\n%s%s", jsonl_row, jsonl_row, jsonl_row);
    write_text(text);
    hpt_observations *loaded = load(space);
    hpt_observations_list(loaded, &count);
    assert_int_equal(count, 3);
    runs_assert_says(hpt_observations_warning(loaded), "the first in line 2");
    hpt_observations_destroy(loaded);
    snprintf(text, sizeof text, "%s%s%s%s", csv_head, "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,,0.5\n",
             "r,7,1,FAILED,,,,\"open\n", "r,7,2,COMPLETE,2,,,,0,0.0,0.1,t,,0.25\nr,7,3,COMP");
    write_text(text);
    loaded = load(space);
    assert_true(hpt_observations_list(loaded, &count)[1].values[0] == 2);
    assert_int_equal(count, 2);
    runs_assert_says(hpt_observations_warning(loaded), "2 torn records were left out, the first in "
                                                       "line 3");
    hpt_observations_destroy(loaded);
    hpt_space_destroy(space);
    unlink(path);
}

/* Quotes that a torn row left open are closed by those of the next: with as many fields as a row
 * has they must not become one of both. */
static void quotes_of_a_torn_row_do_not_join_it_to_the_next(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    char       text[2048];
    size_t     count;
    snprintf(text, sizeof text, "%s%s%s", csv_head, "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,\"{\"\"epo\n",
             "r,7,1,COMPLETE,2,,,,0,0.0,0.1,t,\"{\"\"epochs\"\":3}\",0.25\n");
    write_text(text);
    hpt_observations      *loaded = load(space);
    const hpt_observation *list = hpt_observations_list(loaded, &count);
    assert_int_equal(count, 1);
    assert_true(list[0].values[0] == 2);
    runs_assert_says(hpt_observations_warning(loaded), "1 torn record was left out, the first in "
                                                       "line 2");
    hpt_observations_destroy(loaded);
    hpt_space_destroy(space);
    unlink(path);
}

/* A block that never reached the disk is read as NULs, and the next run goes on behind it. */
static void zeros_in_a_torn_row_hide_no_other(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    char       text[2048];
    size_t     count;
    int        bytes =
        snprintf(text, sizeof text, "%s%s%s", csv_head,
                 "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,,0.5\nr,7,1,COMP####\n",
                 "r,7,2,COMPLETE,2,,,,0,0.0,0.1,t,,0.25\nr,7,3,COMPLETE,3,,,,0,0.0,0.1,t,,0.##\n"
                 "r,7,4,COMPLETE,4,,,,0,0.0,0.1,t,,0.75\n");
    for (int i = 0; i < bytes; i++)
        if (text[i] == '#') text[i] = '\0';
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, (size_t)bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    hpt_observations      *loaded = load(space);
    const hpt_observation *list = hpt_observations_list(loaded, &count);
    assert_int_equal(count, 3);
    assert_true(list[0].values[0] == 1 && list[1].values[0] == 2 && list[2].values[0] == 4);
    runs_assert_says(hpt_observations_warning(loaded), "2 torn records were left out, the first in "
                                                       "line 3");
    hpt_observations_destroy(loaded);
    hpt_space_destroy(space);
    unlink(path);
}

/* ---- files that do not fit ---- */

static void assert_refused(const char *text, hpt_status status, const char *words) {
    hpt_space        *space = runs_space();
    hpt_observations *untouched = (hpt_observations *)(void *)&space, *loaded = untouched;
    hpt_err           err = { 0 };
    write_text(text);
    hpt_status is = hpt_observations_load(space, path, &loaded, &err);
    if (is != status) fail_msg("status is %d, not %d: %s", (int)is, (int)status, err.text);
    runs_assert_says(err.text, words);
    runs_assert_says(err.text, path);
    assert_ptr_equal(loaded, untouched);
    hpt_space_destroy(space);
    unlink(path);
}

#define TRIAL(members) "{\"type\":\"trial\"," members "}\n"

static void records_that_do_not_fit_are_refused_with_their_line(void **state) {
    (void)state;
    static const char head[] = "{\"type\":\"run\"}\n";
    static const struct {
        const char *record, *words;
    } cases[] = {
        { TRIAL("\"state\":\"COMPLETE\",\"value\":1,\"parameters\":{}"), "\"x\" is missing" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":1,\"parameters\":{\"x\":0.5,\"y\":1}"),
          "there is no parameter \"y\"" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":1,\"parameters\":{\"x\":2}"), "parameter \"x\"" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":1,\"parameters\":{\"x\":[2]}"),
          "where the value of a parameter should be" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":null,\"parameters\":{\"x\":0.5}"),
          "has no value" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":\"a\",\"parameters\":{\"x\":0.5}"),
          "where a number should be" },
        { TRIAL("\"state\":\"DONE\",\"value\":1,\"parameters\":{\"x\":0.5}"), "no state" },
        { TRIAL("\"state\":\"COMPLETE\",\"values\":[1,2,3,4,5,6,7,8,9],\"parameters\":{\"x\":0}"),
          "more than 8 values" },
        { TRIAL("\"state\":\"COMPLETE\",\"value\":1"), "\"parameters\" is no object" },
        { "[1]\n", "no record of the observer jsonl" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s", head, cases[i].record);
        assert_refused(text,
                       i + 1 == sizeof cases / sizeof *cases ? HPT_EPARSE
                       : strstr(cases[i].words, "more than") ? HPT_ELIMIT
                                                             : HPT_EINVAL,
                       cases[i].words);
        assert_refused(text,
                       i + 1 == sizeof cases / sizeof *cases ? HPT_EPARSE
                       : strstr(cases[i].words, "more than") ? HPT_ELIMIT
                                                             : HPT_EINVAL,
                       "line 2");
    }
}

static void rows_that_do_not_fit_are_refused_with_their_line(void **state) {
    (void)state;
    static const struct {
        const char *row, *words;
    } cases[] = { { "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,,2\n", "parameter \"x\"" },
                  { "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,,text\n", "parameter \"x\"" },
                  { "r,7,0,COMPLETE,,,,,0,0.0,0.1,t,,0.5\n", "has no value" },
                  { "r,7,0,COMPLETE,one,,,,0,0.0,0.1,t,,0.5\n", "\"one\" is no number" },
                  { "r,7,0,DONE,1,,,,0,0.0,0.1,t,,0.5\n", "no state" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s", csv_head, cases[i].row);
        assert_refused(text, HPT_EINVAL, cases[i].words);
        assert_refused(text, HPT_EINVAL, "line 2");
    }
    assert_refused("run,seed,trial,state,value,last_step,last_value,attributes,y\n", HPT_EINVAL,
                   "there is no parameter \"y\"");
    assert_refused("run,seed,trial,state,value\n", HPT_EPARSE, "attributes");
    assert_refused("run,seed,trial,state,value", HPT_EPARSE, "the header has no end");
    assert_refused("run,seed,trial,state,value,last_step,last_value,attributes\n"
                   "r,7,0,COMPLETE,1,,,\n",
                   HPT_EINVAL, "\"x\" is missing");
}

static void other_files_are_refused(void **state) {
    (void)state;
    assert_refused("hello\n", HPT_EPARSE, "anything that the observers jsonl or csv have written");
    assert_refused("{\"a\n{\"b\n", HPT_EPARSE, "no record of the observer jsonl");
    hpt_space        *space = runs_space();
    hpt_observations *loaded = NULL;
    hpt_err           err = { 0 };
    assert_int_equal(hpt_observations_load(space, "/nowhere/at/all", &loaded, &err), HPT_EIO);
    assert_int_equal(hpt_observations_load(space, NULL, &loaded, &err), HPT_EINVAL);
    assert_int_equal(hpt_observations_load(NULL, path, &loaded, &err), HPT_EINVAL);
    assert_int_equal(hpt_observations_load(space, path, NULL, &err), HPT_EINVAL);
    hpt_space_destroy(space);
}

static void an_empty_file_has_no_observations(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    size_t     count = 7;
    write_text("");
    hpt_observations *loaded = load(space);
    hpt_observations_list(loaded, &count);
    assert_int_equal(count, 0);
    hpt_observations_destroy(loaded);
    hpt_observations_destroy(NULL);
    assert_null(hpt_observations_list(NULL, &count));
    assert_string_equal(hpt_observations_warning(NULL), "");
    hpt_space_destroy(space);
    unlink(path);
}

/* ---- memory ---- */

static bool try_load(void *user) {
    hpt_observations *untouched = (hpt_observations *)user, *loaded = untouched;
    hpt_space        *space = hpt_space_create();
    hpt_err           err = { 0 };
    if (!space) return false;
    bool       is_whole = hpt_space_add_real(space, "x", 0, 1) != HPT_PARAM_NONE;
    hpt_status status = hpt_observations_load(space, path, &loaded, &err);
    hpt_space_destroy(space);
    if (status != HPT_OK) {
        assert_int_equal(status, HPT_ENOMEM);
        assert_ptr_equal(loaded, untouched);
        return false;
    }
    hpt_observations_destroy(loaded);
    return is_whole;
}

static void without_memory_nothing_is_loaded(void **state) {
    (void)state;
    static char text[100 * sizeof jsonl_row];
    for (int kind = 0; kind < 2; kind++) {
        size_t used = 0;
        if (kind == 1) used += (size_t)snprintf(text, sizeof text, "%s", csv_head);
        for (int i = 0; i < 70; i++)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s",
                                 kind == 1 ? "r,7,0,COMPLETE,1,,,,0,0.0,0.1,t,,0.5\n" : jsonl_row);
        write_text(text);
        assert_true(failing_everywhere(try_load, path) > 5);
        unlink(path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_jsonl_wrote_comes_back),
        cmocka_unit_test(what_csv_wrote_comes_back),
        cmocka_unit_test(it_can_be_given_to_a_run),
        cmocka_unit_test(a_torn_end_is_left_out_and_told),
        cmocka_unit_test(a_torn_record_in_the_middle_hides_no_other),
        cmocka_unit_test(quotes_of_a_torn_row_do_not_join_it_to_the_next),
        cmocka_unit_test(zeros_in_a_torn_row_hide_no_other),
        cmocka_unit_test(records_that_do_not_fit_are_refused_with_their_line),
        cmocka_unit_test(rows_that_do_not_fit_are_refused_with_their_line),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(an_empty_file_has_no_observations),
        cmocka_unit_test(without_memory_nothing_is_loaded),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
