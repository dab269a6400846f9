/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every form of a study file keeps the promises in store/backend.h.
 * Method: one battery, run once per row of store/rows.h; a new row is tested for free. */
#include "study_forms.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void its_identity_card_is_whole(const hpi_backend_class *class) {
    assert_true(class->name && *class->name);
    assert_true(class->suffix && class->suffix[0] == '.');
    if (class->absent) return;
    assert_true(class->is_mine && class->open && class->close && class->studies && class->select);
    assert_true(class->create && class->begin && class->commit && class->rollback);
    assert_true(class->attr_get && class->attr_put && class->put && class->put_report);
    assert_true(class->scan && class->scan_reports && class->counts && class->check);
}

/* Files. */

static void a_new_file_has_no_studies(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    char         names[256] = "";
    assert_int_equal(class->studies(backend, form_add_name, names, NULL), HPT_OK);
    assert_string_equal(names, "");
    class->close(backend);
}

static void what_is_not_there_is_not_made_for_readers(const hpi_backend_class *class) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    unlink(form_path);
    assert_int_not_equal(class->open(form_path, HPI_OPEN_READ, &backend, &err), HPT_OK);
    assert_null(backend);
    assert_non_null(strstr(err.text, "study"));
    assert_int_not_equal(access(form_path, F_OK), 0);
}

/* Of something else, or nothing that can be opened: refused with a sentence, and as it was. */
static void what_is_no_study_is_refused_untouched(const hpi_backend_class *class) {
    static const char *const texts[] = { "x",
                                         "{\"a\": 1}\n",
                                         "trial,value\n1,2\n",
                                         "SQLite format 3",
                                         "\n\n\n",
                                         "not a study file at all\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hpi_backend *backend = NULL;
        hpt_err      err = { 0 };
        char        *after;
        form_write(texts[i]);
        for (int mode = HPI_OPEN_READ; mode <= HPI_OPEN_CREATE; mode++) {
            assert_int_not_equal(class->open(form_path, (hpi_open_mode)mode, &backend, &err),
                                 HPT_OK);
            assert_null(backend);
            assert_true(strlen(err.text) > 20);
        }
        after = form_read();
        assert_string_equal(after, texts[i]);
        free(after);
    }
}

static void a_directory_is_refused(const hpi_backend_class *class) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    assert_int_not_equal(class->open(form_folder, HPI_OPEN_CREATE, &backend, &err), HPT_OK);
    assert_null(backend);
    assert_true(*err.text);
}

static void an_empty_file_may_become_a_study(const hpi_backend_class *class) {
    form_write("");
    hpi_backend *backend = form_reopen(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    class->close(backend);
}

static void its_file_is_recognised_by_its_start(const hpi_backend_class *class) {
    const hpi_backend_class *found = NULL;
    hpi_backend             *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    class->close(backend);
    assert_int_equal(hpi_backend_find(form_path, &found, NULL), HPT_OK);
    assert_ptr_equal(found, class);
}

/* Studies. */

static void a_study_is_found_again_with_its_head(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpi_head     head = { 0 };
    form_create(backend, "first");
    class->close(backend);
    backend = form_reopen(class, HPI_OPEN_WRITE);
    assert_int_equal(class->select(backend, "first", &head, NULL), HPT_OK);
    assert_true(head.is_ours);
    assert_string_equal(head.name, "first");
    assert_int_equal(head.goal_count, 2);
    assert_int_equal(head.goals[0].direction, HPT_MINIMISE);
    assert_int_equal(head.goals[1].direction, HPT_MAXIMISE);
    assert_string_equal(head.goals[1].name, "speed");
    assert_int_equal(head.seed, UINT64_MAX - 1);
    assert_string_equal(head.strategy, "tpe:startup=5");
    assert_int_equal(hpt_space_count(head.space), FORM_DIMS);
    hpi_head_fini(&head);
    class->close(backend);
}

static void any_name_comes_back(const hpi_backend_class *class) {
    static const char *const names[] = {
        "a'b", "a\"b", "a/b\\c", "\xF0\x9F\x9A\x80 launch", "%s %n", "; DROP TABLE studies; --", "."
    };
    char         listed[512] = "", expected[512] = "";
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        form_create(backend, names[i]);
        strcat(strcat(expected, names[i]), "\n");
    }
    class->close(backend);
    backend = form_reopen(class, HPI_OPEN_READ);
    assert_int_equal(class->studies(backend, form_add_name, listed, NULL), HPT_OK);
    assert_string_equal(listed, expected);
    class->close(backend);
}

