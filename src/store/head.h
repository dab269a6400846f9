/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_HEAD_H
#define HPI_STORE_HEAD_H

/* What a study is, beside its trials. As JSON it is the study's system attribute "hpt:study", which
 * other tools ignore. One thread at a time. */

#include "hpt/run.h"

enum { HPI_STUDY_NAME_BYTES = 512, HPI_HEAD_VERSION = 1, HPI_HEAD_GOALS_MAX = 8 };

typedef struct hpi_head {
    char      *name;       /* of the study                                                       */
    bool       is_ours;    /* written by hpt; else what follows `goals` was made up from trials   */
    uint32_t   goal_count; /* 1 to HPI_HEAD_GOALS_MAX                                            */
    hpt_goal   goals[HPI_HEAD_GOALS_MAX]; /* names are this struct's own                         */
    hpt_space *space; /* of somebody else's study: the union of what its trials were drawn from */
    char      *strategy; /* as the user wrote it, options and all                              */
    char      *version;  /* of the hpt that wrote it last                                      */
    uint64_t   seed;
    uint32_t   window, repeat_count;
    hpt_take   repeat_take;
    uint64_t   known_digest; /* of options.points and options.observations; 0 = none             */
    uint64_t   trial_count_max;
} hpi_head;

void hpi_head_fini(hpi_head *head);

/* To and from the attribute's text. From: name, goal directions are set already by the backend, the
 * rest is read; HPT_EPARSE for damage, HPT_ELIMIT for a newer HPI_HEAD_VERSION ("was written by hpt
 * 0.9, format 2; this is ..."). print: hpi_free() the text. */
hpt_status hpi_head_print(const hpi_head *head, char **json_out, hpt_err *err);
hpt_status hpi_head_parse(const char *json, hpi_head *head, hpt_err *err);

/* Whether a run described by `wanted` may go on with `kept`: a difference is HPT_EINVAL and a
 * sentence that names it (parameter, both values). may_widen: ranges of numbers may be wider. The
 * budget and the hpt version may differ. */
hpt_status hpi_head_check(const hpi_head *wanted, const hpi_head *kept, bool may_widen,
                          hpt_err *err);

/* Whether no range differs, of two heads that passed hpi_head_check(). */
bool hpi_head_is_same_space(const hpi_head *a, const hpi_head *b);

#endif
