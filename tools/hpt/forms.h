/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FORMS_H
#define FORMS_H

/* Trials in forms that others read. Each writes the chosen trials to `out`. */

#include "study.h"

typedef struct chosen {
    const hpt_history *history;
    const size_t      *indices;
    size_t             count;
    char              *space; /* its JSON in one line */
} chosen;

/* What the observers csv and jsonl write, and hpt_observations_load() reads. */
void put_csv(output *out, const chosen *of);
void put_jsonl(output *out, const chosen *of);

/* The T4 results of the auto-tuning community, 1.0.0. */
void put_t4(output *out, const chosen *of);

/* Attributes or constraints as members; null for what JSON has no word for. */
void json_notes(output *out, const hpt_attr *list, uint32_t count);

/* Values that are infinite, which neither has words for: the trial counts as FAILED, as it does in
 * a run of hpt. Returns its state, and the reason if it is that. */
hpt_trial_state finite_state(const hpt_record *record, const char **reason_out);

#endif
