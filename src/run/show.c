/* SPDX-License-Identifier: BSD-3-Clause */
/* feedback > dispatch: what observers hear of trials that were told. Nearly all of a block end
 * alike, and are handed over together. */
#include <math.h>
#include <string.h>

#include "base/apart.h"
#include "base/err.h"
#include "run/run.h"

/* When it happened: as the worker stamped it. Only what has no stamp costs a look at the clock. */
static int64_t time_of(const hpt_run *run, const hpi_block *block, uint32_t index) {
    const hpi_detail *detail = &block->details[index];
    if (!block->has_details || detail->start_ns < 0) return hpi_run_now(run) - run->start_ns;
    return detail->start_ns + detail->duration_ns;
}

static void add_detail(const hpi_block *block, const hpi_detail *detail, hpi_fact *fact) {
    fact->start_ns = detail->start_ns;
    fact->duration_ns = detail->duration_ns;
    fact->after = detail->mark;
    fact->notes = block->notes + detail->notes_at;
    fact->notes_bytes = detail->notes_bytes;
    fact->has_report = detail->has_report && fact->state != HPT_TRIAL_COMPLETE;
    if (!fact->has_report) return; /* else what a pruned trial got to would be known to nobody */
    fact->step = detail->last_step;
    fact->value = detail->last_value;
}

HPI_WITHIN void show_end(hpt_run *run, uint32_t lanes, hpi_block *block, uint32_t index) {
    hpt_trial_state state = hpi_block_state(block, index);
    hpi_fact        fact = { .kind = HPT_EVENT_TRIAL_ENDED,
                             .state = state,
                             .worker = block->worker,
                             .trial = block->first + index,
                             .time_ns = time_of(run, block, index),
                             .start_ns = -1,
                             .value = state == HPT_TRIAL_COMPLETE ? block->values[index] : NAN,
                             .point = hpi_point_of(run, block, index) };
    if (block->has_details) add_detail(block, &block->details[index], &fact);
    if (lanes == HPI_LANES_ALL)
        hpi_dispatch_push(run->dispatch, 0, &fact);
    else
        hpi_dispatch_push_to(run->dispatch, lanes, 0, &fact);
}

/* One value is in the fact itself. */
void hpi_show_report(hpt_run *run, uint32_t stream, hpi_fact *fact, const double *values,
                     uint32_t count) {
    unsigned char bytes[HPI_NOTE_VALUES_BYTES];
    hpi_notes     notes = { .bytes = bytes };
    if (count > 1) hpi_notes_set_values(&notes, values, count);
    fact->notes = notes.bytes;
    fact->notes_bytes = notes.used;
    hpi_dispatch_push(run->dispatch, stream, fact);
}

static bool has_rows(const hpi_block *block, uint32_t end) {
    return block->has_points || (block->keeps_points && end <= block->made);
}

/* Whether there is nothing to say of an end but value, point and times, and nothing of its worker's
 * to come before it that need not come before the one at `first`. */
static bool is_like(const hpi_block *block, uint32_t index, uint32_t first) {
    const hpi_detail *detail = &block->details[index];
    return hpi_block_state(block, index) == HPT_TRIAL_COMPLETE && detail->notes_bytes == 0 &&
           detail->start_ns >= 0 && detail->mark == block->details[first].mark;
}

static uint32_t count_alike(const hpi_block *block, uint32_t first, uint32_t end) {
    uint32_t index = first;
    if (!block->has_details || !has_rows(block, end)) return 0;
    while (index < end && is_like(block, index, first))
        index++;
    return index - first;
}

