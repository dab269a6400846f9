/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/auto_part.h"

#include "space/space.h"

/* A copy of the space with other defaults; NULL: it cannot be had. */
static hpt_space *begin_at(const hpt_space *space, const hpt_coord *start) {
    hpt_space *copy = NULL;
    if (hpi_space_copy(space, &copy, NULL) != HPT_OK) return NULL;
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        hpt_space_set_default(copy, j, hpt_space_value(space, j, start[j]));
    if (hpt_space_check(copy, NULL) == HPT_OK) return copy;
    hpt_space_destroy(copy);
    return NULL;
}

hpt_status hpi_part_open(hpi_part *part, const char *text, const hpt_strategy_setup *setup,
                         const hpt_coord *start) {
    hpt_strategy_setup own = *setup;
    if (part->is_dead || part->strategy.class) return HPT_OK;
    own.points = NULL;
    own.point_count = 0;
    if (start) part->space = begin_at(setup->space, start);
    if (part->space) own.space = part->space;
    hpt_status status = hpi_strategy_open(&part->strategy, text, NULL, &own, NULL);
    part->is_dead = status != HPT_OK;
    if (part->is_dead) hpi_part_close(part);
    return status == HPT_ENOMEM ? status : HPT_OK;
}

void hpi_part_close(hpi_part *part) {
    hpi_strategy_close(&part->strategy);
    hpt_space_destroy(part->space);
    part->space = NULL;
}

bool hpi_part_ask(hpi_part *part, uint64_t *number_out, hpt_coord *point_out) {
    const hpt_strategy_class *class = part->strategy.class;
    if (!class) return false;
    hpt_status status = HPT_OK;
    if (hpi_strategy_is_pure(&part->strategy))
        class->point(part->strategy.state, part->asked, point_out);
    else
        status = class->ask(part->strategy.state, part->asked, point_out, NULL);
    if (status != HPT_OK && status != HPT_EAGAIN) {
        hpi_part_close(part);
        part->is_dead = true;
    }
    if (status != HPT_OK) return false;
    *number_out = part->asked++;
    return true;
}

void hpi_part_tell(hpi_part *part, const hpt_outcome *outcome, uint64_t number) {
    const hpt_strategy_class *class = part->strategy.class;
    if (!class || !class->tell) return;
    hpt_outcome own = *outcome;
    own.number = number;
    class->tell(part->strategy.state, &own);
    part->told += number != HPT_NUMBER_NONE;
}
