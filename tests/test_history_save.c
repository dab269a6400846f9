/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study goes from any form to any form and is the same there; what another tool wrote
 * stays that tool's; what a dead process held is nobody's. Method: studies written through
 * one form, saved in each, and compared; files that Optuna made. */
#include "histories.h"

#include <unistd.h>

#include "failing.h"

#include "store/hold.h"

static char other_path[128];

static const char *other_file(const char *suffix) {
    static const char *const ends[] = { "", "-wal", "-shm", ".lock", ".torn" };
    snprintf(other_path, sizeof other_path, "%s/other%s", form_folder, suffix);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", other_path, ends[i]);
        unlink(path);
    }
    return other_path;
}

/* Trials of every state, some with intermediate values. */
static void make_study(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    uint64_t     told = 0;
    form_create(backend, "first");
    for (uint64_t number = 0; number < 16; number++) {
        form_trial      trial;
        hpt_trial_state state = (hpt_trial_state)(number % HPT_TRIAL_STATE_COUNT);
        form_full_trial(&trial, number, state);
        if (trial.record.order != HPI_UNKNOWN) trial.record.order = told++;
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        assert_int_equal(class->put(backend, &trial.record, &trial.record.id, NULL), HPT_OK);
        if (trial.record.has_report)
            assert_int_equal(class->put_report(backend, trial.record.id, trial.record.last_step,
                                               (double[]){ trial.record.last_value, -1 }, NULL),
                             HPT_OK);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    }
    class->close(backend);
}

static void save(const hpt_history *history, const char *path, const char *name) {
    hpt_err err = { 0 };
    if (hpt_history_save(history, path, name, &err) != HPT_OK) fail_msg("%s", err.text);
}

static void a_saved_study_is_the_same(const hpi_backend_class *class) {
    make_study(class);
    hpt_history *history = histories_load(form_path, NULL);
    for (size_t row = 0; hpi_backend_at(row); row++) {
        if (hpi_backend_at(row)->absent) continue;
        const char *path = other_file(hpi_backend_at(row)->suffix);
        save(history, path, NULL);
        hpt_history *other = histories_load(path, NULL);
        histories_assert_same(history, other);
        assert_string_equal(hpt_history_info(other)->name, "first");
        for (size_t i = 0; i < history->rows.count; i++) { /* what a resumed run goes by */
            assert_int_equal(history->rows.rows[i].asked, other->rows.rows[i].asked);
            assert_memory_equal(history->rows.rows[i].point, other->rows.rows[i].point,
                                FORM_DIMS * sizeof(hpt_coord));
        }
        hpt_history_destroy(other);
    }
    hpt_history_destroy(history);
}

static void a_study_is_saved_beside_others_but_not_over_them(const hpi_backend_class *class) {
    hpt_err err = { 0 };
    make_study(class);
    hpt_history *history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_save(history, form_path, NULL, &err), HPT_EBUSY);
    assert_non_null(strstr(err.text, "first"));
    save(history, form_path, "second");
    hpt_history *other = histories_load(form_path, "second");
    histories_assert_same(history, other);
    hpt_history_destroy(other);
    other = histories_load(form_path, "first");
    histories_assert_same(history, other);
    hpt_history_destroy(other);
    hpt_history_destroy(history);
}

static void what_is_no_study_is_not_overwritten(const hpi_backend_class *class) {
    make_study(class);
    hpt_history *history = histories_load(form_path, NULL);
    hpt_err      err = { 0 };
    other_file(".txt");
    FILE *file = fopen(other_path, "w");
    fputs("dear diary\n", file);
    fclose(file);
    assert_int_equal(hpt_history_save(history, other_path, NULL, &err), HPT_EPARSE);
    file = fopen(other_path, "r");
    char text[32] = "";
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "dear diary\n");
    fclose(file);
    assert_int_equal(hpt_history_save(history, NULL, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_history_save(NULL, other_path, NULL, &err), HPT_EINVAL);
    assert_int_equal(hpt_history_save(history, other_path, "", &err), HPT_EINVAL);
    hpt_history_destroy(history);
}

