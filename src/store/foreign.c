/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/foreign.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"

void hpi_foreign_fini(hpi_foreign *foreign) {
    hpi_free(foreign->point);
    hpi_free(foreign->given);
    hpi_free(foreign->attrs);
    hpi_free(foreign->constraints);
    hpi_writer_fini(&foreign->texts);
    hpi_writer_fini(&foreign->scratch);
    hpi_distribution_fini(&foreign->distribution);
    *foreign = (hpi_foreign){ 0 };
}

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a trial");
}

static hpt_status take_space(hpi_foreign *foreign, uint32_t dims, hpt_err *err) {
    if (dims <= foreign->dims && foreign->point) return HPT_OK;
    size_t     room = dims > 0 ? dims : 1;
    hpt_coord *point = hpi_resize(foreign->point, room, sizeof *point);
    if (point) foreign->point = point;
    bool *given = hpi_resize(foreign->given, room, sizeof *given);
    if (given) foreign->given = given;
    if (!point || !given) return no_memory(err);
    foreign->dims = dims;
    return HPT_OK;
}

hpt_status hpi_foreign_begin(hpi_foreign *foreign, const hpt_space *space, uint32_t goal_count,
                             hpt_err *err) {
    uint32_t   dims = (uint32_t)hpt_space_count(space);
    hpt_status status = take_space(foreign, dims, err);
    if (status != HPT_OK) return status;
    foreign->space = space;
    foreign->goal_count = goal_count;
    foreign->attr_count = foreign->constraint_count = 0;
    foreign->has_named = false;
    foreign->texts.bytes = 0;
    for (uint32_t i = 0; i < dims; i++) {
        foreign->point[i] = hpt_space_at_fraction(space, i, 0);
        foreign->given[i] = false;
    }
    for (uint32_t i = 0; i < 8; i++)
        foreign->values[i] = NAN;
    foreign->record = (hpi_record){ .order = HPI_UNKNOWN,
                                    .asked = HPI_UNKNOWN,
                                    .worker = UINT32_MAX,
                                    .start_wall_ns = HPI_NO_TIME,
                                    .end_wall_ns = HPI_NO_TIME,
                                    .duration_ns = -1,
                                    .reason = "" };
    return HPT_OK;
}

/* ---- parameters ---- */

hpt_status hpi_foreign_param(hpi_foreign *foreign, const char *name, const char *json, size_t bytes,
                             double number, hpt_err *err) {
    hpt_value  value;
    hpt_param  param = hpt_space_find(foreign->space, name);
    hpt_status status = hpi_distribution_read(json, bytes, &foreign->distribution, err);
    if (status != HPT_OK) return status;
    if (param == HPT_PARAM_NONE || !hpi_distribution_value(&foreign->distribution, number, &value))
        return HPT_OK;
    /* Who drew a real where the space has integers, and the other way round, may be on one. */
    if (value.type == HPT_TYPE_REAL && hpi_space_kind(foreign->space, param) == HPT_KIND_INT &&
        value.as.real == floor(value.as.real) && fabs(value.as.real) < 0x1p63)
        value = hpt_int((int64_t)value.as.real);
    hpt_coord coord;
    if (hpt_space_coord(foreign->space, param, value, &coord, NULL) != HPT_OK) return HPT_OK;
    foreign->point[param] = coord;
    foreign->given[param] = true;
    return HPT_OK;
}

/* ---- attributes ---- */

/* While a trial is put together the texts may move, so an attribute's are where they begin in them,
 * plus one. */
static const char *as_offset(size_t at) {
    return (const char *)(uintptr_t)(at + 1);
}

static size_t offset_of(const char *text) {
    return (size_t)(uintptr_t)text - 1;
}

static size_t keep_text(hpi_foreign *foreign, const char *text, size_t bytes) {
    size_t at = foreign->texts.bytes;
    hpi_write_bytes(&foreign->texts, text, bytes);
    hpi_write_bytes(&foreign->texts, "", 1);
    return at;
}

