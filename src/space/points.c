/* SPDX-License-Identifier: BSD-3-Clause */

/* Points from JSON: a list of objects, each giving some or all parameters a value. */

#include "base/json.h"
#include "base/mem.h"
#include "space/param.h"

/* 256 MiB of values. A short text could ask for far more: 4 million times "{}," and a space of
 * 65 536 parameters with defaults. */
enum { VALUE_COUNT_MAX = 1 << 24 };

typedef struct reader {
    const hpt_space *space;
    hpi_json        *json;
    hpt_err         *err;
} reader;

/* Give a failure of this or an inner function its place. */
#define FAIL_AT(r, node, ...)                                                                      \
    do {                                                                                           \
        uint32_t line, col;                                                                        \
        hpi_json_place((r)->json, node, &line, &col);                                              \
        return hpi_fail_at((r)->err, HPT_EINVAL, line, col, __VA_ARGS__);                          \
    } while (0)

static hpt_status refuse_name(const reader *r, const hpi_json_node *node) {
    const char *name = hpi_json_key(node);
    char        label[HPI_LABEL_BYTES];
    uint32_t    line, col;
    hpi_json_key_place(r->json, node, &line, &col);
    hpi_fail_at(r->err, HPT_EINVAL, line, col, "there is no parameter \"%s\"",
                hpi_label(label, name));
    hpi_space_suggest(r->space, name, r->err);
    return HPT_EINVAL;
}

/* One member. The value that is kept is the space's own: on its step, its text. */
static hpt_status read_member(const reader *r, const hpi_json_node *node, hpt_value *row,
                              bool *is_given) {
    char          label[HPI_LABEL_BYTES];
    hpi_json_type type = hpi_json_type_of(node);
    hpt_param     handle = hpt_space_find(r->space, hpi_json_key(node));
    const param  *p = hpi_param_at(r->space, handle);
    if (!p) return refuse_name(r, node);
    if (type == HPI_JSON_ARRAY || type == HPI_JSON_OBJECT)
        FAIL_AT(r, node, "parameter \"%s\": %s is not one value", hpi_label(label, p->name),
                hpi_json_type_text(type));
    hpt_coord coord;
    hpt_err   err;
    if (hpi_param_coord(p, hpi_json_scalar(node), &coord, &err) != HPT_OK)
        FAIL_AT(r, node, "%s", err.text);
    row[handle] = hpi_param_value(p, coord);
    is_given[handle] = true;
    return HPT_OK;
}

/* What the point leaves out. */
static hpt_status read_defaults(const reader *r, const hpi_json_node *point, hpt_value *row,
                                const bool *is_given) {
    char label[HPI_LABEL_BYTES];
    for (uint32_t i = 0; i < r->space->count; i++) {
        const param *p = &r->space->params[i];
        if (is_given[i]) continue;
        if (p->has_condition && !p->has_default) {
            row[i] = hpt_null(); /* if it is inactive; who takes the point sees to that */
            continue;
        }
        if (p->kind != HPT_KIND_CONSTANT && !p->has_default)
            FAIL_AT(r, point, "parameter \"%s\" is missing in this point and has no default",
                    hpi_label(label, p->name));
        row[i] = hpi_param_value(p, p->initial); /* a constant's is 0, its only index */
    }
    return HPT_OK;
}

static hpt_status read_point(const reader *r, const hpi_json_node *point, hpt_value *row,
                             bool *is_given) {
    hpi_json_type type = hpi_json_type_of(point);
    if (type != HPI_JSON_OBJECT)
        FAIL_AT(r, point, "a point is an object of names and values, not %s",
                hpi_json_type_text(type));
    for (uint32_t i = 0; i < r->space->count; i++)
        is_given[i] = false;
    for (const hpi_json_node *n = hpi_json_first(point); n; n = hpi_json_next(n)) {
        hpt_status status = read_member(r, n, row, is_given);
        if (status != HPT_OK) return status;
    }
    return read_defaults(r, point, row, is_given);
}

static hpt_status read_rows(const reader *r, hpt_value *values) {
    bool *is_given = hpi_alloc(r->space->count, sizeof *is_given);
    if (!is_given) return hpi_fail(r->err, HPT_ENOMEM, "out of memory for a point");
    hpt_status           status = HPT_OK;
    const hpi_json_node *point = hpi_json_first(hpi_json_root(r->json));
    for (; point && status == HPT_OK; point = hpi_json_next(point)) {
        status = read_point(r, point, values, is_given);
        values += r->space->count;
    }
    hpi_free(is_given);
    return status;
}

static hpt_status read_points(const reader *r, hpt_value **values_out, size_t *count_out) {
    const hpi_json_node *root = hpi_json_root(r->json);
    hpi_json_type        type = hpi_json_type_of(root);
    if (type != HPI_JSON_ARRAY)
        FAIL_AT(r, root, "points are a list of objects, not %s", hpi_json_type_text(type));
    size_t count = 0;
    for (const hpi_json_node *n = hpi_json_first(root); n; n = hpi_json_next(n))
        count++;
    if (count > VALUE_COUNT_MAX / r->space->count)
        return hpi_fail(r->err, HPT_ELIMIT, "%zu points of %u parameters are above the limit of %d",
                        count, (unsigned)r->space->count, VALUE_COUNT_MAX);
    hpt_value *values = hpi_alloc(count * r->space->count, sizeof *values);
    if (!values) return hpi_fail(r->err, HPT_ENOMEM, "out of memory for %zu points", count);
    hpt_status status = read_rows(r, values);
    if (status != HPT_OK) {
        hpi_free(values);
        return status;
    }
    *values_out = values;
    *count_out = count;
    return HPT_OK;
}

hpt_status hpt_space_parse_points(const hpt_space *space, const char *json, size_t bytes,
                                  hpt_value **values_out, size_t *count_out, hpt_err *err) {
    reader     r = { .space = space, .err = err };
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    if (!values_out || !count_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", values_out ? "count_out" : "values_out");
    status = hpi_json_parse(json, bytes, &r.json, err);
    if (status != HPT_OK) return status;
    status = read_points(&r, values_out, count_out);
    hpi_json_destroy(r.json);
    return status;
}
