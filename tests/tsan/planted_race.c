/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   show that a race around ck's rings is seen through the shims, so that silence means
 * something. Method: the producer touches each item once more after it handed it over. The test
 * passes when ThreadSanitizer ends this program with its exit status. */
#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>

#include "base/sanitize.h"

#define ITEM_COUNT 20000
#define SLOT_COUNT 4

static long             items[ITEM_COUNT];
static ck_ring_t        ring;
static ck_ring_buffer_t slots[SLOT_COUNT];

static void *consume(void *user) {
    long sum = 0;
    for (int popped = 0; popped < ITEM_COUNT;) {
        long *item;
        if (!ck_ring_dequeue_spsc(&ring, slots, &item)) {
            sched_yield();
            continue;
        }
        hpi_sanitize_acquire(item);
        sum += *item;
        popped++;
    }
    *(long *)user = sum;
    return NULL;
}

int main(void) {
    long      sum = 0;
    pthread_t consumer;
    ck_ring_init(&ring, SLOT_COUNT);
    if (pthread_create(&consumer, NULL, consume, &sum)) return 1;
    for (int i = 0; i < ITEM_COUNT; i++) {
        items[i] = i;
        hpi_sanitize_release(&items[i]);
        while (!ck_ring_enqueue_spsc(&ring, slots, &items[i]))
            sched_yield();
        items[i]++; /* the planted race: the item is no longer ours */
    }
    pthread_join(consumer, NULL);
    return sum == 0;
}
