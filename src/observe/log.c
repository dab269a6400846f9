/* SPDX-License-Identifier: BSD-3-Clause */
/* Readable lines, one per event, with levels:
 *
 *     12.345 s  trial 41  COMPLETE  error 0.0184  in 0.71 s  C=31.6 gamma=0.021
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "hpt/extend.h"
#include "observe/lines.h"
#include "observe/plain.h"

typedef struct log_state {
    int32_t     level; /* option: hpt_level */
    const char *path;  /* option            */

    /* Where lines go: the first of these that is there. */
    hpt_line_function line;
    void             *user;
    FILE             *file;
    hpi_lines         lines;

    hpi_writer text;
    char       metric[64];

    const hpt_goal *goals; /* the setup's; used if there are several */
    uint32_t        goal_count;
} log_state;

static const hpt_option log_options[] = {
    { .name = "level",
      .type = HPT_OPTION_CHOICE,
      .offset = offsetof(log_state, level),
      .initial = HPT_LEVEL_INFO,
      .text = "debug|info|best|warn",
      .help = "the least that is told" },
    { .name = "path",
      .type = HPT_OPTION_TEXT,
      .offset = offsetof(log_state, path),
      .text = "-",
      .help = "a file to append to; - is standard error" },
    { .name = NULL },
};

static uint32_t log_wants(const void *state) {
    const log_state *log = state;
    uint32_t         best = HPT_EVENT_BEST_IMPROVED | HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED;
    if (log->level == HPT_LEVEL_DEBUG) return HPT_EVENT_ALL;
    return log->level == HPT_LEVEL_WARN ? HPT_EVENT_TRIAL_ENDED : best;
}

static hpt_status log_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    log_state *log = state;
    log->line = setup->line;
    log->user = setup->user;
    log->file = setup->file;
    log->goals = setup->goals;
    log->goal_count = setup->goal_count;
    hpi_cut(log->metric, sizeof log->metric, setup->metric ? setup->metric : "value");
    if (log->line || log->file) return HPT_OK;
    if (strcmp(log->path, "-") == 0) {
        log->file = stderr;
        return HPT_OK;
    }
    if (*log->path == '\0') return hpi_fail(err, HPT_EINVAL, "observer log: path is empty");
    return hpi_lines_open(&log->lines, log->path, true, -1, err);
}

/* What an event says. */

/* "  error 0.0184", or one for each goal. */
static void write_values(const log_state *log, hpi_writer *writer, const hpt_event *event) {
    for (uint32_t i = 0; i < event->value_count; i++) {
        bool is_one = log->goal_count <= 1;
        hpi_write(writer, "  ");
        hpi_plain_text(writer, is_one ? log->metric : log->goals[i].name);
        hpi_write(writer, " ");
        hpi_plain_real(writer, event->values[i], 6);
    }
}

static void write_ended(log_state *log, hpi_writer *writer, const hpt_event *event) {
    hpi_write(writer, "  ");
    hpi_write(writer, hpt_trial_state_text(event->state));
    if (event->values) write_values(log, writer, event);
    if (event->has_report) {
        hpi_write(writer, "  last reported step ");
        hpi_plain_value(writer, hpt_int(event->step));
        hpi_write(writer, "  ");
        hpi_plain_real(writer, event->last_value, 6);
    }
    if (*event->reason) {
        hpi_write(writer, "  \"");
        hpi_plain_text(writer, event->reason);
        hpi_write(writer, "\"");
    }
    if (event->start_ns >= 0) {
        hpi_write(writer, "  in ");
        hpi_plain_seconds(writer, (double)event->duration_ns / 1e9);
    }
}

static void write_attrs(hpi_writer *writer, const hpt_event *event) {
    for (uint32_t i = 0; i < event->attr_count; i++) {
        hpi_write(writer, i == 0 ? "  [" : " ");
        hpi_plain_text(writer, event->attrs[i].name);
        hpi_write(writer, "=");
        hpi_plain_value(writer, event->attrs[i].value);
    }
    if (event->attr_count) hpi_write(writer, "]");
    for (uint32_t i = 0; i < event->constraint_count; i++) {
        hpi_write(writer, i == 0 ? "  constraints " : " ");
        hpi_plain_text(writer, event->constraints[i].name);
        hpi_write(writer, "=");
        hpi_plain_value(writer, event->constraints[i].value);
    }
}

static void write_reported(log_state *log, hpi_writer *writer, const hpt_event *event) {
    if (event->values) {
        write_values(log, writer, event);
        return;
    }
    hpi_write(writer, "  ");
    hpi_plain_real(writer, event->value, 6);
}

