/* SPDX-License-Identifier: BSD-3-Clause */
/* Bugs that are there on purpose: a suite that finds nothing proves something only if it would have
 * found something. Each is made where the simulated machine stands between the library and what it
 * uses, so that the library is compiled once and has no words about it. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *what;
} plants[SIM_PLANT_COUNT] = {
    [SIM_PLANT_NONE] = { "none", "no bug" },
#define SIM_PLANT_ROW(id, name, what) [SIM_PLANT_##id] = { name, what },
#include "plants.h"
#undef SIM_PLANT_ROW
};

static sim_plant chosen;

bool sim_has_plant(sim_plant plant) {
    return chosen == plant;
}

bool sim_plant_choose(const char *name) {
    for (int i = 0; i < SIM_PLANT_COUNT; i++) {
        if (strcmp(plants[i].name, name) != 0) continue;
        chosen = (sim_plant)i;
        return true;
    }
    return false;
}

const char *sim_plant_name(void) {
    return plants[chosen].name;
}

void sim_plants_list(void) {
    for (int i = 1; i < SIM_PLANT_COUNT; i++)
        printf("%-8s %s\n", plants[i].name, plants[i].what);
}

/* ---- Between the library's own files
 * ---------------------------------------------------------------- */

typedef struct hpi_ring  hpi_ring;
typedef struct hpi_block hpi_block;

void __real_hpi_ring_push_sp(hpi_ring *ring, hpi_block *block);
void __wrap_hpi_ring_push_sp(hpi_ring *ring, hpi_block *block);

void __wrap_hpi_ring_push_sp(hpi_ring *ring, hpi_block *block) {
    static unsigned calls;
    bool            is_time = ++calls % 8 == 0;
    if (is_time && sim_has_plant(SIM_PLANT_LOSE)) return;
    __real_hpi_ring_push_sp(ring, block);
    if (is_time && sim_has_plant(SIM_PLANT_TWICE)) __real_hpi_ring_push_sp(ring, block);
}
