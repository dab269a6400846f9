/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a loss of power takes nothing that was acknowledged, and leaves nothing by half.
 * Method: a disk in memory whose power goes off at any write, sync or removal, and which then has
 *         of what was not synced some sectors and others not. Everything follows from a seed. */
#include "disk.h"
#include "disk_study.h"
#include "study_forms.h"

static size_t changes_of_all(void) {
    disk_story story = { 0 };
    disk_format();
    assert_true(disk_study_play(&story));
    return disk_changes();
}

static void judge_cut(size_t cut, uint64_t seed) {
    disk_story story = { 0 };
    disk_format();
    disk_power_off_after(cut);
    disk_study_play(&story);
    disk_power_on(seed);
    disk_study_judge(&story, seed);
}

static void a_study_that_nothing_happens_to_is_whole(void **state) {
    disk_story story = { 0 };
    (void)state;
    disk_format();
    assert_true(disk_study_play(&story));
    disk_study_judge(&story, 0);
}

static void what_was_acknowledged_outlives_the_power(void **state) {
    size_t changes = changes_of_all();
    (void)state;
    for (uint64_t seed = 1; seed <= fixture_scaled(200); seed++)
        judge_cut(1 + (size_t)(seed * 2654435761U) % changes, seed);
}

/* The first commits and the first close, where files come and go, moment by moment. */
static void the_beginning_may_be_cut_anywhere(void **state) {
    (void)state;
    for (uint64_t cut = 1; cut <= fixture_scaled(60); cut++)
        judge_cut(cut, cut * 7919);
}

/* The power goes off again while the file is brought in order. */
static void the_power_may_go_off_twice(void **state) {
    size_t changes = changes_of_all();
    (void)state;
    for (uint64_t seed = 1; seed <= fixture_scaled(60); seed++) {
        disk_story story = { 0 }, again;
        disk_format();
        disk_power_off_after(1 + (size_t)(seed * 40503U) % changes);
        disk_study_play(&story);
        disk_power_on(seed);
        disk_power_off_after(1 + seed % 12);
        hpi_backend *backend = NULL;
        hpi_head     head = { 0 };
        again = story;
        if (hpi_backend_at(0)->open(form_path, HPI_OPEN_WRITE, &backend, NULL) == HPT_OK) {
            hpi_backend_at(0)->select(backend, "study", &head, NULL);
            hpi_head_fini(&head);
            hpi_backend_at(0)->close(backend);
        }
        disk_power_on(seed + 1);
        disk_study_judge(&again, seed);
    }
}

/* One sync makes a group durable, however many trials it has; a checkpoint now and then adds two.
 */
static void a_commit_syncs_once(void **state) {
    (void)state;
    disk_format();
    hpi_backend *backend = form_reopen(hpi_backend_at(0), HPI_OPEN_CREATE);
    form_create(backend, "study");
    form_put_ended(backend, 0, 1);
    size_t before = disk_syncs();
    for (uint64_t group = 0; group < 10; group++)
        form_put_ended(backend, 1 + group * 5, 5);
    assert_int_equal(disk_syncs() - before, 10);
    hpi_backend_at(0)->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_that_nothing_happens_to_is_whole),
        cmocka_unit_test(what_was_acknowledged_outlives_the_power),
        cmocka_unit_test(the_beginning_may_be_cut_anywhere),
        cmocka_unit_test(the_power_may_go_off_twice),
        cmocka_unit_test(a_commit_syncs_once),
    };
    return cmocka_run_group_tests(tests, disk_study_begin, disk_study_end);
}
