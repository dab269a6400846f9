/* SPDX-License-Identifier: BSD-3-Clause */
/* What a strategy costs: the time of an ask and a tell with n trials behind it, in microseconds;
 * the objective, a sphere in d uniform reals, counts too (some ns), and so does a second one for
 * strategies that can search for two. One row per (strategy, d, n),
 * with its target and what a peer took when both were measured on one machine.
 *
 * usage: bench_strategies [strategy] */
#include "bench.h"
#include "quality/search.h"

#include <hpt/hpt.h>

#include <math.h>
#include <string.h>

#include "strategy/strategy.h"

enum { DIMENSIONS_MAX = 64, SEEDS = 9, TIMED = 500, SLOW_SEEDS = 3, SLOW_TIMED = 20 };

static hpt_coord block[TIMED * DIMENSIONS_MAX];

typedef struct row {
    const char *strategy;
    unsigned    d;
    uint64_t    n;
    double      target_us, peer_us; /* per ask and tell; 0 = none */
    const char *peer;
} row;

/* clang-format off */
static const row rows[] = {
    { "random",  5,  1000,  0.02,    2.3, "Rustuna" },
    { "random",  5, 10000,  0.02,    2.6, "Rustuna" },
    { "random", 20,  1000,  0.08,      8, "Rustuna" },
    { "random", 20, 10000,  0.08,      8, "Rustuna" },
    { "tpe",     5,  1000, 25,       545, "Rustuna" },
    { "tpe",     5, 10000, 60,      7727, "Rustuna" },
    { "tpe",    20,  1000, 100,     2475, "Rustuna" },
    { "tpe",    20, 10000, 250,     6540, "Rustuna at 3000" },
    { "cmaes",   5,  1000,  2,       916, "Optuna"  },
    { "cmaes",   5, 10000,  2,      4418, "Optuna"  },
    { "cmaes",  20,  1000, 10,      1387, "Optuna"  },
    { "cmaes",  20, 10000, 10,      5322, "Optuna"  },
    { "de",      5,  1000,  2,         0, "none"    },
    { "de",      5, 10000,  2,         0, "none"    },
    { "de",     20,  1000, 10,         0, "none"    },
    { "de",     20, 10000, 10,         0, "none"    },
    { "gp",      5,   300, 5000,  247584, "Optuna"  },
    { "gp",     20,   300, 10000, 316132, "Optuna"  },
    { "gp",      5,  3000, 50000,      0, "none"    },
    { "gp",     20,  3000, 50000,      0, "none"    },
    { "local",   5,  1000,  0,         0, "none"    },
    { "local",  20,  1000,  0,         0, "none"    },
    { "auto",    5,  1000,  0,         0, "none"    },
    { "auto",   20,  1000,  0,         0, "none"    },
    { "nsga2",   5,  1000,  3,        44, "Rustuna" },
    { "nsga2",   5, 10000,  3,       393, "Rustuna" },
    { "nsga2",  20,  1000,  5,        57, "Rustuna" },
    { "nsga2",  20, 10000,  5,       417, "Rustuna" },
    { "nsga3",   5,  1000,  3,         0, "none"    },
    { "nsga3",   5, 10000,  3,         0, "none"    },
    { "nsga3",  20,  1000,  5,         0, "none"    },
    { "nsga3",  20, 10000,  5,         0, "none"    },
};
/* clang-format on */

/* The sphere around a point off the centre. */
static double sphere(const hpt_coord *point, unsigned d, double centre) {
    double sum = 0;
    for (unsigned j = 0; j < d; j++)
        sum += (point[j].real - centre) * (point[j].real - centre);
    return sum;
}

/* What is made for several goals is measured with two. */
static uint32_t goals_of(const char *strategy) {
    return strncmp(strategy, "nsga", 4) == 0 ? 2 : 1;
}

/* A model that takes milliseconds a trial is measured less often. */
static bool is_slow(const char *strategy) {
    return strcmp(strategy, "gp") == 0 || strcmp(strategy, "auto") == 0;
}

/* One trial. False: the strategy failed. */
static bool step(const hpi_strategy *strategy, uint64_t number, unsigned d) {
    const hpt_strategy_class *class = strategy->class;
    hpt_coord point[DIMENSIONS_MAX];
    if (class->point)
        class->point(strategy->state, number, point);
    else if (class->ask(strategy->state, number, point, NULL) != HPT_OK)
        return false;
    uint32_t    goals = goals_of(class->name);
    double      losses[2] = { sphere(point, d, 1.5), goals > 1 ? sphere(point, d, -2) : 0 };
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = HPT_TRIAL_COMPLETE,
                            .number = number,
                            .point = point,
                            .value = losses[0],
                            .loss = losses[0],
                            .goal_count = goals,
                            .losses = losses,
                            .bound = NAN };
    if (class->tell) class->tell(strategy->state, &outcome);
    return true;
}

/* The first TIMED trials, of slow ones SLOW_TIMED, after the n-th, on average; below 0 when the
 * strategy failed. */
static double measure_us(const row *it, const hpt_space *space, uint64_t seed) {
    hpt_strategy_setup setup = { .struct_size = sizeof setup,
                                 .space = space,
                                 .seed = seed,
                                 .in_flight_max = 1,
                                 .goal_count = goals_of(it->strategy) };
    hpi_strategy       strategy;
    hpt_err            err;
    if (hpi_strategy_open(&strategy, it->strategy, NULL, &setup, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), -1;
    bool     works = true;
    uint64_t number = 0, timed = is_slow(it->strategy) ? SLOW_TIMED : TIMED;
    while (works && number < it->n)
        works = step(&strategy, number++, it->d);
    double start = bench_now_ns();
    if (strategy.class->points) /* as a worker asks: for a block */
        strategy.class->points(strategy.state, number, timed, block);
    while (works && !strategy.class->points && number < it->n + timed)
        works = step(&strategy, number++, it->d);
    double spent = bench_now_ns() - start;
    hpi_strategy_close(&strategy);
    return works ? spent / (double)timed / 1000 : -1;
}

/* False: the row could not be measured. */
static bool report(const row *it) {
    double     figures[SEEDS];
    uint64_t   seeds = is_slow(it->strategy) ? SLOW_SEEDS : SEEDS;
    hpt_space *space = quality_cube((int)it->d);
    for (uint64_t seed = 0; seed < seeds; seed++)
        figures[seed] = measure_us(it, space, seed);
    hpt_space_destroy(space);
    double figure = bench_quantile(figures, (unsigned)seeds, 0.5);
    if (bench_quantile(figures, (unsigned)seeds, 0) < 0) return false;
    printf("%-10s %3u %6llu %10.3f %10.2f %10.1f  %-8s %s\n", it->strategy, it->d,
           (unsigned long long)it->n, figure, it->target_us, it->peer_us, it->peer,
           it->target_us <= 0        ? "no target"
           : figure <= it->target_us ? "pass"
                                     : "falls short");
    return true;
}

int main(int count, char **arguments) {
    bool works = true;
    printf("%-10s %3s %6s %10s %10s %10s  %-8s %s\n", "strategy", "d", "n", "us/trial", "target",
           "peer", "is", "verdict");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (count < 2 || strcmp(arguments[1], rows[i].strategy) == 0)
            works = report(&rows[i]) && works;
    return works ? 0 : 1;
}
