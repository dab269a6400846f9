/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per ended trial, RFC 4180, with a header: run columns first, then one column per
 * parameter, named as it is (a parameter called like a run column becomes "parameter:state"). With
 * several goals the column "value" gives way to one for each, named as it is ("goal:state").
 * Numbers as in JSON; an empty field is nothing, "" an empty text. An existing file is continued if
 * its header is the same, else refused. See lines.h for full disks and torn rows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "hpt/extend.h"
#include "observe/fields.h"
#include "observe/lines.h"
#include "observe/plain.h"
#include "space/space.h"

typedef struct csv_state {
    const char *path;    /* option */
    double      fsync_s; /* option */
    bool        append;  /* option */
    hpi_lines   lines;
    hpi_writer  run;   /* the first fields of every row, as they are written */
    hpi_writer  attrs; /* JSON, before it is quoted                          */
    uint32_t    goal_count;
} csv_state;

static const hpt_option csv_options[] = {
    { .name = "path",
      .type = HPT_OPTION_TEXT,
      .offset = offsetof(csv_state, path),
      .text = "",
      .help = "the file" },
    HPI_FSYNC_OPTION(csv_state),
    { .name = "append",
      .type = HPT_OPTION_BOOL,
      .offset = offsetof(csv_state, append),
      .initial = 1,
      .help =
          "go on with the file if it has the same columns; no: empty it when the first row comes" },
    { .name = NULL },
};

static const char *const columns[] = { "run",        "seed",       "trial",     "state",  "value",
                                       "last_step",  "last_value", "reason",    "worker", "start_s",
                                       "duration_s", "ended",      "attributes" };
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0], COLUMN_VALUE = 4 };

/* A text field. Quotes are doubled; they also keep an empty text apart from nothing. What is not
 * UTF-8 is replaced as in jsonl: one such byte would make the whole file unreadable for many. */
static void write_text(hpi_writer *writer, const char *text) {
    bool is_plain =
        *text && !strpbrk(text, ",\"\r\n") && text[0] != ' ' && text[strlen(text) - 1] != ' ';
    if (!is_plain) hpi_write(writer, "\"");
    for (size_t left = strlen(text), step; left > 0; text += step, left -= step) {
        size_t bytes = hpi_utf8_bytes(text, left);
        step = bytes ? bytes : 1;
        if (bytes == 0)
            hpi_write(writer, "\xEF\xBF\xBD"); /* U+FFFD */
        else if (*text == '"')
            hpi_write(writer, "\"\"");
        else
            hpi_write_bytes(writer, text, bytes);
    }
    if (!is_plain) hpi_write(writer, "\"");
}

static void write_value(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_TEXT)
        write_text(writer, value.as.text);
    else if (value.type != HPT_TYPE_NULL)
        hpi_write_json_value(writer, value);
}

/* Opening. */

static bool is_column(const char *name) {
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (strcmp(columns[i], name) == 0) return true;
    return false;
}

static bool is_goal(const hpt_observer_setup *setup, const char *name) {
    for (uint32_t i = 0; setup->goal_count > 1 && i < setup->goal_count; i++)
        if (strcmp(setup->goals[i].name, name) == 0) return true;
    return false;
}

/* A name that another column has is told what it is the name of. */
static void write_name(hpi_writer *writer, const char *what, const char *name, bool is_taken) {
    char long_name[16 + 256] = "";
    snprintf(long_name, sizeof long_name, "%s:%.255s", what, name);
    write_text(writer, is_taken ? long_name : name);
}

static void write_value_names(hpi_writer *header, const hpt_observer_setup *setup) {
    if (setup->goal_count <= 1) hpi_write(header, columns[COLUMN_VALUE]);
    for (uint32_t i = 0; setup->goal_count > 1 && i < setup->goal_count; i++) {
        const char *name = setup->goals[i].name;
        if (i > 0) hpi_write(header, ",");
        write_name(header, "goal", name, is_column(name));
    }
}

static hpt_status write_header(hpi_writer *header, const hpt_observer_setup *setup, hpt_err *err) {
    size_t count = hpt_space_count(setup->space);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (i > 0) hpi_write(header, ",");
        if (i == COLUMN_VALUE)
            write_value_names(header, setup);
        else
            hpi_write(header, columns[i]);
    }
    for (hpt_param param = 0; param < count; param++) {
        const char *name = hpi_space_name(setup->space, param);
        hpi_write(header, ",");
        write_name(header, "parameter", name, is_column(name) || is_goal(setup, name));
    }
    hpi_write(header, "\n");
    return header->failed ? hpi_fail(err, HPT_ENOMEM, "out of memory") : HPT_OK;
}

static hpt_status keep_run(csv_state *csv, const hpt_observer_setup *setup, hpt_err *err) {
    write_text(&csv->run, setup->run_id ? setup->run_id : "");
    hpi_write(&csv->run, ",");
    hpi_write_uint(&csv->run, setup->seed);
    hpi_write(&csv->run, ",");
    return csv->run.failed ? hpi_fail(err, HPT_ENOMEM, "out of memory") : HPT_OK;
}

/* The header goes first in an empty file, and must be there in another one. */
static hpt_status match_header(csv_state *csv, hpi_writer *header, hpt_err *err) {
    char path[128];
    if (hpi_lines_is_empty(&csv->lines)) {
        csv->lines.head = *header;
        return HPT_OK;
    }
    bool matches = hpi_lines_begins_with(&csv->lines, header->text);
    if (matches) {
        hpi_writer_fini(header);
        return HPT_OK;
    }
    hpi_quote(path, sizeof path, csv->path);
    hpi_lines_close(&csv->lines, NULL);
    return hpi_fail(err, HPT_EINVAL, "%s has other columns than this run: name another file", path);
}

