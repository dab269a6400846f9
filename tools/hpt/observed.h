/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef OBSERVED_H
#define OBSERVED_H

/* What the observers csv and jsonl wrote, on its way into a study. */

#include <hpt/history.h>

#include "command.h"

typedef enum source { SOURCE_STUDY, SOURCE_CSV, SOURCE_JSONL } source;

/* What a file is, by how it begins. */
source source_of(const char *path);

/* What the first line of such a file says of its run, each as the JSON that stands there (borrowed
 * from `line`), or NULL. */
typedef struct head {
    char       *line;
    uint32_t    goal_count; /* 0: it does not say */
    const char *names[8];   /* JSON texts, not NUL-terminated */
    size_t      name_bytes[8];
    bool        is_maximised[8];
    const char *space;
    size_t      space_bytes;
} head;

/* Read it; complains on failure. A file of csv says only how many goals there are. */
exit_code head_read(const char *path, source kind, head *head_out);
void      head_free(head *it);

/* Observations as a journal file of Optuna, which hpt_history_load() reads. */
void put_journal(output *out, const char *study, const head *about, const hpt_space *space,
                 const hpt_observation *list, size_t count);

#endif
