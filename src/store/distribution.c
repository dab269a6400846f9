/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/distribution.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- from a space of ours ---- */

static void write_bool(hpi_writer *writer, bool value) {
    hpi_write(writer, value ? "true" : "false");
}

static void write_float(hpi_writer *writer, const hpt_param_info *info) {
    hpi_write(writer, "{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": ");
    if (info->has_step && !info->is_log)
        hpi_py_write_real(writer, info->step.as.real);
    else
        hpi_write(writer, "null");
    hpi_write(writer, ", \"low\": ");
    hpi_py_write_real(writer, info->min.as.real);
    hpi_write(writer, ", \"high\": ");
    hpi_py_write_real(writer, info->max.as.real);
    hpi_write(writer, ", \"log\": ");
    write_bool(writer, info->is_log);
    hpi_write(writer, "}}");
}

static void write_int(hpi_writer *writer, const hpt_param_info *info) {
    hpi_write(writer, "{\"name\": \"IntDistribution\", \"attributes\": {\"log\": ");
    write_bool(writer, info->is_log);
    hpi_write(writer, ", \"step\": ");
    hpi_write_json_value(writer, info->has_step && !info->is_log ? info->step : hpt_int(1));
    hpi_write(writer, ", \"low\": ");
    hpi_write_json_value(writer, info->min);
    hpi_write(writer, ", \"high\": ");
    hpi_write_json_value(writer, info->max);
    hpi_write(writer, "}}");
}

static void write_categorical(hpi_writer *writer, const hpt_param_info *info) {
    hpi_write(writer, "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [");
    for (uint32_t i = 0; i < info->value_count; i++) {
        if (i > 0) hpi_write(writer, ", ");
        hpi_py_write_value(writer, info->values[i]);
    }
    hpi_write(writer, "]}}");
}

void hpi_distribution_write(hpi_writer *writer, const hpt_space *space, hpt_param param) {
    hpt_param_info info = { .struct_size = sizeof info };
    if (hpt_space_info(space, param, &info, NULL) != HPT_OK) return;
    if (info.kind == HPT_KIND_REAL)
        write_float(writer, &info);
    else if (info.kind == HPT_KIND_INT)
        write_int(writer, &info);
    else
        write_categorical(writer, &info);
}

double hpi_distribution_number(const hpt_space *space, hpt_param param, hpt_coord coord) {
    hpt_kind kind = hpi_space_kind(space, param);
    return kind == HPT_KIND_REAL       ? coord.real
           : kind == HPT_KIND_CONSTANT ? 0
                                       : (double)coord.integer;
}

bool hpi_distribution_coord(const hpt_space *space, hpt_param param, double number,
                            hpt_coord *coord_out) {
    hpt_coord coord = { 0 };
    if (hpi_space_kind(space, param) == HPT_KIND_REAL)
        coord.real = number;
    else if (number >= -0x1p63 && number < 0x1p63 && number == floor(number))
        coord.integer = (int64_t)number;
    else
        return false;
    if (!hpi_space_contains(space, param, coord)) return false;
    *coord_out = coord;
    return true;
}

/* ---- what others wrote ---- */

void hpi_distribution_fini(hpi_distribution *distribution) {
    hpi_free(distribution->choices);
    hpi_writer_fini(&distribution->texts);
    *distribution = (hpi_distribution){ 0 };
}

static hpt_status fail(hpt_err *err, hpi_slice what, const char *problem) {
    char shown[64];
    snprintf(shown, sizeof shown, "%.*s", what.at && what.bytes < 60 ? (int)what.bytes : 60,
             what.at ? what.at : "");
    return hpi_fail(err, HPT_EPARSE, "the distribution %s %s",
                    hpi_quote((char[64]){ 0 }, 64, shown), problem);
}

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a parameter's distribution");
}

/* A choice whose text, if it has one, is still an offset into the texts. */
static bool read_choice(hpi_slice item, hpi_writer *texts, hpt_value *choice) {
    size_t text_at = 0;
    bool   is_plain = hpi_py_scalar(item, texts, choice, &text_at) &&
                    (choice->type != HPT_TYPE_REAL || isfinite(choice->as.real));
    if (!is_plain) {
        text_at = texts->bytes;
        *choice = hpt_null();
        choice->type = HPT_TYPE_TEXT;
        hpi_write_bytes(texts, item.at, item.bytes);
        hpi_write_bytes(texts, "", 1);
    }
    if (choice->type == HPT_TYPE_TEXT) choice->as.integer = (int64_t)text_at;
    return !texts->failed;
}

static hpt_status read_choices(hpi_distribution *into, hpi_slice choices, hpt_err *err) {
    hpi_slice item;
    into->kind = HPI_DISTRIBUTION_CATEGORICAL;
    if (hpi_py_type(choices) != HPI_JSON_ARRAY) return fail(err, choices, "has no list of choices");
    while (hpi_py_item(&choices, &item)) {
        if (into->choice_count == into->choice_room) {
            size_t     room = into->choice_room ? 2 * into->choice_room : 8;
            hpt_value *grown = hpi_resize(into->choices, room, sizeof *grown);
            if (!grown) return no_memory(err);
            into->choices = grown;
            into->choice_room = room;
        }
        if (!read_choice(item, &into->texts, &into->choices[into->choice_count]))
            return no_memory(err);
        into->choice_count++;
    }
    for (uint32_t i = 0; i < into->choice_count; i++)
        if (into->choices[i].type == HPT_TYPE_TEXT)
            into->choices[i].as.text = into->texts.text + into->choices[i].as.integer;
    return HPT_OK;
}

