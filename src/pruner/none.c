/* SPDX-License-Identifier: BSD-3-Clause */
/* Nobody is stopped early: a row, so that "none" is a name that options and lists know. */
#include "hpt/extend.h"
#include "trial/note.h"

static bool none_report(void *state, const hpt_pruner_report *report) {
    (void)state;
    (void)report;
    return false;
}

const hpt_pruner_class hpi_pruner_none = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "none",
    .summary = "stops nobody",
    .report = none_report,
    .goals_max = HPI_NOTE_VALUES_MAX,
};
