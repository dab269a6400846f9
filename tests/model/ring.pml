/* SPDX-License-Identifier: BSD-3-Clause */
/* Model: inside the ring that carries blocks: slots, the producer's tail, the consumers' head.
 *
 * Mirrors ck_ring.h of Concurrency Kit 0.7.1: _ck_ring_enqueue_sp(); _ck_ring_dequeue_mc() with
 * CONSUMERS 2 or more, which src/run/queue.c uses; _ck_ring_dequeue_sc() with 1, which src/run/ring.c
 * uses; with the fences that src/base/ckring.h makes of ck's.
 *
 * Promised: every item comes out exactly once and whole, first in, first out.
 *
 * Memory: the producer's writes reach the others late and in any order, unless a fence is between
 * them. Of a consumer, loads may be early and its read of a slot may be as late as after the write
 * of the head, unless a fence is between them. The ring is as small as can be, so that slots are
 * used again at once. */

#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef SLOTS
#define SLOTS 2 /* holds SLOTS - 1 */
#endif
#ifndef ITEMS
#define ITEMS 4
#endif

#define at(index) ((index) % SLOTS)

byte slot[SLOTS]; /* item numbers from 1 */
byte tail, head;

/* What the producer wrote and nobody else sees yet: at most one slot and the tail. */
byte late_slot, late_tail;

byte out; /* items that came out: a set */

proctype producer() {
    byte item = 1, own_tail;
    do
    :: item <= ITEMS ->
        head + SLOTS - 1 > own_tail; /* room: waits for the consumers */
        late_slot == 0;              /* two writes to a slot stay in order */
        late_slot = item;
#ifndef BUG_NO_STORE_FENCE
        late_slot == 0 && late_tail == 0;
#endif
        own_tail++;
        late_tail = own_tail;
        item++
    :: item > ITEMS -> break
    od
}

/* The producer's writes on their way. An item goes to the slot of its number. */
active proctype memory() {
end:
    do
    :: d_step { late_slot -> slot[at(late_slot - 1)] = late_slot; late_slot = 0 }
    :: d_step { late_tail -> tail = late_tail; late_tail = 0 }
    od
}

inline read_slot() { got = slot[at(mine)] }

proctype consumer() {
    byte mine, got;
    bit  won;
    do
    :: out == (1 << ITEMS) - 1 -> break
    :: else ->
        mine = head;
        got = 0;
#ifdef BUG_NO_LOAD_FENCE
        if :: read_slot() :: true fi; /* early: before the tail */
#endif
        if
        :: atomic { tail == mine -> mine = 0; got = 0 }
        :: tail != mine ->
            /* before the head is written, as the fence has it */
#ifdef BUG_NO_LOAD_STORE_FENCE
            if :: got == 0 -> read_slot() :: true fi;
#else
            if :: got == 0 -> read_slot() :: else fi;
#endif
#ifdef BUG_NO_COMPARE
            atomic { won = 1; head = mine + 1 };
#else
            atomic { won = (head == mine); if :: won -> head = mine + 1 :: else fi };
#endif
            if
            :: won ->
                if :: got == 0 -> read_slot() :: else fi;
                atomic {
                    assert(got == mine + 1);
                    assert(!((out >> mine) & 1));
                    out = out | (1 << mine)
                }
            :: else
            fi;
            atomic { won = 0; mine = 0; got = 0 }
        fi
    od
}

active proctype watch() {
    timeout;
    assert(out == (1 << ITEMS) - 1 && head == ITEMS)
}

init {
    byte i;
    atomic {
        run producer();
        do :: i < CONSUMERS -> run consumer(); i++ :: else -> break od
    }
}
