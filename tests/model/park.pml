/* SPDX-License-Identifier: BSD-3-Clause */
/* Model: an event count alone, with the lock and the condition under it, and wakers that bring their
 * own fence.
 *
 * Mirrors src/base/thread.c: hpi_park_prepare(), hpi_park_cancel(), hpi_park_sleep(),
 * hpi_park_wake(), hpi_park_wake_fenced(); used as src/observe/lane.c and dispatch.c use it.
 *
 * Promised: nobody sleeps while there is something to do, even if those who are awake never come
 * back; everybody leaves at the end.
 *
 * Memory as in turn.pml: writes reach the others late and in any order, a fence waits for one's own. */

#ifndef SLEEPERS
#define SLEEPERS 2
#endif
#ifndef WAKERS
#define WAKERS 2
#endif
#ifndef ITEMS
#define ITEMS 2 /* of each waker */
#endif

#define THREADS (SLEEPERS + WAKERS)
#define NOBODY  255
#define bit_of(thread)   (1 << (thread))
#define has(set, thread) (((set) >> (thread)) & 1)

byte work, sleepers, epoch;
byte active_wakers = WAKERS;
byte owner = NOBODY; /* of the lock */
byte waiting;        /* in the condition's wait: a set */
byte gone, stuck;

typedef buffer {
    bit works; /* work += 1            */
    bit leaves; /* active_wakers -= 1  */
    bit lies, rises; /* sleepers +- 1  */
}
buffer late[THREADS];

#define is_over (active_wakers == 0)

inline fence(i) {
    d_step {
        work = work + late[i].works;
        active_wakers = active_wakers - late[i].leaves;
        sleepers = sleepers + late[i].lies - late[i].rises;
        late[i].works = 0; late[i].leaves = 0; late[i].lies = 0; late[i].rises = 0
    }
}

inline lock(i) {
    atomic { owner == NOBODY -> owner = i }
}

inline unlock(i) { /* a release: what was written under the lock is there for the next owner */
    atomic { fence(i); owner = NOBODY }
}

inline cond_wait(i) { /* gives the lock and sleeps in one step; takes it again afterwards */
    atomic { fence(i); owner = NOBODY; waiting = waiting | bit_of(i) };
    !has(waiting, i);
    lock(i)
}

inline signal_one() { /* any one */
    atomic {
        if
        :: waiting ->
            do
            :: has(waiting, k) -> waiting = waiting & ~bit_of(k); break
            :: waiting >> k > 1 -> k++
            od;
            k = 0
        :: else
        fi
    }
}

inline park_wake(i, is_one) {
#ifndef BUG_NO_FENCE_IN_WAKE
    fence(i);
#endif
    if
    :: sleepers > 0 -> /* a sleeper is never a waker: no write of one's own to see */
#ifndef BUG_NO_LOCK_IN_WAKE
        lock(i);
#endif
#ifndef BUG_NO_EPOCH
        epoch++;
#endif
        if :: is_one -> signal_one() :: else -> waiting = 0 fi;
#ifndef BUG_NO_LOCK_IN_WAKE
        unlock(i)
#endif
    :: sleepers == 0
    fi
}

proctype waker(byte me) {
    byte k, items;
    do
    :: items < ITEMS ->
        items++;
        late[me].works = 1;
        park_wake(me, true)
    :: items == ITEMS -> break
    od;
    late[me].leaves = 1;
    park_wake(me, false);
    fence(me);
    gone++
}

proctype sleeper(byte me) {
    byte ticket;
    do
    :: atomic { work > 0 -> work-- };
        if :: stuck++; false :: true fi /* whoever works may be away for ever */
    :: work == 0 && is_over -> break
    :: work == 0 && !is_over ->
        atomic { ticket = epoch; late[me].lies = 1 };
#ifndef BUG_NO_FENCE_IN_PREPARE
        fence(me);
#endif
        if
#ifndef BUG_NO_LOOK
        :: work > 0 || is_over -> ticket = 0
        :: work == 0 && !is_over ->
#else
        :: true ->
#endif
            lock(me);
            do
#ifndef BUG_NO_TICKET
            :: epoch == ticket -> cond_wait(me)
            :: epoch != ticket -> break
#else
            :: cond_wait(me); break
#endif
            od;
            unlock(me);
            ticket = 0
        fi;
        late[me].rises = 1;
#ifdef BUG_NO_CANCEL
        late[me].rises = 0;
#endif
    od;
    atomic { fence(me); gone++ }
}

/* Writes on their way, one at a time, in any order. */
proctype memory(byte i) {
end:
    do
    :: atomic { late[i].works -> work++; late[i].works = 0 }
    :: atomic { late[i].leaves -> active_wakers--; late[i].leaves = 0 }
    :: atomic { late[i].lies -> sleepers++; late[i].lies = 0 }
    :: atomic { late[i].rises -> sleepers--; late[i].rises = 0 }
    od
}

/* When nothing moves any more. */
active proctype watch() {
    timeout;
    assert(owner == NOBODY && gone + stuck == THREADS);
    assert(stuck == SLEEPERS || work == 0);
    assert(sleepers == 0)
}

init {
    byte i;
    atomic {
        do
        :: i < SLEEPERS -> run sleeper(i); run memory(i); i++
        :: i >= SLEEPERS && i < THREADS -> run waker(i); run memory(i); i++
        :: i == THREADS -> break
        od
    }
}
