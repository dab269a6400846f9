/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whole runs keep their promises at any interleaving, on any slow or broken machine.
 * Method: each seed plays a scenario on a simulated machine. See docs/verification.md.
 *
 * usage: simulated [--seeds FIRST COUNT] [--seed N] [--twice] [--tell]
 *                  [--plant NAME] [--plants]
 *   --seeds FIRST COUNT   so many seeds; default 0 2000, scaled by HPT_TEST_PERCENT
 *   --seed N              this one (or HPT_SIM_SEED=N), with its scenario told
 *   --tell                what each seed is, and how it went
 *   --twice               each seed again, which must happen in the same way to the last switch
 *   --plant NAME          with a bug of that name: succeeds when it is found
 *   --plants              which bugs there are */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "database.h"
#include "failure.h"
#include "play.h"

#include "base/fds.h"

typedef struct wish {
    uint64_t    first, count;
    bool        is_one, is_twice, is_told;
    const char *plant;
} wish;

static ledger   books[2];
static uint64_t points, switches;

static uint64_t play_seed(uint64_t seed, bool is_told) {
    char     text[SCENARIO_TEXT_BYTES];
    scenario scene;
    scenario_draw(&scene, seed);
    scenario_print(&scene, text);
    failure_scene(text);
    if (is_told) printf("seed %" PRIu64 ": %s\n", seed, text);
    play(&scene, &books[0]);
    uint64_t hash = sim_trace_hash();
    points += sim_points();
    switches += sim_switches();
    if (scenario_is_exact(&scene) && !scene.strategy && books[0].has_result) {
        scenario alone = scenario_reference(&scene);
        play(&alone, &books[1]);
        oracle_same(&books[0], &books[1]);
    }
    if (is_told) printf("%" PRIu64 " points, schedule %016" PRIx64 "\n", points, hash);
    return hash;
}

/* What the library learns of the machine once and for all, it learns here. */
static void warm_up(void) {
    hpi_fds_begin();
    hpi_fds_end();
    scenario scene = { .form = FORM_PARALLEL,
                       .cpu_count = 6,
                       .worker_count = 3,
                       .window = 1,
                       .trial_count_max = 3,
                       .pool = "threads" };
    scenario alone = scenario_reference(&scene);
    alone.target = NAN;
    alone.pool = "threads";
    alone.worker_count = 3;
    alone.manner.points_max = 100000;
    play(&alone, &books[0]);
}

static uint64_t number_of(const char *text) {
    char    *end;
    uint64_t number = strtoull(text ? text : "", &end, 0);
    if (!text || end == text || *end) {
        fprintf(stderr, "\"%s\" is no number\n", text ? text : "");
        exit(2);
    }
    return number;
}

static uint64_t scaled(uint64_t count) {
    const char *percent = getenv("HPT_TEST_PERCENT");
    return percent ? count * number_of(percent) / 100 + 1 : count;
}

static wish read_wish(int argc, char **argv) {
    const char *seed = getenv("HPT_SIM_SEED");
    wish        it = { .count = scaled(2000) };
    if (seed) it = (wish){ .first = number_of(seed), .count = 1, .is_one = true };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeds") == 0 && i + 2 < argc) {
            it.first = number_of(argv[++i]);
            it.count = scaled(number_of(argv[++i]));
        } else if (strcmp(argv[i], "--seed") == 0) {
            it.first = number_of(argv[++i]);
            it.count = 1;
            it.is_one = true;
        } else if (strcmp(argv[i], "--tell") == 0) {
            it.is_told = true;
        } else if (strcmp(argv[i], "--twice") == 0) {
            it.is_twice = true;
        } else if (strcmp(argv[i], "--plant") == 0 && i + 1 < argc) {
            it.plant = argv[++i];
        } else if (strcmp(argv[i], "--plants") == 0) {
            sim_plants_list();
            exit(0);
        } else {
            fprintf(stderr, "%s: what is \"%s\"?\n", argv[0], argv[i]);
            exit(2);
        }
    }
    return it;
}

int main(int argc, char **argv) {
    wish it = read_wish(argc, argv);
    if (it.plant && !sim_plant_choose(it.plant)) {
        fprintf(stderr, "no bug is called \"%s\"\n", it.plant);
        return 2;
    }
    failure_catch();
    if (it.is_one) sim_keep_stacks();
    alloc_install();
    database_install();
    warm_up();
    for (uint64_t i = 0; i < it.count; i++) {
        uint64_t seed = it.first + i;
        failure_is_of(argv[0], seed, i);
        uint64_t hash = play_seed(seed, it.is_one || it.is_told);
        if (!it.is_twice) continue;
        uint64_t again = play_seed(seed, false);
        SIM_EXPECT(hash == again, "seed %" PRIu64 " happens differently the second time", seed);
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " points, %" PRIu64 " switches\n", it.count, points,
           switches);
    if (!it.plant) return 0;
    printf("planted bug \"%s\" was not found\n", it.plant);
    return 1;
}
