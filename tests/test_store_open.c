/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run finds its study, is told what it holds in terms of its own space, and is refused
 *         without a trace where it does not fit.
 * Method: studies in memory, of ours and of others, opened by runs that differ from them. */
#include "failing.h"
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/writer.h"
#include "storing_memory.h"

static char        path[64];
static hpt_options options;
static hpi_store  *store;

static const char narrow[] = "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                             "\"n\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"
                             "\"deep\": {\"kind\": \"real\", \"min\": 2, \"max\": 3, "
                             "\"condition\": \"n > 5\"},"
                             "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]}}";
static const char wide[] = "{\"x\": {\"kind\": \"real\", \"min\": -1, \"max\": 2},"
                           "\"n\": {\"kind\": \"int\", \"min\": 0, \"max\": 99},"
                           "\"deep\": {\"kind\": \"real\", \"min\": 1, \"max\": 3, "
                           "\"condition\": \"n > 5\"},"
                           "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]}}";
enum { DIMS = 4 };

static int begin(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/hpt_open_%d.memory", (int)getpid());
    unlink(path);
    memory_reset();
    options = hpt_options_default();
    store = NULL;
    return 0;
}

static int end(void **state) {
    (void)state;
    hpi_store_close(store);
    memory_reset();
    unlink(path);
    return 0;
}

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static hpt_status open_in(const hpt_space *space, const char *name, uint32_t window, hpt_err *err) {
    hpi_store_setup setup = { .path = path,
                              .name = name,
                              .head = { .goal_count = 1,
                                        .goals = { { "error", HPT_MINIMISE, NAN } },
                                        .space = (hpt_space *)(uintptr_t)space,
                                        .strategy = (char *)(uintptr_t) "random",
                                        .window = window,
                                        .repeat_count = 1 },
                              .options = &options,
                              .run_id = "run" };
    return hpi_store_open_as(&memory_backend, &setup, &store, err);
}

static hpt_status try_open(const char *json, const char *name, uint32_t window, hpt_err *err) {
    hpt_space *space = space_of(json);
    hpt_status status = open_in(space, name, window, err);
    hpt_space_destroy(space);
    return status;
}

static void must_open(const char *json, const char *name) {
    hpt_err err = { 0 };
    if (try_open(json, name, 0, &err) != HPT_OK) fail_msg("%s", err.text);
}

static void close_it(void) {
    hpi_store_close(store);
    store = NULL;
}

static void expect_refusal(const char *json, const char *name, hpt_status status,
                           const char *sentence) {
    hpt_err err = { 0 };
    size_t  before = disk.commits;
    assert_int_equal(try_open(json, name, 0, &err), status);
    assert_string_equal(err.text, sentence);
    assert_int_equal(disk.commits, before);
    assert_false(disk.is_open);
    assert_null(store);
}

static hpi_record record_of(uint64_t number, const hpt_coord *point) {
    static const double value = 0.5;
    return (hpi_record){ .number = number,
                         .order = number,
                         .asked = number + 1,
                         .state = HPT_TRIAL_COMPLETE,
                         .start_wall_ns = HPI_NO_TIME,
                         .end_wall_ns = HPI_NO_TIME,
                         .duration_ns = -1,
                         .point = point,
                         .values = &value,
                         .value_count = 1,
                         .reason = "" };
}

