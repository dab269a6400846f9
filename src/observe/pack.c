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

static uint64_t tag_of(const hpi_fact *fact, uint64_t number) {
    uint64_t point_bit = fact->point ? 1u << 6 : 0;
    uint64_t step_bit = hpi_fact_has_step(fact) ? 1u << 7 : 0;
    return number << 8 | step_bit | point_bit | (uint64_t)fact->state << 3 |
           hpi_kind_index(fact->kind);
}

static unsigned char *append(unsigned char *at, const void *from, size_t bytes) {
    memcpy(at, from, bytes);
    return at + bytes;
}

void hpi_pack(hpi_cell *cells_out, const hpi_fact *fact, uint32_t dims,
              const hpi_postmark *postmark) {
    HPI_ASSERT(fact->notes_bytes <= HPI_FACT_NOTE_BYTES_MAX);
    HPI_ASSERT((unsigned)fact->state < HPT_TRIAL_STATE_COUNT);
    bool           is_report = fact->kind == HPT_EVENT_TRIAL_REPORTED;
    unsigned char *at = (unsigned char *)(cells_out + HPI_HEAD_CELLS);
    *(hpi_packed *)(void *)cells_out =
        (hpi_packed){ .trial = fact->trial,
                      .tag = tag_of(fact, postmark->number),
                      .after = fact->after,
                      .time_ns = postmark->time_ns,
                      .start_or_step = is_report ? fact->step : fact->start_ns,
                      .duration_ns = fact->duration_ns,
                      .value = fact->value,
                      .generation = postmark->generation,
                      .worker = narrow_worker(fact->worker),
                      .notes_bytes = (uint16_t)fact->notes_bytes };
    if (fact->point) at = append(at, fact->point, dims * sizeof(hpt_coord));
    if (hpi_fact_has_step(fact)) at = append(at, &fact->step, HPI_FACT_STEP_BYTES);
    if (fact->notes_bytes) append(at, fact->notes, fact->notes_bytes);
}

/* What only facts with notes or a step have. */
static uint32_t unpack_rest(const hpi_packed *head, const unsigned char *notes,
                            hpt_event *event_out, hpt_attr *attrs_out, uint32_t attr_room) {
    if (hpi_packed_has_step(head)) {
        memcpy(&event_out->step, notes, sizeof event_out->step);
        notes += sizeof event_out->step;
        event_out->has_report = true;
        event_out->last_value = head->value;
        event_out->value = NAN;
    }
    uint32_t attr_count = hpi_notes_attrs(notes, head->notes_bytes, attrs_out, attr_room);
    event_out->reason = hpi_notes_reason(notes, head->notes_bytes);
    event_out->attrs = attr_count ? attrs_out : NULL;
    event_out->attr_count = attr_count;
    return attr_count;
}

uint32_t hpi_unpack(const hpi_cell *cells, const hpi_unpacking *unpacking, hpt_event *event_out,
                    hpt_attr *attrs_out, uint32_t attr_room) {
    const hpi_packed *head = hpi_packed_of(cells);
    const hpt_coord  *point = (const hpt_coord *)(const void *)(cells + HPI_HEAD_CELLS);
    bool              has_point = hpi_packed_has_point(head);
    bool              is_report = hpi_packed_kind(head) == HPT_EVENT_TRIAL_REPORTED;
    *event_out = (hpt_event){
        .kind = (hpt_event_kind)hpi_packed_kind(head),
        .trial = head->trial,
        .time_ns = head->time_ns,
        .wall_ns = unpacking->wall_base_ns + head->time_ns,
        .worker = head->worker == UINT16_MAX ? UINT32_MAX : head->worker,
        .state = (hpt_trial_state)(head->tag >> 3 & 7),
        .value = head->value,
        .step = is_report ? head->start_or_step : 0,
        .start_ns = is_report ? -1 : head->start_or_step,
        .duration_ns = head->duration_ns,
        .space = unpacking->space,
        .point = has_point ? point : NULL,
        .reason = "",
    };
    if (!hpi_packed_has_step(head) && head->notes_bytes == 0) return 0;
    const void *rest = point + (has_point ? unpacking->dims : 0);
    return unpack_rest(head, rest, event_out, attrs_out, attr_room);
}
