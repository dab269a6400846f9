/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a disk that fails is a sentence, never half a trial, and the study goes on when it works
 * again. Method: the disk in memory fails its n-th call, for every n: once, and for ever. */
#include "disk.h"
#include "disk_study.h"
#include "study_forms.h"

#include <sqlite3.h>
#include <string.h>

/* Play with the n-th call failing; when it has, the disk works again and the study is judged. */
static bool judge_failure(size_t at, int code, bool is_for_ever) {
    disk_story story = { 0 };
    disk_format();
    disk_fail_after(at, code, is_for_ever);
    disk_study_play(&story);
    bool has_failed = disk_has_failed();
    disk_fail_after(0, SQLITE_OK, false);
    disk_study_judge(&story, at);
    return has_failed;
}

static void judge_all(int code, bool is_for_ever) {
    size_t step = fixture_apart(1), part = step > 1 ? 2 : 12;
    for (size_t at = 1; judge_failure(at, code, is_for_ever); at += step + at / part)
        ;
}

static void an_io_error_takes_nothing(void **state) {
    (void)state;
    judge_all(SQLITE_IOERR, false);
}

static void a_disk_that_stays_broken_takes_nothing(void **state) {
    (void)state;
    judge_all(SQLITE_IOERR, true);
}

static void a_full_disk_takes_nothing(void **state) {
    (void)state;
    judge_all(SQLITE_FULL, false);
}

static void a_disk_that_stays_full_takes_nothing(void **state) {
    (void)state;
    judge_all(SQLITE_FULL, true);
}

static void a_lack_of_memory_takes_nothing(void **state) {
    (void)state;
    judge_all(SQLITE_NOMEM, false);
}

/* With the file open all the time: the same connection goes on. */
static void the_same_file_goes_on_when_there_is_room_again(void **state) {
    const hpi_backend_class *class = hpi_backend_at(0);
    (void)state;
    disk_format();
    hpi_backend *backend = form_reopen(class, HPI_OPEN_CREATE);
    form_create(backend, "study");
    form_put_ended(backend, 0, 3);
    for (size_t at = 1; at < 12; at++) {
        form_trial trial;
        hpt_err    err = { 0 };
        form_full_trial(&trial, 3, HPT_TRIAL_COMPLETE);
        disk_fail_after(at, SQLITE_FULL, true);
        hpt_status status = class->begin(backend, 0, &err);
        if (status == HPT_OK) status = class->put(backend, &trial.record, NULL, &err);
        if (status == HPT_OK)
            status = class->commit(backend, true, &err);
        else
            class->rollback(backend);
        disk_fail_after(0, SQLITE_OK, false);
        if (status == HPT_OK) break;
        assert_int_equal(status, HPT_EIO);
        assert_non_null(strstr(err.text, "disk full"));
        assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 3);
    }
    form_assert_sound(backend);
    form_put_ended(backend, form_count(backend, HPI_SCAN_TOLD), 2);
    form_assert_sound(backend);
    class->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_io_error_takes_nothing),
        cmocka_unit_test(a_disk_that_stays_broken_takes_nothing),
        cmocka_unit_test(a_full_disk_takes_nothing),
        cmocka_unit_test(a_disk_that_stays_full_takes_nothing),
        cmocka_unit_test(a_lack_of_memory_takes_nothing),
        cmocka_unit_test(the_same_file_goes_on_when_there_is_room_again),
    };
    return cmocka_run_group_tests(tests, disk_study_begin, disk_study_end);
}
