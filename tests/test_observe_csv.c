/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a CSV file is what RFC 4180 says, whatever names and reasons contain; a file of other
 *         columns is refused. What it has in common with jsonl is tested there.
 * Method: the file compared as text. */
#include "observing.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

static char path[64], name[96];

static void read_file(char *text, size_t bytes) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

static hpt_space *awkward_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "a,b \"c\"", 0, 10);
    hpt_space_add_int(space, "state", 0, 9);
    hpt_value values[] = { hpt_null(), hpt_text(""), hpt_text(" x"), hpt_bool(true), hpt_int(1) };
    hpt_space_add_categorical(space, "mode", values, 5);
    return space;
}

/* The times are cut out: field number 10 is the wall clock. */
static void cut_clock(char *text) {
    char *clock;
    while ((clock = strstr(text, ",20"))) {
        char *end = strchr(clock, 'Z');
        assert_non_null(end);
        memmove(clock + 1, end, strlen(end) + 1);
    }
}

#define RUN "6c0c9a4e-0000-4000-8000-000000000001,7,"

static void rows_are_quoted_as_the_rfc_says(void **state) {
    (void)state;
    char      text[4000];
    observing o;
    hpt_attr  attrs[] = { { "k", hpt_text("v,\"w\"") } };
    observing_start_in(&o, awkward_space(), 1);
    observing_attach_named(&o, name);
    for (int64_t mode = 0; mode < 5; mode++) {
        hpt_coord point[3] = { { .real = 1.0 }, { .integer = 3 }, { .integer = mode } };
        observing_push_ended_with(&o, (uint64_t)mode, HPT_TRIAL_COMPLETE, 0.1 + 0.2, "", NULL, 0,
                                  point);
    }
    observing_push_ended_with(&o, 5, HPT_TRIAL_FAILED, NAN, "no\n\"way\", \r", attrs, 1, NULL);
    hpi_fact fact = observing_fact(&o, HPT_EVENT_TRIAL_ENDED, 6, 0);
    fact.state = HPT_TRIAL_CANCELLED;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    observing_finish(&o);
    observing_stop(&o);
    read_file(text, sizeof text);
    cut_clock(text);
    assert_string_equal(
        text, "run,seed,trial,state,value,last_step,last_value,reason,worker,start_s,duration_s,"
              "ended,attributes,"
              "\"a,b \"\"c\"\"\",parameter:state,mode\n" RUN
              "0,COMPLETE,0.30000000000000004,,,,0,0.002000000,0.003000000,Z,,1.0,3,\n" RUN
              "1,COMPLETE,0.30000000000000004,,,,0,0.002000000,0.003000000,Z,,1.0,3,\"\"\n" RUN
              "2,COMPLETE,0.30000000000000004,,,,0,0.002000000,0.003000000,Z,,1.0,3,\" x\"\n" RUN
              "3,COMPLETE,0.30000000000000004,,,,0,0.002000000,0.003000000,Z,,1.0,3,true\n" RUN
              "4,COMPLETE,0.30000000000000004,,,,0,0.002000000,0.003000000,Z,,1.0,3,1\n" RUN
              "5,FAILED,,,,\"no\n\"\"way\"\", \r\",0,0.002000000,0.003000000,Z,"
              "\"{\"\"k\"\":\"\"v,\\\"\"w\\\"\"\"\"}\",,,\n" RUN "6,CANCELLED,,,,,,,,Z,,,,\n");
}

static void run_once(hpt_space *space, const char *observer, hpt_status expected) {
    observing    o;
    hpt_err      err = { 0 };
    hpt_observer described = hpt_observer_default();
    described.name = observer;
    observing_start_in(&o, space, 1);
    hpt_status status = hpi_dispatch_attach(o.dispatch, &described, NULL, &err);
    assert_int_equal(status, expected);
    if (status == HPT_EINVAL) assert_non_null(strstr(err.text, "other columns"));
    hpi_fact fact = observing_fact(&o, HPT_EVENT_TRIAL_ENDED, 6, 0);
    fact.state = HPT_TRIAL_CANCELLED;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    observing_finish(&o);
    observing_stop(&o);
}

static int count_lines(void) {
    char text[4000];
    int  count = 0;
    read_file(text, sizeof text);
    for (const char *c = text; *c; c++)
        count += *c == '\n';
    return count;
}

static void a_file_is_continued_only_with_the_same_columns(void **state) {
    (void)state;
    run_once(awkward_space(), name, HPT_OK);
    run_once(awkward_space(), name, HPT_OK);
    assert_int_equal(count_lines(), 3);
    run_once(observing_space(), name, HPT_EINVAL);
    assert_int_equal(count_lines(), 3);
    char emptied[128];
    snprintf(emptied, sizeof emptied, "%s,append=no", name);
    run_once(observing_space(), emptied, HPT_OK);
    assert_int_equal(count_lines(), 2);
}

static void what_is_not_utf8_is_replaced(void **state) {
    (void)state;
    char      text[4000];
    observing o;
    hpt_attr  attr = { "k", hpt_text("\xC3\xA4\xFF") };
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    observing_push_ended_with(&o, 0, HPT_TRIAL_FAILED, NAN, "a\xFF\xC3\xA4\xE2\x82", &attr, 1,
                              NULL);
    observing_push_ended_with(&o, 1, HPT_TRIAL_FAILED, NAN, "\"\x80,", NULL, 0, NULL);
    observing_finish(&o);
    observing_stop(&o);
    read_file(text, sizeof text);
    assert_true(hpi_is_utf8(text, strlen(text)));
    assert_non_null(strstr(text, ",a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD,"));
    assert_non_null(strstr(text, ",\"\"\"\xEF\xBF\xBD,\","));
}

static void a_pruned_trial_keeps_its_last_report(void **state) {
    (void)state;
    char      text[4000];
    observing o;
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    hpi_fact fact = observing_fact(&o, HPT_EVENT_TRIAL_ENDED, 0, 0);
    fact.state = HPT_TRIAL_PRUNED;
    fact.has_report = true;
    fact.step = -12;
    fact.value = 0.25;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    observing_finish(&o);
    observing_stop(&o);
    read_file(text, sizeof text);
    assert_non_null(strstr(text, "0,PRUNED,,-12,0.25,,"));
}

static void a_run_without_trials_leaves_a_header(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    observing_finish(&o);
    observing_stop(&o);
    assert_int_equal(count_lines(), 1);
}

static void a_torn_last_row_stays_alone(void **state) {
    (void)state;
    char text[4000];
    run_once(awkward_space(), name, HPT_OK);
    read_file(text, sizeof text);
    assert_int_equal(truncate(path, (off_t)strlen(text) - 3), 0);
    run_once(awkward_space(), name, HPT_OK);
    assert_int_equal(count_lines(), 3);
}

static int make_path(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/hpt_csv_XXXXXX");
    int fd = mkstemp(path);
    snprintf(name, sizeof name, "csv:path=%s", path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_path, remove_path)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(rows_are_quoted_as_the_rfc_says),
        CASE(a_file_is_continued_only_with_the_same_columns),
        CASE(what_is_not_utf8_is_replaced),
        CASE(a_pruned_trial_keeps_its_last_report),
        CASE(a_run_without_trials_leaves_a_header),
        CASE(a_torn_last_row_stays_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
