/* SPDX-License-Identifier: BSD-3-Clause */

/* Building a space: every parameter is checked completely before it becomes part of it. */

#include "base/mem.h"
#include "base/sort.h"
#include "base/text.h"
#include "space/copy.h"
#include "space/param.h"

#include <math.h>
#include <string.h>

/* Remember an error about one parameter: `what` goes on where its name ends. */
#define PARAM_FAIL(space, status, name, what, ...)                                                 \
    hpi_space_fail(space, status, "parameter \"%s\": " what,                                       \
                   hpi_label((char[HPI_LABEL_BYTES]){ 0 }, name), __VA_ARGS__)

/* A value for a sentence; lives until the end of the calling block. */
#define SHOW(value) hpi_show_value((char[HPI_SHOWN_BYTES]){ 0 }, value)

/* ---- ranges ---- */

hpt_param hpt_space_add_real(hpt_space *space, const char *name, double min, double max) {
    if (!hpi_space_takes(space, name)) return HPT_PARAM_NONE;
    hpt_status status = HPT_OK;
    if (!isfinite(min))
        status = PARAM_FAIL(space, HPT_EINVAL, name, "min %s is not finite", SHOW(hpt_real(min)));
    else if (!isfinite(max))
        status = PARAM_FAIL(space, HPT_EINVAL, name, "max %s is not finite", SHOW(hpt_real(max)));
    else if (min > max)
        status = PARAM_FAIL(space, HPT_EINVAL, name, "min %s is above max %s", SHOW(hpt_real(min)),
                            SHOW(hpt_real(max)));
    if (status != HPT_OK) return HPT_PARAM_NONE;
    param p = { .kind = HPT_KIND_REAL, .min.real = min, .max.real = max };
    hpi_range_measure(&p);
    return hpi_space_insert(space, name, &p);
}

hpt_param hpt_space_add_int(hpt_space *space, const char *name, int64_t min, int64_t max) {
    if (!hpi_space_takes(space, name)) return HPT_PARAM_NONE;
    if (min > max) {
        PARAM_FAIL(space, HPT_EINVAL, name, "min %s is above max %s", SHOW(hpt_int(min)),
                   SHOW(hpt_int(max)));
        return HPT_PARAM_NONE;
    }
    param p = { .kind = HPT_KIND_INT, .min.integer = min, .max.integer = max, .step.integer = 1 };
    hpi_range_measure(&p);
    return hpi_space_insert(space, name, &p);
}

/* ---- lists ---- */

/* What is wrong with a value by itself, or NULL. */
static const char *value_problem(const hpt_value *value) {
    switch (value->type) {
    case HPT_TYPE_NULL:
    case HPT_TYPE_BOOL:
    case HPT_TYPE_INT:
        return NULL;
    case HPT_TYPE_REAL:
        return isfinite(value->as.real) ? NULL : "is not finite";
    case HPT_TYPE_TEXT:
        if (!value->as.text) return "is a NULL text";
        size_t bytes = strnlen(value->as.text, HPI_TEXT_BYTES_MAX + 1);
        if (bytes > HPI_TEXT_BYTES_MAX) return "is longer than 4095 bytes";
        return hpi_is_utf8(value->as.text, bytes) ? NULL : "is not UTF-8";
    }
    return "has no type";
}

static int compare_content(const hpt_value *a, const hpt_value *b) {
    switch (a->type) {
    case HPT_TYPE_BOOL:
        return (a->as.boolean > b->as.boolean) - (a->as.boolean < b->as.boolean);
    case HPT_TYPE_INT:
        return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    case HPT_TYPE_REAL:
        return (a->as.real > b->as.real) - (a->as.real < b->as.real);
    case HPT_TYPE_TEXT:
        return strcmp(a->as.text, b->as.text);
    case HPT_TYPE_NULL:
        break;
    }
    return 0;
}

