/* SPDX-License-Identifier: BSD-3-Clause */
#include "journals.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static char folder[64];

/* ---- files ---- */

int journals_begin(void **state) {
    (void)state;
    return fixture_folder(folder, "hpt-journal-") ? 0 : -1;
}

int journals_end(void **state) {
    (void)state;
    DIR *files = opendir(folder);
    for (struct dirent *entry; files && (entry = readdir(files));)
        if (entry->d_name[0] != '.') unlink(journals_path(entry->d_name));
    if (files) closedir(files);
    rmdir(folder);
    return 0;
}

const char *journals_path(const char *name) {
    static char     paths[16][400];
    static unsigned next;
    char           *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

char *journals_read(const char *path, size_t *bytes_out) {
    char  *text = NULL;
    size_t bytes = 0;
    assert_int_equal(hpi_read_file(path, 1 << 26, &text, &bytes, NULL), HPT_OK);
    if (bytes_out) *bytes_out = bytes;
    return text;
}

/* Without emptying it first: some file systems make the next close wait for the disk then. */
void journals_write(const char *path, const char *text, size_t bytes) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, text, bytes, 0), bytes);
    assert_int_equal(ftruncate(file, (off_t)bytes), 0);
    assert_int_equal(close(file), 0);
}

bool journals_exists(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0;
}

/* ---- studies and trials ---- */

hpi_head journals_head(const char *name, uint32_t goal_count) {
    static const char *const names[] = { "error", "time", "size" };
    const hpt_value          list[] = { hpt_text("a\"b"), hpt_null(), hpt_int(3), hpt_real(0.5) };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_real(space, "x", -1, 1);
    hpt_space_set_log(space, hpt_space_add_real(space, "rate", 1e-5, 1));
    hpt_space_set_step(space, hpt_space_add_real(space, "drop", 0, 0.5), hpt_real(0.1));
    hpt_space_add_int(space, "n", 1, 8);
    hpt_space_add_categorical(space, "kind \u00e9", list, 4);
    hpt_space_add_constant(space, "c", hpt_int(4));
    hpt_param late = hpt_space_add_int(space, "late", 0, 9);
    hpt_space_set_condition(space, late, "n > 4");
    assert_int_equal(hpt_space_check(space, NULL), HPT_OK);
    hpi_head head = { .name = hpi_copy_text(name),
                      .is_ours = true,
                      .goal_count = goal_count,
                      .space = space,
                      .strategy = hpi_copy_text("random"),
                      .version = hpi_copy_text("0.1.0"),
                      .seed = 7,
                      .repeat_count = 1,
                      .trial_count_max = 100 };
    for (uint32_t i = 0; i < goal_count; i++)
        head.goals[i] =
            (hpt_goal){ hpi_copy_text(names[i % 3]), i == 1 ? HPT_MAXIMISE : HPT_MINIMISE, NAN };
    return head;
}

hpi_record journals_trial(uint64_t number, uint64_t order) {
    static hpt_coord point[JOURNALS_DIMS];
    static double    values[3];
    double           t = (double)(number % 97) / 97;
    point[0].real = 2 * t - 1;
    point[1].real = 1e-5 + t / 2;
    point[2].real = (double)(number % 6) / 10;
    point[3].integer = 1 + (int64_t)(number % 8);
    point[4].integer = (int64_t)(number % 4);
    point[5].integer = 0;
    point[6].integer = point[3].integer > 4 ? (int64_t)(number % 10) : 0;
    for (int i = 0; i < 3; i++)
        values[i] = t * t + i;
    return (hpi_record){ .number = number,
                         .order = order,
                         .asked = number + 1,
                         .state = HPT_TRIAL_COMPLETE,
                         .worker = 3,
                         .start_wall_ns = INT64_C(1700000000123456789) + (int64_t)number * 1000,
                         .end_wall_ns = INT64_C(1700000001123456789) + (int64_t)number * 1000,
                         .duration_ns = 1000000000,
                         .point = point,
                         .values = values,
                         .value_count = 1,
                         .reason = "" };
}

hpi_record journals_running(uint64_t number) {
    hpi_record record = journals_trial(number, HPI_UNKNOWN);
    record.state = HPT_TRIAL_RUNNING;
    record.value_count = 0;
    record.end_wall_ns = HPI_NO_TIME;
    record.duration_ns = -1;
    return record;
}

/* ---- by way of the class ---- */

#define ASSERT_OK(call)                                                                            \
    do {                                                                                           \
        hpt_err ok_err = { 0 };                                                                    \
        if ((call) != HPT_OK) fail_msg("%s: %s", #call, ok_err.text);                              \
    } while (0)

hpi_backend *journals_make(const char *path) {
    hpi_backend *backend = NULL;
    hpi_head     head = journals_head("s", 1);
    ASSERT_OK(hpi_backend_journal.open(path, HPI_OPEN_CREATE, &backend, &ok_err));
    journals_begin_tx(backend);
    ASSERT_OK(backend->class->create(backend, &head, &ok_err));
    journals_commit(backend);
    hpi_head_fini(&head);
    return backend;
}

hpi_backend *journals_open(const char *path, hpi_open_mode mode) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    ASSERT_OK(hpi_backend_journal.open(path, mode, &backend, &ok_err));
    ASSERT_OK(backend->class->select(backend, "s", &head, &ok_err));
    hpi_head_fini(&head);
    return backend;
}

void journals_begin_tx(hpi_backend *backend) {
    ASSERT_OK(backend->class->begin(backend, 1000, &ok_err));
}

void journals_commit(hpi_backend *backend) {
    ASSERT_OK(backend->class->commit(backend, true, &ok_err));
}

uint64_t journals_put(hpi_backend *backend, hpi_record record) {
    uint64_t id = record.id;
    ASSERT_OK(backend->class->put(backend, &record, &id, &ok_err));
    return id;
}

void journals_fill(hpi_backend *backend, uint64_t first, uint64_t count) {
    journals_begin_tx(backend);
    for (uint64_t i = first; i < first + count; i++)
        journals_put(backend, journals_trial(i, i));
    journals_commit(backend);
}

static bool see(void *user, const hpi_record *record) {
    journals_seen *seen = user;
    if (seen->count < 64) {
        seen->records[seen->count] = *record;
        seen->values[seen->count] = record->value_count > 0 ? record->values[0] : NAN;
    }
    seen->count++;
    return true;
}

hpt_status journals_try_scan(hpi_backend *backend, int what, journals_seen *seen, hpt_err *err) {
    seen->count = 0;
    return backend->class->scan(backend, what, 0, see, seen, err);
}

void journals_scan(hpi_backend *backend, int what, uint64_t from, journals_seen *seen) {
    seen->count = 0;
    ASSERT_OK(backend->class->scan(backend, what, from, see, seen, &ok_err));
}

typedef struct findings {
    size_t count;
    char  *first;
} findings;

static void note(void *user, const char *sentence) {
    findings *all = user;
    if (all->count++ == 0) snprintf(all->first, 240, "%s", sentence);
}

size_t journals_check(hpi_backend *backend, char first_out[240]) {
    findings all = { 0, first_out };
    first_out[0] = '\0';
    ASSERT_OK(backend->class->check(backend, note, &all, &ok_err));
    return all.count;
}

void journals_assert_fails(hpt_status got, hpt_status expected, const hpt_err *err,
                           const char *words) {
    if (got != expected) fail_msg("status %d instead of %d: \"%s\"", got, expected, err->text);
    assert_int_equal(err->code, expected);
    if (!strstr(err->text, words)) fail_msg("\"%s\" is not in \"%s\"", words, err->text);
}
