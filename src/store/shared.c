/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/shared.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

static int64_t now_ms(void) {
    return hpi_now_ns() / HPI_NS_PER_MS;
}

static hpt_status no_memory(hpt_err *err) {
    return hpi_numbers_no_memory(err);
}

hpt_status hpi_shared_create(const hpi_store_setup *setup, hpi_shared **shared_out, hpt_err *err) {
    double      lease_s = setup->options->lease_s;
    hpi_shared *shared = hpi_alloc(1, sizeof *shared);
    if (!shared) return no_memory(err);
    hpt_status status = hpi_box_init(&shared->box, err);
    if (status != HPT_OK) {
        hpi_free(shared);
        return status;
    }
    shared->budget = setup->limit;
    shared->size = setup->size;
    shared->lease_ms =
        lease_s > 0 ? (int64_t)fmin(ceil(lease_s * 1000), 1e15) : HPI_SHARED_LEASE_MS;
    shared->ahead = HPI_SHARED_AHEAD_LEAST;
    *shared_out = shared;
    return HPT_OK;
}

void hpi_shared_destroy(hpi_shared *shared) {
    if (!shared) return;
    hpi_box_fini(&shared->box);
    hpi_roster_fini(&shared->roster);
    hpi_spans_fini(&shared->again);
    hpi_spans_fini(&shared->own);
    hpi_spans_fini(&shared->own_new);
    hpi_claims_fini(&shared->claims);
    hpi_claims_fini(&shared->returned);
    hpi_letters_fini(&shared->letters);
    hpi_heard_fini(&shared->heard);
    hpi_bytes_fini(&shared->bytes);
    hpi_free(shared->who);
    hpi_free(shared);
}

/* The roster. */

static hpi_member *self(const hpi_store *store) {
    return hpi_roster_find(&store->shared->roster, store->run_id);
}

hpt_status hpi_shared_find(hpi_store *store, bool *was_shared_out, char *who, size_t *count_out,
                           hpt_err *err) {
    hpi_roster roster = { 0 };
    hpt_status status = hpi_roster_get(store->backend, &roster, err);
    size_t     before = roster.member_count;
    if (status == HPT_OK && !hpi_roster_expire(&roster, now_ms(), true)) status = no_memory(err);
    *count_out = roster.member_count;
    *was_shared_out = roster.joined > 0;
    if (*count_out > 0) hpi_hold_judge(roster.members[0].who, who);
    /* Who was only away must see that the study is somebody else's. */
    if (status == HPT_OK && *count_out == 0 && before > 0)
        status = hpi_roster_put(store->backend, &roster, err);
    hpi_roster_fini(&roster);
    return status;
}

static hpt_status beat(hpi_store *store, hpi_member *me, hpt_err *err) {
    hpi_shared *shared = store->shared;
    me->beat_ms = now_ms();
    me->lease_ms = shared->lease_ms;
    shared->beat_due_ms = me->beat_ms + shared->lease_ms / 4;
    return hpi_roster_put(store->backend, &shared->roster, err);
}

/* Joining and leaving. */

static bool count_foreign(void *user, const hpi_record *record) {
    uint64_t *count = user;
    if (record->order != HPI_UNKNOWN) return false;
    (*count)++;
    return true;
}

/* Numbers that JSON cannot tell from others are no limit. */
static hpt_status find_limit(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    uint64_t    size = shared->size, count = 0;
    hpt_status  status =
        store->class->scan(store->backend, HPI_SCAN_TOLD, 0, count_foreign, &count, err);
    if (size < UINT64_MAX - count) size += count;
    shared->limit = size < shared->budget ? size : shared->budget;
    if (shared->limit > INT64_MAX) shared->limit = UINT64_MAX;
    return status;
}

static const char *write_limit(char *text, size_t bytes, uint64_t limit) {
    if (limit == UINT64_MAX)
        snprintf(text, bytes, "no limit");
    else
        snprintf(text, bytes, "%" PRIu64 " trials", limit);
    return text;
}

