/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_ROSTER_H
#define HPI_STORE_ROSTER_H

/* Who shares a study, and whose trials are whose: the study's system attribute "hpt:shared". It is
 * read and written within transactions of the file, so that it always fits the trials beside it.
 *
 *     {"joined": 3, "limit": 1000, "end": null, "next": 412, "free": [[17, 1]],
 *      "members": [{"run": "...", "index": 0, "beat": 123456, "lease": 30000, "has": [[400, 4]],
 *                   "who": "{...}"}]}
 *
 * A number is with a member ("has") from when it takes it until the end of its trial is in the
 * file; numbers of members that died or left are "free". One thread at a time. */

#include "store/backend.h"
#include "store/spans.h"

#define HPI_ROSTER_KEY "hpt:shared"

enum { HPI_ROSTER_MEMBERS_MAX = 4096 };

typedef struct hpi_member {
    char     *run;      /* its run's id                                             */
    uint64_t  index;    /* how many had joined before it                            */
    int64_t   beat_ms;  /* when it was last heard of, on this machine's monotonic clock */
    int64_t   lease_ms; /* it is gone when nothing was heard for longer                */
    hpi_spans has;
    char     *who; /* as hpi_hold_print() gives it */
} hpi_member;

typedef struct hpi_roster {
    uint64_t    joined;
    uint64_t    limit; /* the common budget; UINT64_MAX: none         */
    uint64_t    end;   /* the strategy has no candidate from it on; UINT64_MAX: not known */
    uint64_t    next;  /* the first number that nobody has taken yet */
    hpi_spans   free;
    hpi_member *members;
    size_t      member_count, member_room;
} hpi_roster;

void hpi_roster_fini(hpi_roster *roster);

/* HPT_EPARSE: it is damaged; HPT_ENOMEM. "null" is nobody. */
hpt_status hpi_roster_read(const char *json, hpi_roster *roster, hpt_err *err);
/* hpi_free() the text. */
hpt_status hpi_roster_print(const hpi_roster *roster, char **json_out, hpt_err *err);

/* Of the study that is selected; nobody, if it was never shared. put: in a transaction. HPT_EPARSE,
 * HPT_ENOMEM, and what reading and writing fail with. */
hpt_status hpi_roster_get(hpi_backend *backend, hpi_roster *roster, hpt_err *err);
hpt_status hpi_roster_put(hpi_backend *backend, const hpi_roster *roster, hpt_err *err);

hpi_member *hpi_roster_find(const hpi_roster *roster, const char *run);
/* NULL: out of memory. */
hpi_member *hpi_roster_join(hpi_roster *roster, const char *run, const char *who);
/* Its numbers become free. False: out of memory, and it is still there. */
bool hpi_roster_remove(hpi_roster *roster, hpi_member *member);

/* Whether it has not been heard of for too long, or its process is known to be gone: to ask for
 * that costs some reading in /proc. */
bool hpi_member_is_gone(const hpi_member *member, int64_t now_ms, bool is_asking);
/* Remove those. False: out of memory. */
bool hpi_roster_expire(hpi_roster *roster, int64_t now_ms, bool is_asking);

/* There are no numbers from it on. */
uint64_t hpi_roster_end(const hpi_roster *roster);
void     hpi_roster_end_at(hpi_roster *roster, uint64_t number);
/* How many numbers anybody may take. */
uint64_t hpi_roster_left(const hpi_roster *roster);
/* Whether every number has ended. */
bool hpi_roster_is_over(const hpi_roster *roster);

#endif
