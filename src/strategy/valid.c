/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/valid.h"

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"

#include <string.h>

enum {
    SAMPLE = 4096,           /* draws that tell whether skipping is cheap                       */
    SAMPLE_GOOD = 8,         /* valid ones among them: then 512 draws a point, 0.1 ms, suffice  */
    LISTED_MAX = 1 << 18,    /* points that are listed at the start: 0.1 to 0.5 s               */
    LISTED_BYTES = 1 << 26,  /* ... in so much memory                                           */
    BOXES_MAX = 1 << 22,     /* boxes that are looked at for the list                           */
    BOXES_AT_ONCE = 1 << 20, /* between two looks at whether a search has ended                 */
};

/* Cell `number` of the product. False: it is no valid point, or one whose inactive parameters have
 * not their first value: it is the same as another one. */
static bool take_cell(const hpi_valid *valid, uint64_t number, hpt_coord *point_out) {
    size_t count = valid->product->axis_count;
    hpi_product_digits(valid->product, number, point_out);
    bool is_first = true;
    for (hpt_param j = 0; j < count; j++) {
        uint64_t digit = (uint64_t)point_out[j].integer;
        point_out[j] = valid->axes.at(valid->axes.context, j, digit);
    }
    hpt_coord resting;
    for (hpt_param j = 0; is_first && j < count; j++) {
        if (!hpi_space_is_conditional(valid->space, j)) continue;
        resting = valid->axes.at(valid->axes.context, j, 0);
        is_first = hpi_coord_equal(valid->space, j, resting, point_out[j]) ||
                   hpt_space_is_active(valid->space, j, point_out);
    }
    return is_first && hpt_space_permits(valid->space, point_out);
}

static bool is_skipping_cheap(const hpi_valid *valid, hpt_coord *point) {
    uint64_t size = valid->product->size;
    int      good = 0;
    if (size <= LISTED_MAX) return false; /* a list knows its end */
    for (uint64_t i = 0; i < SAMPLE && good < SAMPLE_GOOD; i++)
        good += take_cell(valid, i * (size / SAMPLE), point);
    return good == SAMPLE_GOOD;
}

/* All points, if there are not too many. */
static hpt_status list_points(hpi_valid *valid, hpt_err *err) {
    size_t    dims = hpt_space_count(valid->space), room = 1024;
    size_t    most = LISTED_BYTES / (dims * sizeof(hpt_coord));
    uint64_t  budget = BOXES_MAX;
    hpi_found found = HPI_FOUND;
    if (most > LISTED_MAX) most = LISTED_MAX;
    valid->points = hpi_alloc_room(room * dims, sizeof *valid->points);
    hpi_search_in_order(valid->search);
    while (valid->points && valid->count < most) {
        found = hpi_search_next(valid->search, &budget, valid->points + valid->count * dims);
        if (found != HPI_FOUND) break;
        if (++valid->count < room) continue;
        room *= 2;
        hpt_coord *more = hpi_resize(valid->points, room * dims, sizeof *more);
        if (!more) hpi_free(valid->points);
        valid->points = more;
    }
    if (!valid->points) return hpi_fail(err, HPT_ENOMEM, "out of memory for a list of points");
    if (found == HPI_FOUND_NONE) {
        valid->way = HPI_VALID_SHUFFLED;
        return HPT_OK;
    }
    hpi_free(valid->points);
    valid->points = NULL;
    valid->count = 0;
    return HPT_OK;
}

/* What is merely hard to find may turn up yet. */
static hpt_status check_some_is_valid(const hpi_valid *valid, hpt_err *err) {
    hpt_err    why = { 0 };
    hpt_coord *point = hpi_alloc(hpt_space_count(valid->space), sizeof *point);
    if (!point) return hpi_fail(err, HPT_ENOMEM, "out of memory for a point");
    hpt_status status = hpi_space_find_valid(valid->space, point, &why);
    hpi_free(point);
    if (status == HPT_OK || status == HPT_ELIMIT) return HPT_OK;
    return hpi_fail(err, status, "%s", why.text);
}

static hpt_status refuse(hpt_err *err) {
    return hpi_fail(err, HPT_EINVAL,
                    "no combination of these values satisfies the constraints; more may");
}

