/* SPDX-License-Identifier: BSD-3-Clause */
/* The targets of the study file, one line each. */
#include "study.h"

#include "machine.h"
#include "verdict.h"
#include "work.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

enum { DIM = 5, ROUNDS = 9, PEER_S = 4 };

static void file_of(char *out, const study_settings *settings, const char *stem,
                    const char *suffix) {
    char name[64];
    snprintf(name, sizeof name, "%s%s", stem, suffix);
    study_path(out, settings, name);
    study_remove(out);
}

static void say_peer(bench_line *line, const char *path, const char *strategy) {
    study_peer  peer;
    const char *absent = study_peer_absent();
    size_t      used = strlen(line->against);
    char       *out = line->against + used;
    if (absent)
        snprintf(out, sizeof line->against - used, "%s%s", used ? "; " : "", absent);
    else if (study_peer_run(path, strategy, DIM, PEER_S, &peer))
        snprintf(out, sizeof line->against - used, "%sOptuna's %s: %.1f (%.0f bytes each)",
                 used ? ", " : "", strategy, peer.trials_per_s, peer.bytes_per_trial);
    else
        snprintf(out, sizeof line->against - used, "%sOptuna's %s failed", used ? ", " : "",
                 strategy);
}

/* ---- group commit ---- */

/* Bytes of the pages of tables and indices whose name begins with hpt_, or of all. */
static double table_bytes(const char *path, bool is_ours) {
    sqlite3      *file = NULL;
    sqlite3_stmt *query = NULL;
    double        bytes = NAN;
    const char   *text = is_ours
                             ? "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'hpt\\_%' ESCAPE '\\'"
                             : "SELECT sum(pgsize) FROM dbstat";
    if (sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(file, text, -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW)
        bytes = sqlite3_column_double(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(file);
    return bytes;
}

static void judge_bytes(const char *path, double trials) {
    double      ours = table_bytes(path, true), all = table_bytes(path, false);
    bench_line *line = bench_target(400, "SQLite: bytes per trial of 5 parameters, our own tables");
    if (isnan(ours))
        snprintf(line->why_not, sizeof line->why_not, "this SQLite has no dbstat");
    else
        bench_judge_number(line, ours / trials);
    line = bench_target(NAN, "SQLite: bytes per trial of 5 parameters, in all");
    bench_judge_number(line, isnan(all) ? (double)study_file_bytes(path) / trials : all / trials);
}

void study_judge_commits(const study_settings *settings) {
    char           path[STUDY_PATH_BYTES];
    const uint64_t trials = study_scaled(settings, 60000);
    for (size_t form = 0; form < STUDY_FORMS; form++) {
        file_of(path, settings, "commits", study_suffixes[form]);
        study_measured it =
            study_do(&(study_run){ .path = path, .dim = DIM, .trials = trials, .workers = 2 });
        bench_line *line = bench_target(20000, "%s: trials per second that are kept, 5 parameters",
                                        study_suffixes[form]);
        line->is_least = true;
        bench_judge_number(line, (double)trials / it.total_ns * 1e9);
        if (form == 0) judge_bytes(path, (double)trials);
        if (form == 1)
            bench_judge_number(bench_target(NAN, "journal: bytes per trial of 5 parameters"),
                               (double)study_file_bytes(path) / (double)trials);
        study_remove(path);
        say_peer(line, path, "random");
        say_peer(line, path, "tpe");
    }
}

/* ---- sync = each ---- */

/* One trial in flight at a time, so each is a commit group of its own. */
static void judge_each(const study_settings *settings, const char *suffix) {
    bench_figures  ours = { .rounds = ROUNDS, .ops = 1 }, floor = { .rounds = ROUNDS, .ops = 1 };
    char           path[STUDY_PATH_BYTES];
    const uint64_t trials = study_scaled(settings, 200);
    double         syncs = 0, bytes = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        file_of(path, settings, "each", suffix);
        study_measured it = study_do(&(study_run){ .path = path,
                                                   .dim = DIM,
                                                   .trials = trials,
                                                   .workers = 1,
                                                   .window = 1,
                                                   .sync = HPT_SYNC_EACH });
        study_remove(path);
        const uint64_t groups = trials - 1; /* between the first trial and the last */
        ours.wall_ns[round] = it.wall_ns / (double)groups;
        floor.wall_ns[round] = study_floor_ns(settings, it.bytes / groups, groups) / (double)groups;
        syncs = (double)it.syncs / (double)groups;
        bytes = (double)it.bytes / (double)groups;
    }
    bench_line *line = bench_target(1.3, "%s: sync = each, x one write and fdatasync", suffix);
    bench_judge(line, bench_compare(&ours, &floor));
    snprintf(line->against, sizeof line->against, "%.0f us, floor %.0f us; %.2f syncs, %.0f bytes",
             bench_median_ns(&ours) / 1e3, bench_median_ns(&floor) / 1e3, syncs, bytes);
}

void study_judge_each(const study_settings *settings) {
    for (size_t form = 0; form < STUDY_FORMS; form++)
        judge_each(settings, study_suffixes[form]);
}

/* ---- what it takes from the trials ---- */

static void judge_share(const study_settings *settings, const char *suffix, uint32_t workers) {
    bench_figures with = { .rounds = ROUNDS, .ops = 1 }, without = { .rounds = ROUNDS, .ops = 1 };
    char          path[STUDY_PATH_BYTES];
    study_run     it = { .dim = DIM,
                         .trials = study_scaled(settings, 4000 * workers),
                         .workers = workers,
                         .cost_ops = 100 * work_ops_per_us() };
    file_of(path, settings, "share", suffix);
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned turn = 0; turn < 2; turn++) {
            bool is_kept = (round + turn) % 2 == 1; /* there and back */
            it.path = is_kept ? path : NULL;
            study_measured found = study_do(&it);
            if (is_kept) study_remove(path);
            (is_kept ? &with : &without)->wall_ns[round] = found.wall_ns / (double)it.trials;
            (is_kept ? &with : &without)->cpu_ns[round] = found.cpu_ns / (double)it.trials;
        }
    bench_line *line = bench_target(1.01, "%s: trials of 100 us, %u of %u CPUs work, x no study",
                                    suffix, workers, bench_cpus());
    bench_judge(line, bench_compare(&with, &without));
    snprintf(line->against, sizeof line->against, "CPU time of a trial %.1f us, without %.1f us",
             bench_quantile(with.cpu_ns, ROUNDS, 0.5) / 1e3,
             bench_quantile(without.cpu_ns, ROUNDS, 0.5) / 1e3);
}

