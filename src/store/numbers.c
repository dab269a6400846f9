/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of a shared study: which there are, and who gets them. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/shared.h"

hpt_status hpi_numbers_no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a study that is shared");
}

typedef struct search {
    uint64_t   number;
    uint64_t   next; /* the number after those that were seen */
    hpi_spans *missing;
    bool       has_room, is_told, has_point;
    hpt_coord *point;
    uint32_t   dims;
} search;

/* Beginning. */

/* What has no end yet, and what has not even a beginning. Those of others are theirs. */
static bool note_missing(void *user, const hpi_record *record) {
    search *it = user;
    bool    is_open = record->state == HPT_TRIAL_RUNNING || record->state == HPT_TRIAL_CANCELLED;
    if (record->number > it->next)
        it->has_room = hpi_spans_add(it->missing, it->next, record->number - it->next);
    if (it->has_room && is_open && record->asked != HPI_UNKNOWN)
        it->has_room = hpi_spans_add(it->missing, record->number, 1);
    it->next = record->number + 1;
    return it->has_room;
}

hpt_status hpi_numbers_begin(hpi_store *store, hpt_err *err) {
    hpi_roster *roster = &store->shared->roster;
    search      it = { .missing = &roster->free, .has_room = true };
    uint64_t    told;
    hpi_spans_clear(&roster->free);
    hpt_status status = store->class->scan(store->backend, HPI_SCAN_ALL, 0, note_missing, &it, err);
    if (status == HPT_OK) status = store->class->counts(store->backend, &roster->next, &told, err);
    if (status != HPT_OK) return status;
    if (it.has_room && roster->next > it.next)
        it.has_room = hpi_spans_add(&roster->free, it.next, roster->next - it.next);
    if (!it.has_room) return hpi_numbers_no_memory(err);
    roster->limit = store->shared->limit;
    roster->end = UINT64_MAX;
    hpi_spans_cut(&roster->free, roster->limit);
    return HPT_OK;
}

/* Taking. */

/* Of the trial of that number, if there is one. */
static bool look_at(void *user, const hpi_record *record) {
    search *it = user;
    if (record->number != it->number) return false;
    it->is_told = record->state != HPT_TRIAL_RUNNING && record->state != HPT_TRIAL_CANCELLED;
    it->has_point = !it->is_told && !record->given;
    if (it->has_point) memcpy(it->point, record->point, it->dims * sizeof *record->point);
    return false;
}

/* A number that was somebody's: it may have a point, and even an end. */
static hpt_status claim_again(hpi_store *store, hpi_member *me, uint64_t number, hpt_err *err) {
    hpi_shared *shared = store->shared;
    search      it = { .number = number, .point = store->point, .dims = store->dims };
    hpt_status status = store->class->scan(store->backend, HPI_SCAN_ALL, number, look_at, &it, err);
    if (status != HPT_OK) return status;
    bool has_room = hpi_spans_remove(&shared->roster.free, number, 1);
    if (has_room && !it.is_told)
        has_room =
            hpi_claims_add(&shared->claims, number, it.has_point ? it.point : NULL, store->dims) &&
            hpi_spans_add(&me->has, number, 1) && hpi_spans_add(&shared->again, number, 1);
    shared->has_changed = true;
    return has_room ? HPT_OK : hpi_numbers_no_memory(err);
}

static hpt_status claim_new(hpi_store *store, hpi_member *me, uint64_t count, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpi_roster *roster = &shared->roster;
    uint64_t    end = hpi_roster_end(roster);
    if (roster->next >= end) return HPT_OK;
    if (count > end - roster->next) count = end - roster->next;
    bool has_room = hpi_spans_add(&me->has, roster->next, count);
    for (uint64_t i = 0; has_room && i < count; i++)
        has_room = hpi_claims_add(&shared->claims, roster->next + i, NULL, store->dims);
    roster->next += count;
    shared->has_changed = true;
    return has_room ? HPT_OK : hpi_numbers_no_memory(err);
}

/* How many. */

/* So few are left that who does not need them at once must not keep them. */
static bool is_low(const hpi_roster *roster) {
    return roster->member_count > 1 &&
           hpi_roster_left(roster) < HPI_SHARED_LOW * (uint64_t)roster->member_count;
}

/* Near the end few, so that all end together. */
static uint64_t wanted(const hpi_shared *shared, bool is_needy, uint64_t ready) {
    const hpi_roster *roster = &shared->roster;
    uint64_t          ahead = shared->ahead;
    uint64_t          share = hpi_roster_left(roster) / (2 * roster->member_count) + 1;
    if (is_low(roster) && !is_needy) return 0;
    if (ahead > share) ahead = share;
    return ahead > ready ? ahead - ready : 0;
}

static hpt_status give_away(hpi_store *store, hpi_member *me, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpi_claims *returned = &shared->returned;
    bool        has_room = hpi_box_take_back(&shared->box, returned);
    for (size_t i = returned->next; has_room && i < returned->count; i++) {
        uint64_t number = returned->at[i].number;
        shared->has_changed = true;
        has_room =
            hpi_spans_remove(&me->has, number, 1) && hpi_spans_remove(&shared->again, number, 1);
        /* It may be known by now that there is no such candidate. */
        if (has_room && number < hpi_roster_end(&shared->roster))
            has_room = hpi_spans_add(&shared->roster.free, number, 1);
    }
    return has_room ? HPT_OK : hpi_numbers_no_memory(err);
}

static void learn_pace(hpi_shared *shared, uint64_t count) {
    uint64_t ahead = 2 * count;
    if (ahead < HPI_SHARED_AHEAD_LEAST) ahead = HPI_SHARED_AHEAD_LEAST;
    if (ahead < shared->ahead / 2) ahead = shared->ahead / 2; /* slowly down */
    shared->ahead = ahead < HPI_SHARED_AHEAD_MAX ? ahead : HPI_SHARED_AHEAD_MAX;
}

hpt_status hpi_numbers_claim(hpi_store *store, hpi_member *me, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpi_roster *roster = &shared->roster;
    hpt_status  status = HPT_OK;
    /* Relaxed: numbers to go by. */
    uint64_t taken = atomic_load_explicit(&shared->box.taken, memory_order_relaxed);
    bool     is_hungry = atomic_load_explicit(&shared->box.is_hungry, memory_order_relaxed);
    bool     is_needy = is_hungry || taken > shared->taken;
    learn_pace(shared, taken - shared->taken);
    shared->taken = taken;
    if (is_low(roster) && !is_needy) status = give_away(store, me, err);
    if (status != HPT_OK) return status;
    uint64_t want = wanted(shared, is_needy, hpi_box_claim_count(&shared->box));
    if (want > 0 && !hpi_box_reserve(&shared->box, want)) return hpi_numbers_no_memory(err);
    for (; status == HPT_OK && want > 0 && roster->free.count > 0; want--)
        status = claim_again(store, me, roster->free.at[0].first, err);
    return status == HPT_OK && want > 0 ? claim_new(store, me, want, err) : status;
}
