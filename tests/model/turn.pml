/* SPDX-License-Identifier: BSD-3-Clause */
/* Model: how workers share the turn, the queue, the rings and the park, on a machine with a weak
 * memory order. docs/verification.md says what is modelled and what is not.
 *
 * Mirrors src/run/coordinate.c; of src/run/ask.c, feedback.c and budget.c what counts trials and
 * blocks; of src/base/thread.c hpi_park_*(). Each inline names the C function it is a picture of.
 *
 * Promised: every trial is evaluated and told exactly once; one worker at a time has the turn, and
 * sees all that the last one wrote; every worker leaves, and nothing is left lying anywhere.
 *
 * A block is one trial. Rings and queue are correct lists here, whose pushes others may see late;
 * ring.pml looks inside them. */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef TRIALS
#define TRIALS 3
#endif
#ifndef BLOCKS
#define BLOCKS (2 * WORKERS + 1) /* src/run/open.c */
#endif
#ifndef WINDOW
#define WINDOW 0
#endif

#define NONE 255
#define ALL  254 /* UINT_MAX for hpi_park_wake() */

/* ---- Memory ------------------------------------------------------------------------------------
 *
 * What a worker writes goes into a buffer of its own and reaches the others later, in any order,
 * but a release after all that was written before it. A worker sees its own writes at once. A fence
 * empties the buffer. A read-modify-write acts on the memory and pushes nothing else out, which is
 * weaker than x86, where it is a fence; one whose result nobody reads is buffered like a store. */

bit   is_taken, is_askable, is_finished;
short pending;
byte  sleepers;
chan  queue = [TRIALS] of { byte };
chan  ring[WORKERS] = [TRIALS] of { byte };
byte  unseen; /* blocks at the end of the queue that are in somebody's buffer still */

typedef buffer {
    bit  frees;        /* is_taken = 0, release                       */
    bit  sets, value;  /* is_askable = value                          */
    bit  finishes;     /* is_finished = 1                             */
    bit  told;         /* the plain data that the turn protects       */
    bit  pushed;       /* the last block of the own ring              */
    bit  counts;       /* pending += 1                                */
    byte drained;      /* pending -= drained                          */
    bit  lies, rises;  /* sleepers += 1, sleepers -= 1                */
    byte queued;       /* the last so many blocks of the queue        */
}
buffer late[WORKERS];

/* What worker i sees. */
#define TAKEN(i)    (is_taken && !late[i].frees)
#define FINISHED(i) (is_finished || late[i].finishes)
#define ASKABLE(i)  (late[i].sets -> late[i].value : is_askable)
#define PENDING(i)  (pending + late[i].counts - late[i].drained)
#define SLEEPERS(i) (sleepers + late[i].lies - late[i].rises)
#define DEPTH(i)    (len(queue) - (unseen - late[i].queued))
#define RESULTS(k)  (len(ring[k]) - late[k].pushed)

#define is_released(i) \
    !(late[i].sets || late[i].finishes || late[i].told || late[i].pushed || late[i].counts || \
      late[i].drained || late[i].rises || late[i].queued)

inline write_all(i) {
    if :: late[i].sets -> is_askable = late[i].value :: else fi;
    if :: late[i].finishes -> is_finished = 1 :: else fi;
    if :: late[i].frees -> is_taken = 0 :: else fi;
    pending = PENDING(i);
    sleepers = SLEEPERS(i);
    unseen = unseen - late[i].queued;
    late[i].sets = 0; late[i].value = 0; late[i].finishes = 0; late[i].frees = 0;
    late[i].told = 0; late[i].pushed = 0; late[i].counts = 0; late[i].drained = 0;
    late[i].lies = 0; late[i].rises = 0; late[i].queued = 0
}

inline fence(i) { d_step { write_all(i) } }

/* ---- The turn's own data ----------------------------------------------------------------------- */

byte holders;            /* of the turn: 0 or 1 */
byte asked, told;        /* trials              */
byte unused = BLOCKS;    /* hpi_blocks.free     */
bit  is_stopped, is_waiting;
byte leftovers;          /* hpi_turn.leftovers: a set of trials, one bit each */
byte early;              /* those that were handed in early once              */
byte evaluated, counted; /* sets of trials */
byte gone;               /* workers that left                               */
byte stuck;              /* workers whose objective does not return         */