static hpt_status check_limit(const hpi_store *store, hpt_err *err) {
    uint64_t theirs = store->shared->roster.limit, ours = store->shared->limit;
    char     text[2][32];
    if (theirs == ours) return HPT_OK;
    return hpi_fail(
        err, HPT_EINVAL, "those who share the study have a budget of %s, this run has one of %s",
        write_limit(text[0], sizeof text[0], theirs), write_limit(text[1], sizeof text[1], ours));
}

static hpt_status check_joining(const hpi_store *store, hpt_err *err) {
    size_t count = store->shared->roster.member_count;
    if (store->found.is_widened)
        return hpi_fail(err, HPT_EINVAL,
                        "%zu run%s share the study now, with other ranges: they can be widened "
                        "when nobody is there",
                        count, count == 1 ? "" : "s");
    if (count >= HPI_ROSTER_MEMBERS_MAX)
        return hpi_fail(err, HPT_ELIMIT, "%zu runs share the study already", count);
    return check_limit(store, err);
}

hpt_status hpi_shared_join(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpt_status  status = hpi_roster_get(store->backend, &shared->roster, err);
    if (status == HPT_OK) status = find_limit(store, err);
    if (status != HPT_OK) return status;
    if (!hpi_roster_expire(&shared->roster, now_ms(), true)) return no_memory(err);
    bool is_first = shared->roster.member_count == 0;
    status = is_first ? hpi_numbers_begin(store, err) : check_joining(store, err);
    if (status == HPT_OK) status = hpi_hold_print(store->run_id, &shared->who, err);
    if (status != HPT_OK) return status;
    hpi_member *me = hpi_roster_join(&shared->roster, store->run_id, shared->who);
    if (!me) return no_memory(err);
    shared->index = me->index;
    shared->is_alone = is_first;
    status = hpi_numbers_claim(store, me, err);
    return status == HPT_OK ? beat(store, me, err) : status;
}

hpt_status hpi_shared_part(hpi_store *store, hpt_err *err) {
    hpi_roster *roster = &store->shared->roster;
    if (store->shared->has_left) return HPT_OK;
    hpt_status status = hpi_roster_get(store->backend, roster, err);
    if (status != HPT_OK) return status;
    hpi_member *me = self(store);
    if (me && !hpi_roster_remove(roster, me)) return no_memory(err);
    return me ? hpi_roster_put(store->backend, roster, err) : HPT_OK;
}

/* A transaction. */

/* Of its trials that are on their way, those that nobody has taken meanwhile are its own again. */
static bool take_back(hpi_store *store, hpi_member *me) {
    hpi_shared *shared = store->shared;
    hpi_spans  *free = &shared->roster.free;
    bool        has_room = true;
    for (size_t i = 0; has_room && i < store->kept.room; i++) {
        const hpi_kept *kept = store->kept.map[i];
        if (!kept || !hpi_spans_has(free, kept->number)) continue;
        has_room = hpi_spans_remove(free, kept->number, 1) &&
                   hpi_spans_add(&me->has, kept->number, 1) &&
                   hpi_spans_add(&shared->again, kept->number, 1);
    }
    return has_room;
}

/* Who may have been taken for dead must not take the study from whoever has it for himself now. */
static hpt_status check_nobody_has_it(hpi_store *store, hpt_err *err) {
    hpt_err    why = { 0 };
    hpt_status status = hpi_store_check_held(store, &why);
    store->was_taken = status == HPT_EBUSY;
    if (store->was_taken) return hpi_fail(err, HPT_EIO, "the study was given away: %s", why.text);
    return status == HPT_OK ? HPT_OK : hpi_fail(err, status, "%s", why.text);
}

