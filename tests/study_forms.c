/* SPDX-License-Identifier: BSD-3-Clause */
#include "study_forms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

char form_folder[64], form_path[96];

int form_setup(void **state) {
    (void)state;
    if (!fixture_folder(form_folder, "hpt form.")) return 1;
    snprintf(form_path, sizeof form_path, "%s/it's a %%41 study?x=1#y", form_folder);
    return 0;
}

void form_name(const hpi_backend_class *class) {
    snprintf(form_path, sizeof form_path, "%s/it's a %%41 study?x=1#y%s", form_folder,
             class->suffix);
}

int form_teardown(void **state) {
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", form_folder);
    return system(command);
}

void form_write(const char *text) {
    FILE *file = fopen(form_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

char *form_read(void) {
    FILE *file = fopen(form_path, "rb");
    char *text = calloc(1, 4096);
    assert_non_null(file);
    assert_true(fread(text, 1, 4095, file) < 4095);
    fclose(file);
    return text;
}

static void remove_all(void) {
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock", ".torn" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", form_path, ends[i]);
        unlink(path);
    }
}

hpi_backend *form_reopen(const hpi_backend_class *class, hpi_open_mode mode) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    if (class->open(form_path, mode, &backend, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_ptr_equal(backend->class, class);
    return backend;
}

hpi_backend *form_open(const hpi_backend_class *class, hpi_open_mode mode) {
    remove_all();
    return form_reopen(class, mode);
}

hpi_backend *form_reselect(const hpi_backend_class *class, hpi_open_mode mode, const char *name) {
    hpi_backend *backend = form_reopen(class, mode);
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    if (class->select(backend, name, &head, &err) != HPT_OK) fail_msg("%s", err.text);
    hpi_head_fini(&head);
    return backend;
}

static hpt_space *make_space(void) {
    const hpt_value list[] = { hpt_null(), hpt_bool(true), hpt_int(-3), hpt_real(0.1),
                               hpt_text("it's \"x\"") };
    const char     *levels[] = { "low", "middle", "high" };
    hpt_space      *space = hpt_space_create();
    hpt_space_add_real(space, "x", -1e9, 1e9);
    hpt_param rate = hpt_space_add_real(space, "rate \xC3\xA9", 1e-300, 1e300);
    hpt_space_set_log(space, rate);
    hpt_space_add_int(space, "n", INT64_MIN, INT64_MAX);
    hpt_space_add_categorical(space, "kind", list, 5);
    hpt_space_add_choice(space, "level", levels, 3);
    hpt_param depth = hpt_space_add_int(space, "depth", 2, 64);
    hpt_space_set_step(space, depth, hpt_int(2));
    return space;
}

void form_head(hpi_head *head_out, const char *name) {
    *head_out = (hpi_head){ .name = hpi_copy_text(name),
                            .is_ours = true,
                            .goal_count = 2,
                            .space = make_space(),
                            .strategy = hpi_copy_text("tpe:startup=5"),
                            .version = hpi_copy_text(hpt_version()),
                            .seed = UINT64_MAX - 1,
                            .window = 4,
                            .trial_count_max = 100 };
    head_out->goals[0] = (hpt_goal){ hpi_copy_text("error"), HPT_MINIMISE, NAN };
    head_out->goals[1] = (hpt_goal){ hpi_copy_text("speed"), HPT_MAXIMISE, 0 };
}

void form_create(hpi_backend *backend, const char *name) {
    hpi_head head;
    hpt_err  err = { 0 };
    form_head(&head, name);
    assert_int_equal(backend->class->begin(backend, 0, NULL), HPT_OK);
    if (backend->class->create(backend, &head, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(backend->class->commit(backend, true, NULL), HPT_OK);
    hpi_head_fini(&head);
}

static void say_more(form_trial *trial) {
    trial->attrs[0] = (hpt_attr){ "iterations", hpt_int(INT64_MAX) };
    trial->attrs[1] = (hpt_attr){ "note \xF0\x9F\x9A\x80", hpt_text("line\n\"quoted\" 'text'") };
    trial->attrs[2] = (hpt_attr){ "ratio", hpt_real(0.1 + 0.2) };
    trial->record.attrs = trial->attrs;
    trial->record.attr_count = 3;
    trial->record.has_report = true;
    trial->record.last_step = -7;
    trial->record.last_value = -0.0;
}

static void add_values(form_trial *trial, bool is_infeasible) {
    trial->values[0] = 0.1 + 0.2;
    trial->values[1] = -5e-324;
    trial->record.values = trial->values;
    trial->record.value_count = 2;
    trial->constraints[0] = (hpt_attr){ "memory", hpt_real(is_infeasible ? 1.5 : -1.5) };
    trial->constraints[1] = (hpt_attr){ "time", hpt_real(-0.0) };
    trial->record.constraints = trial->constraints;
    trial->record.constraint_count = 2;
}

void form_full_trial(form_trial *trial, uint64_t number, hpt_trial_state state) {
    bool is_running = state == HPT_TRIAL_RUNNING;
    bool is_told = !is_running && state != HPT_TRIAL_CANCELLED;
    *trial = (form_trial){
        .record = { .number = number,
                    .order = is_told ? number : HPI_UNKNOWN,
                    .asked = is_told ? number + 3 : HPI_UNKNOWN,
                    .state = state,
                    .worker = is_running ? UINT32_MAX : (uint32_t)number % 4,
                    .start_wall_ns = INT64_C(1790000000123456000) + (int64_t)number * 1000000,
                    .end_wall_ns =
                        is_running ? HPI_NO_TIME : INT64_C(1790000001123456000) + (int64_t)number,
                    .duration_ns = is_running ? -1 : 123456789,
                    .reason = "" },
        .point = { { .real = -0.0 },
                   { .real = 1e-300 * (1 + (double)number) },
                   { .integer = number % 2 ? INT64_MAX - 1 : INT64_MIN + 1 },
                   { .integer = (int64_t)(number % 5) },
                   { .integer = (int64_t)(number % 3) },
                   { .integer = 2 + 2 * (int64_t)(number % 32) } },
    };
    trial->record.point = trial->point;
    if (is_running) return;
    say_more(trial);
    if (state == HPT_TRIAL_COMPLETE || state == HPT_TRIAL_INFEASIBLE)
        add_values(trial, state == HPT_TRIAL_INFEASIBLE);
    if (state != HPT_TRIAL_COMPLETE) trial->record.reason = "because of 'this' \"and\" \xC3\xA9";
}

void form_put(hpi_backend *backend, hpi_record *record) {
    hpt_err err = { 0 };
    assert_int_equal(backend->class->begin(backend, 0, NULL), HPT_OK);
    if (backend->class->put(backend, record, &record->id, &err) != HPT_OK) fail_msg("%s", err.text);
    if (backend->class->commit(backend, true, &err) != HPT_OK) fail_msg("%s", err.text);
}

void form_put_ended(hpi_backend *backend, uint64_t first, uint64_t count) {
    assert_int_equal(backend->class->begin(backend, 0, NULL), HPT_OK);
    for (uint64_t i = 0; i < count; i++) {
        form_trial trial;
        hpt_err    err = { 0 };
        form_full_trial(&trial, first + i, HPT_TRIAL_COMPLETE);
        if (backend->class->put(backend, &trial.record, NULL, &err) != HPT_OK)
            fail_msg("%s", err.text);
    }
    assert_int_equal(backend->class->commit(backend, true, NULL), HPT_OK);
}

void form_put_attr(hpi_backend *backend, bool is_system, const char *key, const char *json) {
    assert_int_equal(backend->class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(backend->class->attr_put(backend, is_system, key, json, NULL), HPT_OK);
    assert_int_equal(backend->class->commit(backend, true, NULL), HPT_OK);
}

void form_assert_attr(hpi_backend *backend, bool is_system, const char *key, const char *json) {
    char *found = NULL;
    assert_int_equal(backend->class->attr_get(backend, is_system, key, &found, NULL), HPT_OK);
    assert_string_equal(found, json);
    hpi_free(found);
}

/* Scans. */

bool form_note(void *user, const hpi_record *record) {
    form_numbers *numbers = user;
    assert_true(numbers->count < 64);
    numbers->at[numbers->count++] = record->number;
    return numbers->limit == 0 || numbers->count < numbers->limit;
}

size_t form_count(hpi_backend *backend, int what) {
    form_numbers numbers = { .count = 0 };
    hpt_err      err = { 0 };
    if (backend->class->scan(backend, what, 0, form_note, &numbers, &err) != HPT_OK)
        fail_msg("%s", err.text);
    return numbers.count;
}

bool form_note_report(void *user, uint64_t id, int64_t step, const double *values) {
    form_reports *reports = user;
    assert_int_not_equal(id, 0);
    assert_true(reports->count < 64);
    memcpy(reports->values[reports->count], values, sizeof reports->values[0]);
    reports->steps[reports->count++] = step;
    return true;
}

bool form_add_name(void *user, const hpi_study_row *row) {
    char *names = user;
    assert_true(strlen(names) + strlen(row->name) + 2 < 256);
    strcat(strcat(names, row->name), "\n");
    return true;
}

/* Bit for bit. */

static void assert_same_attrs(const hpt_attr *a, const hpt_attr *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_int_equal(a[i].value.type, b[i].value.type);
        if (a[i].value.type == HPT_TYPE_TEXT)
            assert_string_equal(a[i].value.as.text, b[i].value.as.text);
        else
            assert_int_equal(a[i].value.as.integer, b[i].value.as.integer);
    }
}

typedef struct comparison {
    const hpi_record *wanted;
    size_t            found;
} comparison;

static bool compare(void *user, const hpi_record *got) {
    comparison       *it = user;
    const hpi_record *wanted = it->wanted;
    if (got->number != wanted->number) return true;
    it->found++;
    assert_int_equal(got->state, wanted->state);
    assert_int_equal(got->order, wanted->order);
    assert_int_equal(got->asked, wanted->asked);
    assert_int_equal(got->worker, wanted->worker);
    assert_int_equal(got->start_wall_ns, wanted->start_wall_ns);
    assert_int_equal(got->end_wall_ns, wanted->end_wall_ns);
    assert_int_equal(got->duration_ns, wanted->duration_ns);
    assert_memory_equal(got->point, wanted->point, FORM_DIMS * sizeof *wanted->point);
    assert_int_equal(got->value_count, wanted->value_count);
    if (wanted->value_count > 0)
        assert_memory_equal(got->values, wanted->values, wanted->value_count * sizeof(double));
    assert_string_equal(got->reason, wanted->reason);
    assert_int_equal(got->attr_count, wanted->attr_count);
    assert_same_attrs(got->attrs, wanted->attrs, wanted->attr_count);
    assert_int_equal(got->constraint_count, wanted->constraint_count);
    assert_same_attrs(got->constraints, wanted->constraints, wanted->constraint_count);
    assert_int_equal(got->has_report, wanted->has_report);
    if (!wanted->has_report) return true;
    assert_int_equal(got->last_step, wanted->last_step);
    assert_memory_equal(&got->last_value, &wanted->last_value, sizeof(double));
    return true;
}

void form_assert_kept(hpi_backend *backend, const hpi_record *record) {
    comparison it = { .wanted = record };
    hpt_err    err = { 0 };
    if (backend->class->scan(backend, HPI_SCAN_ALL, 0, compare, &it, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(it.found, 1);
}

static void say(void *user, const char *finding) {
    (void)user;
    fail_msg("finding: %s", finding);
}

void form_assert_sound(hpi_backend *backend) {
    assert_int_equal(backend->class->check(backend, say, NULL, NULL), HPT_OK);
}

void form_count_finding(void *user, const char *finding) {
    assert_true(strlen(finding) > 20);
    ++*(size_t *)user;
}

size_t form_findings(hpi_backend *backend) {
    size_t count = 0;
    assert_int_equal(backend->class->check(backend, form_count_finding, &count, NULL), HPT_OK);
    return count;
}