static void write_about_trial(log_state *log, hpi_writer *writer, const hpt_event *event) {
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
        hpi_write(writer, "  created");
        break;
    case HPT_EVENT_TRIAL_STARTED:
        hpi_write(writer, "  started on worker ");
        hpi_write_uint(writer, event->worker);
        break;
    case HPT_EVENT_TRIAL_REPORTED:
        hpi_write(writer, "  reports step ");
        hpi_plain_value(writer, hpt_int(event->step));
        write_reported(log, writer, event);
        break;
    case HPT_EVENT_TRIAL_ENDED:
        write_ended(log, writer, event);
        break;
    default:
        hpi_write(writer, log->goal_count > 1 ? "  is on the front" : "  is the best so far");
        write_values(log, writer, event);
    }
}

static void write_finished(log_state *log, hpi_writer *writer, const hpt_event *event) {
    hpi_write(writer, "finished: ");
    hpi_plain_text(writer, event->reason);
    if (!event->point) return;
    if (log->goal_count > 1) {
        hpi_write(writer, "; ");
        hpi_write_uint(writer, event->stats->front_count);
        hpi_write(writer, " on the front");
    }
    hpi_write(writer, "; ");
    hpi_plain_best(writer, log->metric, event->value, event->trial);
}

static void write_event(log_state *log, const hpt_event *event) {
    hpi_writer *writer = &log->text;
    hpi_plain_fixed(writer, (double)event->time_ns / 1e9, 3);
    hpi_write(writer, " s  ");
    if (event->kind == HPT_EVENT_FINISHED) {
        write_finished(log, writer, event);
    } else {
        hpi_write(writer, "trial ");
        hpi_write_uint(writer, event->trial);
        write_about_trial(log, writer, event);
    }
    if (event->point) {
        hpi_write(writer, "  ");
        hpi_plain_point(writer, event->space, event->point);
    }
    write_attrs(writer, event);
}

static hpt_level level_of(const hpt_event *event) {
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
    case HPT_EVENT_TRIAL_STARTED:
    case HPT_EVENT_TRIAL_REPORTED:
        return HPT_LEVEL_DEBUG;
    case HPT_EVENT_BEST_IMPROVED:
        return HPT_LEVEL_BEST;
    case HPT_EVENT_TRIAL_ENDED:
        break;
    default:
        return HPT_LEVEL_INFO;
    }
    switch (event->state) {
    case HPT_TRIAL_FAILED:
    case HPT_TRIAL_INFEASIBLE:
    case HPT_TRIAL_TIMEOUT:
    case HPT_TRIAL_CRASHED:
        return HPT_LEVEL_WARN;
    default:
        return HPT_LEVEL_INFO; /* pruned and cancelled trials are as they should be */
    }
}

/* Where it goes. */

static hpt_status give_line(log_state *log, hpt_level level, hpt_err *err) {
    if (log->text.failed) {
        log->text.failed = false;
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a line");
    }
    if (log->line) {
        log->line(log->user, level, log->text.text);
        return HPT_OK;
    }
    hpi_write(&log->text, "\n");
    if (log->file) {
        if (fputs(log->text.text, log->file) >= 0) return HPT_OK;
        return hpi_fail(err, HPT_EIO, "a line could not be written");
    }
    hpi_write_bytes(hpi_lines_begin(&log->lines), log->text.text, log->text.bytes);
    return hpi_lines_end(&log->lines, err);
}

static hpt_status flush(log_state *log, hpt_err *err) {
    if (log->line) return HPT_OK;
    if (!log->file) return hpi_lines_flush(&log->lines, err);
    if (fflush(log->file) == 0) return HPT_OK;
    clearerr(log->file);
    return hpi_fail(err, HPT_EIO, "lines could not be written");
}

static hpt_status log_events(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    log_state *log = state;
    hpt_status status = HPT_OK;
    for (size_t i = 0; i < count; i++) {
        int32_t level = (int32_t)level_of(&events[i]);
        if (level < log->level) continue;
        log->text.bytes = 0;
        write_event(log, &events[i]);
        hpt_status given = give_line(log, (hpt_level)level, err);
        if (given != HPT_OK) status = given;
    }
    hpt_status flushed = flush(log, err);
    return status != HPT_OK ? status : flushed;
}

static hpt_status log_close(void *state, uint64_t lost_count, hpt_err *err) {
    log_state *log = state;
    hpt_status status = HPT_OK;
    if (lost_count > 0) {
        log->text.bytes = 0;
        hpi_write(&log->text, "this log lost ");
        hpi_write_uint(&log->text, lost_count);
        hpi_write(&log->text, " events");
        status = give_line(log, HPT_LEVEL_WARN, err);
    }
    hpt_status flushed = HPT_OK;
    if (log->line || log->file)
        flushed = flush(log, err);
    else
        flushed = hpi_lines_close(&log->lines, err);
    hpi_writer_fini(&log->text);
    return status != HPT_OK ? status : flushed;
}

const hpt_observer_class hpi_observer_log = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "log",
    .summary = "readable lines with levels, to standard error, a file or a function",
    .state_size = sizeof(log_state),
    .options = log_options,
    .kinds = HPT_EVENT_ALL,
    .policy = HPT_POLICY_DROP,
    .open = log_open,
    .events = log_events,
    .close = log_close,
    .wants = log_wants,
};