static hpt_status csv_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    csv_state *csv = state;
    hpi_writer header = { 0 };
    csv->goal_count = setup->goal_count > 1 ? setup->goal_count : 1;
    if (*csv->path == '\0')
        return hpi_fail(err, HPT_EINVAL, "observer csv needs a path: csv:path=trials.csv");
    hpt_status status = keep_run(csv, setup, err);
    if (status == HPT_OK) status = write_header(&header, setup, err);
    if (status == HPT_OK)
        status = hpi_lines_open(&csv->lines, csv->path, csv->append, csv->fsync_s, err);
    if (status == HPT_OK) status = match_header(csv, &header, err);
    if (status == HPT_OK) return HPT_OK;
    hpi_writer_fini(&header);
    hpi_writer_fini(&csv->run);
    return status;
}

/* Rows. */

/* {"epochs":3,"constraints":{"memory":0.5}}: a column of its own would be empty in nearly all
 * files.
 */
static void write_attrs(csv_state *csv, hpi_writer *writer, const hpt_event *event) {
    if (event->attr_count == 0 && event->constraint_count == 0) return;
    csv->attrs.bytes = 0;
    hpi_write_attrs(&csv->attrs, event->attrs, event->attr_count);
    if (event->constraint_count > 0 && !csv->attrs.failed) {
        csv->attrs.bytes--; /* the brace */
        hpi_write(&csv->attrs, event->attr_count > 0 ? ",\"constraints\":" : "\"constraints\":");
        hpi_write_attrs(&csv->attrs, event->constraints, event->constraint_count);
        hpi_write(&csv->attrs, "}");
    }
    if (csv->attrs.failed)
        writer->failed = true; /* the row is lost, not cut */
    else
        write_text(writer, csv->attrs.text);
    csv->attrs.failed = false;
}

static void write_times(hpi_writer *writer, const hpt_event *event) {
    if (!hpi_event_was_started(event)) {
        hpi_write(writer, ",,,");
        return;
    }
    hpi_write_uint(writer, event->worker);
    hpi_write(writer, ",");
    hpi_write_seconds(writer, event->start_ns);
    hpi_write(writer, ",");
    hpi_write_seconds(writer, event->duration_ns);
    hpi_write(writer, ",");
}

static void write_values(const csv_state *csv, hpi_writer *writer, const hpt_event *event) {
    bool has_values = event->value_count == csv->goal_count;
    for (uint32_t i = 0; i < csv->goal_count; i++) {
        if (i > 0) hpi_write(writer, ",");
        if (has_values) write_value(writer, hpt_real(event->values[i]));
    }
}

static void write_row(csv_state *csv, hpi_writer *writer, const hpt_event *event) {
    size_t count = hpt_space_count(event->space);
    hpi_write_bytes(writer, csv->run.text, csv->run.bytes);
    hpi_write_uint(writer, event->trial);
    hpi_write(writer, ",");
    hpi_write(writer, hpt_trial_state_text(event->state));
    hpi_write(writer, ",");
    write_values(csv, writer, event);
    hpi_write(writer, ",");
    if (event->has_report) write_value(writer, hpt_int(event->step));
    hpi_write(writer, ",");
    if (event->has_report && isfinite(event->last_value))
        write_value(writer, hpt_real(event->last_value));
    hpi_write(writer, ",");
    if (*event->reason) write_text(writer, event->reason);
    hpi_write(writer, ",");
    write_times(writer, event);
    hpi_plain_time(writer, event->wall_ns);
    hpi_write(writer, ",");
    write_attrs(csv, writer, event);
    for (hpt_param param = 0; param < count; param++) {
        hpi_write(writer, ",");
        if (event->point)
            write_value(writer, hpi_space_value_at(event->space, param, event->point));
    }
    hpi_write(writer, "\n");
}

static hpt_status csv_events(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    csv_state *csv = state;
    hpt_status status = HPT_OK;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        write_row(csv, hpi_lines_begin(&csv->lines), &events[i]);
        hpt_status ended = hpi_lines_end(&csv->lines, err);
        if (ended != HPT_OK) status = ended;
    }
    hpt_status flushed = hpi_lines_flush(&csv->lines, err);
    return status != HPT_OK ? status : flushed;
}

static hpt_status csv_tick(void *state, const hpt_stats *stats, uint64_t lost_count, hpt_err *err) {
    (void)stats;
    (void)lost_count;
    return hpi_lines_sync(&((csv_state *)state)->lines, err);
}

static hpt_status csv_close(void *state, uint64_t lost_count, hpt_err *err) {
    csv_state *csv = state;
    (void)lost_count;
    hpi_writer_fini(&csv->run);
    hpi_writer_fini(&csv->attrs);
    return hpi_lines_close(&csv->lines, err);
}

const hpt_observer_class hpi_observer_csv = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "csv",
    .summary = "one row per ended trial, appended to a file",
    .state_size = sizeof(csv_state),
    .options = csv_options,
    .kinds = HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED, /* the header of a run without trials */
    .policy = HPT_POLICY_BLOCK,
    .tick_ms = 1000,
    .open = csv_open,
    .events = csv_events,
    .tick = csv_tick,
    .close = csv_close,
};
