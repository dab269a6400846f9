/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/pack.h"

#include <math.h>

#include "trial/note.h"

/* What a trial that was stopped or failed in the end had returned does not count. */
static bool may_have_values(const hpt_event *event) {
    return event->kind != HPT_EVENT_TRIAL_ENDED || event->state == HPT_TRIAL_COMPLETE ||
           event->state == HPT_TRIAL_INFEASIBLE;
}

uint32_t hpi_unpack_rest(const hpi_packed *head, const unsigned char *notes, hpt_event *event_out,
                         hpt_attr *attrs_out, uint32_t attr_room) {
    uint32_t value_count = 0;
    if (hpi_packed_has_step(head)) {
        memcpy(&event_out->step, notes, sizeof event_out->step);
        notes += sizeof event_out->step;
        event_out->has_report = true;
        event_out->last_value = head->value;
        event_out->value = NAN;
    }
    const void *values = hpi_notes_values(notes, head->notes_bytes, &value_count);
    if (values && may_have_values(event_out)) {
        event_out->values = values;
        event_out->value_count = value_count;
    }
    uint32_t attr_count = hpi_notes_attrs(notes, head->notes_bytes, attrs_out, attr_room);
    uint32_t used = attr_count < attr_room ? attr_count : attr_room;
    uint32_t constraint_count =
        hpi_notes_constraints(notes, head->notes_bytes, attrs_out + used, attr_room - used);
    event_out->reason = hpi_notes_reason(notes, head->notes_bytes);
    event_out->attrs = attr_count ? attrs_out : NULL;
    event_out->attr_count = attr_count;
    event_out->constraints = constraint_count ? attrs_out + used : NULL;
    event_out->constraint_count = constraint_count;
    return attr_count + constraint_count;
}

static int64_t at_stride(const int64_t *first, size_t stride, uint32_t index) {
    return *(const int64_t *)(const void *)((const char *)first + index * stride);
}

void hpi_pack_ends(hpi_cell *restrict cells_out, const hpi_ends *restrict ends, uint32_t from,
                   uint32_t count, uint32_t dims, const hpi_postmark *restrict postmark) {
    unsigned bits = 1u << 6 | (unsigned)HPT_TRIAL_COMPLETE << 3 | HPI_INDEX_ENDS;
    hpi_end *end = (hpi_end *)(void *)(cells_out + HPI_HEAD_CELLS);
    *(hpi_packed *)(void *)cells_out = (hpi_packed){ .trial = ends->first + from,
                                                     .tag = postmark->number << 8 | bits,
                                                     .after = ends->after,
                                                     .time_ns = postmark->time_ns,
                                                     .start_or_step = count,
                                                     .duration_ns = 0,
                                                     .value = 0,
                                                     .generation = postmark->generation,
                                                     .worker = ends->worker & HPI_WORKER_NONE,
                                                     .notes_bytes = 0 };
    for (uint32_t i = from; i < from + count; i++)
        *end++ = (hpi_end){ .value = ends->values[i],
                            .start_ns = at_stride(ends->start_ns, ends->stride, i),
                            .duration_ns = at_stride(ends->duration_ns, ends->stride, i) };
    if (dims == 0) return;
    memcpy(end, ends->points + (size_t)from * dims, (size_t)count * dims * sizeof(hpt_coord));
}

void hpi_split_end(hpi_cell *restrict cells_out, const hpi_cell *restrict cells, uint32_t index,
                   uint32_t dims) {
    hpt_event           event;
    const hpi_unpacking unpacking = { .dims = dims };
    const hpi_packed   *head = hpi_packed_of(cells);
    hpi_unpack_end(cells, index, &unpacking, &event);
    hpi_fact     fact = { .kind = event.kind,
                          .state = event.state,
                          .worker = event.worker,
                          .trial = event.trial,
                          .after = head->after,
                          .start_ns = event.start_ns,
                          .duration_ns = event.duration_ns,
                          .value = event.value,
                          .point = event.point };
    hpi_postmark postmark = { .number = hpi_packed_number(head) + index,
                              .time_ns = event.time_ns,
                              .generation = head->generation };
    hpi_pack(cells_out, &fact, dims, &postmark);
}
