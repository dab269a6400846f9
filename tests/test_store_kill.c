/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run that is killed at any moment has lost nothing that was acknowledged, its file is
 *         sound, and resumed often enough it ends as if nobody had killed it.
 * Method: runs in child processes that get SIGKILL after a random time: while they open, replay,
 *         run, commit or close. What was told is noted in memory that the parent shares. After each
 *         kill the file is checked and read; at the end it is compared, trial by trial, with the
 *         file of a run that was left alone. */
#include "kill.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/backend.h"

enum { ROUNDS_MAX = 400 };

/* Of each plan. A disk is slow, and hits the moments of a sync; memory is fast, and hits the
 * others. */
static const struct {
    const char *folder;
    size_t      kills;
} places[] = { { "/dev/shm", 18 }, { "/tmp", 4 } };

static const plan plans[] = {
    { ".db", "random", .workers = 1, .window = 1, .sync = HPT_SYNC_EACH },
    { ".db", "tpe:startup=10", .workers = 3, .window = 6, .sync = HPT_SYNC_GROUP,
      .interval_ms = 5 },
    { ".db", "cmaes", .workers = 2, .window = 8, .sync = HPT_SYNC_EACH },
    { ".db", "nsga2", .workers = 3, .window = 5, .sync = HPT_SYNC_GROUP, .interval_ms = 1,
      .goals = 2 },
    { ".db", "tpe:startup=10", .workers = 3, .sync = HPT_SYNC_EACH },
    { ".db", "random", .workers = 4, .sync = HPT_SYNC_GROUP },
    { ".journal", "tpe:startup=10", .workers = 3, .window = 6, .sync = HPT_SYNC_EACH },
    { ".journal", "de", .workers = 2, .window = 8, .sync = HPT_SYNC_GROUP, .interval_ms = 5 },
    { ".journal", "nsga2", .workers = 3, .window = 5, .sync = HPT_SYNC_EACH, .goals = 2 },
    { ".journal", "random", .workers = 4, .sync = HPT_SYNC_EACH },
    { ".db", "nsga2", .workers = 3, .window = 5, .sync = HPT_SYNC_GROUP, .interval_ms = 1,
      .goals = 2, .pruner = "asha:min_resource=1,factor=2" },
    { ".db", "random", .workers = 2, .window = 8, .sync = HPT_SYNC_EACH, .goals = 2,
      .pruner = "median:startup_trials=3" },
    { ".journal", "nsga2", .workers = 3, .window = 5, .sync = HPT_SYNC_GROUP, .interval_ms = 1,
      .goals = 2, .pruner = "hyperband:max_resource=9,factor=2" },
};

enum { PLANS = sizeof plans / sizeof *plans };

static uint64_t seed;

/* SplitMix64: what is drawn is when to kill, nothing that a run sees. */
static uint64_t draw(void) {
    uint64_t word = seed += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
}

/* Of a run that takes so long, mostly: early, when it opens and replays; anywhere; late. */
static uint64_t moment_us(uint64_t whole_us) {
    switch (draw() % 4) {
    case 0:
        return draw() % (whole_us / 4 + 1);
    case 1:
        return whole_us / 2 + draw() % (whole_us + 1);
    default:
        return draw() % (whole_us + whole_us / 4 + 1);
    }
}

/* Kill runs of one study until one gets through. How many were killed. */
static size_t kill_until_it_ends(const plan *it, const char *path, uint64_t whole_us,
                                 acknowledged *acks) {
    size_t kills = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool has_ended = kill_run(it, path, acks, moment_us(whole_us));
        kill_judge(it, path, acks);
        if (has_ended) return kills;
        kills++;
    }
    fail_msg("%s is never done", path);
    return kills;
}

static size_t kill_often(const plan *it, const char *folder, size_t wanted, acknowledged *acks) {
    char   whole[KILL_PATH_BYTES], killed[KILL_PATH_BYTES];
    size_t kills = 0;
    kill_path(whole, folder, "whole", it->suffix);
    kill_path(killed, folder, "killed", it->suffix);
    uint64_t whole_us = kill_whole(it, whole, acks);
    /* One that got through at once does not count, but must not be tried for ever. */
    for (size_t files = 0; kills < wanted && files < 10 * wanted; files++) {
        kill_remove(killed);
        kill_forget(acks);
        kills += kill_until_it_ends(it, killed, whole_us, acks);
        kill_compare(it, whole, killed);
    }
    kill_remove(whole);
    kill_remove(killed);
    return kills;
}

/* Whether this build has it. */
static bool has_form(const char *suffix) {
    const hpi_backend_class *class;
    char path[KILL_PATH_BYTES];
    kill_path(path, "/tmp", "none", suffix);
    return hpi_backend_find(path, &class, NULL) == HPT_OK;
}

static size_t kill_in_places(const plan *it, bool one_will_do, acknowledged *acks) {
    size_t kills = 0;
    for (size_t place = 0; place < sizeof places / sizeof *places; place++) {
        if (!has_form(it->suffix) || access(places[place].folder, W_OK) != 0) continue;
        kills += kill_often(it, places[place].folder, fixture_scaled(places[place].kills), acks);
        if (one_will_do) break;
    }
    return kills;
}

static void killed_runs_lose_nothing_and_end_as_if_nobody_had_killed_them(void **state) {
    (void)state;
    const char   *given = getenv("HPT_TEST_SEED");
    acknowledged *acks = kill_shared();
    size_t        all = 0;
    bool          is_slow = fixture_scaled(100) < 10; /* a run takes seconds under valgrind */
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("HPT_TEST_SEED %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < PLANS; i += is_slow ? 7 : 1)
        all += kill_in_places(&plans[i], is_slow, acks);
    print_message("%zu kills\n", all);
    kill_shared_free(acks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_lose_nothing_and_end_as_if_nobody_had_killed_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