#define bit_of(trial)   (1 << (trial))
#define has(set, trial) (((set) >> (trial)) & 1)

/* budget.c: hpi_is_done() */
#define is_done (is_stopped && told == asked)

/* ask.c: hpi_may_ask() */
#define may_ask (!is_stopped && (WINDOW == 0 || asked - told < WINDOW))

/* ask.c: hpi_ask_block(), of one trial. The strategy may want to be told first. */
inline ask(block) {
    block = NONE;
    if
    :: leftovers ->
        block = 0;
        do :: !has(leftovers, block) -> block++ :: else -> break od;
        leftovers = leftovers & ~bit_of(block)
    :: !leftovers && may_ask && !is_waiting && unused > 0 ->
        if
#ifdef WAITS
        :: asked > told -> is_waiting = 1
#endif
        :: true ->
            block = asked;
            asked++;
            unused--;
            if :: asked == TRIALS -> is_stopped = 1 :: else fi
        fi
    :: else
    fi
}

inline queue_block(i, block) { /* ask.c: hpi_queue_block() */
    queue!block;
    late[i].queued++;
    unseen++
}

/* feedback.c: hpi_feedback(). With EARLY a block may come back once before its trial is done. */
inline feedback(i, block) {
    assert(has(evaluated, block));
    assert(!has(counted, block));
    if
#ifdef EARLY
    :: !has(early, block) && WINDOW == 0 ->
        early = early | bit_of(block);
        evaluated = evaluated & ~bit_of(block);
        leftovers = leftovers | bit_of(block)
#endif
    :: true ->
        counted = counted | bit_of(block);
        is_waiting = 0;
        if
        :: WINDOW == 0 -> told++; unused++
        :: else -> /* in order */
            do :: told < TRIALS && has(counted, told) -> told++; unused++ :: else -> break od
        fi
    fi;
    late[i].told = 1;
    block = NONE
}

/* ---- coordinate.c ------------------------------------------------------------------------------ */

inline take_turn(i) { /* sets has_turn */
    atomic {
        if :: late[i].frees -> write_all(i) :: else fi; /* one's own writes to one word stay in order */
        has_turn = !is_taken;
        is_taken = 1;
        if
        :: has_turn ->
            holders++;
            assert(holders == 1);
            k = 0; /* acquire: what the last holder wrote is there */
            do :: k < WORKERS -> assert(!late[k].told); k++ :: else -> break od;
            k = 0
        :: else
        fi
    }
}

inline give_turn(i) {
    atomic { late[i].frees = 1; holders-- };
#ifndef BUG_NO_FENCE_IN_GIVE_TURN
    fence(i)
#endif
}

inline drain(i) {
    do
    :: k < WORKERS && PENDING(i) > 0 ->
        do
        :: atomic { RESULTS(k) > 0 ->
               ring[k]?other;
               late[i].drained++;
               feedback(i, other)
           }
        :: atomic { RESULTS(k) <= 0 -> k++; break }
        od
    :: atomic { k == WORKERS || PENDING(i) <= 0 -> k = 0; break }
    od
}

inline pop_queue(i, block) { /* queue.c: hpi_queue_pop_mc() */
    queue?block;
    if :: len(queue) < unseen -> unseen--; late[i].queued-- :: else fi
}

/* Whether trials are short, so that some are asked for ahead, is anybody's guess. */
inline refill(i) {
    atomic {
        if
        :: WINDOW == 0 && mine == NONE && !leftovers && DEPTH(i) > 0 -> pop_queue(i, mine)
        :: WINDOW == 0 && mine == NONE && (leftovers || DEPTH(i) == 0) -> ask(mine)
        :: else
        fi;
        do
        :: leftovers -> ask(other); queue_block(i, other)
        :: else -> break
        od;
        do
        :: WINDOW > 0 || DEPTH(i) < WORKERS ->
            ask(other);
            if :: other == NONE -> break :: else -> queue_block(i, other) fi
        :: WINDOW == 0 -> break
        od;
        other = NONE
    }
}

inline settle(i) {
    atomic {
        if :: is_done && !FINISHED(i) -> late[i].finishes = 1 :: else fi;
        late[i].sets = 1;
#ifndef BUG_ALWAYS_ASKABLE
        late[i].value = WINDOW == 0 && may_ask && !is_waiting && (unused > 0 || leftovers);
#else
        late[i].value = !is_stopped;
#endif
        late[i].told = 1
    }
}

