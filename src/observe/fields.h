/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_FIELDS_H
#define HPI_OBSERVE_FIELDS_H

/* Parts of a record that jsonl and csv have in common. Any thread. */

#include "base/json.h"
#include "hpt/observe.h"

/* {"x":0.5,"n":3}: every number reads back as it is, 3.0 stays real. */
void hpi_write_point(hpi_writer *writer, const hpt_space *space, const hpt_coord *point);
void hpi_write_attrs(hpi_writer *writer, const hpt_attr *attrs, uint32_t count);

/* A time or duration of a run in seconds, exact to the nanosecond. */
void hpi_write_seconds(hpi_writer *writer, int64_t ns);

/* Whether a worker had it: then it has a worker, a start and a duration. */
bool hpi_event_was_started(const hpt_event *event);

/* The option that both have: how often to fsync. */
#define HPI_FSYNC_OPTION(state)                                                                    \
    {                                                                                              \
        .name = "fsync", .type = HPT_OPTION_REAL, .offset = offsetof(state, fsync_s),              \
        .initial = -1, .min = -1, .max = 86400,                                                    \
        .help = "seconds between fsyncs at most; 0 = after every batch, -1 = never"                \
    }

#endif