static int compare_values(const void *left, const void *right) {
    const hpt_value *a = left, *b = right;
    return a->type != b->type ? (a->type > b->type) - (a->type < b->type) : compare_content(a, b);
}

static hpt_status refuse_duplicates(hpt_space *space, const char *name, const hpt_value *values,
                                    size_t count) {
    const void **sorted = hpi_alloc(2 * count, sizeof *sorted);
    if (!sorted)
        return hpi_space_fail(space, HPT_ENOMEM, "out of memory for a list of %zu values", count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &values[i];
    hpi_sort(sorted, sorted + count, count, compare_values);
    hpt_status status = HPT_OK;
    for (size_t i = 1; i < count && status == HPT_OK; i++) {
        const hpt_value *a = sorted[i - 1], *b = sorted[i];
        if (compare_values(a, b) == 0)
            status = PARAM_FAIL(space, HPT_EINVAL, name,
                                "values %zu and %zu (counting from 0) are both %s",
                                (size_t)(a - values), (size_t)(b - values), SHOW(*a));
    }
    hpi_free(sorted);
    return status;
}

static hpt_status check_values(hpt_space *space, const char *name, const hpt_value *values,
                               size_t count) {
    if (!values && count > 0)
        return PARAM_FAIL(space, HPT_EINVAL, name, "the list of %zu values is NULL", count);
    if (count == 0) return PARAM_FAIL(space, HPT_EINVAL, name, "the list of values is %s", "empty");
    if (count > HPI_VALUE_COUNT_MAX)
        return PARAM_FAIL(space, HPT_ELIMIT, name, "a list of %zu values is above the limit of %d",
                          count, HPI_VALUE_COUNT_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *problem = value_problem(&values[i]);
        if (problem)
            return PARAM_FAIL(space, HPT_EINVAL, name, "value %zu (counting from 0), %s, %s", i,
                              SHOW(values[i]), problem);
    }
    return refuse_duplicates(space, name, values, count);
}

static hpt_param add_list(hpt_space *space, const char *name, hpt_kind kind,
                          const hpt_value *values, size_t count) {
    if (!hpi_space_takes(space, name) || check_values(space, name, values, count) != HPT_OK)
        return HPT_PARAM_NONE;
    param p = { .kind = kind };
    if (!hpi_param_set_values(&p, values, (uint32_t)count)) {
        hpi_space_fail(space, HPT_ENOMEM, "out of memory for a list of %zu values", count);
        hpi_param_fini(&p);
        return HPT_PARAM_NONE;
    }
    return hpi_space_insert(space, name, &p);
}

hpt_param hpt_space_add_categorical(hpt_space *space, const char *name, const hpt_value *values,
                                    size_t count) {
    return add_list(space, name, HPT_KIND_CATEGORICAL, values, count);
}

hpt_param hpt_space_add_ordinal(hpt_space *space, const char *name, const hpt_value *values,
                                size_t count) {
    return add_list(space, name, HPT_KIND_ORDINAL, values, count);
}

hpt_param hpt_space_add_constant(hpt_space *space, const char *name, hpt_value value) {
    return add_list(space, name, HPT_KIND_CONSTANT, &value, 1);
}

hpt_param hpt_space_add_choice(hpt_space *space, const char *name, const char *const *texts,
                               size_t count) {
    if (!texts || count == 0 || count > HPI_VALUE_COUNT_MAX)
        return add_list(space, name, HPT_KIND_CATEGORICAL, NULL, count);
    hpt_value *values = hpi_alloc(count, sizeof *values);
    if (!values) {
        if (space)
            hpi_space_fail(space, HPT_ENOMEM, "out of memory for a list of %zu texts", count);
        return HPT_PARAM_NONE;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = hpt_text(texts[i]);
    hpt_param handle = add_list(space, name, HPT_KIND_CATEGORICAL, values, count);
    hpi_free(values);
    return handle;
}

/* ---- refinements ---- */

/* The parameter to change, or NULL and *status_out says why. */
static param *changeable(hpt_space *space, hpt_param handle, hpt_status *status_out) {
    *status_out = hpi_space_usable(space, NULL);
    if (*status_out != HPT_OK) return NULL;
    if (handle < space->count) return &space->params[handle];
    *status_out = hpi_space_fail(space, HPT_EINVAL, "handle %u is no parameter: there are %u",
                                 (unsigned)handle, (unsigned)space->count);
    return NULL;
}

hpt_status hpt_space_set_log(hpt_space *space, hpt_param handle) {
    hpt_status status;
    param     *p = changeable(space, handle, &status);
    if (!p) return status;
    bool      is_real = p->kind == HPT_KIND_REAL;
    hpt_value min = is_real ? hpt_real(p->min.real) : hpt_int(p->min.integer);
    if (!hpi_is_range(p))
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "log is for %s, not for lists or constants",
                          "ranges");
    if (is_real ? p->min.real <= 0 : p->min.integer <= 0)
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "log needs a min above 0, but min is %s",
                          SHOW(min));
    if (p->has_step && (is_real || p->step.integer != 1))
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "log allows no step%s",
                          is_real ? "" : " but 1");
    p->is_log = true;
    hpi_range_measure(p);
    return HPT_OK;
}