/* In order: what is not seen at once to be empty is searched as it is asked for. */
static hpt_status start_in_order(hpi_valid *valid, hpt_err *err) {
    uint64_t   budget = BOXES_AT_ONCE;
    hpt_coord *point = hpi_alloc(hpt_space_count(valid->space), sizeof *point);
    if (!point) return hpi_fail(err, HPT_ENOMEM, "out of memory for a point");
    hpi_search_in_order(valid->search);
    hpi_found found = hpi_search_next(valid->search, &budget, point);
    hpi_free(point);
    if (found == HPI_FOUND_NONE) return refuse(err);
    hpi_search_in_order(valid->search);
    return HPT_OK;
}

static hpt_status choose_way(hpi_valid *valid, uint64_t seed, hpt_err *err) {
    size_t     dims = hpt_space_count(valid->space);
    hpt_coord *point = hpi_alloc(dims, sizeof *point);
    if (!point) return hpi_fail(err, HPT_ENOMEM, "out of memory for a point");
    bool is_cheap = is_skipping_cheap(valid, point);
    hpi_free(point);
    if (is_cheap) {
        valid->way = HPI_VALID_SKIPPING;
        return HPT_OK;
    }
    hpt_status status = list_points(valid, err);
    if (status != HPT_OK) return status;
    if (valid->way == HPI_VALID_SHUFFLED) {
        valid->span = hpi_permute_span_of(valid->count ? valid->count : 1);
        hpi_permute_init(&valid->permute, seed);
        return valid->count > 0 ? HPT_OK : refuse(err);
    }
    valid->way = HPI_VALID_BRANCHES;
    hpi_search_at_random(valid->search, seed, 0, 0);
    return HPT_OK;
}

hpt_status hpi_valid_init(hpi_valid *valid, const hpt_space *space, hpi_axes axes,
                          const hpi_product *product, uint64_t seed, hpt_err *err) {
    *valid = (hpi_valid){ .space = space, .axes = axes, .product = product };
    hpt_status status = hpi_search_create(space, &valid->axes, &valid->search, err);
    if (status == HPT_OK) status = check_some_is_valid(valid, err);
    if (status == HPT_OK && product->is_shuffled) status = choose_way(valid, seed, err);
    if (status == HPT_OK && !product->is_shuffled) status = start_in_order(valid, err);
    if (status != HPT_OK) hpi_valid_fini(valid);
    return status;
}

void hpi_valid_fini(hpi_valid *valid) {
    hpi_search_destroy(valid->search);
    hpi_free(valid->points);
    *valid = (hpi_valid){ 0 };
}

uint64_t hpi_valid_size(const hpi_valid *valid) {
    uint64_t most = valid->product->size;
    if (valid->way == HPI_VALID_SHUFFLED) return valid->count;
    return most < UINT64_MAX ? most : UINT64_MAX - 1;
}

static hpt_status next_cell(hpi_valid *valid, hpt_coord *point_out) {
    while (valid->next < valid->product->size)
        if (take_cell(valid, valid->next++, point_out)) {
            hpi_space_settle(valid->space, point_out, 1);
            return HPT_OK;
        }
    return HPT_EDONE;
}

static hpt_status next_listed(hpi_valid *valid, hpt_coord *point_out) {
    size_t dims = hpt_space_count(valid->space);
    if (valid->next == valid->count) return HPT_EDONE;
    uint64_t index = hpi_permute_number(&valid->permute, &valid->span, 0, valid->next++);
    memcpy(point_out, valid->points + index * dims, dims * sizeof *point_out);
    return HPT_OK;
}

hpt_status hpi_valid_next(hpi_valid *valid, hpt_coord *point_out) {
    hpi_found found = HPI_FOUND_TIRED;
    if (valid->way == HPI_VALID_SKIPPING) return next_cell(valid, point_out);
    if (valid->way == HPI_VALID_SHUFFLED) return next_listed(valid, point_out);
    while (found == HPI_FOUND_TIRED) {
        uint64_t budget = BOXES_AT_ONCE;
        found = hpi_search_next(valid->search, &budget, point_out);
    }
    return found == HPI_FOUND ? HPT_OK : HPT_EDONE;
}