static void show_alike(hpt_run *run, uint32_t lanes, const hpi_block *block, uint32_t first,
                       uint32_t count) {
    const hpi_detail *detail = &block->details[first];
    hpi_ends          ends = { .first = block->first + first,
                               .count = count,
                               .worker = block->worker,
                               .after = detail->mark,
                               .values = block->values + first,
                               .points = block->points + (size_t)first * run->dims,
                               .start_ns = &detail->start_ns,
                               .duration_ns = &detail->duration_ns,
                               .stride = sizeof *detail };
    if (lanes == HPI_LANES_ALL)
        hpi_dispatch_push_ends(run->dispatch, &ends);
    else
        hpi_dispatch_push_ends_to(run->dispatch, lanes, &ends);
}

/* One end, or those behind it that are like it as well. Returns how many. */
HPI_WITHIN uint32_t show_some(hpt_run *run, uint32_t lanes, hpi_block *block, uint32_t first,
                              uint32_t end) {
    uint32_t count = count_alike(block, first, end);
    if (count > 1)
        show_alike(run, lanes, block, first, count);
    else
        show_end(run, lanes, block, first);
    return count > 1 ? count : 1;
}

/* With a study file: of what it has been shown only what counts for nothing after all is news. */
static uint32_t lanes_of(const hpi_block *block, uint32_t index) {
    bool is_news = !block->is_kept || hpi_block_state(block, index) == HPT_TRIAL_CANCELLED;
    return is_news ? HPI_LANES_ALL : HPI_LANES_WATCHING;
}

HPI_APART static uint32_t show_some_to(hpt_run *run, uint32_t lanes, hpi_block *block,
                                       uint32_t first, uint32_t end) {
    uint32_t count = show_some(run, lanes, block, first, end);
    if (lanes & HPI_LANES_STORE) run->keep->shown += count;
    return count;
}

HPI_APART static void show_with_file(hpt_run *run, hpi_block *block, uint32_t end) {
    while (block->shown < end)
        block->shown += show_some_to(run, lanes_of(block, block->shown), block, block->shown, end);
}

void hpi_show_ends(hpt_run *run, hpi_block *block, uint32_t end) {
    bool is_wanted = hpi_wants(run->wants, HPT_EVENT_TRIAL_ENDED);
    HPI_ASSERT(block->shown <= end && end <= block->count);
    if (is_wanted && run->keep) show_with_file(run, block, end);
    while (is_wanted && block->shown < end)
        block->shown += show_some(run, HPI_LANES_ALL, block, block->shown, end);
    block->shown = end;
}

void hpi_show_store(hpt_run *run, hpi_block *block) {
    for (uint32_t index = 0; index < block->done;)
        index += show_some_to(run, HPI_LANES_STORE, block, index, block->done);
}

/* Of all that was said of it, the values only. */
static void add_values(const hpi_block *block, uint32_t index, hpi_notes *notes, hpi_fact *fact) {
    const hpi_detail    *detail = &block->details[index];
    double               values[HPI_GOALS_MAX];
    uint32_t             count;
    const unsigned char *from =
        hpi_notes_values(block->notes + detail->notes_at, detail->notes_bytes, &count);
    HPI_ASSERT(from);
    memcpy(values, from, count * sizeof *values);
    hpi_notes_set_values(notes, values, count);
    fact->notes = notes->bytes;
    fact->notes_bytes = notes->used;
}

/* Right behind the end that it stems from. */
void hpi_show_best(hpt_run *run, hpi_block *block, uint32_t index) {
    if (!hpi_wants(run->wants, HPT_EVENT_BEST_IMPROVED)) return;
    hpi_show_ends(run, block, index + 1);
    unsigned char bytes[HPI_NOTE_VALUES_BYTES];
    hpi_notes     notes = { .bytes = bytes };
    hpi_fact      fact = { .kind = HPT_EVENT_BEST_IMPROVED,
                           .trial = block->first + index,
                           .time_ns = time_of(run, block, index),
                           .value = block->values[index],
                           .point = hpi_point_of(run, block, index) };
    if (run->turn.front) add_values(block, index, &notes, &fact);
    hpi_dispatch_push(run->dispatch, 0, &fact);
}