/* Who was away for longer than its lease: others took this process for dead, and its numbers. */
static hpt_status come_back(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    uint64_t    joined = shared->roster.joined;
    hpi_claims  lost = { 0 };
    bool        is_first = shared->roster.member_count == 0;
    hpt_status  status = check_nobody_has_it(store, err);
    if (status == HPT_OK)
        status = is_first ? hpi_numbers_begin(store, err) : check_limit(store, err);
    if (status != HPT_OK) return status;
    hpi_member *me = hpi_roster_join(&shared->roster, store->run_id, shared->who);
    if (!me) return no_memory(err);
    shared->roster.joined = joined > shared->index ? joined : shared->index + 1;
    me->index = shared->index;
    shared->has_changed = true;
    bool has_room = hpi_box_take_back(&shared->box, &lost) && take_back(store, me);
    hpi_claims_fini(&lost);
    return has_room ? HPT_OK : no_memory(err);
}

static bool expire_others(hpi_shared *shared, hpi_member *me) {
    size_t before = shared->roster.member_count;
    me->beat_ms = now_ms();
    me->lease_ms = shared->lease_ms;
    bool is_asking = me->beat_ms >= shared->ask_due_ms;
    if (is_asking) shared->ask_due_ms = me->beat_ms + HPI_SHARED_ASK_MS;
    bool has_room = hpi_roster_expire(&shared->roster, me->beat_ms, is_asking);
    if (shared->roster.member_count != before) shared->has_changed = true;
    return has_room;
}

typedef struct hearing {
    hpi_store *store;
    hpt_status status;
    hpt_err   *err;
} hearing;

static bool hear(void *user, const hpi_record *record) {
    hearing    *it = user;
    hpi_shared *shared = it->store->shared;
    if (record->order == HPI_UNKNOWN || record->order < shared->heard_upto) return true;
    bool is_own = hpi_spans_has(&shared->own, record->order);
    if (!is_own && shared->letters.count == HPI_SHARED_HEARD_MAX) return false;
    if (!is_own) it->status = hpi_record_encode(record, it->store->dims, &shared->bytes, it->err);
    if (!is_own && it->status == HPT_OK && !hpi_letters_add(&shared->letters, &shared->bytes))
        it->status = no_memory(it->err);
    if (it->status == HPT_OK) shared->heard_upto = record->order + 1;
    return it->status == HPT_OK;
}

/* Its own come when all comes again, for somebody has deleted some: the pruner has heard them. */
static bool hear_report(void *user, uint64_t number, int64_t step, const double *values) {
    hpi_store      *store = user;
    const hpi_kept *own = hpi_kept_find(&store->kept, number);
    if (own && own->has_report) return true;
    return hpi_heard_add(&store->shared->heard, store->head.goal_count, number, step, values);
}

/* Nobody else writes now, and what was read is in the file: it is heard whatever becomes of this
 * transaction. What this process has reported itself is passed over at the end of each. */
static hpt_status listen_to_reports(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpt_status  status = HPT_OK;
    if (store->reported)
        status = store->class->scan_news(store->backend, shared->heard_next, &shared->reports_place,
                                         hear_report, store, err);
    shared->reports_end = shared->reports_place;
    return status;
}

/* Behind the transaction: a pruner takes as long as it likes, or waits for a trial that reports,
 * and whoever shares the study would wait with it. Before the ends of these trials are heard. */
static void tell_pruner(hpi_store *store) {
    const hpi_heard *heard = &store->shared->heard;
    for (size_t i = 0; i < heard->count; i++)
        store->reported(store->context, heard->at[i].number, heard->at[i].step,
                        heard->values + i * store->head.goal_count);
    store->shared->heard.count = 0;
}

static hpt_status pass_own_reports(hpi_store *store, hpt_err *err) {
    if (!store->reported) return HPT_OK;
    return store->class->news_end(store->backend, &store->shared->reports_end, err);
}

