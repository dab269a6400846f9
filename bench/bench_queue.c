/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock-free pieces alone: what it costs to hand a block over, on one thread and across two. */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/thread.h"
#include "run/block.h"
#include "run/queue.h"
#include "run/ring.h"

enum { BLOCKS = 64 };

static hpi_block blocks[BLOCKS];

static void queue_one_thread(void *user, uint64_t ops) {
    (void)user;
    hpi_queue *queue = hpi_queue_create(BLOCKS);
    for (uint64_t i = 0; i < ops; i++) {
        hpi_queue_push_sp(queue, &blocks[0]);
        if (!hpi_queue_pop_mc(queue)) abort();
    }
    hpi_queue_destroy(queue);
}

static void ring_one_thread(void *user, uint64_t ops) {
    (void)user;
    hpi_ring *ring = hpi_ring_create(BLOCKS);
    for (uint64_t i = 0; i < ops; i++) {
        hpi_ring_push_sp(ring, &blocks[0]);
        if (!hpi_ring_pop_sc(ring)) abort();
    }
    hpi_ring_destroy(ring);
}

/* There and back between two threads: queue out, ring back, as a block travels. */

typedef struct trip {
    hpi_queue  *queue;
    hpi_ring   *ring;
    atomic_bool is_over;
} trip;

static void *echo(void *argument) {
    trip *it = argument;
    while (!atomic_load_explicit(&it->is_over, memory_order_relaxed)) {
        hpi_block *block = hpi_queue_pop_mc(it->queue);
        if (block)
            hpi_ring_push_sp(it->ring, block);
        else
            hpi_pause();
    }
    return NULL;
}

static void round_trips(uint64_t ops, uint64_t in_flight_max) {
    trip      it = { hpi_queue_create(BLOCKS), hpi_ring_create(BLOCKS), false };
    pthread_t other;
    pthread_create(&other, NULL, echo, &it);
    uint64_t sent = 0, back = 0;
    while (back < ops) {
        while (sent < ops && sent - back < in_flight_max) {
            hpi_queue_push_sp(it.queue, &blocks[sent % BLOCKS]);
            sent++;
        }
        if (hpi_ring_pop_sc(it.ring)) back++;
    }
    atomic_store(&it.is_over, true);
    pthread_join(other, NULL);
    hpi_ring_destroy(it.ring);
    hpi_queue_destroy(it.queue);
}

static void one_in_flight(void *user, uint64_t ops) {
    (void)user;
    round_trips(ops, 1);
}

static void many_in_flight(void *user, uint64_t ops) {
    (void)user;
    round_trips(ops, BLOCKS);
}

static void wake_nobody(void *user, uint64_t ops) {
    (void)user;
    hpi_park park;
    if (hpi_park_init(&park, NULL) != HPT_OK) abort();
    for (uint64_t i = 0; i < ops; i++)
        hpi_park_wake(&park, 1);
    hpi_park_fini(&park);
}

int main(void) {
    static const bench_row rows[] = {
        { .name = "queue.push_pop", .threads = 1, .run = queue_one_thread },
        { .name = "ring.push_pop", .threads = 1, .run = ring_one_thread },
        { .name = "queue_ring.round_trip_1", .threads = 2, .run = one_in_flight },
        { .name = "queue_ring.round_trip_64", .threads = 2, .run = many_in_flight },
        { .name = "park.wake_nobody", .threads = 1, .run = wake_nobody },
    };
    return bench_main("queue and rings", rows, sizeof rows / sizeof *rows, NULL);
}
