/* SPDX-License-Identifier: BSD-3-Clause */
/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, and good enough to choose by. */
#include "sim.h"

static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94D049BB133111EB);
    return word ^ (word >> 31);
}

uint64_t sim_hash(uint64_t a, uint64_t b) {
    return mix(mix(a + UINT64_C(0x9E3779B97F4A7C15)) ^ (b * UINT64_C(0xD1342543DE82EF95) + 1));
}

sim_random sim_random_of(uint64_t seed, uint64_t stream) {
    return (sim_random){ sim_hash(seed, stream) };
}

uint64_t sim_random_bits(sim_random *from) {
    from->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(from->state);
}

uint64_t sim_below(sim_random *from, uint64_t end) {
    return sim_random_bits(from) % end;
}

double sim_unit(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

bool sim_chance(sim_random *from, double share) {
    return share > 0 && sim_unit(sim_random_bits(from)) < share;
}
