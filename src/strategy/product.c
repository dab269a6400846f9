/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/product.h"

#include "base/err.h"
#include "base/mem.h"

static void multiply(hpi_product *product, uint64_t size) {
    if (product->size > UINT64_MAX / size) product->is_beyond = true;
    product->size = product->is_beyond ? UINT64_MAX : product->size * size;
}

hpt_status hpi_product_init(hpi_product *product, const uint64_t *sizes, size_t axis_count,
                            hpt_err *err) {
    hpi_product made = { .axis_count = axis_count, .size = 1 };
    made.axes = hpi_alloc(axis_count, sizeof *made.axes);
    if (!made.axes)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a product of %zu axes", axis_count);
    for (size_t j = 0; j < axis_count; j++) {
        made.axes[j] = hpi_permute_span_of(sizes[j]);
        multiply(&made, sizes[j]);
    }
    made.cells = hpi_permute_span_of(made.size);
    *product = made;
    return HPT_OK;
}

void hpi_product_fini(hpi_product *product) {
    hpi_free(product->axes);
    *product = (hpi_product){ 0 };
}

void hpi_product_shuffle(hpi_product *product, uint64_t seed) {
    product->is_shuffled = true;
    hpi_permute_init(&product->permute, seed);
}

/* Most digits of a small number in a big product are 0: no division for those. */
static void split(const hpi_product *product, uint64_t number, hpt_coord *digits_out) {
    size_t j = product->axis_count;
    while (j > 0 && number > 0) {
        uint64_t size = product->axes[--j].size;
        digits_out[j].integer = (int64_t)(number % size);
        number /= size;
    }
    while (j > 0)
        digits_out[--j].integer = 0;
}

void hpi_product_digits(const hpi_product *product, uint64_t number, hpt_coord *digits_out) {
    HPI_ASSERT(number < product->size);
    if (product->is_shuffled && !product->is_beyond)
        number = hpi_permute_number(&product->permute, &product->cells, 0, number);
    split(product, number, digits_out);
    if (product->is_shuffled && product->is_beyond)
        hpi_permute_digits(&product->permute, product->axes, product->axis_count, digits_out);
}