inline sleepers_wanted(i) {
    atomic {
        if
        :: FINISHED(i) -> wanted = ALL
        :: else -> wanted = DEPTH(i) + ASKABLE(i)
        fi
#ifdef BUG_WAKE_ONE_AT_THE_END
        ; if :: wanted == ALL -> wanted = 1 :: else fi
#endif
#ifdef BUG_WAKE_NOBODY_TO_ASK
        ; if :: wanted != ALL -> wanted = DEPTH(i) :: else fi
#endif
#ifdef BUG_WAKE_ONE
        ; if :: wanted != ALL && wanted > 1 -> wanted = 1 :: else fi
#endif
    }
}

inline coordinate(i, own) {
    do
    :: atomic {
           if :: own != NONE -> feedback(i, own) :: else fi;
#ifdef CANCEL
           if :: is_stopped = 1 :: true fi; /* budget.c: hpi_budget_now() */
#endif
       }
       drain(i);
       refill(i);
       settle(i);
       sleepers_wanted(i);
       give_turn(i);
       saw_pending = NONE;
       if :: saw_pending = (PENDING(i) > 0) :: true fi; /* loads may be early */
       if :: wanted > 0 -> wake(i) :: else fi;
       wanted = 0;
       if :: saw_pending == NONE -> saw_pending = (PENDING(i) > 0) :: else fi;
#ifdef BUG_NO_SECOND_LOOK
       saw_pending = 0;
#endif
       has_turn = 0;
       if :: saw_pending -> take_turn(i) :: else fi;
       atomic { saw_pending = 0; if :: has_turn -> has_turn = 0 :: else -> break fi }
    od
}

inline hand_in(i) {
    take_turn(i);
    if
    :: has_turn -> has_turn = 0; own = mine; mine = NONE; coordinate(i, own)
    :: else ->
        atomic {
            if :: late[i].counts -> pending++; late[i].counts = 0 :: else fi;
            ring[i]!mine;
            late[i].pushed = 1;
            late[i].counts = 1;
            mine = NONE
        }
#ifndef BUG_NO_FENCE_IN_HAND_IN
        fence(i);
#endif
#ifndef BUG_NO_SECOND_TRY
        take_turn(i);
        if :: has_turn -> has_turn = 0; coordinate(i, own) :: else fi
#endif
    fi
}

inline find_block(i) {
    if
    :: atomic { DEPTH(i) > 0 -> pop_queue(i, mine) }
    :: DEPTH(i) <= 0 ->
        if
        :: ASKABLE(i) ->
            atomic {
                if :: !TAKEN(i) -> take_turn(i) :: else fi
            }
            if :: has_turn -> has_turn = 0; coordinate(i, own) :: else fi
        :: else
        fi
    fi
}

/* ---- thread.c: parking -------------------------------------------------------------------------
 *
 * The epoch only ever grows, so all that counts is whether it has changed since one's ticket. What
 * is done under the lock is one step. No spurious wake-ups: they would hide lost ones. */

byte behind; /* the epoch has changed since these workers' tickets: a set */
byte asleep; /* these are in the condition's wait                        */

inline park_prepare(i) {
    atomic { behind = behind & ~bit_of(i); late[i].lies = 1 };
#ifndef BUG_NO_FENCE_IN_PREPARE
    fence(i)
#endif
}

inline park_sleep(i) {
    atomic {
        write_all(i); /* the wait gives the lock back, a release */
        if :: !has(behind, i) -> asleep = asleep | bit_of(i) :: else fi
    };
    !has(asleep, i);
    assert(has(behind, i))
}

inline wake(i) { /* hpi_park_wake_fenced() */
    if
    :: SLEEPERS(i) > 0 ->
        atomic {
            behind = bit_of(WORKERS) - 1;
            if
            :: wanted == 1 && asleep -> /* any one of them */
                do
                :: has(asleep, k) -> asleep = asleep & ~bit_of(k); break
                :: asleep >> k > 1 -> k++
                od;
                k = 0
            :: wanted == 1 && !asleep
            :: wanted > 1 -> asleep = 0
            fi
        }
    :: SLEEPERS(i) == 0
    fi
}