static void a_name_is_given_once(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpi_head     head;
    hpt_err      err = { 0 };
    form_create(backend, "first");
    form_head(&head, "first");
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->create(backend, &head, &err), HPT_EBUSY);
    assert_non_null(strstr(err.text, "first"));
    class->rollback(backend);
    hpi_head_fini(&head);
    class->close(backend);
}

static void a_study_that_is_not_there_is_absent(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    form_create(backend, "first");
    assert_int_equal(class->select(backend, "second", &head, &err), HPT_EABSENT);
    assert_non_null(strstr(err.text, "second"));
    class->close(backend);
}

static void two_studies_do_not_mix(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpi_head     head = { 0 };
    form_create(backend, "first");
    form_put_ended(backend, 0, 3);
    form_create(backend, "second");
    form_put_ended(backend, 0, 5);
    class->close(backend);
    backend = form_reopen(class, HPI_OPEN_READ);
    assert_int_equal(class->select(backend, "first", &head, NULL), HPT_OK);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 3);
    hpi_head_fini(&head);
    assert_int_equal(class->select(backend, "second", &head, NULL), HPT_OK);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 5);
    hpi_head_fini(&head);
    class->close(backend);
}

/* Trials. */

static void put_one_of_each_state(hpi_backend *backend) {
    for (int state = HPT_TRIAL_COMPLETE; state < HPT_TRIAL_STATE_COUNT; state++) {
        form_trial trial;
        form_full_trial(&trial, (uint64_t)state - 1, (hpt_trial_state)state);
        form_put(backend, &trial.record);
    }
}

/* Of every state, with everything that may be said of it, in numbers that are easily lost. */
static void an_ended_trial_comes_back_bit_for_bit(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    put_one_of_each_state(backend);
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    for (int state = HPT_TRIAL_COMPLETE; state < HPT_TRIAL_STATE_COUNT; state++) {
        form_trial trial;
        form_full_trial(&trial, (uint64_t)state - 1, (hpt_trial_state)state);
        form_assert_kept(backend, &trial.record);
    }
    class->close(backend);
}

static void a_running_trial_is_open_until_it_has_ended(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_RUNNING);
    form_put(backend, &trial.record);
    uint64_t id = trial.record.id;
    assert_int_equal(form_count(backend, HPI_SCAN_OPEN), 1);
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 0);
    form_full_trial(&trial, 0, HPT_TRIAL_COMPLETE);
    trial.record.id = id;
    form_put(backend, &trial.record);
    assert_int_equal(form_count(backend, HPI_SCAN_OPEN), 0);
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 1);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 1);
    form_assert_kept(backend, &trial.record);
    class->close(backend);
}

static void a_cancelled_trial_may_run_again(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    uint64_t     id = 0;
    form_create(backend, "first");
    static const hpt_trial_state states[] = { HPT_TRIAL_RUNNING, HPT_TRIAL_CANCELLED,
                                              HPT_TRIAL_RUNNING, HPT_TRIAL_COMPLETE };
    for (int i = 0; i < 4; i++) {
        form_full_trial(&trial, 0, states[i]);
        trial.record.id = id;
        form_put(backend, &trial.record);
        id = trial.record.id;
        assert_int_equal(form_count(backend, HPI_SCAN_OPEN), i < 3);
    }
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 1);
    form_assert_kept(backend, &trial.record);
    class->close(backend);
}

