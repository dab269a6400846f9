/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_HOLD_H
#define HPI_STORE_HOLD_H

/* Who has a study: one process at a time, as the study's system attribute "hpt:hold". Any thread.
 *
 * A process is told from a later one of the same number by when it started, and machines by name,
 * machine id and what the kernel says of this boot; processes of another container cannot be
 * judged. Whoever cannot be judged is there. */

#include "hpt/base.h"

#define HPI_HOLD_KEY  "hpt:hold"
#define HPI_HOLD_FREE "null" /* what the attribute is when nobody has it */

enum { HPI_HOLD_WHO_BYTES = 160 };

typedef enum hpi_hold {
    HPI_HOLD_NOBODY, /* free                                                          */
    HPI_HOLD_DEAD,   /* its process is gone: it may be taken over                     */
    HPI_HOLD_TAKEN   /* its process is there, or nobody can tell from here            */
} hpi_hold;

/* What the attribute becomes for a run of this process. hpi_free() the text. HPT_ENOMEM. */
hpt_status hpi_hold_print(const char *run_id, char **json_out, hpt_err *err);

/* What an attribute means. `who` gets "process 12 on host a since 2026-11-21 17:03:05 UTC"; "" when
 * it is nobody. What cannot be read is TAKEN, by "an unknown process". */
hpi_hold hpi_hold_judge(const char *json, char who[HPI_HOLD_WHO_BYTES]);

/* Whether that process is known to be there: on this machine, and not of another container. Not
 * what is only not known to be gone. */
bool hpi_hold_is_there(const char *json);

/* Whether it is this run of this process that has it. */
bool hpi_hold_is_of(const char *json, const char *run_id);

/* Runs of this process that have a study now: a hold of this process and of no such run is what a
 * run left that could not write any more. `entry` belongs to whoever enters until it leaves. */
typedef struct hpi_holder {
    struct hpi_holder *next;
    const char        *run_id;
} hpi_holder;

void hpi_holder_enter(hpi_holder *entry);
void hpi_holder_leave(hpi_holder *entry);

/* hold_linux.c, or hold_none.c where there is nothing to ask: what tells this process, machine and
 * boot from others. "" is unknown, "-" what this system does not tell apart. start of another
 * process: false if there is none of that number. */
enum { HPI_HOLD_FACT_BYTES = 80 };
void hpi_hold_boot(char text_out[HPI_HOLD_FACT_BYTES]);
void hpi_hold_machine(char text_out[HPI_HOLD_FACT_BYTES]);
void hpi_hold_container(char text_out[HPI_HOLD_FACT_BYTES]);
bool hpi_hold_start(long pid, char text_out[HPI_HOLD_FACT_BYTES]);

#endif
