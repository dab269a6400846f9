/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   ck's rings hand over every item once, complete, and ThreadSanitizer agrees.
 * Method: one producer, one or three consumers, a ring that is nearly always full or empty; each
 *         item is written before the push and read after the pop. */
#include "fixture.h"

#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/sanitize.h"

#define SLOT_COUNT     8
#define CONSUMER_COUNT 3

typedef struct item {
    uint64_t value;
    uint64_t twice; /* never half written when it is read */
} item;

typedef struct hall {
    ck_ring_t        ring;
    ck_ring_buffer_t slots[SLOT_COUNT];
    item            *items;
    uint64_t         item_count;
    unsigned         done; /* set once, after the last push */
} hall;

typedef struct consumer {
    hall    *hall;
    uint64_t popped, sum, broken;
    bool (*pop)(ck_ring_t *ring, const ck_ring_buffer_t *slots, void *item_out);
} consumer;

static bool pop_sc(ck_ring_t *ring, const ck_ring_buffer_t *slots, void *item_out) {
    return ck_ring_dequeue_spsc(ring, slots, item_out);
}

static bool pop_mc(ck_ring_t *ring, const ck_ring_buffer_t *slots, void *item_out) {
    return ck_ring_dequeue_spmc(ring, slots, item_out);
}

static void *consume(void *user) {
    consumer *c = user;
    item     *got;
    for (;;) {
        unsigned done = ck_pr_load_uint(&c->hall->done); /* before the pop: then empty is final */
        ck_pr_fence_load();
        if (c->pop(&c->hall->ring, c->hall->slots, &got)) {
            hpi_sanitize_acquire(got);
            c->popped++;
            c->sum += got->value;
            c->broken += got->twice != 2 * got->value;
            got->twice = 0; /* ours now */
        } else if (done) {
            return NULL;
        } else {
            sched_yield();
        }
    }
}

static void hand_over(unsigned consumer_count,
                      bool (*pop)(ck_ring_t *, const ck_ring_buffer_t *, void *)) {
    hall      h = { .item_count = fixture_scaled(100000) };
    consumer  consumers[CONSUMER_COUNT] = { { 0 } };
    pthread_t threads[CONSUMER_COUNT];
    uint64_t  popped = 0, sum = 0, broken = 0;

    h.items = calloc(h.item_count, sizeof *h.items);
    assert_non_null(h.items);
    ck_ring_init(&h.ring, SLOT_COUNT);
    for (unsigned i = 0; i < consumer_count; i++) {
        consumers[i] = (consumer){ .hall = &h, .pop = pop };
        assert_int_equal(pthread_create(&threads[i], NULL, consume, &consumers[i]), 0);
    }
    for (uint64_t i = 0; i < h.item_count; i++) {
        h.items[i] = (item){ .value = i, .twice = 2 * i };
        hpi_sanitize_release(&h.items[i]);
        while (!ck_ring_enqueue_spmc(&h.ring, h.slots, &h.items[i]))
            sched_yield();
    }
    ck_pr_fence_store();
    ck_pr_store_uint(&h.done, 1);
    for (unsigned i = 0; i < consumer_count; i++) {
        pthread_join(threads[i], NULL);
        popped += consumers[i].popped;
        sum += consumers[i].sum;
        broken += consumers[i].broken;
    }
    assert_int_equal(popped, h.item_count);
    assert_int_equal(sum, h.item_count * (h.item_count - 1) / 2);
    assert_int_equal(broken, 0);
    free(h.items);
}

static void one_producer_one_consumer(void **state) {
    (void)state;
    hand_over(1, pop_sc);
}

static void one_producer_many_consumers(void **state) {
    (void)state;
    hand_over(CONSUMER_COUNT, pop_mc);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(one_producer_one_consumer),
        cmocka_unit_test(one_producer_many_consumers),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