/* A result that was kept before it was known that it does not count. */
static void an_ended_trial_may_become_cancelled(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "first");
    form_put_ended(backend, 0, 2);
    form_full_trial(&trial, 2, HPT_TRIAL_COMPLETE);
    form_put(backend, &trial.record);
    uint64_t id = trial.record.id;
    form_full_trial(&trial, 2, HPT_TRIAL_CANCELLED);
    trial.record.id = id;
    form_put(backend, &trial.record);
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 2);
    assert_int_equal(form_count(backend, HPI_SCAN_OPEN), 1);
    class->close(backend);
}

static void trials_are_told_again_in_the_order_of_telling(const hpi_backend_class *class) {
    static const uint64_t numbers[] = { 4, 0, 3, 1, 2 };
    hpi_backend          *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    for (uint64_t i = 0; i < 5; i++) {
        form_trial trial;
        form_full_trial(&trial, numbers[i], HPT_TRIAL_COMPLETE);
        trial.record.order = i;
        form_put(backend, &trial.record);
    }
    form_numbers seen = { .count = 0 };
    assert_int_equal(class->scan(backend, HPI_SCAN_TOLD, 0, form_note, &seen, NULL), HPT_OK);
    assert_int_equal(seen.count, 5);
    assert_memory_equal(seen.at, numbers, sizeof numbers);
    class->close(backend);
}

static void a_scan_begins_and_ends_where_it_is_asked_to(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_put_ended(backend, 0, 9);
    for (int what = HPI_SCAN_TOLD; what <= HPI_SCAN_ALL; what++) {
        if (what == HPI_SCAN_OPEN) continue;
        form_numbers seen = { .limit = 3 };
        assert_int_equal(class->scan(backend, what, 4, form_note, &seen, NULL), HPT_OK);
        assert_int_equal(seen.count, 3);
        assert_int_equal(seen.at[0], 4);
        assert_int_equal(seen.at[2], 6);
    }
    class->close(backend);
}

static void note_found(void *user, const hpi_record *record) {
    (void)form_note(user, record);
}

static size_t find(hpi_backend *backend, uint64_t number) {
    form_numbers seen = { .count = 0 };
    hpt_err      err = { 0 };
    if (backend->class->find(backend, number, note_found, &seen, &err) != HPT_OK)
        fail_msg("%s", err.text);
    if (seen.count > 0) assert_int_equal(seen.at[0], number);
    return seen.count;
}

/* Wherever it stands. */
static void a_trial_is_found_by_its_number(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "other");
    form_put_ended(backend, 0, 3);
    form_create(backend, "first");
    assert_int_equal(find(backend, 0), 0);
    form_full_trial(&trial, 7, HPT_TRIAL_RUNNING);
    form_put(backend, &trial.record);
    form_put_ended(backend, 0, 5);
    for (uint64_t number = 0; number < 9; number++)
        assert_int_equal(find(backend, number), number < 5 || number == 7);
    assert_int_equal(find(backend, UINT64_MAX), 0);
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(find(backend, 4), 1);
    class->close(backend);
}

/* An objective may change the folder of its process. */
static void it_stays_the_file_that_it_was(const hpi_backend_class *class) {
    char before[512], name[64];
    snprintf(name, sizeof name, "%s", strrchr(form_path, '/') + 1);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(form_folder), 0);
    unlink(form_path);
    hpi_backend *backend = NULL;
    assert_int_equal(class->open(name, HPI_OPEN_CREATE, &backend, NULL), HPT_OK);
    form_create(backend, "first");
    assert_int_equal(chdir("/"), 0);
    form_put_ended(backend, 0, 3);
    class->close(backend);
    assert_int_equal(access(name, F_OK), -1);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 3);
    class->close(backend);
    assert_int_equal(chdir(before), 0);
}

static void it_counts_numbers_and_ends(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    uint64_t     next = 9, told = 9;
    form_create(backend, "first");
    assert_int_equal(class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 0);
    assert_int_equal(told, 0);
    form_put_ended(backend, 0, 4);
    form_full_trial(&trial, 4, HPT_TRIAL_RUNNING);
    form_put(backend, &trial.record);
    assert_int_equal(class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 5);
    assert_int_equal(told, 4);
    class->close(backend);
}

