/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study file whose beginning never reached the disk, because the power went while it was
 *         made, is begun anew: nothing in it was promised to anybody. A journal whose last commit
 * has a hole goes on without that commit, and is sound afterwards. Method: files as a loss of power
 * leaves them, found by the simulation, and studies opened on them. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hpt/hpt.h>

static void put(const char *path, const unsigned char *bytes, size_t count, size_t zeros) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (count > 0) assert_int_equal(fwrite(bytes, 1, count, file), count);
    for (size_t i = 0; i < zeros; i++)
        assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_usable(const char *path) {
    hpt_err     err = { 0 };
    hpt_study  *study = NULL;
    hpt_trial  *trial = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_space_add_real(space, "x", 0, 1);
    options.study = path;
    options.strategy = "random";
    options.sync = HPT_SYNC_EACH;
    if (hpt_study_create(space, &options, &study, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_study_ask(study, &trial, &err), HPT_OK);
    assert_int_equal(hpt_study_tell(study, trial, 1, &err), HPT_OK);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
    hpt_history *history = NULL;
    assert_int_equal(hpt_history_load(path, NULL, &history, &err), HPT_OK);
    assert_int_equal(hpt_history_count(history), 1);
    hpt_history_destroy(history);
}

static void a_journal_that_begins_with_a_hole_is_begun_anew(void **state) {
    char folder[64], path[96], torn[104];
    (void)state;
    assert_true(fixture_folder(folder, "begin"));
    snprintf(path, sizeof path, "%s/a.journal", folder);
    snprintf(torn, sizeof torn, "%s.torn", path);
    put(path, NULL, 0, 700);
    assert_usable(path);
    assert_int_equal(unlink(torn), 0); /* what was cut off is kept */
    unlink(path);
    rmdir(folder);
}

static void a_database_that_begins_with_a_hole_goes_back_by_its_journal(void **state) {
    /* SQLite's magic; no page to be put back; a nonce; the size before: nothing; sector, page. */
    static const unsigned char head[28] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0,
                                            0,    0,    1,    2,    3,    4,    0,    0,    0, 0,
                                            0,    0,    2,    0,    0,    0,    0x10, 0 };
    char                       folder[64], path[96], beside[112];
    (void)state;
    assert_true(fixture_folder(folder, "begin"));
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(beside, sizeof beside, "%s-journal", path);
    put(path, NULL, 0, 3584);
    put(beside, head, sizeof head, 512 - sizeof head);
    assert_usable(path);
    unlink(path);
    unlink(beside);
    rmdir(folder);
}

/* Of the last line that makes a trial and ends its commit; NULL: there is none. */
static char *last_trial(char *text, size_t bytes, size_t *end_out) {
    static const char begin[] = "{\"op_code\":4,\"worker_id\":\"hpt\",\"hpt\":\"0000000000000000";
    char             *found = NULL;
    for (char *line = text; line < text + bytes;) {
        char *feed = memchr(line, '\n', (size_t)(text + bytes - line));
        if (!feed) break;
        if (strncmp(line, begin, sizeof begin - 1) == 0) {
            found = line;
            *end_out = (size_t)(feed - text) + 1;
        }
        line = feed + 1;
    }
    return found;
}

static void tear_last_trial(const char *path) {
    static char text[1 << 16];
    size_t      end = 0;
    FILE       *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    char *line = last_trial(text, bytes, &end);
    assert_non_null(line);
    char *params = strstr(line, "\"params\"");
    assert_non_null(params);
    memset(params, 0, 60);
    put(path, (const unsigned char *)text, end, 0);
}

static void what_follows_a_hole_in_the_last_commit_is_not_lost(void **state) {
    char folder[64], path[96], torn[104];
    (void)state;
    assert_true(fixture_folder(folder, "begin"));
    snprintf(path, sizeof path, "%s/a.journal", folder);
    snprintf(torn, sizeof torn, "%s.torn", path);
    assert_usable(path);
    tear_last_trial(path);
    assert_usable(path); /* the one that was torn is gone, and another one is there */
    assert_int_equal(unlink(torn), 0);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_that_begins_with_a_hole_is_begun_anew),
        cmocka_unit_test(what_follows_a_hole_in_the_last_commit_is_not_lost),
        cmocka_unit_test(a_database_that_begins_with_a_hole_goes_back_by_its_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
