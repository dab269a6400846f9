/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_NOTE_H
#define HPI_TRIAL_NOTE_H

/* What an objective says of a trial beside its value: the values of several goals, a reason,
 * attributes and constraints on results, as bytes in an arena of fixed size. The worker writes
 * them, the ring carries them, the dispatcher reads them. One thread at a time; no pointers inside,
 * so the bytes may be copied anywhere. */

#include "hpt/trial.h"

/* The notes of one trial. `bytes` points into the worker's arena. */
typedef struct hpi_notes {
    unsigned char *bytes;
    uint32_t       used, room; /* room: without that of the values, which is there as well */
} hpi_notes;

enum { HPI_REASON_BYTES = 240 }; /* with the NUL: fits hpt_err.text                   */
enum { HPI_ATTR_NAME_BYTES = 63 };
enum { HPI_NOTE_VALUES_MAX = 8 };    /* values of one trial                             */
enum { HPI_NOTE_VALUES_BYTES = 72 }; /* what they take at most, beside all else         */

/* Attributes that hpt itself gives a trial. */
#define HPI_ATTR_BOUND "bound" /* its value would have been at least that: hpt_options.cap */

/* Set the reason (the last one counts), an attribute or a constraint (again: replaced). False when
 * it does not fit. */
bool hpi_notes_set_reason(hpi_notes *notes, const char *reason);
bool hpi_notes_set_attr(hpi_notes *notes, const char *name, hpt_value value);
bool hpi_notes_set_constraint(hpi_notes *notes, const char *name, double value);

/* Set the values, HPI_NOTE_VALUES_MAX at most. They come first, so that they are as aligned as the
 * notes are. */
void hpi_notes_set_values(hpi_notes *notes, const double *values, uint32_t count);

/* Whether bytes that a stranger wrote are what an objective may have said: attributes, constraints
 * and a reason, each of them whole. Values are not among that. */
bool hpi_notes_are_sound(const unsigned char *bytes, uint32_t used);

/* Read. The values: where they are, NULL when there are none. */
const unsigned char *hpi_notes_values(const unsigned char *bytes, uint32_t used,
                                      uint32_t *count_out);

/* The reason is "" when there is none. Attributes: writes at most `room` of them into
 * attrs_out, texts borrowed from `bytes`, and returns how many there are. */
const char *hpi_notes_reason(const unsigned char *bytes, uint32_t used);
uint32_t    hpi_notes_attrs(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                            uint32_t room);

/* As hpi_notes_attrs(), the constraints. */
uint32_t hpi_notes_constraints(const unsigned char *bytes, uint32_t used, hpt_attr *attrs_out,
                               uint32_t room);

/* The sum of all constraints above 0, and the largest; *worst_out has no name when there is none.
 */
double hpi_notes_violation(const unsigned char *bytes, uint32_t used, hpt_attr *worst_out);

/* The attribute of that name; null when there is none. */
hpt_value hpi_notes_attr(const unsigned char *bytes, uint32_t used, const char *name);

#endif