static hpt_status listen_to_ends(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    uint64_t    next;
    hearing     it = { .store = store, .err = err };
    hpt_status  status = store->class->counts(store->backend, &next, &shared->order_next, err);
    shared->heard_end = shared->order_next;
    if (status != HPT_OK || shared->order_next <= shared->heard_next) return status;
    status = store->class->scan(store->backend, HPI_SCAN_TOLD, shared->heard_next, hear, &it, err);
    return status == HPT_OK ? it.status : status;
}

static void forget(hpi_shared *shared) {
    hpi_claims_fini(&shared->claims);
    hpi_claims_fini(&shared->returned);
    shared->letters.next = shared->letters.used = shared->letters.count = 0;
    hpi_spans_clear(&shared->own_new);
    shared->late_new = 0;
    shared->has_changed = false;
}

/* How many questions a transaction that begins now is the answer to. Who tells the last trial and
 * asks for another would hear that others have it, were the end still on its way to the writer. */
static uint64_t question_of(const hpi_store *store) {
    hpi_box *box = &store->shared->box;
    /* Acquire: pairs with the release in hpi_store_ask(). */
    uint64_t question = atomic_load_explicit(&box->question, memory_order_acquire);
    uint64_t told = atomic_load_explicit(&box->told, memory_order_relaxed);
    if (told <= store->come_count) return question;
    return atomic_load_explicit(&box->answer, memory_order_relaxed);
}

static bool is_asked(const hpi_store *store) {
    hpi_box *box = &store->shared->box;
    return question_of(store) != atomic_load_explicit(&box->answer, memory_order_relaxed);
}

hpt_status hpi_shared_enter(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    forget(shared);
    shared->heard_upto = shared->heard_next;
    shared->question = question_of(store);
    shared->look_due_ns = hpi_now_ns() + HPI_SHARED_LOOK_MS * HPI_NS_PER_MS;
    if (shared->has_left) return HPT_OK;
    hpt_status status = hpi_roster_get(store->backend, &shared->roster, err);
    if (status == HPT_OK && !self(store)) status = come_back(store, err);
    if (status != HPT_OK) return status;
    if (!expire_others(shared, self(store))) return no_memory(err);
    status = listen_to_reports(store, err);
    return status == HPT_OK ? listen_to_ends(store, err) : status;
}

bool hpi_shared_must_find(const hpi_store *store, const hpi_kept *kept) {
    const hpi_shared *shared = store->shared;
    return shared && kept->id == 0 && hpi_spans_has(&shared->again, kept->number);
}

/* A number is with one process at a time, and so a trial ends once. */
hpt_status hpi_shared_place(hpi_store *store, hpi_kept *kept, bool *is_ours_out, hpt_err *err) {
    hpi_shared       *shared = store->shared;
    const hpi_member *me = self(store);
    bool              is_told = kept->has_ended && kept->order != HPI_UNKNOWN;
    bool              is_ours = me && hpi_spans_has(&me->has, kept->number) && !kept->was_told;
    *is_ours_out = is_ours;
    if (!is_ours && is_told) shared->late_new++;
    if (!is_ours || !is_told) return HPT_OK;
    if (!hpi_spans_add(&shared->own_new, shared->order_next, 1)) return no_memory(err);
    kept->order = shared->order_next++;
    return HPT_OK;
}

/* What has ended is nobody's any more. */
static bool remove_ended(hpi_store *store, hpi_member *me) {
    bool has_room = true;
    for (const hpi_kept *kept = store->kept.first; has_room && kept; kept = kept->next) {
        if (!kept->has_ended || kept->order == HPI_UNKNOWN) continue;
        has_room = hpi_spans_remove(&me->has, kept->number, 1) &&
                   hpi_spans_remove(&store->shared->again, kept->number, 1);
        store->shared->has_changed = true;
    }
    return has_room;
}

/* This process knows of an end that the others have not seen yet. */
static void find_end(hpi_shared *shared) {
    uint64_t end = atomic_load_explicit(&shared->box.found_end, memory_order_relaxed);
    if (end >= shared->roster.end) return;
    hpi_roster_end_at(&shared->roster, end);
    shared->has_changed = true;
}

