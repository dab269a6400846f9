/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what an objective does to the descriptors and mappings that it finds in its process, it
 *         does to none of another run.
 * Method: a run with a study and observers, whose last trials wait; and beside it one in worker
 *         processes, whose objective looks for what is open, and writes to it. */
#include "isolated.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hpt/history.h>

enum { FDS_MAX = 256, TRIALS = 8, WAITING = 2 };

static const char *const forms[] = { "study.db", "study.journal" };
static const char *const pools[] = { "threads", "processes" };

static char folder[64];
static char study[96], lines[96], rows[96], observe[512];
static bool is_there[FDS_MAX]; /* of the program's, before anything was opened */

/* The first run: TRIALS trials, of which the last WAITING hold on. */

typedef struct others {
    runs_gate  *gate; /* worker processes have it too */
    const char *pool;
    hpt_run    *run;
} others;

static hpt_status waits_at_the_end(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) >= TRIALS - WAITING) return runs_pass(trial, user, value_out);
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

static void start(others *it, const char *form, const char *pool) {
    snprintf(study, sizeof study, "%s/%s", folder, form);
    snprintf(lines, sizeof lines, "%s/trials.jsonl", folder);
    snprintf(rows, sizeof rows, "%s/trials.csv", folder);
    snprintf(observe, sizeof observe, "jsonl:path=%s; csv:path=%s; prometheus:path=%s/hpt.prom",
             lines, rows, folder);
    hpt_options options = runs_options(WAITING, TRIALS);
    options.pool = pool;
    options.study = study;
    options.sync = HPT_SYNC_EACH; /* SQLite's log has something in it */
    options.observe = observe;
    it->gate = fixture_shared(sizeof *it->gate);
    it->run = runs_start(waits_at_the_end, it->gate, &options);
    assert_true(runs_wait_for(&it->gate->inside, WAITING));
}

static size_t trials_in(const char *path) {
    hpt_space        *space = runs_space();
    hpt_observations *found = NULL;
    hpt_err           err = { 0 };
    if (hpt_observations_load(space, path, &found, &err) != HPT_OK) fail_msg("%s", err.text);
    size_t count;
    hpt_observations_list(found, &count);
    hpt_observations_destroy(found);
    hpt_space_destroy(space);
    return count;
}

static void print_finding(void *user, const char *finding) {
    (void)user;
    print_error("%s\n", finding);
}

