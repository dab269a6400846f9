/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the candidate queue hands every block to exactly one consumer, in order for each, whole.
 * Method: one producer, many consumers (more than there are cores too), tiny capacities. A block
 * goes round: consumers give it back through result rings, one each, as in a run. What a block
 * carries is written without atomics, so that ThreadSanitizer would see a missing hand-over. */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "run/block.h"
#include "run/queue.h"
#include "run/ring.h"

/* Each block costs turns of the scheduler, which are long where others want the CPU too: after so
 * long a ride is as long as it is. */
enum { CONSUMERS_MAX = 16, BLOCKS_MAX = 64, RIDE_S = 10 };

typedef struct consumer {
    pthread_t    thread;
    struct ride *ride;
    hpi_ring    *ring;
    uint64_t     last; /* number of the last block seen */
    uint64_t     count;
    bool         is_in_order;
} consumer;

typedef struct ride {
    hpi_queue  *queue;
    atomic_bool is_over;
    uint32_t    consumer_count;
    consumer    consumers[CONSUMERS_MAX];
} ride;

static void *consume(void *argument) {
    consumer *mine = argument;
    mine->is_in_order = true;
    for (;;) {
        hpi_block *block = hpi_queue_pop_mc(mine->ride->queue);
        if (block) {
            if (mine->count++ > 0 && block->first <= mine->last) mine->is_in_order = false;
            mine->last = block->first;
            block->took_ns = (int64_t)(block->first * 3); /* the answer, checked by the producer */
            hpi_ring_push_sp(mine->ring, block);
        } else if (atomic_load(&mine->ride->is_over)) {
            return NULL;
        } else {
            sched_yield();
        }
    }
}

/* The producer takes back what the consumers answered; returns how many. */
static uint32_t collect(ride *it, hpi_block **free, uint32_t *free_count) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < it->consumer_count; i++) {
        hpi_block *block;
        while ((block = hpi_ring_pop_sc(it->consumers[i].ring))) {
            assert_int_equal(block->took_ns, block->first * 3);
            free[(*free_count)++] = block;
            count++;
        }
    }
    return count;
}

static void ride_round(uint32_t consumer_count, uint32_t block_count, uint64_t total) {
    ride       it = { .consumer_count = consumer_count };
    hpi_block  blocks[BLOCKS_MAX];
    hpi_block *free[BLOCKS_MAX];
    uint32_t   free_count = 0;
    memset(blocks, 0, sizeof blocks);
    for (uint32_t i = 0; i < block_count; i++)
        free[free_count++] = &blocks[i];
    assert_non_null(it.queue = hpi_queue_create(block_count));
    for (uint32_t i = 0; i < consumer_count; i++) {
        it.consumers[i].ride = &it;
        assert_non_null(it.consumers[i].ring = hpi_ring_create(block_count));
        assert_int_equal(pthread_create(&it.consumers[i].thread, NULL, consume, &it.consumers[i]),
                         0);
    }
    uint64_t sent = 0, back = 0;
    int64_t  until_ns = hpi_now_ns() + RIDE_S * HPI_NS_PER_S;
    while (back < total) {
        if (sent < total && hpi_now_ns() > until_ns) total = sent;
        while (sent < total && free_count > 0) {
            hpi_block *block = free[--free_count];
            block->first = ++sent;
            hpi_queue_push_sp(it.queue, block);
        }
        uint32_t count = collect(&it, free, &free_count);
        back += count;
        if (count == 0) sched_yield();
    }
    atomic_store(&it.is_over, true);
    uint64_t consumed = 0;
    for (uint32_t i = 0; i < consumer_count; i++) {
        pthread_join(it.consumers[i].thread, NULL);
        assert_true(it.consumers[i].is_in_order);
        consumed += it.consumers[i].count;
        hpi_ring_destroy(it.consumers[i].ring);
    }
    assert_int_equal(consumed, total);
    assert_int_equal(hpi_queue_depth(it.queue), 0);
    assert_null(hpi_queue_pop_mc(it.queue));
    hpi_queue_destroy(it.queue);
}

static void one_consumer_gets_everything_in_order(void **state) {
    (void)state;
    ride_round(1, 4, fixture_scaled(100000));
}

static void two_consumers_share_everything(void **state) {
    (void)state;
    ride_round(2, 8, fixture_scaled(100000));
}

static void more_consumers_than_cores_share_everything(void **state) {
    (void)state;
    ride_round(16, 48, fixture_scaled(50000));
}

static void more_consumers_than_blocks_share_everything(void **state) {
    (void)state;
    ride_round(8, 1, fixture_scaled(20000));
}

static void a_full_queue_holds_every_block_there_is(void **state) {
    (void)state;
    for (uint32_t count = 1; count <= BLOCKS_MAX; count++) {
        hpi_queue *queue = hpi_queue_create(count);
        hpi_block  blocks[BLOCKS_MAX];
        for (uint32_t i = 0; i < count; i++)
            hpi_queue_push_sp(queue, &blocks[i]);
        assert_int_equal(hpi_queue_depth(queue), count);
        for (uint32_t i = 0; i < count; i++)
            assert_ptr_equal(hpi_queue_pop_mc(queue), &blocks[i]);
        assert_null(hpi_queue_pop_mc(queue));
        hpi_queue_destroy(queue);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_consumer_gets_everything_in_order),
        cmocka_unit_test(two_consumers_share_everything),
        cmocka_unit_test(more_consumers_than_cores_share_everything),
        cmocka_unit_test(more_consumers_than_blocks_share_everything),
        cmocka_unit_test(a_full_queue_holds_every_block_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
