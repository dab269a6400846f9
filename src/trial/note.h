/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_NOTE_H
#define HPI_TRIAL_NOTE_H

/* What an objective says of a trial beside its value: a reason and attributes, as bytes in an arena
 * of fixed size. The worker writes them, the ring carries them, the dispatcher reads them. One
 * thread at a time; no pointers inside, so the bytes may be copied anywhere. */

#include "hpt/trial.h"

/* The notes of one trial. `bytes` points into the worker's arena. */
typedef struct hpi_notes {
    unsigned char *bytes;
    uint32_t       used, room;
} hpi_notes;

enum { HPI_REASON_BYTES = 240 }; /* with the NUL: fits hpt_err.text                   */
enum { HPI_ATTR_NAME_BYTES = 63 };

/* Set the reason (the last one counts) or an attribute (again: replaced). False when it does not
 * fit. */
bool hpi_notes_set_reason(hpi_notes *notes, const char *reason);
bool hpi_notes_set_attr(hpi_notes *notes, const char *name, hpt_value value);

/* Read. The reason is "" when there is none. Attributes: writes at most `room` of them into
 * attrs_out, texts borrowed from `bytes`, and returns how many there are. */
const char *hpi_notes_reason(const unsigned char *bytes, uint32_t used);
uint32_t    hpi_notes_attrs(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                            uint32_t room);

/* The attribute of that name; null when there is none. */
hpt_value hpi_notes_attr(const unsigned char *bytes, uint32_t used, const char *name);

#endif