/* It ends, and everything that it was to write is there and sound. */
static void end_well(others *it) {
    size_t  findings = 0;
    hpt_err err = { 0 };
    atomic_store(&it->gate->is_open, 1);
    hpt_result *result = runs_end(it->run);
    assert_int_equal(hpt_result_stats(result)->state_count[HPT_TRIAL_COMPLETE], TRIALS);
    assert_int_equal(hpt_result_stats(result)->restart_count, 0);
    assert_int_equal(hpt_result_stats(result)->observer_lost, 0);
    assert_int_equal(hpt_result_stats(result)->stop, HPT_STOP_TRIALS);
    hpt_result_destroy(result);
    if (hpt_study_check(study, HPT_CHECK_LOOK, print_finding, NULL, &findings, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(findings, 0);
    assert_int_equal(trials_in(study), TRIALS);
    assert_int_equal(trials_in(lines), TRIALS);
    assert_int_equal(trials_in(rows), TRIALS);
}

static void empty_folder(void) {
    char path[512];
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') assert_int_equal(unlink(path), 0);
    }
    closedir(directory);
}

/* Each form of study, with each pool of the run that has it. */
static void beside_each(void (*test)(void)) {
    for (size_t i = 0; i < 4; i++) {
        others it = { 0 };
        start(&it, forms[i / 2], pools[i % 2]);
        test();
        end_well(&it);
        empty_folder();
    }
}

static int setup(void **state) {
    if (!fixture_folder(folder, "hpt-files-")) return -1;
    for (int fd = 0; fd < FDS_MAX; fd++)
        is_there[fd] = fcntl(fd, F_GETFD) >= 0;
    return isolated_setup(state);
}

static int teardown(void **state) {
    rmdir(folder);
    return isolated_teardown(state);
}

/* Nothing of it is there. */

/* Descriptors that the program did not have, and mappings of the folder. */
static int count_descriptors(void) {
    int count = 0;
    for (int fd = 3; fd < FDS_MAX; fd++)
        count += !is_there[fd] && fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int count_mappings(void) {
    char  line[4096];
    int   count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        count += strstr(line, folder) != NULL;
    if (maps) fclose(maps);
    return maps ? count : -1;
}

static hpt_status counts_what_is_open(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    int descriptors = count_descriptors(), mappings = count_mappings();
    *value_out = 0;
    if (descriptors == 0 && mappings == 0) return HPT_OK;
    return hpt_trial_fail(trial, "%d descriptors, %d mappings", descriptors, mappings);
}

static void assert_completes(hpt_objective objective, void *user) {
    isolated_end end = isolated_once(objective, user, isolated_options(1, 1));
    if (end.state != HPT_TRIAL_COMPLETE) fail_msg("%d: %s", (int)end.state, end.reason);
}

static void nothing_is_open(void) {
    assert_completes(counts_what_is_open, NULL);
}

static void a_worker_process_has_no_descriptor_nor_mapping_of_another_run(void **state) {
    (void)state;
    beside_each(nothing_is_open);
}

/* ... and so nothing happens to it. */

static void write_over_descriptors(void) {
    char garbage[512];
    memset(garbage, '#', sizeof garbage);
    for (int fd = 3; fd < FDS_MAX; fd++) {
        if (is_there[fd]) continue;
        (void)!pwrite(fd, garbage, sizeof garbage, 0);
        (void)!write(fd, garbage, sizeof garbage);
    }
}

static void write_over_mappings(void) {
    char          line[4096];
    unsigned long from, to;
    FILE         *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, folder) && sscanf(line, "%lx-%lx", &from, &to) == 2)
            memset((void *)from, '#', to - from);
    if (maps) fclose(maps);
}

static hpt_status writes_over_everything(hpt_trial *trial, void *user, double *value_out) {
    (void)trial;
    (void)user;
    *value_out = 0;
    write_over_descriptors();
    write_over_mappings();
    return HPT_OK;
}

static void everything_is_written_over(void) {
    isolated_end end = isolated_once(writes_over_everything, NULL, isolated_options(1, 1));
    assert_int_equal(end.state, HPT_TRIAL_COMPLETE);
}

static void who_writes_to_all_that_is_open_damages_no_other_run(void **state) {
    (void)state;
    beside_each(everything_is_written_over);
}

/* What is the program's own stays. */

static hpt_status writes_to_its_own(hpt_trial *trial, void *user, double *value_out) {
    const int *fds = user;
    *value_out = 0;
    for (int i = 0; i < 2; i++)
        if (write(fds[i], "mine", 4) != 4) return hpt_trial_fail(trial, "descriptor %d", i);
    return HPT_OK;
}

static void own_files_are_open(void) {
    char path[96], text[8] = "";
    int  ends[2], fds[2];
    snprintf(path, sizeof path, "%s/mine", folder);
    assert_int_equal(pipe(ends), 0);
    fds[0] = open(path, O_RDWR | O_CREAT, 0600);
    fds[1] = ends[1];
    assert_true(fds[0] >= 0);
    assert_completes(writes_to_its_own, fds);
    assert_int_equal(pread(fds[0], text, sizeof text, 0), 4);
    assert_int_equal(read(ends[0], text, sizeof text), 4);
    close(fds[0]);
    close(ends[0]);
    close(ends[1]);
}

static void the_programs_own_descriptors_stay_open_in_a_worker_process(void **state) {
    (void)state;
    beside_each(own_files_are_open);
}

/* A run in a worker process has files of its own, under numbers that were others'. */