static hpt_status read_float(hpi_distribution *into, hpi_slice all, hpi_slice step, hpt_err *err) {
    into->kind = HPI_DISTRIBUTION_FLOAT;
    if (!hpi_py_real(hpi_py_find(all, "low"), &into->low) ||
        !hpi_py_real(hpi_py_find(all, "high"), &into->high))
        return fail(err, all, "has no numbers low and high");
    if (!(into->low <= into->high)) return fail(err, all, "has no low below its high");
    into->has_step = hpi_py_type(step) != HPI_JSON_NULL;
    if (into->has_step && (!hpi_py_real(step, &into->step) || !(into->step > 0)))
        return fail(err, all, "has no step above 0");
    if (into->is_log && !(into->low > 0)) return fail(err, all, "is logarithmic down to 0");
    return HPT_OK;
}

static hpt_status read_int(hpi_distribution *into, hpi_slice all, hpi_slice step, hpt_err *err) {
    into->kind = HPI_DISTRIBUTION_INT;
    into->int_step = 1;
    if (!hpi_py_int(hpi_py_find(all, "low"), &into->int_low) ||
        !hpi_py_int(hpi_py_find(all, "high"), &into->int_high))
        return fail(err, all, "has no integers low and high of 64 bits");
    if (into->int_low > into->int_high) return fail(err, all, "has no low below its high");
    bool has_step = hpi_py_type(step) != HPI_JSON_NULL;
    if (has_step && (!hpi_py_int(step, &into->int_step) || into->int_step < 1))
        return fail(err, all, "has no step of at least 1");
    into->has_step = into->int_step > 1;
    if (into->is_log && into->int_low < 1) return fail(err, all, "is logarithmic down to 0");
    return HPT_OK;
}

static hpt_status read_range(hpi_distribution *into, bool is_int, bool is_log, hpi_slice all,
                             hpt_err *err) {
    hpi_slice log = hpi_py_find(all, "log");
    hpi_slice step = hpi_py_find(all, "step");
    into->is_log = is_log || (hpi_py_type(log) == HPI_JSON_BOOL && log.at[0] == 't');
    if (!step.at) step = hpi_py_find(all, "q");
    return is_int ? read_int(into, all, step, err) : read_float(into, all, step, err);
}

/* The names of all times, and what they say beside their attributes. */
static const struct {
    const char *name;
    bool        is_int, is_log;
} range_names[] = {
    { "FloatDistribution", false, false },
    { "IntDistribution", true, false },
    { "UniformDistribution", false, false },
    { "LogUniformDistribution", false, true },
    { "DiscreteUniformDistribution", false, false },
    { "IntUniformDistribution", true, false },
    { "IntLogUniformDistribution", true, true },
    { "float", false, false }, /* the short form's types */
    { "int", true, false },
};

static hpt_status read_named(hpi_distribution *into, hpi_slice name, hpi_slice all, hpt_err *err) {
    if (hpi_py_is(name, "CategoricalDistribution") || hpi_py_is(name, "categorical"))
        return read_choices(into, hpi_py_find(all, "choices"), err);
    for (size_t i = 0; i < sizeof range_names / sizeof *range_names; i++)
        if (hpi_py_is(name, range_names[i].name))
            return read_range(into, range_names[i].is_int, range_names[i].is_log, all, err);
    return fail(err, name, "is unknown");
}

hpt_status hpi_distribution_read(const char *json, size_t bytes, hpi_distribution *into,
                                 hpt_err *err) {
    hpi_slice all;
    into->choice_count = 0;
    into->texts.bytes = 0;
    into->has_step = into->is_log = false;
    if (!hpi_py_check(json, bytes, &all) || hpi_py_type(all) != HPI_JSON_OBJECT)
        return fail(err, (hpi_slice){ json, bytes }, "is no JSON object");
    hpi_slice name = hpi_py_find(all, "name");
    if (!name.at) return read_named(into, hpi_py_find(all, "type"), all, err);
    return read_named(into, name, hpi_py_find(all, "attributes"), err);
}

bool hpi_distribution_value(const hpi_distribution *distribution, double number,
                            hpt_value *value_out) {
    if (isnan(number)) return false;
    if (distribution->kind == HPI_DISTRIBUTION_FLOAT) {
        *value_out = hpt_real(number);
        return true;
    }
    if (!(number >= -0x1p63 && number < 0x1p63)) return false;
    if (distribution->kind == HPI_DISTRIBUTION_INT) {
        *value_out = hpt_int((int64_t)number);
        return true;
    }
    if (!(number > -1 && number < distribution->choice_count)) return false;
    *value_out = distribution->choices[(uint32_t)(number < 0 ? 0 : number)];
    return true;
}
