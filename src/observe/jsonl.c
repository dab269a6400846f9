/* SPDX-License-Identifier: BSD-3-Clause */
/* One JSON object per line, each complete in itself, appended in whole lines:
 *
 *     {"type":"run", ...}       once, when the first event comes: the space, the strategy, the seed
 *     {"type":"trial", ...}     for each trial that ended
 *     {"type":"finished", ...}  the end of the run
 *
 * Every line names its run, so several runs may append to one file. See lines.h for full disks and
 * torn lines. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "hpt/extend.h"
#include "observe/fields.h"
#include "observe/lines.h"
#include "observe/plain.h"

typedef struct jsonl_state {
    const char *path;    /* option */
    double      fsync_s; /* option */
    bool        append;  /* option */
    hpi_lines   lines;
    hpi_writer  about; /* what every trial's line says of the run: ,"run":"...","seed":7 */
    char       *metric;
    bool        has_goals; /* several */
} jsonl_state;

static const hpt_option jsonl_options[] = {
    { .name = "path",
      .type = HPT_OPTION_TEXT,
      .offset = offsetof(jsonl_state, path),
      .text = "",
      .help = "the file" },
    HPI_FSYNC_OPTION(jsonl_state),
    { .name = "append",
      .type = HPT_OPTION_BOOL,
      .offset = offsetof(jsonl_state, append),
      .initial = 1,
      .help = "go on with the file if there is one; no: empty it when the first line comes" },
    { .name = NULL },
};

static void at_time(hpi_writer *writer, const char *name, int64_t wall_ns) {
    hpi_write_json_key(writer, name);
    hpi_write(writer, "\"");
    hpi_plain_time(writer, wall_ns);
    hpi_write(writer, "\"");
}

/* The space as one line: its newlines stand between members only, those in names are escaped. */
static hpt_status write_space(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpt_space_print(space, &json, err);
    if (status != HPT_OK) return status;
    hpi_write_json_key(writer, "space");
    for (const char *line = json; *line;) {
        line += strspn(line, " \n");
        size_t bytes = strcspn(line, "\n");
        hpi_write_bytes(writer, line, bytes);
        line += bytes;
    }
    hpt_free(json);
    return HPT_OK;
}

static const char *direction_text(hpt_direction direction) {
    return direction == HPT_MAXIMISE ? "maximise" : "minimise";
}

static void write_value(hpi_writer *writer, double value) {
    hpi_write_json_value(writer, hpt_real(value)); /* null when it is not finite */
}

static void write_goals(hpi_writer *head, const hpt_observer_setup *setup) {
    hpi_write_json_key(head, "goals");
    for (uint32_t i = 0; i < setup->goal_count; i++) {
        const hpt_goal *goal = &setup->goals[i];
        hpi_write(head, i == 0 ? "[{\"name\":" : ",{\"name\":");
        hpi_write_json_text(head, goal->name);
        hpi_write_json_member(head, "direction", direction_text(goal->direction));
        hpi_write_json_key(head, "reference");
        write_value(head, goal->reference);
        hpi_write(head, "}");
    }
    hpi_write(head, "]");
}

static hpt_status write_head(hpi_writer *head, const hpt_observer_setup *setup, hpt_err *err) {
    hpi_write(head, "{\"type\":\"run\"");
    hpi_write_json_member(head, "run", setup->run_id);
    hpi_write_json_member(head, "hpt", hpt_version());
    hpi_write_json_member(head, "strategy", setup->strategy);
    hpi_write_json_key(head, "seed");
    hpi_write_uint(head, setup->seed);
    hpi_write_json_member(head, "metric", setup->metric);
    hpi_write_json_member(head, "direction",
                          direction_text(setup->is_maximising ? HPT_MAXIMISE : HPT_MINIMISE));
    if (setup->goal_count > 1) write_goals(head, setup);
    hpt_status status = write_space(head, setup->space, err);
    hpi_write(head, "}\n");
    if (status == HPT_OK && head->failed) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    return status;
}

static hpt_status keep_about(jsonl_state *jsonl, const hpt_observer_setup *setup, hpt_err *err) {
    hpi_write_json_member(&jsonl->about, "run", setup->run_id);
    hpi_write_json_key(&jsonl->about, "seed");
    hpi_write_uint(&jsonl->about, setup->seed);
    jsonl->has_goals = setup->goal_count > 1;
    jsonl->metric = hpi_copy_text(setup->metric ? setup->metric : "value");
    if (jsonl->metric && !jsonl->about.failed) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory");
}

static void forget(jsonl_state *jsonl) {
    hpi_writer_fini(&jsonl->about);
    hpi_free(jsonl->metric);
}

static hpt_status jsonl_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    jsonl_state *jsonl = state;
    hpi_writer   head = { 0 };
    if (*jsonl->path == '\0')
        return hpi_fail(err, HPT_EINVAL, "observer jsonl needs a path: jsonl:path=trials.jsonl");
    hpt_status status = keep_about(jsonl, setup, err);
    if (status == HPT_OK) status = write_head(&head, setup, err);
    if (status == HPT_OK)
        status = hpi_lines_open(&jsonl->lines, jsonl->path, jsonl->append, jsonl->fsync_s, err);
    if (status != HPT_OK) {
        hpi_writer_fini(&head);
        forget(jsonl);
        return status;
    }
    jsonl->lines.head = head;
    return HPT_OK;
}

