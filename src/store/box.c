/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/box.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { CLAIMS_FIRST = 64, LETTERS_FIRST = 4096 };

hpt_status hpi_box_init(hpi_box *box, hpt_err *err) {
    atomic_init(&box->has_news, false);
    atomic_init(&box->is_over, false);
    atomic_init(&box->is_hungry, true);
    atomic_init(&box->taken, 0);
    atomic_init(&box->question, 0);
    atomic_init(&box->answer, 0);
    atomic_init(&box->told, 0);
    atomic_init(&box->found_end, UINT64_MAX);
    atomic_init(&box->end, UINT64_MAX);
    return hpi_lock_init(&box->lock, err);
}

void hpi_box_fini(hpi_box *box) {
    hpi_claims_fini(&box->claims);
    if (box->has_returned) hpi_free(box->returned.point);
    hpi_letters_fini(&box->letters);
    hpi_letters_fini(&box->reading);
    hpi_record_room_fini(&box->room);
    hpi_lock_fini(&box->lock);
}

/* Lists. */

/* Room for so many more behind those that are left. */
static bool reserve_claims(hpi_claims *claims, size_t more) {
    size_t left = claims->count - claims->next;
    if (claims->next > 0) memmove(claims->at, claims->at + claims->next, left * sizeof *claims->at);
    claims->next = 0;
    claims->count = left;
    if (left + more <= claims->room) return true;
    size_t room = claims->room ? claims->room : CLAIMS_FIRST;
    while (room < left + more)
        room *= 2;
    hpi_claim *at = hpi_resize(claims->at, room, sizeof *at);
    if (!at) return false;
    claims->at = at;
    claims->room = room;
    return true;
}

bool hpi_claims_add(hpi_claims *claims, uint64_t number, const hpt_coord *point, uint32_t dims) {
    hpi_claim claim = { .number = number };
    if (claims->count == claims->room && !reserve_claims(claims, 1)) return false;
    if (point) {
        claim.point = hpi_alloc_room(dims, sizeof *claim.point);
        if (!claim.point) return false;
        memcpy(claim.point, point, dims * sizeof *point);
    }
    claims->at[claims->count++] = claim;
    return true;
}

void hpi_claims_fini(hpi_claims *claims) {
    for (size_t i = claims->next; i < claims->count; i++)
        hpi_free(claims->at[i].point);
    hpi_free(claims->at);
    *claims = (hpi_claims){ 0 };
}

static bool reserve_letters(hpi_letters *letters, size_t bytes) {
    if (bytes <= letters->room - letters->used) return true;
    size_t room = letters->room ? letters->room : LETTERS_FIRST;
    while (room - letters->used < bytes)
        room *= 2;
    unsigned char *at = hpi_resize(letters->at, room, 1);
    if (!at) return false;
    letters->at = at;
    letters->room = room;
    return true;
}

bool hpi_letters_add(hpi_letters *letters, const hpi_bytes *bytes) {
    if (!reserve_letters(letters, sizeof bytes->used + bytes->used)) return false;
    memcpy(letters->at + letters->used, &bytes->used, sizeof bytes->used);
    memcpy(letters->at + letters->used + sizeof bytes->used, bytes->at, bytes->used);
    letters->used += sizeof bytes->used + bytes->used;
    letters->count++;
    return true;
}

void hpi_letters_fini(hpi_letters *letters) {
    hpi_free(letters->at);
    *letters = (hpi_letters){ 0 };
}

/* The writer. */

static bool move_claims(hpi_claims *to, hpi_claims *from) {
    size_t count = from->count - from->next;
    if (!reserve_claims(to, count)) return false;
    if (count > 0) memcpy(to->at + to->count, from->at + from->next, count * sizeof *from->at);
    to->count += count;
    from->next = from->count = 0;
    return true;
}

static bool move_letters(hpi_letters *to, hpi_letters *from) {
    if (!reserve_letters(to, from->used)) return false;
    if (from->used > 0) memcpy(to->at + to->used, from->at, from->used);
    to->used += from->used;
    to->count += from->count;
    from->next = from->used = from->count = 0;
    return true;
}

