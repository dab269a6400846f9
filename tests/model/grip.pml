/* SPDX-License-Identifier: BSD-3-Clause */
/* Model: a trial that its worker or the watch ends, and the memory that a lost worker leaves last.
 *
 * Mirrors src/trial/trial.c: hpi_phase_enter(), hpi_phase_leave(); src/run/grip.c: hpi_grip_begin(),
 * hpi_grip_end(), hpi_grip_lose(); src/run/lost.c: look_at(), lose(), write_off(); src/run/open.c:
 * hpi_run_close(), hpi_run_release().
 *
 * Promised: each trial is ended once, and by the watch only if its time was up; notes are written by
 * one at a time; who is lost uses nothing of a run that is gone; the memory is freed once, by the
 * last one, and nobody touches it after.
 *
 * All there is to it is one word and a count, each changed in one step; what the orders in memory
 * are for is said in the code, and left to ThreadSanitizer. */

#ifndef TRIALS
#define TRIALS 3
#endif
#ifndef SPARES
#define SPARES 1
#endif

#define SLOTS (1 + SPARES)
#define OWN     0
#define RUNNING 1
#define BUSY    2
#define LOST    3

byte phase[SLOTS], call[SLOTS]; /* the word */
byte asked, told;               /* trials  */
byte ended[TRIALS];             /* how often each */
byte trial[SLOTS];              /* whose number it is */
byte slots = 1;                 /* taken           */
byte live = 1;                  /* workers that somebody waits for */
byte holders = 1;
byte writers[SLOTS]; /* of the notes of a slot's trial, at this moment */
bit  expired[TRIALS];
bit  is_finished, has_watch = 1, is_gone, is_free;

inline touch() { assert(!is_free) }

inline release() {
    atomic {
        touch();
        holders--;
        if
        :: holders == 0 -> assert(!is_free); is_free = 1
        :: else
        fi
    }
}

inline end_trial(s) {
    atomic {
        ended[trial[s]]++;
        assert(ended[trial[s]] == 1);
        told++;
        if
        :: told == TRIALS -> is_finished = 1
        :: else
        fi
    }
}

inline write_notes(s) {
    writers[s]++;
    assert(writers[s] == 1);
    writers[s]--
}

/* A call of ours in the objective. */
inline enter(s, entered) {
#ifdef BUG_NO_ENTER
    touch();
    entered = phase[s] != LOST
#else
    atomic {
        touch();
        if
        :: phase[s] == RUNNING -> phase[s] = BUSY; entered = 1
        :: phase[s] == LOST -> entered = 0
        fi
    }
#endif
}

proctype worker(byte s) {
    bit entered, is_lost;
    do
    :: atomic {
           asked < TRIALS && !is_lost -> touch();
           trial[s] = asked;
           asked++
       }
       atomic { call[s]++; phase[s] = RUNNING }
       /* the objective */
       if
       :: skip
       :: enter(s, entered);
          if
          :: entered -> assert(!is_gone);
             write_notes(s);
             assert(!is_gone);
#ifndef BUG_NO_ENTER
             atomic { assert(phase[s] == BUSY); phase[s] = RUNNING }
#endif
          :: else
          fi
       fi;
       if
       :: expired[trial[s]] = 1 /* or it is in time */
       :: skip
       fi;
#ifdef BUG_END_IN_TWO_STEPS
       is_lost = phase[s] == LOST;
       if
       :: !is_lost -> phase[s] = OWN
       :: else
       fi;
#else
       enter(s, entered);
       is_lost = !entered;
       if
       :: entered -> touch(); phase[s] = OWN
       :: else
       fi;
#endif
       if
       :: is_lost -> break
       :: else -> assert(!is_gone); write_notes(s); end_trial(s)
       fi
    :: is_finished -> break
    od;
    if
    :: is_lost -> release()
    :: else -> live--
    fi
}

/* Looks at a slot: by the number in its word it is the same trial that it decides about. */
proctype watch() {
    byte s, was, seen;
    bit  is_up, is_taken;
    do
    :: is_finished -> break
    :: !is_finished ->
       if
       :: s = 0
       :: slots > 1 -> s = 1
       fi;
       atomic { seen = phase[s]; was = call[s] }
       if
       :: seen == RUNNING ->
          is_up = expired[trial[s]];
          if
          :: is_up ->
#ifndef BUG_COUNT_AFTER
             holders++;
#endif
             atomic {
#ifdef BUG_NO_COMPARE
                 is_taken = 1;
#else
#ifdef BUG_NO_NUMBER
                 is_taken = phase[s] == RUNNING;
#else
                 is_taken = phase[s] == RUNNING && call[s] == was;
#endif
#endif
                 if
                 :: is_taken -> phase[s] = LOST; assert(expired[trial[s]])
                 :: else
                 fi
             }
#ifdef BUG_COUNT_AFTER
             if
             :: is_taken -> atomic { touch(); holders++ }
             :: else
             fi;
#endif
             if
             :: is_taken ->
                write_notes(s);
                end_trial(s);
                atomic {
                    live--;
                    if
                    :: slots < SLOTS -> run worker(slots); slots++; live++
                    :: else -> /* nobody is left: the rest is cancelled */
                       do
                       :: asked < TRIALS -> trial[s] = asked; asked++; told++
                       :: else -> break
                       od;
                       if
                       :: told == TRIALS -> is_finished = 1
                       :: else
                       fi
                    fi
                }
             :: else ->
#ifndef BUG_COUNT_AFTER
                holders--
#else
                skip
#endif
             fi
          :: else
          fi
       :: else
       fi
    od;
    has_watch = 0
}

/* Who waits for the run and destroys it: the watch first, since it makes workers. */
active proctype host() {
    run worker(0);
    run watch();
    is_finished;
#ifndef BUG_JOIN_WORKERS_FIRST
    !has_watch;
#endif
    live == 0;
    is_gone = 1;
    release()
}

/* Nothing moves any more. */
active proctype watchdog() {
    timeout;
    assert(told == TRIALS && is_free && holders == 0 && live == 0)
}