static void write_values(hpi_writer *writer, const hpt_event *event) {
    hpi_write_json_key(writer, "values");
    if (!event->values) hpi_write(writer, "null");
    for (uint32_t i = 0; i < event->value_count; i++) {
        hpi_write(writer, i == 0 ? "[" : ",");
        write_value(writer, event->values[i]);
    }
    if (event->values) hpi_write(writer, "]");
}

static void write_trial(const jsonl_state *jsonl, hpi_writer *writer, const hpt_event *event) {
    hpi_write(writer, "{\"type\":\"trial\"");
    hpi_write_bytes(writer, jsonl->about.text, jsonl->about.bytes);
    hpi_write_json_key(writer, "trial");
    hpi_write_uint(writer, event->trial);
    hpi_write_json_member(writer, "state", hpt_trial_state_text(event->state));
    hpi_write_json_member(writer, "metric", jsonl->metric);
    hpi_write_json_key(writer, "value"); /* also of a trial that is INFEASIBLE in spite of it */
    write_value(writer, event->values ? event->values[0] : NAN);
    if (jsonl->has_goals) write_values(writer, event);
    if (event->has_report) {
        hpi_write_json_key(writer, "last_step");
        hpi_write_json_value(writer, hpt_int(event->step));
        hpi_write_json_key(writer, "last_value");
        write_value(writer, event->last_value);
    }
    hpi_write_json_member(writer, "reason", event->reason);
    hpi_write_json_key(writer, "parameters");
    hpi_write_point(writer, event->space, event->point);
    hpi_write_json_key(writer, "attributes");
    hpi_write_attrs(writer, event->attrs, event->attr_count);
    if (event->constraint_count > 0) {
        hpi_write_json_key(writer, "constraints");
        hpi_write_attrs(writer, event->constraints, event->constraint_count);
    }
    bool was_started = hpi_event_was_started(event);
    hpi_write_json_key(writer, "worker");
    hpi_write_json_value(writer, was_started ? hpt_int(event->worker) : hpt_null());
    hpi_write_json_key(writer, "start_s");
    was_started ? hpi_write_seconds(writer, event->start_ns) : hpi_write(writer, "null");
    hpi_write_json_key(writer, "duration_s");
    was_started ? hpi_write_seconds(writer, event->duration_ns) : hpi_write(writer, "null");
    at_time(writer, "ended", event->wall_ns);
    hpi_write(writer, "}\n");
}

static void write_counts(hpi_writer *writer, const hpt_stats *stats) {
    hpi_write_json_key(writer, "counts");
    hpi_write(writer, "{");
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++) {
        if (state > 1) hpi_write(writer, ",");
        hpi_write_json_text(writer, hpt_trial_state_text((hpt_trial_state)state));
        hpi_write(writer, ":");
        hpi_write_uint(writer, stats->state_count[state]);
    }
    hpi_write(writer, "}");
}

static void write_finished(const jsonl_state *jsonl, hpi_writer *writer, const hpt_event *event) {
    hpi_write(writer, "{\"type\":\"finished\"");
    hpi_write_bytes(writer, jsonl->about.text, jsonl->about.bytes);
    hpi_write_json_member(writer, "reason", event->reason);
    hpi_write_json_key(writer, "best_trial");
    event->point ? hpi_write_uint(writer, event->trial) : hpi_write(writer, "null");
    hpi_write_json_member(writer, "metric", jsonl->metric);
    hpi_write_json_key(writer, "best_value");
    write_value(writer, event->value);
    if (jsonl->has_goals) {
        hpi_write_json_key(writer, "front_count");
        hpi_write_uint(writer, event->stats->front_count);
    }
    hpi_write_json_key(writer, "parameters");
    hpi_write_point(writer, event->space, event->point);
    write_counts(writer, event->stats);
    hpi_write_json_key(writer, "duration_s");
    hpi_write_seconds(writer, event->duration_ns);
    at_time(writer, "ended", event->wall_ns);
    hpi_write(writer, "}\n");
}

static hpt_status jsonl_events(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    jsonl_state *jsonl = state;
    hpt_status   status = HPT_OK;
    for (size_t i = 0; i < count; i++) {
        hpi_writer *writer = hpi_lines_begin(&jsonl->lines);
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED)
            write_trial(jsonl, writer, &events[i]);
        else if (events[i].kind == HPT_EVENT_FINISHED)
            write_finished(jsonl, writer, &events[i]);
        else
            continue;
        hpt_status ended = hpi_lines_end(&jsonl->lines, err);
        if (ended != HPT_OK) status = ended;
    }
    hpt_status flushed = hpi_lines_flush(&jsonl->lines, err);
    return status != HPT_OK ? status : flushed;
}

static hpt_status jsonl_tick(void *state, const hpt_stats *stats, uint64_t lost_count,
                             hpt_err *err) {
    (void)stats;
    (void)lost_count;
    return hpi_lines_sync(&((jsonl_state *)state)->lines, err);
}

static hpt_status jsonl_close(void *state, uint64_t lost_count, hpt_err *err) {
    jsonl_state *jsonl = state;
    (void)lost_count;
    forget(jsonl);
    return hpi_lines_close(&jsonl->lines, err);
}

const hpt_observer_class hpi_observer_jsonl = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "jsonl",
    .summary = "one JSON object per ended trial, appended to a file",
    .state_size = sizeof(jsonl_state),
    .options = jsonl_options,
    .kinds = HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED,
    .policy = HPT_POLICY_BLOCK,
    .tick_ms = 1000,
    .open = jsonl_open,
    .events = jsonl_events,
    .tick = jsonl_tick,
    .close = jsonl_close,
};