/* The run takes claims out meanwhile, and puts none in: the room stays. */
bool hpi_box_reserve(hpi_box *box, size_t claims) {
    hpi_lock_take(&box->lock);
    bool has_room = reserve_claims(&box->claims, claims);
    hpi_lock_give(&box->lock);
    return has_room;
}

bool hpi_box_fill(hpi_box *box, hpi_claims *claims, hpi_letters *letters) {
    bool has_any = claims->count > claims->next || letters->used > 0;
    hpi_lock_take(&box->lock);
    bool has_room = move_claims(&box->claims, claims);
    HPI_ASSERT(has_room);
    (void)has_room;
    bool is_filled = move_letters(&box->letters, letters);
    hpi_lock_give(&box->lock);
    /* Relaxed: whoever sees it takes the lock. */
    if (has_any) atomic_store_explicit(&box->has_news, true, memory_order_relaxed);
    return is_filled;
}

size_t hpi_box_claim_count(hpi_box *box) {
    hpi_lock_take(&box->lock);
    size_t count = box->claims.count - box->claims.next;
    hpi_lock_give(&box->lock);
    return count;
}

/* The run. */

bool hpi_box_claim(hpi_box *box, hpi_claim *claim_out, bool *is_first_out) {
    bool is_there = box->has_returned;
    *is_first_out = false;
    if (is_there) {
        *claim_out = box->returned;
        box->has_returned = false;
        return true;
    }
    hpi_lock_take(&box->lock);
    hpi_claims *claims = &box->claims;
    is_there = claims->next < claims->count;
    if (is_there) *claim_out = claims->at[claims->next++];
    hpi_lock_give(&box->lock);
    /* Relaxed: what to go by. It is not written without need. */
    if (is_there) atomic_fetch_add_explicit(&box->taken, 1, memory_order_relaxed);
    if (atomic_load_explicit(&box->is_hungry, memory_order_relaxed) == is_there) {
        atomic_store_explicit(&box->is_hungry, !is_there, memory_order_relaxed);
        *is_first_out = !is_there;
    }
    return is_there;
}

void hpi_box_unclaim(hpi_box *box, const hpi_claim *claim) {
    HPI_ASSERT(!box->has_returned);
    box->returned = *claim;
    box->has_returned = true;
}

bool hpi_box_take_back(hpi_box *box, hpi_claims *claims_out) {
    hpi_lock_take(&box->lock);
    bool has_room = move_claims(claims_out, &box->claims);
    hpi_lock_give(&box->lock);
    return has_room;
}

void hpi_box_give_back(hpi_box *box, hpi_claims *claims) {
    hpi_lock_take(&box->lock);
    bool has_room = move_claims(&box->claims, claims);
    hpi_lock_give(&box->lock);
    HPI_ASSERT(has_room);
    (void)has_room;
}

static void take_letters(hpi_box *box) {
    hpi_letters empty = box->reading;
    empty.next = empty.used = empty.count = 0;
    hpi_lock_take(&box->lock);
    box->reading = box->letters;
    box->letters = empty;
    hpi_lock_give(&box->lock);
}

bool hpi_box_hear(hpi_box *box, uint32_t dims, hpi_record *record_out) {
    hpi_letters *reading = &box->reading;
    hpt_err      ignored = { 0 };
    if (reading->next == reading->used) take_letters(box);
    while (reading->next < reading->used) {
        size_t bytes;
        memcpy(&bytes, reading->at + reading->next, sizeof bytes);
        const unsigned char *at = reading->at + reading->next + sizeof bytes;
        reading->next += sizeof bytes + bytes;
        /* Written by ourselves a moment ago: it can only be memory, and then it is not heard. */
        if (hpi_record_decode(at, bytes, dims, &box->room, record_out, &ignored) == HPT_OK)
            return true;
    }
    return false;
}
