/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_LIMITS_H
#define HPI_OBSERVE_LIMITS_H

/* Every fixed bound between the run and its observers, with its reason. */

enum {
    /* Observers at once (hpt/observe.h promises it). */
    HPI_SEATS_MAX = 64,

    /* Half a cache line: a fact without a point takes two, one with four parameters three. */
    HPI_CELL_BYTES = 32,

    /* Cells of the coordinator's intake ring: 65 535 facts of up to 8 parameters (four cells each),
     * 8 MiB, of which only what is used is ever touched. Every observer's events pass it, so that a
     * buffer_count up to that is worth what it says also while the dispatcher is busy. At 1 us a
     * trial with CREATED, ENDED and BEST_IMPROVED that is 20 ms of events. The dispatcher is woken
     * when a quarter of it is used. One less than a power of two: a ring keeps one cell free. */
    HPI_INTAKE_CELLS = (1 << 18) - 1,

    /* ... of the lane of the study file, which promises that a result is on the disk 100 ms after
     * the strategy was told: what lies in the ring is not. A thousand trials of five parameters,
     * created and ended, are some 40 ms of writing; a run that is faster than that waits. With as
     * many cells as the others it was two seconds behind. */
    HPI_INTAKE_STORE_CELLS = (1 << 13) - 1,

    /* ... and in large spaces at least so many of the largest fact: 65 536 parameters and 8 KiB of
     * notes are 16 643 cells. */
    HPI_INTAKE_LARGEST = 4,

    /* Bytes of ends that are packed together (see hpi_ends): 73 of four parameters share a header
     * and a store of the ring's index then. More would gain nothing, and be lost together. */
    HPI_ENDS_BYTES = 4096,

    /* Cells of one worker's intake ring. Its facts (STARTED, REPORTED) take two cells each;
     * reports of eight goals five. A thousand reports a second are 25 facts while the dispatcher
     * sleeps. All workers of a lane together get HPI_INTAKE_WORKERS_CELLS (32 MiB) at most, but
     * none fewer than the minimum. */
    HPI_INTAKE_WORKER_CELLS = (1 << 11) - 1,
    HPI_INTAKE_WORKER_CELLS_MIN = (1 << 8) - 1,
    HPI_INTAKE_WORKERS_CELLS = 1 << 20,

    /* Events an observer may lag behind (hpt/observe.h promises all three). */
    HPI_BUFFER_COUNT = 8192,
    HPI_BUFFER_COUNT_MIN = 16,
    HPI_BUFFER_COUNT_MAX = 1 << 20,

    /* Cells of one observer's buffer: 256 MiB. Only spaces above 4 000 parameters, or a million
     * events asked for, come near it; they lag behind by fewer events than asked for. */
    HPI_BACKLOG_CELLS_MAX = 1 << 23,

    /* What one event's reason and attributes may take on average before the buffer holds fewer
     * events than asked for: 64 bytes. */
    HPI_BACKLOG_NOTE_CELLS = 64 / HPI_CELL_BYTES,

    /* Events and attributes in one call of an observer: what there is, up to this. A call that
     * takes long takes its time per call more often than per event (an fsync, a round trip), so
     * smaller batches would only make it fall behind further. Some hundreds share such a call well,
     * and at 1 us for a line of text hold the lane for half a millisecond. One event has at most 8
     * KiB of notes, and the smallest attribute takes 6 bytes of it: 1 366 attributes always fit. */
    HPI_BATCH_EVENTS = 512,
    HPI_BATCH_ATTRS = 4096,

    /* How long an observer may go on with batch after batch while others of its lane wait. */
    HPI_SEAT_TURN_NS = 5 * 1000 * 1000,

    /* How long a `drop` observer may take, in its own calls, for what it still has when the run is
     * over; the rest is lost and counted (hpt/observe.h promises it). Whoever waits for the end, or
     * cancels, has been told that this observer slows nothing: a second is about what a person
     * takes for "at once", and 100 calls of 10 ms go through a buffer of 8 192 six times over. */
    HPI_END_NS = 1000 * 1000 * 1000,

    /* From here on an observer counts as slow for each event: when the intake fills, its buffer is
     * used too. For a faster one, filling it would take as long as the calls. */
    HPI_SLOW_EVENT_NS = 1000,

    /* Facts taken from the intake before the observers get their turns: half of what a default
     * buffer holds, so that a fast observer on a busy lane never loses one. */
    HPI_MERGE_FACTS = HPI_BUFFER_COUNT / 2,

    /* How long a dispatcher sleeps when nobody wakes it: below what a person notices. Each time it
     * wakes it takes a core from a worker, twice a context switch: with 40 a second that is 4 in
     * the 20 000 trials of 100 us that two workers do in it, for each thousand; with 100 it was 10.
     */
    HPI_LANE_SLEEP_NS = 25 * 1000 * 1000,

    /* How often the lane that somebody hurried looks whether he hurries it again before it sleeps:
     * 20 to 40 us where nobody else wants the CPU; a wake-up takes as long. */
    HPI_HURRY_LOOKS = 100,

    /* How long a producer sleeps at a full `block` lane before it looks again: that both sleep is
     * possible but very unlikely, and this ends it. */
    HPI_ROOM_SLEEP_NS = 10 * 1000 * 1000,

    /* How often a producer looks again before it parks at a full `block` lane. The dispatcher needs
     * about that long for its next batch when it runs already; when not, spinning is in vain. */
    HPI_ROOM_SPINS = 200,

    /* How long a call that is too long may go on after that was seen: what runs at all has returned
     * by then if it does not hang. */
    HPI_SUSPECT_NS = 100 * 1000 * 1000,

    /* Observers that the final warnings name; any more are told as a number. */
    HPI_WARNINGS_MAX = 64,

    /* The sentence that says why the run stopped; hpt_err.text and some words around it. */
    HPI_STOP_TEXT_BYTES = 512
};

#endif
