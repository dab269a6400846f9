/* SPDX-License-Identifier: BSD-3-Clause */

/* Between what a user sees, typed values, and what a point holds, coordinates. */

#include "base/apart.h"
#include "base/text.h"
#include "space/param.h"

#include <math.h>
#include <string.h>

/* On a step, give or take what computing it may have cost. */
static const double step_tolerance = 1e-9;

static hpt_value range_value(const param *p, hpt_coord coord) {
    return p->kind == HPT_KIND_REAL ? hpt_real(coord.real) : hpt_int(coord.integer);
}

hpt_value hpi_param_value(const param *p, hpt_coord coord) {
    if (hpi_is_range(p)) return range_value(p, coord);
    bool is_index = coord.integer >= 0 && coord.integer < (int64_t)p->value_count;
    return is_index ? p->values[coord.integer] : hpt_null();
}

hpt_value hpt_space_value(const hpt_space *space, hpt_param handle, hpt_coord coord) {
    const param *p = hpi_param_at(space, handle);
    return p ? hpi_param_value(p, coord) : hpt_null();
}

/* ---- values to coordinates ---- */

/* A sentence about a value that the parameter cannot take. */
static hpt_status refuse(const param *p, hpt_value value, const char *problem, hpt_value limit,
                         hpt_err *err) {
    char label[HPI_LABEL_BYTES], shown[HPI_SHOWN_BYTES], other[HPI_SHOWN_BYTES];
    return hpi_fail(err, HPT_EINVAL, "parameter \"%s\": %s %s %s", hpi_label(label, p->name),
                    hpi_show_value(shown, value), problem, hpi_show_value(other, limit));
}

/* Says which sort of number it is: "2 is not an integer" would puzzle whoever wrote 2.0. */
static hpt_status refuse_type(const param *p, hpt_value value, const char *wanted, hpt_err *err) {
    char        label[HPI_LABEL_BYTES], shown[HPI_SHOWN_BYTES];
    const char *sort = value.type == HPT_TYPE_REAL  ? "the real number "
                       : value.type == HPT_TYPE_INT ? "the integer "
                                                    : "";
    return hpi_fail(err, HPT_EINVAL, "parameter \"%s\": %s%s is not %s", hpi_label(label, p->name),
                    sort, hpi_show_value(shown, value), wanted);
}

static hpt_status real_coord(const param *p, hpt_value value, hpt_coord *coord_out, hpt_err *err) {
    if (value.type == HPT_TYPE_INT) value = hpt_real((double)value.as.integer);
    if (value.type != HPT_TYPE_REAL || !isfinite(value.as.real))
        return refuse_type(p, value, "a finite number", err);
    double real = value.as.real;
    if (p->has_step) {
        hpt_coord nearest = hpi_param_choice(p, hpi_param_index(p, (hpt_coord){ .real = real }));
        if (fabs(nearest.real - real) <= step_tolerance * p->step.real) {
            *coord_out = nearest;
            return HPT_OK;
        }
    }
    if (real < p->min.real) return refuse(p, value, "is below min", hpt_real(p->min.real), err);
    if (real > p->max.real) return refuse(p, value, "is above max", hpt_real(p->max.real), err);
    if (p->has_step)
        return refuse(p, value, "is not min plus a multiple of step", hpt_real(p->step.real), err);
    coord_out->real = real;
    return HPT_OK;
}

static hpt_status int_coord(const param *p, hpt_value value, hpt_coord *coord_out, hpt_err *err) {
    if (value.type != HPT_TYPE_INT) return refuse_type(p, value, "an integer", err);
    int64_t integer = value.as.integer;
    if (integer < p->min.integer)
        return refuse(p, value, "is below min", hpt_int(p->min.integer), err);
    if (integer > p->max.integer)
        return refuse(p, value, "is above max", hpt_int(p->max.integer), err);
    if (((uint64_t)integer - (uint64_t)p->min.integer) % (uint64_t)p->step.integer != 0)
        return refuse(p, value, "is not min plus a multiple of step", hpt_int(p->step.integer),
                      err);
    *coord_out = (hpt_coord){ .integer = integer };
    return HPT_OK;
}

static const char *text_at(const void *context, size_t index) {
    const param *p = context;
    if (index >= p->value_count) return NULL;
    return p->values[index].type == HPT_TYPE_TEXT ? p->values[index].as.text : "";
}

/* All values, as a sentence shows them. */
typedef struct shown_list {
    const param *p;
    char        *out; /* HPI_SHOWN_BYTES for one value */
} shown_list;

static const char *shown_at(const void *context, size_t index) {
    const shown_list *list = context;
    if (index >= list->p->value_count) return NULL;
    return hpi_show_value(list->out, list->p->values[index]);
}

