/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_LIMITS_H
#define HPI_RUN_LIMITS_H

/* Every fixed bound of the executor, with its reason. */

#include "trial/note.h"

enum {
    /* More threads than any node has cores; a worker costs about 40 KiB of bookkeeping. Pools
     * without threads may allow more. */
    HPI_WORKERS_MAX = 4096,

    /* Trials in flight with a window: one block each at the worst, of up to 64 trials. A block that
     * is not in flight costs its header of 128 bytes and address space. 32 for each of the 4 096
     * workers. */
    HPI_WINDOW_MAX = 1 << 17,
    HPI_WINDOW_BLOCK_TRIALS = 64,

    /* Trials in flight of a study without a window, when the caller names no number. */
    HPI_STUDY_IN_FLIGHT = 1024,

    /* Candidates that break a constraint in a row before an ask of a study answers HPT_EAGAIN: by
     * then a strategy that avoids them has found one, and one that ignores them costs a
     * millisecond. */
    HPI_STUDY_REFUSALS = 1000,

    /* Trials in a block. At 50 ns a trial 1 024 of them last 50 us, the time a block should last;
     * more would only make feedback staler. */
    HPI_BLOCK_TRIALS_MAX = 1024,

    /* Trials in all blocks together, about 100 bytes each and a coordinate per parameter: what
     * keeps runs with thousands of workers small. Each block has room for one, whatever their
     * number. */
    HPI_BLOCKS_TRIALS_MAX = 1 << 18,

    /* Coordinates in a block, in bytes: fits the level-1 cache beside the values. One trial always
     * fits, whatever its number of parameters. */
    HPI_BLOCK_POINT_BYTES = 32 * 1024,

    /* What one trial may say in reasons and attributes (hpt/trial.h promises it), and what a block
     * has room for: a block whose notes are more than half full is handed in early. */
    HPI_TRIAL_NOTE_BYTES = 8 * 1024 + HPI_NOTE_VALUES_BYTES,
    HPI_BLOCK_NOTE_BYTES = 2 * HPI_TRIAL_NOTE_BYTES,

    /* Goals of a run. With more of them nearly every trial is on the front, and an exact
     * hypervolume takes for ever; benchmarks of many goals go to 15, users to 3 or 4. */
    HPI_GOALS_MAX = HPI_NOTE_VALUES_MAX,

    /* Trials on the front. A trial that belongs to it is held against each of them, 10 to 20 ns
     * apiece: 0.1 to 0.2 ms when it is full; with two goals only against some. One that does not is
     * mostly found out at once. Beyond that many nobody can choose anyway. */
    HPI_FRONT_MAX = 1 << 13,
    HPI_FRONT_FIRST = 64, /* room at the start; it doubles when it is used up */

    /* Calls of the objective for one trial. The error of a mean of 1 000 is 3 % of the noise, and
     * more points tell more than more calls long before that. */
    HPI_REPEATS_MAX = 1000,

    /* Between whoever waits for a run and the trials that run on his thread: more than what he has
     * on the stack when he calls hpt from a function or two further down. */
    HPI_LONGJMP_GAP_BYTES = 8192,

    /* Attempts at one trial: as many. */
    HPI_RETRIES_MAX = 1000,

    /* Comparisons for a hypervolume, about 10 ns each with what belongs to them: some seconds. */
    HPI_VOLUME_STEPS = 1 << 28,

    /* Workers of a run that can be replaced because a trial does not return, if nobody says how
     * many: each leaves a thread behind, with its stack, that may take a core. */
    HPI_LOST_MAX = 16,

    /* How often the watch looks at switches that call nobody, 0.03 % of a core; and how often it
     * looks at all, at most. */
    HPI_WATCH_NS = 10 * 1000 * 1000,
    HPI_WATCH_NS_MIN = 1000 * 1000,

