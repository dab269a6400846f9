/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a writer puts into the box of a shared study arrives once and in order, or is taken
 *         back by the writer; no news is lost; ThreadSanitizer sees no race.
 * Method: a writer that fills, takes back and gives back at random, and a run that empties the box
 *         and sleeps when it thinks that nothing is there, as runs do. */
#include "fixture.h"

#include <pthread.h>

#include "base/mem.h"
#include "base/thread.h"
#include "store/box.h"

enum { CLAIMS = 20000, LETTERS = 6000, DIMS = 2, BATCH = 40 };

typedef struct both {
    hpi_box  box;
    hpi_park park;
    uint64_t claim_count, letter_count; /* to come */
    uint64_t seed;
} both;

static uint64_t draw(uint64_t *seed, uint64_t below) { /* SplitMix64 */
    uint64_t word = *seed += 0x9e3779b97f4a7c15u;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return (word ^ (word >> 31)) % below;
}

static void add_letter(hpi_letters *letters, hpi_bytes *bytes, uint64_t order) {
    hpt_coord  point[DIMS] = { { .real = (double)order }, { .real = 1 } };
    double     value = (double)order;
    hpi_record record = { .number = order,
                          .order = order,
                          .asked = order,
                          .state = HPT_TRIAL_COMPLETE,
                          .point = point,
                          .values = &value,
                          .value_count = 1,
                          .duration_ns = -1,
                          .reason = "" };
    assert_int_equal(hpi_record_encode(&record, DIMS, bytes, NULL), HPT_OK);
    assert_true(hpi_letters_add(letters, bytes));
}

static void add_claims(both *it, hpi_claims *claims, uint64_t *number) {
    hpt_coord point[DIMS] = { { .real = 0 }, { .real = 0 } };
    for (uint64_t i = draw(&it->seed, BATCH); i > 0 && *number < it->claim_count; i--) {
        point[0].real = (double)*number;
        assert_true(hpi_claims_add(claims, *number, *number % 3 == 0 ? point : NULL, DIMS));
        (*number)++;
    }
}

/* What the run has not taken comes again, in its order. */
static void take_back(both *it) {
    hpi_claims back = { 0 };
    assert_true(hpi_box_take_back(&it->box, &back));
    hpi_box_give_back(&it->box, &back);
    atomic_store_explicit(&it->box.has_news, true, memory_order_release);
    hpi_park_wake(&it->park, 1);
    hpi_claims_fini(&back);
}

static void *write_all(void *user) {
    both       *it = user;
    hpi_claims  claims = { 0 };
    hpi_letters letters = { 0 };
    hpi_bytes   bytes = { 0 };
    uint64_t    number = 0, order = 0;
    while (number < it->claim_count || order < it->letter_count) {
        add_claims(it, &claims, &number);
        for (uint64_t i = draw(&it->seed, BATCH / 3); i > 0 && order < it->letter_count; i--)
            add_letter(&letters, &bytes, order++);
        assert_true(hpi_box_reserve(&it->box, claims.count));
        assert_true(hpi_box_fill(&it->box, &claims, &letters));
        hpi_park_wake(&it->park, 1);
        if (draw(&it->seed, 4) == 0) take_back(it);
        if (draw(&it->seed, 3) == 0) hpi_thread_yield();
    }
    hpi_claims_fini(&claims);
    hpi_letters_fini(&letters);
    hpi_bytes_fini(&bytes);
    return NULL;
}

static bool has_news(both *it) {
    return atomic_load_explicit(&it->box.has_news, memory_order_relaxed);
}

static void await_news(both *it) {
    while (!has_news(it)) {
        uint64_t ticket = hpi_park_prepare(&it->park);
        if (has_news(it))
            hpi_park_cancel(&it->park);
        else
            hpi_park_sleep(&it->park, ticket, INT64_MAX);
    }
    atomic_exchange_explicit(&it->box.has_news, false, memory_order_acq_rel);
}

static void take_claims(both *it, uint64_t *number, uint64_t *seed) {
    hpi_claim claim;
    bool      is_first;
    while (hpi_box_claim(&it->box, &claim, &is_first)) {
        if (draw(seed, 10) == 0) {
            hpi_box_unclaim(&it->box, &claim);
            continue;
        }
        assert_int_equal(claim.number, *number);
        assert_int_equal(claim.point != NULL, *number % 3 == 0);
        if (claim.point) assert_true(claim.point[0].real == (double)*number);
        hpi_free(claim.point);
        (*number)++;
    }
}

static void what_is_put_in_arrives_once_and_in_order(void **state) {
    (void)state;
    both       it = { .claim_count = fixture_scaled(CLAIMS),
                      .letter_count = fixture_scaled(LETTERS),
                      .seed = 1 };
    pthread_t  writer;
    hpi_record record;
    uint64_t   number = 0, order = 0, seed = 2;
    assert_int_equal(hpi_box_init(&it.box, NULL), HPT_OK);
    assert_int_equal(hpi_park_init(&it.park, NULL), HPT_OK);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &it), 0);
    while (number < it.claim_count || order < it.letter_count) {
        await_news(&it);
        while (hpi_box_hear(&it.box, DIMS, &record))
            assert_int_equal(record.order, order++);
        take_claims(&it, &number, &seed);
    }
    pthread_join(writer, NULL);
    hpi_park_fini(&it.park);
    hpi_box_fini(&it.box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_arrives_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