void study_judge_share(const study_settings *settings) {
    for (size_t form = 0; form < STUDY_FORMS; form++) {
        judge_share(settings, study_suffixes[form], 1);
        if (bench_cpus() > 1) judge_share(settings, study_suffixes[form], bench_cpus());
    }
}

/* ---- reading ---- */

/* Both read the same file, of hpt's; theirs is smaller, for it takes minutes. */
static void say_peer_load(bench_line *line, const char *path, uint64_t trials) {
    double      seconds;
    const char *absent = study_peer_absent();
    study_do(&(study_run){ .path = path, .dim = 10, .trials = trials, .workers = 2 });
    if (absent)
        snprintf(line->against, sizeof line->against, "%s", absent);
    else if (study_peer_load(path, &seconds))
        snprintf(line->against, sizeof line->against, "Optuna: %.2f s for %llu of them", seconds,
                 (unsigned long long)trials);
    else
        snprintf(line->against, sizeof line->against, "Optuna cannot read it");
    study_remove(path);
}

void study_judge_load(const study_settings *settings) {
    char           path[STUDY_PATH_BYTES];
    const uint64_t trials = study_scaled(settings, 100000);
    for (size_t form = 0; form < STUDY_FORMS; form++) {
        const char *suffix = study_suffixes[form];
        file_of(path, settings, "load", suffix);
        study_do(&(study_run){ .path = path, .dim = 10, .trials = trials, .workers = 2 });
        study_child it = study_child_load(settings, path);
        study_remove(path);
        bench_line *line =
            bench_target(0.3, "%s: load %.0f trials of 10 parameters, s", suffix, it.trials);
        bench_judge_number(line, it.seconds);
        say_peer_load(line, path, trials / 50);
        line = bench_target(100, "%s: ... peak of the process, MB", suffix);
        bench_judge_number(line, it.peak_kib * 1024 / 1e6);
    }
}

void study_judge_memory(const study_settings *settings) {
    char           path[STUDY_PATH_BYTES];
    const uint64_t few = study_scaled(settings, 50000), many = 3 * few; /* buffers are full then */
    for (size_t form = 0; form < STUDY_FORMS; form++) {
        file_of(path, settings, "memory", study_suffixes[form]);
        study_child first = study_child_run(settings, path, few);
        study_remove(path);
        study_child last = study_child_run(settings, path, many);
        study_remove(path);
        bench_line *line =
            bench_target(1024, "%s: more memory at %llu trials than at %llu, KiB",
                         study_suffixes[form], (unsigned long long)many, (unsigned long long)few);
        bench_judge_number(line, last.peak_kib - first.peak_kib);
        snprintf(line->against, sizeof line->against, "%.0f and %.0f KiB", last.peak_kib,
                 first.peak_kib);
    }
}

void study_judge_resume(const study_settings *settings) {
    char           path[STUDY_PATH_BYTES];
    const uint64_t trials = study_scaled(settings, 100000);
    for (size_t form = 0; form < STUDY_FORMS; form++) {
        study_run it = { .path = path, .dim = DIM, .trials = trials, .workers = 2 };
        file_of(path, settings, "resume", study_suffixes[form]);
        study_do(&it);
        it.trials += 1;
        study_measured again = study_do(&it);
        study_remove(path);
        bench_judge_number(bench_target(NAN, "%s: resume a study of %llu trials, s",
                                        study_suffixes[form], (unsigned long long)trials),
                           again.total_ns / 1e9);
    }
}
