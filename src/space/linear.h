/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_LINEAR_H
#define HPI_SPACE_LINEAR_H

/* A space of nothing but real ranges without step and log, as arrays: what hpt_space_at_fraction()
 * gives for each, for all of them in vector instructions. Immutable after init: any thread. */

#include "hpt/space.h"

#include <stdint.h>

typedef struct hpi_linear {
    size_t  count; /* 0: the space is not of that kind */
    double *low, *width, *min, *max;
} hpi_linear;

/* Fails only with HPT_ENOMEM. */
hpt_status hpi_linear_init(hpi_linear *linear, const hpt_space *space, hpt_err *err);
void       hpi_linear_fini(hpi_linear *linear);

/* Coordinates `first` to `first + count - 1`, the very same ones. */
void hpi_linear_at(const hpi_linear *linear, size_t first, size_t count, const uint64_t *fractions,
                   hpt_coord *coords_out);

#endif