static bool is_same(double a, double b) {
    return isnan(b) ? isnan(a) : a == b;
}

static void reports_come_back_by_step(const hpi_backend_class *class) {
    static const double values[][2] = {
        { 0.5, 3 }, { NAN, NAN }, { INFINITY, -INFINITY }, { -INFINITY, NAN }, { -0.0, 0.1 }
    };
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_RUNNING);
    form_put(backend, &trial.record);
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    for (int i = 4; i >= 0; i--)
        assert_int_equal(
            class->put_report(backend, trial.record.id, i - 2, (double[]){ 7, NAN }, NULL), HPT_OK);
    for (int i = 4; i >= 0; i--) /* a step again */
        assert_int_equal(class->put_report(backend, trial.record.id, i - 2, values[i], NULL),
                         HPT_OK);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    form_reports seen = { .count = 0 };
    assert_int_equal(class->scan_reports(backend, form_note_report, &seen, NULL), HPT_OK);
    assert_int_equal(seen.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(seen.steps[i], i - 2);
        for (int goal = 0; goal < 2; goal++)
            assert_true(is_same(seen.values[i][goal], values[i][goal]));
    }
    class->close(backend);
}

/* In the same transaction, and in later ones of whoever opens it then. */
static void the_first_value_alone_takes_no_place_of_all_values(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_RUNNING);
    form_put(backend, &trial.record);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        for (int64_t step = 0; round == 0 && step < 2; step++)
            assert_int_equal(class->put_report(backend, 1, step, (double[]){ 7, 8 }, NULL), HPT_OK);
        assert_int_equal(class->put_report(backend, 1, 0, (double[]){ 5, NAN }, NULL), HPT_OK);
        assert_int_equal(class->put_report(backend, 1, 2, (double[]){ 5, NAN }, NULL), HPT_OK);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
        class->close(backend);
        backend = form_reselect(class, HPI_OPEN_WRITE, "first");
    }
    form_reports seen = { .count = 0 };
    assert_int_equal(class->scan_reports(backend, form_note_report, &seen, NULL), HPT_OK);
    assert_int_equal(seen.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(seen.values[i][0] == (i < 2 ? 7 : 5));
        assert_true(is_same(seen.values[i][1], i < 2 ? 8 : NAN));
    }
    class->close(backend);
}

/* Transactions. */

static void what_is_rolled_back_never_was(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    char        *json = NULL;
    form_create(backend, "first");
    form_put_ended(backend, 0, 2);
    form_full_trial(&trial, 2, HPT_TRIAL_COMPLETE);
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->put(backend, &trial.record, NULL, NULL), HPT_OK);
    assert_int_equal(class->attr_put(backend, false, "key", "1", NULL), HPT_OK);
    class->rollback(backend);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 2);
    assert_int_equal(class->attr_get(backend, false, "key", &json, NULL), HPT_EABSENT);
    form_put(backend, &trial.record);
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 3);
    class->close(backend);
}

static void what_is_not_committed_goes_with_the_close(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_COMPLETE);
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->put(backend, &trial.record, NULL, NULL), HPT_OK);
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 0);
    class->close(backend);
}

static void a_reader_sees_what_is_committed_and_no_more(const hpi_backend_class *class) {
    hpi_backend *writer = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    form_create(writer, "first");
    form_put_ended(writer, 0, 2);
    assert_int_equal(class->begin(writer, 0, NULL), HPT_OK);
    form_full_trial(&trial, 2, HPT_TRIAL_COMPLETE);
    assert_int_equal(class->put(writer, &trial.record, NULL, NULL), HPT_OK);
    hpi_backend *reader = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(reader, HPI_SCAN_ALL), 2);
    class->close(reader);
    assert_int_equal(class->commit(writer, true, NULL), HPT_OK);
    reader = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(reader, HPI_SCAN_ALL), 3);
    class->close(reader);
    class->close(writer);
}

