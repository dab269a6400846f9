/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no damage of a study in SQLite is taken for a result.
 * Method: each byte of a small study is changed in turn, and the file cut at each; what is read is
 *         either exactly what was written, or the damage is told. A sample in a short run. */
#include "disk.h"
#include "study_forms.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite.h"

enum { TRIALS = 7 };

static const hpi_backend_class *const class = &hpi_backend_sqlite;

static struct {
    unsigned char *bytes, *work;
    size_t         count;
    hpi_bytes      trials[TRIALS]; /* by number */
    char          *head;
} whole;

/* Small pages: more of what is there means something. */
static void shrink(void) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(form_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;"
                                  "PRAGMA journal_mode = WAL",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

static hpt_trial_state state_of(uint64_t number) {
    static const hpt_trial_state states[TRIALS] = {
        HPT_TRIAL_COMPLETE, HPT_TRIAL_FAILED, HPT_TRIAL_COMPLETE, HPT_TRIAL_INFEASIBLE,
        HPT_TRIAL_COMPLETE, HPT_TRIAL_PRUNED, HPT_TRIAL_COMPLETE,
    };
    return states[number];
}

static double second_value(uint64_t id, int64_t step) {
    return (double)id / 3 + (double)step;
}

static void put_reports(hpi_backend *backend, uint64_t id) {
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    for (int64_t step = 0; step < 3; step++)
        assert_int_equal(class->put_report(backend, id, step,
                                           (double[]){ (double)step, second_value(id, step) },
                                           NULL),
                         HPT_OK);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
}

static int setup(void **state) {
    disk_install();
    if (form_setup(state) != 0) return 1;
    hpi_backend *backend = form_reopen(class, HPI_OPEN_CREATE);
    form_create(backend, "study");
    hpi_head head;
    form_head(&head, "study");
    if (hpi_head_print(&head, &whole.head, NULL) != HPT_OK) return 1;
    hpi_head_fini(&head);
    for (uint64_t number = 0; number < TRIALS; number++) {
        form_trial trial;
        form_full_trial(&trial, number, state_of(number));
        form_put(backend, &trial.record);
        put_reports(backend, trial.record.id);
        if (hpi_record_encode(&trial.record, FORM_DIMS, &whole.trials[number], NULL) != HPT_OK)
            return 1;
    }
    class->close(backend);
    shrink();
    const unsigned char *bytes = disk_bytes(form_path, &whole.count);
    whole.bytes = malloc(whole.count);
    whole.work = malloc(whole.count);
    if (!bytes || !whole.bytes || !whole.work) return 1;
    memcpy(whole.bytes, bytes, whole.count);
    return 0;
}

static int teardown(void **state) {
    for (size_t i = 0; i < TRIALS; i++)
        hpi_bytes_fini(&whole.trials[i]);
    hpt_free(whole.head);
    free(whole.bytes);
    free(whole.work);
    disk_remove();
    return form_teardown(state);
}

/* What a scan gave: each trial once, as it was written, in order. A scan that finds damage in the
 * end has given something before. */
typedef struct reading {
    uint64_t  count;
    bool      is_wrong;
    hpi_bytes bytes;
} reading;

static bool read_trial(void *user, const hpi_record *record) {
    reading *at = user;
    if (at->count >= TRIALS || record->number != at->count ||
        hpi_record_encode(record, FORM_DIMS, &at->bytes, NULL) != HPT_OK ||
        at->bytes.used != whole.trials[at->count].used ||
        memcmp(at->bytes.at, whole.trials[at->count].at, at->bytes.used) != 0)
        at->is_wrong = true;
    at->count++;
    return true;
}

/* What is known of the second goal is what was reported: damage makes it unknown at most. */
static bool read_report(void *user, uint64_t id, int64_t step, const double *values) {
    bool *is_wrong = user;
    if (!isnan(values[1]) && values[1] != second_value(id, step)) *is_wrong = true;
    return true;
}

static void judge_reports(hpi_backend *backend, size_t at) {
    bool is_wrong = false;
    class->scan_reports(backend, read_report, &is_wrong, NULL);
    if (is_wrong) fail_msg("byte %zu: a report is wrong", at);
}

static void count_finding(void *user, const char *finding) {
    assert_true(*finding != '\0');
    ++*(size_t *)user;
}

static void assert_told(hpt_status status, const hpt_err *err, size_t at) {
    if (status != HPT_EPARSE && status != HPT_ELIMIT && status != HPT_EABSENT &&
        status != HPT_EIO && status != HPT_EINVAL)
        fail_msg("byte %zu: status %d, %s", at, (int)status, err->text);
    if (strlen(err->text) < 15) fail_msg("byte %zu: says only %s", at, err->text);
}

static void judge_scan(hpi_backend *backend, int what, size_t at) {
    reading    it = { .count = 0 };
    hpt_err    err = { 0 };
    hpt_status status = class->scan(backend, what, 0, read_trial, &it, &err);
    hpi_bytes_fini(&it.bytes);
    if (status != HPT_OK)
        assert_told(status, &err, at);
    else if (it.is_wrong)
        fail_msg("byte %zu: a trial is wrong", at);
    else if (it.count != TRIALS)
        fail_msg("byte %zu: %d trials, and no word of it", at, (int)it.count);
}

static void judge_head(const hpi_head *head, size_t at) {
    char *json = NULL;
    assert_int_equal(hpi_head_print(head, &json, NULL), HPT_OK);
    if (strcmp(json, whole.head) != 0) fail_msg("byte %zu: the study is another", at);
    assert_int_equal(head->goals[0].direction, HPT_MINIMISE);
    assert_int_equal(head->goals[1].direction, HPT_MAXIMISE);
    hpt_free(json);
}

static void judge_study(hpi_backend *backend, size_t at) {
    hpi_head   head = { 0 };
    hpt_err    err = { 0 };
    size_t     findings = 0;
    uint64_t   next, told;
    hpt_status status = class->select(backend, "study", &head, &err);
    if (status != HPT_OK) {
        assert_told(status, &err, at);
    } else {
        judge_head(&head, at);
        hpi_head_fini(&head);
        judge_scan(backend, HPI_SCAN_TOLD, at);
        judge_scan(backend, HPI_SCAN_ALL, at);
        class->scan(backend, HPI_SCAN_OPEN, 0, read_trial, &(reading){ .is_wrong = true }, NULL);
        judge_reports(backend, at);
        class->counts(backend, &next, &told, NULL);
    }
    class->check(backend, count_finding, &findings, NULL);
}

static void judge(const unsigned char *bytes, size_t count, size_t at) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    disk_format();
    disk_put(form_path, bytes, count);
    hpt_status status = class->open(form_path, HPI_OPEN_READ, &backend, &err);
    if (status != HPT_OK)
        assert_told(status, &err, at);
    else
        judge_study(backend, at);
    class->close(backend);
}