/* The place of a name in a list, a new one if it is new. NULL: out of memory. */
static hpt_attr *place_of(hpi_foreign *foreign, const char *name, hpt_attr **list, uint32_t *count,
                          size_t *room) {
    for (uint32_t i = 0; i < *count; i++)
        if (strcmp(foreign->texts.text + offset_of((*list)[i].name), name) == 0) return &(*list)[i];
    if (*count == *room) {
        size_t    wanted = *room ? 2 * *room : 8;
        hpt_attr *grown = hpi_resize(*list, wanted, sizeof *grown);
        if (!grown) return NULL;
        *list = grown;
        *room = wanted;
    }
    size_t at = keep_text(foreign, name, strlen(name));
    if (foreign->texts.failed) return NULL;
    hpt_attr *attr = &(*list)[(*count)++];
    *attr = (hpt_attr){ as_offset(at), hpt_null() };
    return attr;
}

static hpt_status add_attr(hpi_foreign *foreign, const char *name, hpi_slice value, hpt_err *err) {
    hpt_value kept;
    size_t    text_at = 0;
    hpt_attr *attr =
        place_of(foreign, name, &foreign->attrs, &foreign->attr_count, &foreign->attr_room);
    if (!attr) return no_memory(err);
    if (!hpi_py_scalar(value, &foreign->texts, &kept, &text_at)) {
        text_at = keep_text(foreign, value.at, value.bytes);
        kept = hpt_text(NULL);
    }
    if (kept.type == HPT_TYPE_TEXT) kept.as.text = as_offset(text_at);
    attr->value = kept;
    return foreign->texts.failed ? no_memory(err) : HPT_OK;
}

static hpt_status add_constraint(hpi_foreign *foreign, const char *name, hpi_slice value,
                                 hpt_err *err) {
    double real = NAN;
    (void)hpi_py_real(value, &real);
    hpt_attr *attr = place_of(foreign, name, &foreign->constraints, &foreign->constraint_count,
                              &foreign->constraint_room);
    if (!attr) return no_memory(err);
    attr->value = hpt_real(isnan(real) ? INFINITY : real); /* what nobody knows is not met */
    return HPT_OK;
}

static hpt_status add_list(hpi_foreign *foreign, hpi_slice list, hpt_err *err) {
    hpi_slice  item;
    char       name[32];
    hpt_status status = HPT_OK;
    for (unsigned i = 0; status == HPT_OK && hpi_py_item(&list, &item); i++) {
        snprintf(name, sizeof name, "constraint_%u", i);
        status = add_constraint(foreign, name, item, err);
    }
    return status;
}

hpt_status hpi_foreign_attr(hpi_foreign *foreign, bool is_system, const char *name, hpi_slice value,
                            hpt_err *err) {
    static const char prefix[] = "constraints:";
    if (!is_system) return add_attr(foreign, name, value, err);
    if (strncmp(name, prefix, sizeof prefix - 1) == 0) {
        if (!foreign->has_named) foreign->constraint_count = 0; /* the list said the same */
        foreign->has_named = true;
        return add_constraint(foreign, name + sizeof prefix - 1, value, err);
    }
    bool is_list = strcmp(name, "constraints") == 0 && hpi_py_type(value) == HPI_JSON_ARRAY;
    return is_list && !foreign->has_named ? add_list(foreign, value, err) : HPT_OK;
}

/* ---- values ---- */

void hpi_foreign_value(hpi_foreign *foreign, uint32_t goal, double value) {
    if (goal < 8) foreign->values[goal] = value;
    if (goal >= foreign->record.value_count) foreign->record.value_count = goal + 1;
}

void hpi_foreign_report(hpi_foreign *foreign, int64_t step, double value) {
    hpi_record *record = &foreign->record;
    if (record->has_report && step < record->last_step) return;
    record->has_report = true;
    record->last_step = step;
    record->last_value = value;
}

/* ---- the record ---- */

static void settle_attrs(hpi_foreign *foreign, hpt_attr *attrs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        attrs[i].name = foreign->texts.text + offset_of(attrs[i].name);
        if (attrs[i].value.type == HPT_TYPE_TEXT)
            attrs[i].value.as.text = foreign->texts.text + offset_of(attrs[i].value.as.text);
    }
}