/* Files of Optuna's: the copy is Optuna's too, so that a run teaches its strategy with them. */
static void another_tools_study_stays_that_tools(const hpi_backend_class *class) {
    static const char *const files[] = { "five.db", "five.journal" };
    size_t                   apart = fixture_scaled(100) < 100 ? 2 : 1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i += apart) {
        char            from[256];
        hpt_study_list *list = NULL;
        snprintf(from, sizeof from, "%s/data/optuna/%s", FIXTURE_FOLDER, files[i]);
        hpt_status status = hpt_study_list_load(from, &list, NULL);
        if (status == HPT_EBUILD) continue;
        assert_int_equal(status, HPT_OK);
        other_file(class->suffix);
        for (size_t k = 0; k < hpt_study_list_count(list); k++) {
            hpt_history *history = histories_load(from, hpt_study_list_at(list, k)->name);
            save(history, other_path, NULL);
            hpt_history *other = histories_load(other_path, hpt_study_list_at(list, k)->name);
            assert_false(hpt_history_info(other)->is_ours);
            histories_assert_same(history, other);
            hpt_history_destroy(other);
            hpt_history_destroy(history);
        }
        hpt_study_list_destroy(list);
    }
}

/* Optuna's objective need not ask for any. */
static void trials_without_parameters_are_saved_too(const hpi_backend_class *class) {
    static const char *const lines[] = {
        "{\"op_code\":0,\"worker_id\":\"a\",\"study_name\":\"bare\",\"directions\":[2]}\n",
        "{\"op_code\":4,\"worker_id\":\"a\",\"study_id\":0,"
        "\"datetime_start\":\"2026-01-01T00:00:00.000000\"}\n",
        "{\"op_code\":6,\"worker_id\":\"a\",\"trial_id\":0,\"state\":1,\"values\":[3.5],"
        "\"datetime_complete\":\"2026-01-01T00:00:01.000000\"}\n",
    };
    char from[160];
    snprintf(from, sizeof from, "%s/bare.journal", form_folder);
    FILE *file = fopen(from, "w");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fputs(lines[i], file);
    fclose(file);
    hpt_history *history = histories_load(from, NULL);
    save(history, other_file(class->suffix), NULL);
    hpt_history *other = histories_load(other_path, NULL);
    assert_false(hpt_history_info(other)->is_ours);
    assert_int_equal(hpt_history_count(other), 1);
    histories_assert_same(history, other);
    hpt_history_destroy(other);
    hpt_history_destroy(history);
    unlink(from);
}

/* ---- checking ---- */

static void count_finding(void *user, const char *finding) {
    size_t *count = user;
    assert_true(*finding);
    ++*count;
}