static void put(const hpi_record *record) {
    hpi_backend *backend = store ? store->backend : NULL;
    assert_int_equal(memory_begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(memory_put(backend, record, NULL, NULL), HPT_OK);
    assert_int_equal(memory_commit(backend, false, NULL), HPT_OK);
}

/* What a replay tells. */
typedef struct heard {
    size_t    count;
    uint64_t  numbers[8], asked[8];
    hpt_coord points[8][DIMS];
    bool      given[8][DIMS];
} heard;

static bool hear(void *user, const hpi_record *record) {
    heard *all = user;
    assert_true(all->count < 8);
    all->numbers[all->count] = record->number;
    all->asked[all->count] = record->asked;
    memcpy(all->points[all->count], record->point, sizeof all->points[0]);
    for (int i = 0; i < DIMS; i++)
        all->given[all->count][i] = !record->given || record->given[i];
    all->count++;
    return true;
}

static heard replay(void) {
    heard   all = { .count = 0 };
    hpt_err err = { 0 };
    if (hpi_store_replay(store, hear, &all, &err) != HPT_OK) fail_msg("%s", err.text);
    return all;
}

/* Which study. */

static void a_name_makes_a_study_of_that_name(void **state) {
    (void)state;
    must_open(narrow, "svm's \"best\"/\xF0\x9F\x9A\x80");
    assert_string_equal(disk.committed.name, "svm's \"best\"/\xF0\x9F\x9A\x80");
}

static void the_only_study_needs_no_name(void **state) {
    (void)state;
    must_open(narrow, "first");
    close_it();
    must_open(narrow, NULL);
    assert_string_equal(store->head.name, "first");
}

static void of_several_one_must_be_named(void **state) {
    (void)state;
    char sentence[240];
    must_open(narrow, "first");
    close_it();
    disk.other_names[0] = "second";
    disk.other_names[1] = "third";
    snprintf(sentence, sizeof sentence,
             "\"%s\" holds 3 studies, and study_name says none of them: \"first\", \"second\", "
             "\"third\"",
             path);
    expect_refusal(narrow, NULL, HPT_EINVAL, sentence);
    must_open(narrow, "first");
}

static void many_names_are_cut(void **state) {
    (void)state;
    hpt_err err = { 0 };
    must_open(narrow, "first");
    close_it();
    for (size_t i = 0; i < 7; i++)
        disk.other_names[i] = "a study whose name is so long that few of them fit";
    assert_int_equal(try_open(narrow, NULL, 0, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "holds 8 studies"));
    assert_string_equal(err.text + strlen(err.text) - 5, ", ...");
}

static void a_name_with_controls_is_refused(void **state) {
    (void)state;
    hpt_err err = { 0 };
    assert_int_equal(try_open(narrow, "a\nb", 0, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "study_name \"a?b\""));
    assert_int_equal(access(path, F_OK), -1);
}

/* What may differ. */

static void another_space_is_refused_without_a_trace(void **state) {
    (void)state;
    must_open(narrow, "first");
    close_it();
    char json[sizeof narrow];
    strcpy(json, narrow);
    *strstr(json, "\"b\"]") = '"';
    strstr(json, "\"b\"]")[1] = 'c';
    expect_refusal(json, NULL, HPT_EINVAL,
                   "parameter \"mode\": value 1 is \"c\", in the study \"first\" it is \"b\"; "
                   "another study_name begins a new study");
    must_open(narrow, NULL); /* and it is held by nobody */
}

static void another_window_is_told(void **state) {
    (void)state;
    hpt_err err = { 0 };
    must_open(narrow, NULL);
    close_it();
    assert_int_equal(try_open(narrow, NULL, 16, &err), HPT_OK);
    assert_false(hpi_store_found_of(store)->is_same_window);
    close_it();
    assert_int_equal(try_open(narrow, NULL, 16, &err), HPT_OK);
    assert_true(hpi_store_found_of(store)->is_same_window);
}

static void a_widened_study_keeps_its_points(void **state) {
    (void)state;
    hpt_coord deep[DIMS] = { { .real = 0.1 }, { .integer = 7 }, { .real = 2.5 }, { .integer = 1 } };
    hpt_coord flat[DIMS] = { { .real = -0.0 }, { .integer = 3 }, { .real = 2 }, { .integer = 0 } };
    hpi_record first = record_of(0, deep), second = record_of(1, flat);
    must_open(narrow, NULL);
    put(&first);
    put(&second);
    close_it();
    options.may_widen = true;
    for (int run = 0; run < 2; run++) {
        must_open(wide, NULL);
        assert_int_equal(hpi_store_found_of(store)->is_widened, run == 0);
        heard all = replay();
        assert_int_equal(all.count, 2);
        assert_memory_equal(all.points[0], deep, sizeof deep);
        flat[2].real = 1; /* it is inactive, and rests where the run's space says */
        assert_memory_equal(all.points[1], flat, sizeof flat);
        close_it();
        options.may_widen = false; /* from now on that is what the study is */
    }
}

static void a_point_outside_the_space_is_damage(void **state) {
    (void)state;
    hpt_coord point[DIMS] = {
        { .real = 0.5 }, { .integer = 7 }, { .real = 2.5 }, { .integer = 2 }
    };
    hpi_record record = record_of(0, point);
    heard      all = { .count = 0 };
    hpt_err    err = { 0 };
    must_open(narrow, NULL);
    put(&record);
    assert_int_equal(hpi_store_replay(store, hear, &all, &err), HPT_EPARSE);
    assert_non_null(strstr(err.text, "trial 0"));
    assert_int_equal(all.count, 0);
}

/* Studies of others. */

static void make_foreign(const char *json) {
    static const hpt_coord inside[DIMS] = {
        { .real = 0.5 }, { .integer = 4 }, { .real = 2 }, { .integer = 1 }
    };
    static const hpt_coord outside[DIMS] = {
        { .real = 1.5 }, { .integer = 4 }, { .real = 2 }, { .integer = 1 }
    };
    static const bool some[DIMS] = { true, true, false, true };
    disk.foreign_head = (hpi_head){ .goal_count = 1, .goals = { { .direction = HPT_MINIMISE } } };
    disk.foreign_head.space = space_of(json);
    disk.dims = DIMS;
    snprintf(disk.committed.name, sizeof disk.committed.name, "theirs");
    for (uint64_t i = 0; i < 3; i++) {
        hpi_record record = record_of(i, i == 1 ? outside : inside);
        record.order = record.asked = HPI_UNKNOWN;
        record.given = some;
        if (i == 2) record.state = HPT_TRIAL_RUNNING;
        if (i == 2) record.value_count = 0;
        put(&record);
    }
}

static void a_study_of_others_is_continued(void **state) {
    (void)state;
    make_foreign(wide);
    must_open(narrow, NULL);
    hpt_space_destroy(disk.foreign_head.space);
    const hpi_store_found *found = hpi_store_found_of(store);
    assert_int_equal(found->number_next, 3);
    assert_int_equal(found->told_count, 2);
    assert_int_equal(found->foreign_count, 2);
    assert_int_equal(store->asked, 0);
    assert_false(found->is_same_window);
    heard all = replay();
    assert_int_equal(all.count, 2);
    assert_true(all.given[0][0] && all.given[0][1] && !all.given[0][2] && all.given[0][3]);
    assert_true(all.points[0][0].real == 0.5);
    assert_false(all.given[1][0]); /* 1.5 is outside of what this run searches */
    heard open = { .count = 0 };
    assert_int_equal(hpi_store_open_trials(store, hear, &open, NULL), HPT_OK);
    assert_int_equal(found->foreign_open_count, 1);
    assert_int_equal(open.count, 1);
    assert_true(open.asked[0] == HPI_UNKNOWN); /* it is theirs */
}

static void a_study_of_others_with_another_kind_is_refused(void **state) {
    (void)state;
    make_foreign("{\"x\": {\"kind\": \"int\", \"min\": 0, \"max\": 1}}");
    expect_refusal(narrow, NULL, HPT_EINVAL,
                   "parameter \"x\": the kind is real, in the study \"theirs\" it is int; another "
                   "study_name begins a new study");
    hpt_space_destroy(disk.foreign_head.space);
}

/* Memory. */

/* Made, opened again, and asked for what it holds; after a failure somebody else can do it. */
static bool try_twice(void *user) {
    static const hpt_coord point[DIMS] = {
        { .real = 0.1 }, { .integer = 7 }, { .real = 2.5 }, { .integer = 1 }
    };
    hpi_record record = record_of(0, point);
    heard      all = { .count = 0 };
    hpt_space *space = NULL;
    hpt_status status = hpt_space_parse(narrow, strlen(narrow), &space, NULL);
    (void)user;
    memory_reset();
    for (int run = 0; run < 2 && status == HPT_OK; run++) {
        status = open_in(space, NULL, 0, NULL);
        if (status == HPT_OK) status = memory_begin(store->backend, 0, NULL);
        if (status == HPT_OK && run == 0) status = memory_put(store->backend, &record, NULL, NULL);
        if (status == HPT_OK) status = memory_commit(store->backend, false, NULL);
        if (disk.is_in_transaction) memory_rollback(NULL);
        if (status == HPT_OK) status = hpi_store_replay(store, hear, &all, NULL);
        close_it();
        assert_false(disk.is_open);
        assert_false(disk.is_in_transaction);
    }
    /* who cannot read the hold for want of memory must not take it */
    assert_true(status == HPT_OK || status == HPT_ENOMEM || status == HPT_EBUSY);
    hpt_space_destroy(space);
    memory_reset();
    return status == HPT_OK;
}

static void want_of_memory_leaves_nothing_behind(void **state) {
    (void)state;
    failing_tolerated(try_twice, NULL); /* giving the hold back may do without */
}

/* The form of a file. */

static void expect_no_form(hpt_status status, const char *part) {
    const hpi_backend_class *class = NULL;
    hpt_err err = { 0 };
    assert_int_equal(hpi_backend_find(path, &class, &err), status);
    if (!strstr(err.text, part)) fail_msg("\"%s\" without \"%s\"", err.text, part);
    assert_null(class);
}

static void what_is_no_study_file_is_refused(void **state) {
    (void)state;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, "hello, world\n", 13), 13);
    close(file);
    expect_no_form(HPT_EPARSE, "is no study file");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody waits for its other end */
    expect_no_form(HPT_EPARSE, "is no regular file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_no_form(HPT_EPARSE, "is a directory");
    rmdir(path);
    assert_int_equal(symlink(path, path), 0);
    expect_no_form(HPT_EIO, "cannot be opened");
    unlink(path);
    *path = '\0';
    expect_no_form(HPT_EINVAL, "needs a name");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_name_makes_a_study_of_that_name),
        TEST(the_only_study_needs_no_name),
        TEST(of_several_one_must_be_named),
        TEST(many_names_are_cut),
        TEST(a_name_with_controls_is_refused),
        TEST(another_space_is_refused_without_a_trace),
        TEST(another_window_is_told),
        TEST(a_widened_study_keeps_its_points),
        TEST(a_point_outside_the_space_is_damage),
        TEST(a_study_of_others_is_continued),
        TEST(a_study_of_others_with_another_kind_is_refused),
        TEST(want_of_memory_leaves_nothing_behind),
        TEST(what_is_no_study_file_is_refused),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
