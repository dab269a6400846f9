/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what jsonl and csv write reads back exactly; a full disk loses whole lines, counts them,
 *         and never leaves a torn one; an existing file is continued.
 * Method: files read back with hpi_json, /dev/full, RLIMIT_FSIZE, pipes. */
#include "observing.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

static char path[64];

static int make_path(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/hpt_jsonl_XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static void name_observer(char name[160], const char *observer, const char *more) {
    snprintf(name, 160, "%s:path=%s%s", observer, path, more);
}

/* The whole file; test_free() it. */
static char *read_file(size_t *bytes_out) {
    FILE *file = fopen(path, "r");
    char *text = test_malloc(8 << 20);
    assert_non_null(file);
    *bytes_out = fread(text, 1, (8 << 20) - 1, file);
    text[*bytes_out] = '\0';
    fclose(file);
    return text;
}

static const hpi_json_node *member(const hpi_json_node *object, const char *key) {
    for (const hpi_json_node *at = hpi_json_first(object); at; at = hpi_json_next(at))
        if (strcmp(hpi_json_key(at), key) == 0) return at;
    fail_msg("no member %s", key);
    return NULL;
}

static hpt_value scalar(const hpi_json_node *object, const char *key) {
    return hpi_json_scalar(member(object, key));
}

/* Calls `check` for each line's object; returns how many there are. */
static size_t each_line(void (*check)(const hpi_json_node *line, size_t index)) {
    size_t bytes, count = 0;
    char  *text = read_file(&bytes);
    assert_true(bytes == 0 || text[bytes - 1] == '\n');
    for (char *at = text; *at; count++) {
        hpi_json *json = NULL;
        hpt_err   err = { 0 };
        size_t    length = strcspn(at, "\n");
        if (hpi_json_parse(at, length, &json, &err) != HPT_OK)
            fail_msg("line %zu: %s: %.*s", count + 1, err.text, (int)length, at);
        if (check) check(hpi_json_root(json), count);
        hpi_json_destroy(json);
        at += length + 1;
    }
    test_free(text);
    return count;
}

static void check_exact(const hpi_json_node *line, size_t index) {
    static const char *const types[] = { "run", "trial", "trial", "finished" };
    assert_true(index < 4);
    assert_string_equal(scalar(line, "type").as.text, types[index]);
    assert_string_equal(scalar(line, "run").as.text, "6c0c9a4e-0000-4000-8000-000000000001");
    assert_int_equal(scalar(line, "seed").as.integer, 7);
    if (index == 0) {
        assert_int_equal(hpi_json_type_of(member(line, "space")), HPI_JSON_OBJECT);
        assert_string_equal(scalar(line, "direction").as.text, "minimise");
    }
    if (index == 1) {
        const hpi_json_node *parameters = member(line, "parameters");
        const hpi_json_node *attributes = member(line, "attributes");
        assert_true(hpt_value_equal(scalar(parameters, "x"), hpt_real(3.0)));
        assert_true(hpt_value_equal(scalar(parameters, "n"), hpt_int(INT64_MAX)));
        assert_string_equal(scalar(parameters, "mode").as.text, "a,\"b\"");
        assert_true(hpt_value_equal(scalar(line, "value"), hpt_real(0.1 + 0.2)));
        assert_true(hpt_value_equal(scalar(attributes, "real"), hpt_real(1e-300)));
        assert_true(hpt_value_equal(scalar(attributes, "whole"), hpt_real(4.0)));
        assert_string_equal(scalar(attributes, "text").as.text, "\x1b\"\\\n\t");
        assert_true(hpt_value_equal(scalar(line, "start_s"), hpt_real(0.002)));
        assert_true(hpt_value_equal(scalar(line, "duration_s"), hpt_real(0.003)));
    }
    if (index == 2) {
        assert_string_equal(scalar(line, "state").as.text, "FAILED");
        assert_int_equal(scalar(line, "value").type, HPT_TYPE_NULL);
        assert_string_equal(scalar(line, "reason").as.text, "no, \"never\"\n");
    }
    if (index == 3) assert_int_equal(scalar(member(line, "counts"), "COMPLETE").as.integer, 7);
}

static void lines_read_back_exactly(void **state) {
    (void)state;
    char      name[160];
    observing o;
    hpt_coord point[3] = { { .real = 3.0 }, { .integer = INT64_MAX }, { .integer = 0 } };
    hpt_attr  attrs[] = { { "real", hpt_real(1e-300) },
                          { "whole", hpt_real(4.0) },
                          { "text", hpt_text("\x1b\"\\\n\t") } };
    name_observer(name, "jsonl", "");
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    observing_push_ended_with(&o, 0, HPT_TRIAL_COMPLETE, 0.1 + 0.2, "", attrs, 3, point);
    observing_push_ended_with(&o, 1, HPT_TRIAL_FAILED, NAN, "no, \"never\"\n", NULL, 0, point);
    observing_finish(&o);
    observing_stop(&o);
    assert_int_equal(each_line(check_exact), 4);
}

static void a_pruned_trial_keeps_its_last_report(void **state) {
    (void)state;
    char      name[160];
    size_t    bytes;
    observing o;
    name_observer(name, "jsonl", "");
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    hpi_fact fact = observing_fact(&o, HPT_EVENT_TRIAL_ENDED, 0, 0);
    fact.state = HPT_TRIAL_PRUNED;
    fact.has_report = true;
    fact.step = -12;
    fact.value = 0.25;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    fact.has_report = false;
    fact.value = NAN;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    observing_finish(&o);
    observing_stop(&o);
    char       *text = read_file(&bytes);
    const char *first = strstr(text, "\"value\":null,\"last_step\":-12,\"last_value\":0.25,");
    assert_non_null(first);
    assert_null(strstr(first + 20, "last_step"));
    test_free(text);
}

static void run_some(const char *name, uint64_t count) {
    observing o;
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    for (uint64_t trial = 0; trial < count; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    uint64_t lost = 0, failures = 0;
    hpi_dispatch_totals(o.dispatch, &lost, &failures);
    assert_int_equal(lost + failures, 0);
    observing_stop(&o);
}

static void a_file_is_continued_or_emptied_as_asked(void **state) {
    (void)state;
    char name[160];
    name_observer(name, "jsonl", ",fsync=0");
    run_some(name, 1000);
    run_some(name, 10);
    assert_int_equal(each_line(NULL), 1002 + 12);
    name_observer(name, "jsonl", ",append=no,fsync=0.01");
    run_some(name, 10);
    assert_int_equal(each_line(NULL), 12);
}

static void a_torn_last_line_stays_alone(void **state) {
    (void)state;
    char  name[160];
    FILE *file = fopen(path, "w");
    fputs("{\"type\":\"trial\",\"va", file);
    fclose(file);
    name_observer(name, "jsonl", "");
    run_some(name, 3);
    size_t bytes;
    char  *text = read_file(&bytes);
    assert_memory_equal(text, "{\"type\":\"trial\",\"va\n{\"type\":\"run\"", 33);
    test_free(text);
}

/* Two runs write into one file at once: whole lines only. */
static void two_runs_may_append_to_one_file(void **state) {
    (void)state;
    char      name[160];
    observing a, b;
    name_observer(name, "jsonl", "");
    observing_start(&a, 1);
    observing_start(&b, 1);
    observing_attach_named(&a, name);
    observing_attach_named(&b, name);
    for (uint64_t trial = 0; trial < 3000; trial++) {
        observing_push_trial(&a, trial, 0);
        observing_push_trial(&b, trial, 0);
    }
    observing_finish(&a);
    observing_finish(&b);
    observing_stop(&a);
    observing_stop(&b);
    assert_int_equal(each_line(NULL), 2 * 3002);
}

static void a_full_device_is_counted_and_told(void **state) {
    (void)state;
    static const char *const names[] = { "jsonl:path=/dev/full", "csv:path=/dev/full",
                                         "log:path=/dev/full" };
    for (int i = 0; i < 3; i++) {
        observing o;
        char      text[600];
        uint64_t  lost = 0, failures = 0;
        observing_start(&o, 1);
        observing_attach_named(&o, names[i]);
        for (uint64_t trial = 0; trial < 100; trial++)
            observing_push_trial(&o, trial, 0);
        observing_finish(&o);
        hpi_dispatch_totals(o.dispatch, &lost, &failures);
        assert_int_equal(lost, 0);
        assert_true(failures > 0);
        assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
        assert_non_null(strstr(text, "cannot write to /dev/full: No space left on device"));
        assert_non_null(strstr(text, "lines could not be written"));
        observing_stop(&o);
    }
}

static void set_file_size_max(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static off_t file_size(void) {
    struct stat about;
    return stat(path, &about) == 0 ? about.st_size : -1;
}

/* The limit falls into the middle of a line. Later there is room again. */
static void a_disk_that_fills_up_gets_whole_lines_only(const char *observer) {
    char      name[160];
    observing o;
    uint64_t  lost = 0, failures = 0;
    name_observer(name, observer, "");
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    set_file_size_max(20011);
    for (uint64_t trial = 0; trial < 500; trial++)
        observing_push_trial(&o, trial, 0);
    for (int i = 0; i < 5000 && failures == 0; i++) {
        observing_sleep_ms(1);
        hpi_dispatch_totals(o.dispatch, &lost, &failures);
    }
    assert_true(failures > 0);
    observing_sleep_ms(30); /* nothing more is under way */
    assert_in_range(file_size(), 19000, 20011);
    set_file_size_max(RLIM_INFINITY);
    for (uint64_t trial = 500; trial < 700; trial++)
        observing_push_trial(&o, trial, 0);
    observing_finish(&o);
    char text[600];
    assert_true(hpi_dispatch_warning(o.dispatch, 0, text, sizeof text));
    const char *count = strstr(text, "last: ");
    assert_non_null(count);
    count = strstr(count, ": ") + 2;
    count = strstr(count, ": ") ? strstr(count, ": ") + 2 : count;
    long   lost_lines = strtol(count, NULL, 10);
    size_t bytes;
    char  *whole = read_file(&bytes);
    long   lines = 0;
    for (size_t i = 0; i < bytes; i++)
        lines += whole[i] == '\n';
    assert_int_equal(whole[bytes - 1], '\n');
    test_free(whole);
    long expected = strcmp(observer, "jsonl") == 0 ? 702 : 701;
    assert_true(lost_lines > 0);
    assert_int_equal(lines + lost_lines, expected);
    observing_stop(&o);
}

static void a_disk_that_fills_up_gets_whole_json_lines_only(void **state) {
    (void)state;
    a_disk_that_fills_up_gets_whole_lines_only("jsonl");
    each_line(NULL);
}

static void a_disk_that_fills_up_gets_whole_csv_rows_only(void **state) {
    (void)state;
    a_disk_that_fills_up_gets_whole_lines_only("csv");
}

/* A real full disk: a ballast file is taken away later, so that there is room again. */
static void a_full_file_system_gets_whole_lines_only(void **state) {
    (void)state;
    char folder[] = "/tmp/hpt_tmpfs_XXXXXX", ballast[64], name[160];
    assert_non_null(mkdtemp(folder));
    if (mount("none", folder, "tmpfs", 0, "size=64k") != 0) {
        rmdir(folder);
        skip(); /* takes root */
    }
    unlink(path);
    snprintf(path, sizeof path, "%s/trials", folder);
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    FILE *file = fopen(ballast, "w");
    for (int i = 0; i < 40000; i++)
        fputc('x', file);
    fclose(file);
    observing o;
    uint64_t  lost = 0, failures = 0;
    name_observer(name, "jsonl", "");
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    for (uint64_t trial = 0; trial < 300; trial++)
        observing_push_trial(&o, trial, 0);
    for (int i = 0; i < 5000 && failures == 0; i++) {
        observing_sleep_ms(1);
        hpi_dispatch_totals(o.dispatch, &lost, &failures);
    }
    assert_true(failures > 0);
    observing_sleep_ms(30);
    size_t before = each_line(NULL);
    assert_in_range(before, 2, 299);
    unlink(ballast);
    observing_push_trial(&o, 300, 0);
    observing_finish(&o);
    observing_stop(&o);
    size_t after = each_line(NULL);
    unlink(path);
    umount(folder);
    rmdir(folder);
    make_path(state);
    assert_int_equal(after, before + 2);
}

/* The run line is not lost when it could not be written at first. */
static void the_first_line_waits_for_room(void **state) {
    (void)state;
    char      name[160];
    observing o;
    uint64_t  lost = 0, failures = 0;
    name_observer(name, "jsonl", "");
    observing_start(&o, 1);
    observing_attach_named(&o, name);
    set_file_size_max(10);
    observing_push_trial(&o, 0, 0);
    for (int i = 0; i < 5000 && failures == 0; i++) {
        observing_sleep_ms(1);
        hpi_dispatch_totals(o.dispatch, &lost, &failures);
    }
    assert_int_equal(file_size(), 0);
    set_file_size_max(RLIM_INFINITY);
    observing_push_trial(&o, 1, 0);
    observing_finish(&o);
    observing_stop(&o);
    assert_int_equal(each_line(NULL), 3);
    size_t bytes;
    char  *text = read_file(&bytes);
    assert_memory_equal(text, "{\"type\":\"run\"", 13);
    test_free(text);
}

static void a_pipe_nobody_reads_is_refused_at_once(void **state) {
    (void)state;
    char         name[160];
    hpt_err      err = { 0 };
    observing    o;
    hpt_observer observer = hpt_observer_default();
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    name_observer(name, "jsonl", "");
    observer.name = name;
    observing_start(&o, 1);
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EIO);
    observer.name = "jsonl";
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "needs a path"));
    observing_stop(&o);
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_path, remove_path)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(lines_read_back_exactly),
        CASE(a_pruned_trial_keeps_its_last_report),
        CASE(a_file_is_continued_or_emptied_as_asked),
        CASE(a_torn_last_line_stays_alone),
        CASE(two_runs_may_append_to_one_file),
        CASE(a_full_device_is_counted_and_told),
        CASE(a_disk_that_fills_up_gets_whole_json_lines_only),
        CASE(a_disk_that_fills_up_gets_whole_csv_rows_only),
        CASE(a_full_file_system_gets_whole_lines_only),
        CASE(the_first_line_waits_for_room),
        CASE(a_pipe_nobody_reads_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