static void a_second_writer_waits_its_turn(const hpi_backend_class *class) {
    hpi_backend *one = form_open(class, HPI_OPEN_CREATE);
    hpt_err      err = { 0 };
    form_create(one, "first");
    hpi_backend *two = form_reselect(class, HPI_OPEN_WRITE, "first");
    assert_int_equal(class->begin(one, 0, NULL), HPT_OK);
    assert_int_equal(class->begin(two, 20, &err), HPT_EBUSY);
    assert_true(*err.text);
    assert_int_equal(class->commit(one, false, NULL), HPT_OK);
    assert_int_equal(class->begin(two, 2000, NULL), HPT_OK);
    class->rollback(two);
    class->close(two);
    class->close(one);
}

/* Attributes. */

static void attributes_are_put_and_replaced(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    for (int is_system = 0; is_system < 2; is_system++) {
        char *json = NULL;
        assert_int_equal(class->attr_get(backend, is_system, "key", &json, NULL), HPT_EABSENT);
        form_put_attr(backend, is_system, "key", "{\"a\": [1, \"x'y\"]}");
        form_put_attr(backend, is_system, "key", is_system ? "2" : "\"\xF0\x9F\x9A\x80\"");
    }
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    form_assert_attr(backend, true, "key", "2");
    form_assert_attr(backend, false, "key", "\"\xF0\x9F\x9A\x80\"");
    class->close(backend);
}

static void an_attribute_may_be_a_megabyte(const hpi_backend_class *class) {
    enum { BYTES = 1 << 20 };
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    char        *json = malloc(BYTES + 1);
    form_create(backend, "first");
    memset(json, 'x', BYTES);
    json[0] = json[BYTES - 1] = '"';
    json[BYTES] = '\0';
    form_put_attr(backend, false, "text", json);
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    form_assert_attr(backend, false, "text", json);
    class->close(backend);
    free(json);
}

/* Checking. */

static void a_sound_file_has_no_findings(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    put_one_of_each_state(backend);
    class->close(backend);
    backend = form_reselect(class, HPI_OPEN_READ, "first");
    form_assert_sound(backend);
    class->close(backend);
}

static void run(const hpi_backend_class *class) {
    its_identity_card_is_whole(class);
    if (class->absent) return;
    a_new_file_has_no_studies(class);
    what_is_not_there_is_not_made_for_readers(class);
    what_is_no_study_is_refused_untouched(class);
    a_directory_is_refused(class);
    an_empty_file_may_become_a_study(class);
    its_file_is_recognised_by_its_start(class);
    a_study_is_found_again_with_its_head(class);
    any_name_comes_back(class);
    a_name_is_given_once(class);
    a_study_that_is_not_there_is_absent(class);
    two_studies_do_not_mix(class);
    an_ended_trial_comes_back_bit_for_bit(class);
    a_running_trial_is_open_until_it_has_ended(class);
    a_cancelled_trial_may_run_again(class);
    an_ended_trial_may_become_cancelled(class);
    trials_are_told_again_in_the_order_of_telling(class);
    a_scan_begins_and_ends_where_it_is_asked_to(class);
    a_trial_is_found_by_its_number(class);
    it_stays_the_file_that_it_was(class);
    it_counts_numbers_and_ends(class);
    reports_come_back_by_step(class);
    the_first_value_alone_takes_no_place_of_all_values(class);
    what_is_rolled_back_never_was(class);
    what_is_not_committed_goes_with_the_close(class);
    a_reader_sees_what_is_committed_and_no_more(class);
    a_second_writer_waits_its_turn(class);
    attributes_are_put_and_replaced(class);
    an_attribute_may_be_a_megabyte(class);
    a_sound_file_has_no_findings(class);
}

static void every_form_keeps_its_promises(void **state) {
    (void)state;
    for (size_t row = 0; hpi_backend_at(row); row++) {
        print_message("%s\n", hpi_backend_at(row)->name);
        run(hpi_backend_at(row));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_form_keeps_its_promises) };
    return cmocka_run_group_tests(tests, form_setup, form_teardown);
}
