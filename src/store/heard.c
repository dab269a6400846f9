/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/heard.h"

#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 64 };

static bool grow(hpi_heard *heard, uint32_t goal_count) {
    size_t            room = heard->room ? 2 * heard->room : ROOM_FIRST;
    hpi_heard_report *at = hpi_resize(heard->at, room, sizeof *at);
    if (at) heard->at = at;
    double *values = at ? hpi_resize(heard->values, room, goal_count * sizeof *values) : NULL;
    if (!values) return false;
    heard->values = values;
    heard->room = room;
    return true;
}

bool hpi_heard_add(hpi_heard *heard, uint32_t goal_count, uint64_t number, int64_t step,
                   const double *values) {
    if (heard->count == heard->room && !grow(heard, goal_count)) return false;
    memcpy(heard->values + heard->count * goal_count, values, goal_count * sizeof *values);
    heard->at[heard->count++] = (hpi_heard_report){ .number = number, .step = step };
    return true;
}

void hpi_heard_fini(hpi_heard *heard) {
    hpi_free(heard->at);
    hpi_free(heard->values);
    *heard = (hpi_heard){ 0 };
}