hpt_status hpi_shared_leave(hpi_store *store, hpt_err *err) {
    hpi_shared *shared = store->shared;
    hpi_member *me = self(store);
    if (shared->has_left) return HPT_OK;
    HPI_ASSERT(me);
    if (!remove_ended(store, me) || !hpi_spans_reserve(&shared->own, shared->own_new.count))
        return no_memory(err);
    find_end(shared);
    shared->is_alone = shared->roster.member_count == 1;
    if (store->has_finished) {
        if (!hpi_roster_remove(&shared->roster, me)) return no_memory(err);
        shared->has_changed = true;
        return hpi_roster_put(store->backend, &shared->roster, err);
    }
    hpt_status status = hpi_numbers_claim(store, me, err);
    if (status == HPT_OK) status = pass_own_reports(store, err);
    if (status != HPT_OK) return status;
    if (now_ms() >= shared->beat_due_ms) shared->has_changed = true;
    return shared->has_changed ? beat(store, me, err) : HPT_OK;
}

/* The run. */

/* Release: who sees has_news sees what came before. */
static void tell_run(hpi_store *store) {
    hpi_box *box = &store->shared->box;
    atomic_store_explicit(&box->answer, store->shared->question, memory_order_release);
    atomic_store_explicit(&box->has_news, true, memory_order_release);
    if (store->news) store->news(store->context);
}

/* What others found is heard the next time if there is no memory for it now. */
void hpi_shared_publish(hpi_store *store) {
    hpi_shared *shared = store->shared;
    hpi_box    *box = &shared->box;
    bool        has_any = shared->claims.count > 0 || shared->letters.count > 0;
    bool        has_room = hpi_spans_add_all(&shared->own, &shared->own_new);
    HPI_ASSERT(has_room); /* it was reserved */
    (void)has_room;
    tell_pruner(store);
    if (hpi_box_fill(box, &shared->claims, &shared->letters))
        shared->heard_next = shared->heard_upto;
    hpi_spans_remove(&shared->own, 0, shared->heard_next);
    shared->reports_place = shared->reports_end;
    bool has_heard_all = shared->heard_next >= shared->heard_end;
    bool is_over = has_heard_all && hpi_roster_is_over(&shared->roster);
    shared->late_count += shared->late_new;
    shared->has_left = store->has_finished;
    forget(shared);
    atomic_store_explicit(&box->end, hpi_roster_end(&shared->roster), memory_order_relaxed);
    if (is_over) atomic_store_explicit(&box->is_over, true, memory_order_relaxed);
    /* Nobody may be at work there: then time and cancels are looked at when there is news. */
    bool is_idle = hpi_box_claim_count(box) == 0;
    if (has_any || is_idle || is_over || is_asked(store)) tell_run(store);
}

/* What the run waits for does not come this time. */
void hpi_shared_undo(hpi_store *store) {
    hpi_shared *shared = store->shared;
    hpi_box_give_back(&shared->box, &shared->returned);
    tell_pruner(store);
    shared->question = atomic_load_explicit(&shared->box.question, memory_order_relaxed);
    forget(shared);
    tell_run(store);
}

bool hpi_shared_is_due(const hpi_store *store, int64_t now_ns) {
    hpi_shared       *shared = store->shared;
    const hpi_roster *roster = &shared->roster;
    bool is_hungry = atomic_load_explicit(&shared->box.is_hungry, memory_order_relaxed);
    bool has_more = roster->free.count > 0 || roster->next < hpi_roster_end(roster);
    if (store->has_finished) return false;
    if ((is_hungry && has_more) || is_asked(store)) return true;
    if (now_ns < shared->look_due_ns) return false;
    if (!shared->is_alone || now_ns / HPI_NS_PER_MS >= shared->beat_due_ms) return true;
    return has_more ? 2 * hpi_box_claim_count(&shared->box) < shared->ahead : is_hungry;
}