static hpt_status list_coord(const param *p, hpt_value value, hpt_coord *coord_out, hpt_err *err) {
    for (uint32_t i = 0; i < p->value_count; i++) {
        if (hpt_value_equal(p->values[i], value)) {
            *coord_out = (hpt_coord){ .integer = i };
            return HPT_OK;
        }
    }
    if (p->kind == HPT_KIND_CONSTANT)
        return refuse(p, value, "is not the constant", p->values[0], err);
    refuse_type(p, value, "in its list of values", err);
    char        shown[HPI_SHOWN_BYTES];
    const char *text = value.type == HPT_TYPE_TEXT ? value.as.text : NULL;
    if (text && *text && hpi_closest(text, text_at, p))
        hpi_suggest(err, text, text_at, p);
    else
        hpi_suggest(err, NULL, shown_at, &(shown_list){ p, shown });
    return HPT_EINVAL;
}

hpt_status hpi_param_coord(const param *p, hpt_value value, hpt_coord *coord_out, hpt_err *err) {
    if (p->kind == HPT_KIND_REAL) return real_coord(p, value, coord_out, err);
    if (p->kind == HPT_KIND_INT) return int_coord(p, value, coord_out, err);
    return list_coord(p, value, coord_out, err);
}

static hpt_status refuse_handle(const hpt_space *space, hpt_param handle, hpt_err *err) {
    return hpi_fail(err, HPT_EINVAL, "handle %u is no parameter: there are %u", (unsigned)handle,
                    (unsigned)space->count);
}

hpt_status hpt_space_coord(const hpt_space *space, hpt_param handle, hpt_value value,
                           hpt_coord *coord_out, hpt_err *err) {
    hpt_status status = hpi_space_usable(space, err);
    if (status != HPT_OK) return status;
    const param *p = hpi_param_at(space, handle);
    if (!p) return refuse_handle(space, handle, err);
    if (!coord_out) return hpi_fail(err, HPT_EINVAL, "coord_out is NULL");
    return hpi_param_coord(p, value, coord_out, err);
}

/* ---- coordinates ---- */

static bool contains(const param *p, hpt_coord coord) {
    if (hpi_is_free(p)) return coord.real >= p->min.real && coord.real <= p->max.real;
    hpt_coord choice = hpi_param_choice(p, hpi_param_index(p, coord));
    return p->kind == HPT_KIND_REAL ? choice.real == coord.real : choice.integer == coord.integer;
}

bool hpi_space_contains(const hpt_space *space, hpt_param handle, hpt_coord coord) {
    const param *p = hpi_param_at(space, handle);
    return p && contains(p, coord);
}

/* Of many points: how many coordinates of a column, each `stride` behind the last, are in the
 * range. */
static size_t contains_column(const param *p, const hpt_coord *column, size_t stride,
                              size_t count) {
    double min = p->min.real, max = p->max.real;
    size_t i = 0;
    if (hpi_is_free(p)) /* the most common kind without a call */
        while (i < count && column[i * stride].real >= min && column[i * stride].real <= max)
            i++;
    while (i < count && contains(p, column[i * stride]))
        i++;
    return i;
}

HPI_APART static size_t contains_columns(const hpt_space *space, const hpt_coord *points,
                                         size_t count, hpt_param *param_out) {
    for (hpt_param j = 0; j < space->count; j++) {
        size_t good = contains_column(&space->params[j], points + j, space->count, count);
        if (good == count) continue;
        count = good;
        *param_out = j;
    }
    return count;
}

/* One point of an hpt_space that is a box costs a few comparisons. */
size_t hpi_space_contains_points(const hpt_space *space, const hpt_coord *points, size_t count,
                                 hpt_param *param_out) {
    const param     *p = space->params, *end = p + (count == 1 ? space->count : 0);
    const hpt_coord *coord = points;
    while (p < end && hpi_is_free(p) && coord->real >= p->min.real && coord->real <= p->max.real)
        p++, coord++;
    return p == end && count == 1 ? 1 : contains_columns(space, points, count, param_out);
}

bool hpi_coord_equal(const hpt_space *space, hpt_param handle, hpt_coord a, hpt_coord b) {
    const param *p = hpi_param_at(space, handle);
    if (!p) return false;
    return p->kind == HPT_KIND_REAL ? a.real == b.real : a.integer == b.integer;
}

hpt_status hpt_space_info(const hpt_space *space, hpt_param handle, hpt_param_info *info_out,
                          hpt_err *err) {
    hpt_status status = hpi_space_usable(space, err);
    if (status != HPT_OK) return status;
    const param *p = hpi_param_at(space, handle);
    if (!p) return refuse_handle(space, handle, err);
    if (!info_out) return hpi_fail(err, HPT_EINVAL, "info_out is NULL");
    if (info_out->struct_size < sizeof *info_out)
        return hpi_fail(err, HPT_EINVAL, "struct_size %u of hpt_param_info is not %zu",
                        (unsigned)info_out->struct_size, sizeof *info_out);
    hpt_param_info info = { .struct_size = info_out->struct_size,
                            .kind = p->kind,
                            .name = p->name,
                            .is_log = p->is_log,
                            .has_step = p->has_step,
                            .has_default = p->has_default,
                            .values = p->values,
                            .value_count = p->value_count };
    if (hpi_is_range(p)) {
        info.min = range_value(p, p->min);
        info.max = range_value(p, p->max);
    }
    if (p->has_step) info.step = range_value(p, p->step);
    if (p->has_default) info.default_value = hpi_param_value(p, p->initial);
    *info_out = info;
    return HPT_OK;
}