/* So many bytes apart, beginning anywhere; every byte in a long run. */
static size_t stride(size_t wanted) {
    size_t count = fixture_scaled(wanted);
    return count < whole.count ? whole.count / count : 1;
}

static void change_each(size_t wanted, unsigned char flip) {
    for (size_t at = flip % stride(wanted); at < whole.count; at += stride(wanted)) {
        memcpy(whole.work, whole.bytes, whole.count);
        unsigned bits = flip ? flip : 1U << (at / stride(wanted) % 8);
        whole.work[at] = (unsigned char)(whole.work[at] ^ bits);
        judge(whole.work, whole.count, at);
    }
}

static void the_study_itself_is_read(void **state) {
    (void)state;
    disk_put(form_path, whole.bytes, whole.count);
    hpi_backend *backend = form_reselect(class, HPI_OPEN_READ, "study");
    reading      it = { .count = 0 };
    assert_int_equal(class->scan(backend, HPI_SCAN_ALL, 0, read_trial, &it, NULL), HPT_OK);
    assert_int_equal(it.count, TRIALS);
    assert_false(it.is_wrong);
    form_assert_sound(backend);
    hpi_bytes_fini(&it.bytes);
    class->close(backend);
}

static void a_bit_that_is_another_is_told_or_harmless(void **state) {
    (void)state;
    change_each(400, 0);
}

static void a_byte_that_is_inverted_is_told_or_harmless(void **state) {
    (void)state;
    change_each(200, 0xff);
}

static void a_file_that_is_cut_is_told_or_harmless(void **state) {
    (void)state;
    for (size_t count = 0; count < whole.count; count += stride(150))
        judge(whole.bytes, count, count);
}

/* A page that is another one's, or nothing: what a disk that loses a write leaves. */
static void a_page_that_is_lost_is_told_or_harmless(void **state) {
    enum { PAGE = 512 };
    (void)state;
    size_t pages = whole.count / PAGE;
    for (size_t page = 0; page < pages; page += 1 + 100 / fixture_scaled(100)) {
        memcpy(whole.work, whole.bytes, whole.count);
        memset(whole.work + page * PAGE, 0, PAGE);
        judge(whole.work, whole.count, page * PAGE);
        memcpy(whole.work + page * PAGE, whole.bytes + (page * 7 + 3) % pages * PAGE, PAGE);
        judge(whole.work, whole.count, page * PAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_study_itself_is_read),
        cmocka_unit_test(a_bit_that_is_another_is_told_or_harmless),
        cmocka_unit_test(a_byte_that_is_inverted_is_told_or_harmless),
        cmocka_unit_test(a_file_that_is_cut_is_told_or_harmless),
        cmocka_unit_test(a_page_that_is_lost_is_told_or_harmless),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