    /* How long a block of trials should last. A hand-over costs 0.1 to 0.3 us: below 1 %, and
     * feedback is at most so stale. */
    HPI_BLOCK_NS = 50 * 1000,

    /* A block that has lasted so long is handed in early: its trials are not like those before, by
     * which it was measured, and budgets, feedback and other workers must not wait for its end. */
    HPI_BLOCK_NS_MAX = 4 * HPI_BLOCK_NS,

    /* How often in a block its worker looks at the clock for that: 16 x 20 ns are below 1 % of 50
     * us, and a sixteenth of the block is what may come late. */
    HPI_BLOCK_LOOKS = 16,

    /* A block that takes less than this is not worth two looks at the clock each time: so much
     * time, and no more than so many blocks, may pass between those that are measured. 60 ns of
     * looks are 0.4 % of 15 us. */
    HPI_METER_NS = 15 * 1000,
    HPI_METER_BLOCKS = 15,

    /* When those have taken longer than this, long trials were among them: what is above
     * HPI_METER_NS counts as busy, and so many blocks are all measured before the next are not. */
    HPI_METER_NS_MAX = 4 * HPI_METER_NS,
    HPI_METER_WARY = 32,

    /* How long an idle worker spins before it parks: as long as a wake-up has taken here, so that
     * waiting costs at most twice the best choice (the ski-rental argument). The first is for a run
     * in which nobody was woken yet (18 to 24 us on virtual machines, 2 to 7 on others). No
     * spinning when there are more workers than cores. */
    HPI_SPIN_NS = 20 * 1000,
    HPI_SPIN_NS_MIN = 2 * 1000,
    HPI_SPIN_NS_MAX = 50 * 1000,

    /* hpt/run.h promises both. An hour: who may lose more does not want a file. */
    HPI_COMMIT_MS_MAX = 3600 * 1000,
    HPI_STUDY_NAME_MAX = 511,

    /* Blocks for each worker whose results wait for the study file (sync = each): with trials that
     * take no time, the 16 x 50 us of work that lie between two writes of 1 ms. */
    HPI_HELD_BLOCKS = 16,

    /* Longer trials are not worth being asked for before the results that are being written are
     * known: a write takes some milliseconds at most. */
    HPI_HELD_NS_MAX = 10 * 1000 * 1000,

    /* When the caller coordinates: how much work it keeps ready for each worker, in time and at
     * most in blocks, so that its wake-ups of 20 us cost some per cent; and how long a block may
     * last for it to keep any, as what lies ready was asked for without the newest results. */
    HPI_DRIVE_NS = 800 * 1000,
    HPI_DRIVE_BLOCKS = 16,
    HPI_DRIVE_NS_MAX = 2000 * 1000,

    /* How long the caller works before it sees to it that the other workers run: what it costs to
     * move one to another core. A run that is over by then does without. */
    HPI_HURRY_NS = 20 * 1000,

    /* Longest distance of two looks, in pauses of 10 to 40 ns each. */
    HPI_SPIN_PAUSES = 16,

    /* A turn that goes round in less than this is best kept by one worker for many trials: it takes
     * a core some 0.1 to 0.3 us to get what another has written. So the others look more seldom. */
    HPI_BRIEF_NS = 400,
    HPI_BRIEF_PAUSES = 64,

    /* How long reports wait for the pruner: trials that take so long that it matters report more
     * seldom. And when there are none: a wake-up takes some microseconds. */
    HPI_PRUNE_NS_MIN = 1000 * 1000,
    HPI_PRUNE_NS_MAX = 20 * 1000 * 1000
};

/* A trial a million times slower than the best says nothing that a limit would not say. */
#define HPI_CAP_FACTOR_MAX 1e6

/* How long a call of an observer may go on when nobody says so: longer than an fsync of a busy disk
 * or a connection that is refused, and as long as a person waits before taking a program for dead.
 */
#define HPI_OBSERVER_NS (INT64_C(10) * 1000 * 1000 * 1000)

#endif
