/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/every.h"

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"

bool hpi_every_is_finite(const hpt_space *space) {
    size_t count = hpt_space_count(space);
    for (size_t j = 0; j < count; j++)
        if (hpt_space_choices(space, (hpt_param)j) == 0) return false;
    return true;
}

static hpt_coord value_at(const void *context, hpt_param j, uint64_t index) {
    const hpi_every *every = context;
    return hpt_space_choice(every->space, j, index);
}

static hpt_status open_product(hpi_every *every, uint64_t seed, hpt_err *err) {
    size_t count = hpt_space_count(every->space);
    for (size_t j = 0; j < count; j++)
        every->sizes[j] = hpt_space_choices(every->space, (hpt_param)j);
    hpt_status status = hpi_product_init(&every->product, every->sizes, count, err);
    if (status != HPT_OK) return status;
    hpi_product_shuffle(&every->product, seed);
    if (!every->has_rules) return HPT_OK;
    hpi_axes axes = { .sizes = every->sizes, .at = value_at, .context = every };
    return hpi_valid_init(&every->valid, every->space, axes, &every->product, seed, err);
}

hpt_status hpi_every_init(hpi_every *every, const hpt_space *space, uint64_t seed, hpt_err *err) {
    HPI_ASSERT(hpi_every_is_finite(space));
    *every = (hpi_every){ .space = space, .has_rules = hpi_space_has_rules(space) };
    every->sizes = hpi_alloc(hpt_space_count(space), sizeof *every->sizes);
    if (!every->sizes) return hpi_fail(err, HPT_ENOMEM, "out of memory for the points of a space");
    hpt_status status = open_product(every, seed, err);
    if (status != HPT_OK) hpi_every_fini(every);
    return status;
}

void hpi_every_fini(hpi_every *every) {
    hpi_valid_fini(&every->valid);
    hpi_product_fini(&every->product);
    hpi_free(every->sizes);
    *every = (hpi_every){ 0 };
}

uint64_t hpi_every_size(const hpi_every *every) {
    return every->has_rules ? hpi_valid_size(&every->valid) : every->product.size;
}

void hpi_every_point(const hpi_every *every, uint64_t number, hpt_coord *point_out) {
    size_t count = every->product.axis_count;
    hpi_product_digits(&every->product, number, point_out);
    for (size_t j = 0; j < count; j++)
        point_out[j] = hpt_space_choice(every->space, (hpt_param)j, (uint64_t)point_out[j].integer);
}

hpt_status hpi_every_next(hpi_every *every, hpt_coord *point_out) {
    if (every->has_rules) return hpi_valid_next(&every->valid, point_out);
    if (every->next >= every->product.size) return HPT_EDONE;
    hpi_every_point(every, every->next++, point_out);
    return HPT_OK;
}