/* The step in the range's own type, or an error. */
static hpt_status take_step(hpt_space *space, param *p, hpt_value step) {
    if (!hpi_is_range(p))
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "step is for %s, not for lists or constants",
                          "ranges");
    if (p->has_step)
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "step %s would be its second step",
                          SHOW(step));
    if (p->kind == HPT_KIND_REAL && step.type == HPT_TYPE_REAL)
        p->step.real = step.as.real;
    else if (p->kind == HPT_KIND_REAL && step.type == HPT_TYPE_INT)
        p->step.real = (double)step.as.integer;
    else if (p->kind == HPT_KIND_INT && step.type == HPT_TYPE_INT)
        p->step.integer = step.as.integer;
    else
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "step %s%s is not %s",
                          step.type == HPT_TYPE_REAL ? "of the real number " : "", SHOW(step),
                          p->kind == HPT_KIND_REAL ? "a number" : "an integer");
    if (p->is_log && (p->kind == HPT_KIND_REAL || p->step.integer != 1))
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "step %s does not go with log", SHOW(step));
    const char *problem = hpi_range_step_problem(p);
    if (problem)
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "step %s %s (%s to %s)", SHOW(step), problem,
                          SHOW(hpi_param_value(p, p->min)), SHOW(hpi_param_value(p, p->max)));
    return HPT_OK;
}

hpt_status hpt_space_set_step(hpt_space *space, hpt_param handle, hpt_value step) {
    hpt_status status;
    param     *p = changeable(space, handle, &status);
    if (!p) return status;
    param changed = *p;
    status = take_step(space, &changed, step);
    if (status != HPT_OK) return status;
    changed.has_step = true;
    hpi_range_measure(&changed);
    hpt_err err;
    if (p->has_default &&
        hpi_param_coord(&changed, hpi_param_value(p, p->initial), &changed.initial, &err) != HPT_OK)
        return hpi_space_fail(space, HPT_EINVAL, "%s (it is the default)", err.text);
    *p = changed;
    return HPT_OK;
}

hpt_status hpt_space_set_default(hpt_space *space, hpt_param handle, hpt_value value) {
    hpt_status status;
    param     *p = changeable(space, handle, &status);
    if (!p) return status;
    if (p->kind == HPT_KIND_CONSTANT)
        return PARAM_FAIL(space, HPT_EINVAL, p->name, "a constant has no %s", "default");
    hpt_err err;
    if (hpi_param_coord(p, value, &p->initial, &err) != HPT_OK)
        return hpi_space_fail(space, HPT_EINVAL, "%s (it is the default)", err.text);
    p->has_default = true;
    return HPT_OK;
}