static hpt_status has_a_run_of_its_own(hpt_trial *trial, void *user, double *value_out) {
    char path[96];
    (void)user;
    snprintf(path, sizeof path, "%s/inner.db", folder);
    hpt_options options = isolated_options(1, 3);
    hpt_space  *space = runs_space();
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    options.study = path;
    hpt_status status = hpt_parallel_run(space, runs_count, NULL, &options, &result, &err);
    *value_out = status == HPT_OK ? (double)hpt_result_stats(result)->trial_count : -1;
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status == HPT_OK ? HPT_OK : hpt_trial_fail(trial, "%s", err.text);
}

static void a_run_has_its_own(void) {
    char path[96];
    snprintf(path, sizeof path, "%s/inner.db", folder);
    assert_completes(has_a_run_of_its_own, NULL);
    assert_int_equal(trials_in(path), 3);
}

static void a_run_in_a_worker_process_keeps_its_files(void **state) {
    (void)state;
    beside_each(a_run_has_its_own);
}

/* A program that forks, as one that goes to the background does, may close what it finds: then the
 * numbers are of other files, the fork server's own among them. */

static bool runs_with_all_closed(void) {
    hpt_options options = isolated_options(2, TRIALS);
    hpt_space  *space = runs_space();
    hpt_result *result = NULL;
    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++)
        close(fd);
    hpt_status status = hpt_parallel_run(space, runs_count, NULL, &options, &result, NULL);
    return status == HPT_OK && hpt_result_stats(result)->state_count[HPT_TRIAL_COMPLETE] == TRIALS;
}

static void a_fork_closes_all(void) {
    int   status = -1;
    pid_t child = fork();
    if (child == 0) _exit(runs_with_all_closed() ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_fork_of_the_program_that_closes_all_has_worker_processes(void **state) {
    (void)state;
    beside_each(a_fork_closes_all);
}

/* A history that the program has loaded is there, but not its file. A journal can be read anew;
 * SQLite has a memory of files that it has open, and would take what it finds in there for them. */

static hpt_status check_refused(hpt_trial *trial, hpt_status status, const hpt_err *err,
                                const char *words) {
    bool is_fine = status == HPT_EFORKED && strstr(err->text, words);
    return is_fine ? HPT_OK : hpt_trial_fail(trial, "%d: %s", (int)status, err->text);
}

static hpt_status reads_anew(hpt_trial *trial) {
    hpt_history *now = NULL;
    hpt_err      err = { 0 };
    hpt_status   status = hpt_history_load(study, NULL, &now, &err);
    if (strstr(study, ".db")) return check_refused(trial, status, &err, "was open in the process");
    if (status == HPT_OK) status = hpt_history_refresh(now, &err);
    bool is_whole = status == HPT_OK && hpt_history_count(now) >= TRIALS - WAITING;
    hpt_history_destroy(now);
    return is_whole ? HPT_OK : hpt_trial_fail(trial, "it is not whole: %s", err.text);
}

static hpt_status refreshes(hpt_trial *trial, void *user, double *value_out) {
    hpt_history *before = user;
    hpt_err      err = { 0 };
    *value_out = (double)hpt_history_count(before);
    hpt_status status = hpt_history_refresh(before, &err);
    hpt_history_destroy(before);
    status = check_refused(trial, status, &err, "belongs to another process");
    return status == HPT_OK ? reads_anew(trial) : status;
}

static void a_history_is_loaded(void) {
    hpt_history *history = NULL;
    assert_int_equal(hpt_history_load(study, NULL, &history, NULL), HPT_OK);
    assert_completes(refreshes, history);
    assert_int_equal(hpt_history_refresh(history, NULL), HPT_OK);
    hpt_history_destroy(history);
}

static void a_worker_process_cannot_use_a_history_of_the_program(void **state) {
    (void)state;
    beside_each(a_history_is_loaded);
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        file_test(a_worker_process_has_no_descriptor_nor_mapping_of_another_run),
        file_test(who_writes_to_all_that_is_open_damages_no_other_run),
        file_test(the_programs_own_descriptors_stay_open_in_a_worker_process),
        file_test(a_run_in_a_worker_process_keeps_its_files),
        file_test(a_fork_of_the_program_that_closes_all_has_worker_processes),
        file_test(a_worker_process_cannot_use_a_history_of_the_program),
    };
    isolated_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
