/* SPDX-License-Identifier: BSD-3-Clause */
#include "goals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS_MAX = 24, FUNCTIONS = 24, DIMS = 2, BUDGETS = 3 };

/* clang-format off */
static const struct target {
    const char *strategy;
    int         dim, budget[BUDGETS];
    double      ratio[BUDGETS]; /* 0 = none */
} targets[] = {
    { "tpe",    5, {  50, 100, 250 }, { 0.22, 0.125, 0.085 } },
    { "tpe",   10, { 100, 200, 500 }, { 0.19, 0.13,  0.075 } },
    { "cmaes",  5, {  50, 100, 250 }, { 0.25, 0.13,  0.05  } },
    { "cmaes", 10, { 100, 200, 500 }, { 0.16, 0.09,  0.025 } },
    { "gp",     5, {  50, 100, 250 }, { 0.07, 0.035, 0     } },
    { "auto",   5, {  50, 100, 250 }, { 0.06, 0.03,  0.012 } },
    { "auto",  10, { 100, 200, 500 }, { 0.05, 0.03,  0.010 } },
};
/* clang-format on */

double quality_target(const char *strategy, int dim, int budget) {
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        for (int b = 0; b < BUDGETS; b++)
            if (quality_is_strategy(strategy, targets[i].strategy) && targets[i].dim == dim &&
                targets[i].budget[b] == budget)
                return targets[i].ratio[b];
    return 0;
}

/* ---- peers ---- */

static struct peers {
    int    count;
    char   names[PEERS_MAX][32];
    double medians[PEERS_MAX][FUNCTIONS][DIMS][BUDGETS];
} peers = { .count = -1 }; /* not read yet */

/* Which dimension, 5 or 10, and which budget, 10, 20 or 50 times it; -1 = none of them. */
static int dim_index(int dim) {
    return dim == 5 ? 0 : dim == 10 ? 1 : -1;
}

static int budget_index(int dim, int budget) {
    return budget == 10 * dim ? 0 : budget == 20 * dim ? 1 : budget == 50 * dim ? 2 : -1;
}

static int peer_index(const char *name) {
    for (int i = 0; i < peers.count; i++)
        if (strcmp(peers.names[i], name) == 0) return i;
    if (peers.count == PEERS_MAX) return -1;
    strcpy(peers.names[peers.count], name);
    for (int f = 0; f < FUNCTIONS; f++)
        for (int d = 0; d < DIMS; d++)
            for (int b = 0; b < BUDGETS; b++)
                peers.medians[peers.count][f][d][b] = NAN;
    return peers.count++;
}

static void read_peers(void) {
    FILE  *file = fopen(BENCH_QUALITY_DATA "/peers.csv", "r");
    char   line[128], name[32];
    int    function, dim, budget, seeds;
    double median;
    peers.count = 0;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%31[^,],%d,%d,%d,%d,%lf", name, &function, &dim, &budget, &seeds,
                   &median) != 6)
            continue;
        int peer = peer_index(name), d = dim_index(dim), b = budget_index(dim, budget);
        if (peer >= 0 && d >= 0 && b >= 0 && function >= 1 && function <= FUNCTIONS)
            peers.medians[peer][function - 1][d][b] = median;
    }
    if (file) fclose(file);
}

const char *quality_peer_name(int peer) {
    if (peers.count < 0) read_peers();
    return peer < peers.count ? peers.names[peer] : NULL;
}

double quality_peer_median(int peer, int function, int dim, int budget) {
    int d = dim_index(dim), b = budget_index(dim, budget);
    if (!quality_peer_name(peer) || d < 0 || b < 0) return NAN;
    return peers.medians[peer][function - 1][d][b];
}
