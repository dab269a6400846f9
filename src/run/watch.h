/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_WATCH_H
#define HPI_RUN_WATCH_H

/* The watch: one thread of a run, "hpt-watch", that looks after trials while they run. It is there
 * only if something needs it, and sleeps until the earliest time that anybody has asked for. */

#include <stdint.h>

#include "hpt/run.h"

enum { HPI_WATCH_POLLS_MAX = 4 };

typedef struct hpi_watch hpi_watch;

/* Called on the watch's thread, by turns with the others, whenever it wakes: for whatever reason,
 * so it looks whether there is anything to do. Times are those of hpi_now_ns(). Returns when it
 * wants to be called again at the latest; INT64_MAX = when somebody wakes the watch. */
typedef int64_t (*hpi_watch_poll)(void *context, int64_t now_ns);

/* Before start: this run needs a watch, and that is what it does. */
hpt_status hpi_watch_add(hpt_run *run, hpi_watch_poll poll, void *context, hpt_err *err);

/* Once pools have forked what they fork and before there are workers; nothing to do for a run that
 * needs none. stop: its thread is gone then; also for a run that has none, or twice. */
hpt_status hpi_watch_start(hpt_run *run, hpt_err *err);
void       hpi_watch_stop(hpt_run *run);

/* Any thread: there is something that polls do not expect. Microseconds if the watch sleeps. */
void hpi_watch_wake(hpt_run *run);

#endif