/* coordinate.c: looks_useful(), whose loads may come in any order */
inline look(i) {
    do
    :: !(looked & 1) -> atomic { looked = looked | 1; useful = useful || DEPTH(i) > 0 }
    :: !(looked & 2) -> atomic { looked = looked | 2; useful = useful || FINISHED(i) }
    :: !(looked & 4) -> atomic { looked = looked | 4; if :: ASKABLE(i) -> looked = looked | 16 :: else fi }
    :: !(looked & 8) -> atomic { looked = looked | 8; if :: !TAKEN(i) -> looked = looked | 32 :: else fi }
    :: (looked & 15) == 15 -> break
    od;
    atomic { if :: looked == 63 -> useful = 1 :: else fi; looked = 0 }
}

inline park(i) {
    park_prepare(i);
    useful = 0;
#ifndef BUG_NO_LOOK_BEFORE_SLEEP
    look(i);
#endif
    if :: useful -> useful = 0 :: else -> park_sleep(i) fi;
    late[i].rises = 1
}

/* hpi_work() and seek() */
proctype worker(byte me) {
    byte mine = NONE, own = NONE, other = NONE, wanted, k, looked, saw_pending;
    bit  has_turn, useful;
    do
    :: mine != NONE ->
progress_trial:
        atomic {
            assert(!has(evaluated, mine));
            evaluated = evaluated | bit_of(mine)
        };
#ifdef HANGS
        if :: stuck++; false :: true fi;
#endif
        hand_in(me)
    :: mine == NONE ->
        find_block(me);
        if
        :: mine != NONE
        :: mine == NONE && FINISHED(me) -> break
        :: mine == NONE && !FINISHED(me) -> park(me)
        fi
    od;
    atomic { write_all(me); gone++ }
}

/* Writes on their way, one at a time, in any order. */
proctype memory(byte i) {
end:
    do
    :: atomic { late[i].sets -> is_askable = late[i].value; late[i].sets = 0; late[i].value = 0 }
    :: atomic { late[i].finishes -> is_finished = 1; late[i].finishes = 0 }
    :: atomic { late[i].told -> late[i].told = 0 }
    :: atomic { late[i].pushed -> late[i].pushed = 0 }
    :: atomic { late[i].counts -> pending++; late[i].counts = 0 }
    :: atomic { late[i].drained -> pending--; late[i].drained-- }
    :: atomic { late[i].lies -> sleepers++; late[i].lies = 0 }
    :: atomic { late[i].rises -> sleepers--; late[i].rises = 0 }
    :: atomic { late[i].queued -> unseen--; late[i].queued-- }
#ifdef BUG_NO_RELEASE_IN_GIVE_TURN
    :: atomic { late[i].frees -> is_taken = 0; late[i].frees = 0 }
#else
    :: atomic { late[i].frees && is_released(i) -> is_taken = 0; late[i].frees = 0 }
#endif
    od
}

/* When nothing moves any more: nobody sleeps while there is something to do, and nobody is left
 * unless an objective never returned. */
active proctype watch() {
    byte k;
    timeout;
    assert(!is_taken && !holders && sleepers + stuck + gone == WORKERS);
    do
    :: stuck < WORKERS && k < WORKERS -> assert(len(ring[k]) == 0); k++
    :: stuck == WORKERS || k == WORKERS -> break
    od;
    if
    :: stuck == WORKERS
    :: stuck < WORKERS && stuck > 0 ->
        assert(len(queue) == 0 && pending == 0 && !is_askable && !leftovers && !gone)
    :: stuck == 0 ->
        assert(len(queue) == 0 && pending == 0 && !leftovers && gone == WORKERS);
        assert(is_stopped && told == asked && counted == bit_of(asked) - 1 && evaluated == counted)
    fi
}

/* hpi_coordinate_first(): a block for each worker, before there are workers */
init {
    byte block, k;
    atomic {
        do
        :: WINDOW > 0 || len(queue) < WORKERS ->
            ask(block);
            if :: block == NONE -> break :: else -> queue!block fi
        :: WINDOW == 0 && len(queue) == WORKERS -> break
        od;
        is_askable = WINDOW == 0 && may_ask && !is_waiting && unused > 0;
        do :: k < WORKERS -> run worker(k); run memory(k); k++ :: else -> break od
    }
}
