/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/pack.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "trial/note.h"

/* A worker's index fits: a run has at most 4 096. Nobody else's does, and reads as none. */
static uint16_t narrow_worker(uint32_t worker) {
    return worker < UINT16_MAX ? (uint16_t)worker : UINT16_MAX;
}

void hpi_pack(hpi_packed *head_out, const hpi_fact *fact, uint64_t number, uint32_t generation) {
    HPI_ASSERT(fact->notes_bytes <= HPI_FACT_NOTE_BYTES_MAX);
    HPI_ASSERT((unsigned)fact->state < HPT_TRIAL_STATE_COUNT);
    bool     is_report = fact->kind == HPT_EVENT_TRIAL_REPORTED;
    bool     is_ended = fact->kind == HPT_EVENT_TRIAL_ENDED && fact->state != HPT_TRIAL_COMPLETE;
    uint64_t point_bit = fact->point ? 1u << 6 : 0;
    uint64_t step_bit = is_ended && fact->has_report ? 1u << 7 : 0;
    uint64_t low = step_bit | point_bit | (uint64_t)fact->state << 3 | hpi_kind_index(fact->kind);
    *head_out = (hpi_packed){ .trial = fact->trial,
                              .tag = number << 8 | low,
                              .after = fact->after,
                              .time_ns = fact->time_ns,
                              .start_or_step = is_report ? fact->step : fact->start_ns,
                              .duration_ns = fact->duration_ns,
                              .value = fact->value,
                              .generation = generation,
                              .worker = narrow_worker(fact->worker),
                              .notes_bytes = (uint16_t)fact->notes_bytes };
}

uint32_t hpi_unpack(const hpi_cell *cells, const hpi_unpacking *unpacking, hpt_event *event_out,
                    hpt_attr *attrs_out, uint32_t attr_room) {
    const hpi_packed    *head = (const hpi_packed *)(const void *)cells;
    const hpt_coord     *point = (const hpt_coord *)(const void *)(cells + 1);
    bool                 has_point = hpi_packed_has_point(head);
    const unsigned char *notes = (const unsigned char *)(point + (has_point ? unpacking->dims : 0));
    bool                 has_step = hpi_packed_has_step(head);
    bool                 is_report = hpi_packed_kind(head) == HPT_EVENT_TRIAL_REPORTED;

    int64_t step = is_report ? head->start_or_step : 0;
    if (has_step) {
        memcpy(&step, notes, sizeof step);
        notes += sizeof step;
    }
    uint32_t attr_count = hpi_notes_attrs(notes, head->notes_bytes, attrs_out, attr_room);
    *event_out = (hpt_event){
        .kind = (hpt_event_kind)hpi_packed_kind(head),
        .trial = head->trial,
        .time_ns = head->time_ns,
        .wall_ns = unpacking->wall_base_ns + head->time_ns,
        .worker = head->worker == UINT16_MAX ? UINT32_MAX : head->worker,
        .state = (hpt_trial_state)(head->tag >> 3 & 7),
        .value = has_step ? NAN : head->value,
        .step = step,
        .start_ns = is_report ? -1 : head->start_or_step,
        .duration_ns = head->duration_ns,
        .space = unpacking->space,
        .point = has_point ? point : NULL,
        .reason = hpi_notes_reason(notes, head->notes_bytes),
        .attrs = attr_count ? attrs_out : NULL,
        .attr_count = attr_count,
        .has_report = has_step,
        .last_value = has_step ? head->value : 0,
    };
    return attr_count;
}