static void settle_values(hpi_foreign *foreign) {
    hpi_record *record = &foreign->record;
    bool        is_sound = record->value_count == foreign->goal_count && foreign->goal_count <= 8;
    for (uint32_t i = 0; is_sound && i < record->value_count; i++)
        is_sound = !isnan(foreign->values[i]);
    if (!is_sound) record->value_count = 0;
    record->values = is_sound && record->value_count > 0 ? foreign->values : NULL;
    if (record->state != HPT_TRIAL_COMPLETE) return;
    for (uint32_t i = 0; i < record->constraint_count; i++)
        if (foreign->constraints[i].value.as.real > 0) record->state = HPT_TRIAL_INFEASIBLE;
    if (record->value_count > 0) return;
    record->state = HPT_TRIAL_FAILED;
    record->reason = "it has no value for each goal";
}

hpt_status hpi_foreign_finish(hpi_foreign *foreign, hpt_err *err) {
    hpi_record *record = &foreign->record;
    if (foreign->texts.failed) {
        hpi_writer_fini(&foreign->texts);
        return no_memory(err);
    }
    settle_attrs(foreign, foreign->attrs, foreign->attr_count);
    settle_attrs(foreign, foreign->constraints, foreign->constraint_count);
    record->attrs = foreign->attrs;
    record->attr_count = foreign->attr_count;
    record->constraints = foreign->constraints;
    record->constraint_count = foreign->constraint_count;
    record->point = foreign->point;
    record->given = foreign->given;
    settle_values(foreign);
    bool is_timed = record->start_wall_ns != HPI_NO_TIME && record->end_wall_ns != HPI_NO_TIME &&
                    record->end_wall_ns >= record->start_wall_ns;
    if (is_timed) record->duration_ns = record->end_wall_ns - record->start_wall_ns;
    return HPT_OK;
}

/* ---- times ---- */

/* So many digits at `at`, or -1. */
static int read_digits(const char *text, size_t bytes, size_t at, size_t count) {
    int number = 0;
    if (at + count > bytes) return -1;
    for (size_t i = at; i < at + count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* Days since 1970 of a date of the Gregorian calendar, after H. Hinnant's days_from_civil: years
 * begin in March, so that the odd day comes last. */
static int64_t days_of(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_offset(const char *text, size_t bytes, int64_t *seconds_out) {
    int hours = read_digits(text, bytes, 1, 2);
    int minutes = read_digits(text, bytes, 4, 2);
    if (bytes != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || hours < 0 ||
        minutes < 0)
        return false;
    *seconds_out = ((int64_t)hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
    return true;
}

/* Local time as the C library has it: it was written without its zone, so this is a guess that is
 * right where it was written. */
static int64_t local_seconds(const int part[6]) {
    struct tm local = { .tm_year = part[0] - 1900,
                        .tm_mon = part[1] - 1,
                        .tm_mday = part[2],
                        .tm_hour = part[3],
                        .tm_min = part[4],
                        .tm_sec = part[5],
                        .tm_isdst = -1 };
    return (int64_t)mktime(&local);
}

bool hpi_foreign_time(const char *text, size_t bytes, bool is_local, int64_t *wall_ns_out) {
    static const size_t at[6] = { 0, 5, 8, 11, 14, 17 }, count[6] = { 4, 2, 2, 2, 2, 2 };
    static const int    low[6] = { 1900, 1, 1, 0, 0, 0 }, high[6] = { 2200, 12, 31, 23, 59, 60 };
    int                 part[6];
    for (int i = 0; i < 6; i++) {
        part[i] = read_digits(text, bytes, at[i], count[i]);
        if (part[i] < low[i] || part[i] > high[i]) return false;
    }
    size_t  end = 19;
    int64_t fraction_ns = 0, unit_ns = HPI_NS_PER_S, offset_s = 0;
    if (end < bytes && text[end] == '.')
        for (end++; end < bytes && text[end] >= '0' && text[end] <= '9'; end++) {
            unit_ns /= 10;
            fraction_ns += (text[end] - '0') * unit_ns;
        }
    int64_t seconds = days_of(part[0], part[1], part[2]) * 86400 + part[3] * INT64_C(3600) +
                      part[4] * INT64_C(60) + part[5];
    if (end == bytes && is_local)
        seconds = local_seconds(part);
    else if (end < bytes && !(bytes - end == 1 && text[end] == 'Z') &&
             !read_offset(text + end, bytes - end, &offset_s))
        return false;
    *wall_ns_out = (seconds - offset_s) * HPI_NS_PER_S + fraction_ns;
    return true;
}
