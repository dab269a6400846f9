/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/draw.h"

#include "base/rng.h"
#include "space/space.h"

void hpi_draw(const hpt_space *space, uint64_t seed, uint64_t number, uint64_t turn,
              hpt_coord *point_out) {
    size_t   count = hpt_space_count(space);
    uint64_t words[4], stream = turn ? HPI_STREAM_REJECT + turn : HPI_STREAM_POINT;
    for (size_t j = 0; j < count; j += 4) {
        size_t left = count - j;
        hpi_rng_block(seed, number, stream, j / 4, words);
        hpi_space_at_fractions(space, (hpt_param)j, left < 4 ? left : 4, words, point_out + j);
    }
}

bool hpi_draw_valid(const hpt_space *space, uint64_t seed, uint64_t number, hpt_coord *point_out) {
    for (uint64_t turn = 0; turn < HPI_DRAWS_MAX; turn++) {
        hpi_draw(space, seed, number, turn, point_out);
        if (hpt_space_permits(space, point_out)) return true;
    }
    return false;
}
