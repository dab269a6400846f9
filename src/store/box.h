/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_BOX_H
#define HPI_STORE_BOX_H

/* writer > BOX > run: numbers for a process that shares a study, and what others found. The writer
 * fills it with what a committed transaction brought; the holder of the turn empties it. A lock,
 * held for a copy; the words that others look at without it are atomic. */

#include <stdatomic.h>

#include "base/thread.h"
#include "store/store.h"

typedef struct hpi_claims {
    hpi_claim *at;
    size_t     next, count, room; /* those before `next` are gone */
} hpi_claims;

/* Results of others, one after the other: the length, then the record's bytes. */
typedef struct hpi_letters {
    unsigned char *at;
    size_t         next, used, room, count;
} hpi_letters;

typedef struct hpi_box {
    hpi_lock    lock;
    hpi_claims  claims;
    hpi_letters letters, reading; /* reading: the run's own, taken out as a whole          */
    atomic_bool has_news;         /* the run should look: also at the time              */
    atomic_bool is_over;          /* every number has ended                             */
    atomic_bool is_hungry;        /* the run has found it empty, and not had one since  */
    atomic_uint_fast64_t taken;   /* claims, since the start                            */
    atomic_uint_fast64_t question,
        answer;                     /* a transaction after so many questions was the answer */
    atomic_uint_fast64_t told;      /* ends that the run had shown the writer when it asked */
    atomic_uint_fast64_t found_end; /* the run: there is no candidate from that number on */
    atomic_uint_fast64_t end;       /* ... and the budget, as all know it                 */
    hpi_claim            returned;  /* the run's own: it comes first the next time */
    bool                 has_returned;
    hpi_record_room      room; /* of the letter that is read */
} hpi_box;

hpt_status hpi_box_init(hpi_box *box, hpt_err *err);
void       hpi_box_fini(hpi_box *box);

/* Lists. False: out of memory. A claim's point is copied. */
bool hpi_claims_add(hpi_claims *claims, uint64_t number, const hpt_coord *point, uint32_t dims);
void hpi_claims_fini(hpi_claims *claims);
bool hpi_letters_add(hpi_letters *letters, const hpi_bytes *bytes);
void hpi_letters_fini(hpi_letters *letters);

/* The writer. fill moves both into the box, which empties them; for so many claims there is room
 * since reserve, false: out of memory, the letters are as they were. take_back: the claims that the
 * run has not taken; false: out of memory, and there they stay. give_back: after all. */
bool   hpi_box_reserve(hpi_box *box, size_t claims);
bool   hpi_box_fill(hpi_box *box, hpi_claims *claims, hpi_letters *letters);
size_t hpi_box_claim_count(hpi_box *box);
bool   hpi_box_take_back(hpi_box *box, hpi_claims *claims_out);
void   hpi_box_give_back(hpi_box *box, hpi_claims *claims);

/* The run. claim: false when there is none; the claim's point is the caller's to hpi_free().
 * *is_first_out: ... and there was one the last time. unclaim: it comes first the next time. hear:
 * the record is valid until the next call. */
bool hpi_box_claim(hpi_box *box, hpi_claim *claim_out, bool *is_first_out);
void hpi_box_unclaim(hpi_box *box, const hpi_claim *claim);
bool hpi_box_hear(hpi_box *box, uint32_t dims, hpi_record *record_out);

#endif