static void a_sound_study_has_no_findings(const hpi_backend_class *class) {
    size_t  count = 77, said = 0;
    hpt_err err = { 0 };
    make_study(class);
    if (hpt_study_check(form_path, HPT_CHECK_LOOK, count_finding, &said, &count, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(count, 0);
    assert_int_equal(said, 0);
    assert_int_equal(hpt_study_check(form_path, HPT_CHECK_REPAIR, NULL, NULL, &count, &err),
                     HPT_OK);
    assert_int_equal(count, 0);
}

/* A hold of this very process, of a run that it does not have: its run died and left it. */
static void hold(const hpi_backend_class *class) {
    char *json = NULL;
    make_study(class);
    hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
    assert_int_equal(hpi_hold_print("some run", &json, NULL), HPT_OK);
    form_put_attr(backend, true, HPI_HOLD_KEY, json);
    hpi_free(json);
    class->close(backend);
}

static void what_a_dead_run_held_is_nobody_s(const hpi_backend_class *class) {
    size_t  count = 77, said = 0;
    hpt_err err = { 0 };
    hold(class);
    assert_int_equal(hpt_study_check(form_path, HPT_CHECK_LOOK, count_finding, &said, &count, &err),
                     HPT_OK);
    assert_int_equal(count, 0);
    assert_int_equal(said, 0);
    hpt_history *history = histories_load(form_path, NULL);
    assert_string_equal(hpt_history_info(history)->held_by, "");
    assert_int_equal(hpt_history_count(history), 16);
    hpt_history_destroy(history);
}

/* Nothing is wrong with it; and where something is, whoever has it comes first. */
static void what_is_held_is_not_repaired(const hpi_backend_class *class) {
    size_t     count = 77;
    hpt_err    err = { 0 };
    hpi_holder entry = { .run_id = "some run" };
    hold(class);
    hpi_holder_enter(&entry);
    hpt_status status = hpt_study_check(form_path, HPT_CHECK_REPAIR, NULL, NULL, &count, &err);
    hpi_holder_leave(&entry);
    if (status != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(count, 0);
    assert_int_equal(hpt_study_check(NULL, HPT_CHECK_LOOK, NULL, NULL, &count, &err), HPT_EINVAL);
    assert_int_equal(hpt_study_check(form_path, (hpt_check_action)3, NULL, NULL, &count, &err),
                     HPT_EINVAL);
}

/* As if by a process of another machine. */
static void hold_elsewhere(const hpi_backend_class *class) {
    make_study(class);
    hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
    form_put_attr(backend, true, HPI_HOLD_KEY,
                  "{\"pid\":12,\"host\":\"elsewhere\",\"since\":\"2026-11-21 17:03:05 UTC\"}");
    class->close(backend);
}

static void a_release_gives_back_what_a_process_elsewhere_held(const hpi_backend_class *class) {
    size_t  count = 77, said = 0;
    hpt_err err = { 0 };
    hold_elsewhere(class);
    assert_int_equal(hpt_study_check(form_path, HPT_CHECK_REPAIR, NULL, NULL, &count, &err),
                     HPT_OK);
    assert_int_equal(count, 0);
    hpt_history *history = histories_load(form_path, NULL);
    assert_non_null(strstr(hpt_history_info(history)->held_by, "process 12 on host elsewhere"));
    hpt_history_destroy(history);
    if (hpt_study_check(form_path, HPT_CHECK_RELEASE, count_finding, &said, &count, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(said, 1);
    assert_int_equal(count, 0);
    history = histories_load(form_path, NULL);
    assert_string_equal(hpt_history_info(history)->held_by, "");
    assert_int_equal(hpt_history_count(history), 16);
    hpt_history_destroy(history);
}

static void what_a_running_process_holds_is_not_released(const hpi_backend_class *class) {
    size_t     count = 77;
    hpt_err    err = { 0 };
    char       boot[HPI_HOLD_FACT_BYTES];
    hpi_holder entry = { .run_id = "some run" };
    hpi_hold_boot(boot);
    if (!*boot || *boot == '-') skip(); /* nobody knows who is there */
    hold(class);
    hpi_holder_enter(&entry);
    hpt_status   status = hpt_study_check(form_path, HPT_CHECK_RELEASE, NULL, NULL, &count, &err);
    hpt_history *history = histories_load(form_path, NULL);
    hpi_holder_leave(&entry);
    if (status != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(count, 0);
    assert_string_not_equal(hpt_history_info(history)->held_by, "");
    hpt_history_destroy(history);
}

static bool try_save(void *user) {
    (void)user;
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    const char  *path = other_file(".journal");
    hpt_status   status = hpt_history_load(form_path, NULL, &history, &err);
    if (status == HPT_OK) status = hpt_history_save(history, path, NULL, &err);
    if (status != HPT_OK) assert_true(*err.text);
    hpt_history_destroy(history);
    return status == HPT_OK;
}

static void saving_without_memory_says_so(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_put_ended(backend, 0, 2);
    class->close(backend);
    failing_tolerated(try_save, NULL);
}

int main(void) {
    static const histories_test tests[] = {
        HISTORIES_TEST(a_saved_study_is_the_same),
        HISTORIES_TEST(a_study_is_saved_beside_others_but_not_over_them),
        HISTORIES_TEST(what_is_no_study_is_not_overwritten),
        HISTORIES_TEST(another_tools_study_stays_that_tools),
        HISTORIES_TEST(trials_without_parameters_are_saved_too),
        HISTORIES_TEST(a_sound_study_has_no_findings),
        HISTORIES_TEST(what_a_dead_run_held_is_nobody_s),
        HISTORIES_TEST(what_is_held_is_not_repaired),
        HISTORIES_TEST(a_release_gives_back_what_a_process_elsewhere_held),
        HISTORIES_TEST(what_a_running_process_holds_is_not_released),
        HISTORIES_TEST(saving_without_memory_says_so),
    };
    return histories_run(tests, sizeof tests / sizeof *tests);
}
