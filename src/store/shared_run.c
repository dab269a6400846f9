/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run takes from a study that it shares. */
#include "store/shared.h"

bool hpi_store_is_shared(const hpi_store *store) {
    return store->shared != NULL;
}

uint64_t hpi_store_member(const hpi_store *store) {
    return store->shared->index;
}

bool hpi_store_claim(hpi_store *store, hpi_claim *claim_out, bool *is_first_out) {
    return hpi_box_claim(&store->shared->box, claim_out, is_first_out);
}

void hpi_store_unclaim(hpi_store *store, const hpi_claim *claim) {
    hpi_box_unclaim(&store->shared->box, claim);
}

bool hpi_store_may_claim(const hpi_store *store) {
    hpi_box *box = &store->shared->box;
    bool     is_hungry = atomic_load_explicit(&box->is_hungry, memory_order_relaxed);
    return !is_hungry || box->has_returned || hpi_box_claim_count(box) > 0;
}

void hpi_store_end_at(hpi_store *store, uint64_t number) {
    atomic_uint_fast64_t *found = &store->shared->box.found_end;
    if (number < atomic_load_explicit(found, memory_order_relaxed))
        atomic_store_explicit(found, number, memory_order_relaxed);
}

uint64_t hpi_store_end(const hpi_store *store) {
    return atomic_load_explicit(&store->shared->box.end, memory_order_relaxed);
}

/* Release: who sees the question sees what has to come first. */
uint64_t hpi_store_ask(hpi_store *store, uint64_t shown) {
    hpi_box *box = &store->shared->box;
    atomic_store_explicit(&box->told, shown, memory_order_relaxed);
    return atomic_fetch_add_explicit(&box->question, 1, memory_order_release) + 1;
}

bool hpi_store_has_answered(const hpi_store *store, uint64_t question) {
    return atomic_load_explicit(&store->shared->box.answer, memory_order_acquire) >= question;
}

bool hpi_store_hear(hpi_store *store, hpi_record *record_out) {
    return hpi_box_hear(&store->shared->box, store->dims, record_out);
}

bool hpi_store_has_news(const hpi_store *store) {
    return atomic_load_explicit(&store->shared->box.has_news, memory_order_relaxed);
}

/* An exchange: what came before the news that it takes is seen, also when they came twice. */
bool hpi_store_read_news(hpi_store *store) {
    return atomic_exchange_explicit(&store->shared->box.has_news, false, memory_order_acq_rel);
}

bool hpi_store_is_over(const hpi_store *store) {
    return atomic_load_explicit(&store->shared->box.is_over, memory_order_relaxed);
}
