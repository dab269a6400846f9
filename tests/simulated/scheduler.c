/* SPDX-License-Identifier: BSD-3-Clause */
/* Which fiber goes on, and for how long: by chance, or by priorities with a few changes (after PCT:
 * Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010). Time jumps to the next deadline
 * when nobody can go on; if there is none, that is a deadlock. */
#include "sim.h"

#include <execinfo.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fiber.h"
#include "threads.h"

typedef enum state { FREE, READY, ASLEEP, ENDED } state;

enum { STACK_CALLS = 16 };

typedef struct thread {
    char name[SIM_NAME_BYTES];
    void (*body)(void *user);
    void       *user;
    state       state;
    bool        was_woken, is_detached;
    const void *on; /* what it sleeps on */
    const char *why;
    int64_t     until_ns;
    int64_t     priority;
    uint64_t    points;
    void       *stack[STACK_CALLS]; /* where it fell asleep, if that is wanted */
    int         stack_calls;
} thread;

enum { CHANGES_MAX = 16 };

static struct {
    thread     threads[SIM_FIBERS_MAX];
    int        count; /* slots in use */
    int        current;
    bool       is_on;
    unsigned   atomic_depth;
    sim_manner manner;
    sim_random by;
    uint64_t   points, switches, hash, left;
    uint64_t   changes[CHANGES_MAX];
    int64_t    lowest_priority;
    int64_t    deadline_ns; /* the earliest of all sleepers */
    uint64_t   signal_point;
    void (*handler)(void);
    void (*at_point)(int fiber); /* of fibers with a name ... */
    const char *at_name;
} it;

static bool keeps_stacks;

/* ---- Small things
 * --------------------------------------------------------------------------------- */

bool sim_is_on(void) {
    return it.is_on;
}

int sim_self(void) {
    return it.current;
}

const char *sim_self_name(void) {
    return it.threads[it.current].name;
}

int sim_order(void) {
    return it.is_on ? it.manner.order : SIM_ORDER_SEQUENTIAL;
}

uint64_t sim_points(void) {
    return it.points;
}

uint64_t sim_switches(void) {
    return it.switches;
}

uint64_t sim_trace_hash(void) {
    return it.hash;
}

void sim_trace(uint64_t what) {
    it.hash = sim_hash(it.hash, what);
}

void sim_atomic_begin(void) {
    it.atomic_depth++;
}

void sim_atomic_end(void) {
    it.atomic_depth--;
}

int sim_find(const char *name) {
    for (int i = 0; i < it.count; i++) {
        state now = it.threads[i].state;
        if ((now == READY || now == ASLEEP) && strcmp(it.threads[i].name, name) == 0) return i;
    }
    return -1;
}

void sim_rename(int fiber, const char *name) {
    snprintf(it.threads[fiber].name, SIM_NAME_BYTES, "%s", name);
}

void sim_keep_stacks(void) {
    keeps_stacks = true;
}

void sim_report_fibers(void) {
    static const char *const words[] = { "free", "ready", "asleep", "ended" };
    for (int i = 0; i < it.count; i++) {
        const thread *of = &it.threads[i];
        if (of->state == FREE) continue;
        fprintf(stderr, "  %c %-12s %-6s %8" PRIu64 " points", i == it.current ? '*' : ' ',
                of->name, words[of->state], of->points);
        if (of->state == ASLEEP) {
            fprintf(stderr, ", waits for %s", of->why);
            if (of->until_ns != INT64_MAX)
                fprintf(stderr, " until %+.6f s", (double)(of->until_ns - sim_now_ns()) * 1e-9);
        }
        fputc('\n', stderr);
        if (of->state == ASLEEP && of->stack_calls > 0) {
            fflush(stderr);
            backtrace_symbols_fd(of->stack, of->stack_calls, STDERR_FILENO);
        }
    }
}

/* ---- Who goes on
 * ---------------------------------------------------------------------------------- */

static void ready(thread *of, bool was_woken) {
    of->state = READY;
    of->was_woken = was_woken;
    of->on = NULL;
}

/* Those whose time is up. */
static void wake_late(void) {
    it.deadline_ns = INT64_MAX;
    for (int i = 0; i < it.count; i++) {
        thread *of = &it.threads[i];
        if (of->state != ASLEEP) continue;
        if (of->until_ns <= sim_now_ns())
            ready(of, false);
        else if (of->until_ns < it.deadline_ns)
            it.deadline_ns = of->until_ns;
    }
}

static int ready_ones(int out[SIM_FIBERS_MAX]) {
    int count = 0;
    for (int i = 0; i < it.count; i++)
        if (it.threads[i].state == READY) out[count++] = i;
    return count;
}

static int choose(void) {
    int ones[SIM_FIBERS_MAX], count;
    wake_late();
    while ((count = ready_ones(ones)) == 0) {
        if (it.deadline_ns == INT64_MAX) sim_fail("deadlock: nobody can go on");
        sim_clock_add(it.deadline_ns - sim_now_ns());
        wake_late();
    }
    if (!it.manner.has_priorities) return ones[sim_below(&it.by, (uint64_t)count)];
    int best = ones[0];
    for (int i = 1; i < count; i++)
        if (it.threads[ones[i]].priority > it.threads[best].priority) best = ones[i];
    return best;
}

/* Between 1 and some times the mean: short goes and long ones. */
static uint64_t draw_length(void) {
    uint64_t most = 2 * it.manner.run_length;
    return 1 + sim_below(&it.by, most);
}

/* A store that waits is seen some time, whether its fiber goes on or not. */
static void let_out(void) {
    if (it.manner.order == SIM_ORDER_SEQUENTIAL) return;
    int some = (int)sim_below(&it.by, 2 * (uint64_t)it.count);
    if (some >= it.count) some = it.current;
    if (sim_below(&it.by, it.manner.drain_within) == 0) sim_drain_one(some, &it.by);
}

static void change_to(int next, bool is_last) {
    int from = it.current;
    it.left = draw_length();
    if (next == from) return;
    sim_view_leave(from);
    it.switches++;
    sim_trace((it.points << 8) ^ (uint64_t)next);
    sim_trace((uint64_t)sim_since_ns());
    it.current = next;
    sim_view_enter(next);
    sim_fiber_change(from, next, is_last);
}

static void reschedule(void) {
    change_to(choose(), false);
}

/* ---- Points
 * --------------------------------------------------------------------------------------- */

static bool is_change_point(void) {
    for (unsigned i = 0; i < it.manner.change_count; i++)
        if (it.changes[i] == it.points) return true;
    return false;
}

static int64_t some_pause(void) {
    uint64_t most = (uint64_t)it.manner.pause_ns_max;
    return (int64_t)(sim_below(&it.by, most) >> sim_below(&it.by, 16)) + 1;
}

void sim_signal_at(uint64_t point, void (*handler)(void)) {
    it.signal_point = point ? it.points + point : 0;
    it.handler = handler;
}

static void misbehave(void) {
    if (it.points == it.signal_point) it.handler();
    if (sim_chance(&it.by, it.manner.leap_share)) {
        sim_clock_add(some_pause());
        it.left = 1;
    }
    if (sim_chance(&it.by, it.manner.doze_share)) sim_doze(some_pause());
}

void sim_point(void) {
    if (!it.is_on || it.atomic_depth > 0) return;
    it.threads[it.current].points++;
    if (++it.points > it.manner.points_max) sim_fail("live-lock: no end after so many points");
    sim_clock_add(it.manner.step_ns);
    let_out();
    if (it.at_point && strcmp(it.threads[it.current].name, it.at_name) == 0)
        it.at_point(it.current);
    misbehave();
    if (it.manner.has_priorities) {
        bool is_change = is_change_point();
        if (is_change) it.threads[it.current].priority = --it.lowest_priority;
        if (is_change || it.deadline_ns <= sim_now_ns()) reschedule();
    } else if (--it.left == 0) {
        reschedule();
    }
}

void sim_polite(void) {
    if (!it.is_on || it.atomic_depth > 0) return;
    it.threads[it.current].priority = --it.lowest_priority;
    sim_point();
    sim_clock_add(it.manner.step_ns);
    reschedule();
}

/* ---- Sleep
 * ---------------------------------------------------------------------------------------- */

bool sim_sleep(const void *on, const char *why, int64_t until_ns) {
    thread *self = &it.threads[it.current];
    SIM_EXPECT(it.atomic_depth == 0, "%s sleeps inside a call of the system", self->name);
    sim_drain(it.current);
    self->state = ASLEEP;
    self->on = on;
    self->why = why;
    self->until_ns = until_ns;
    self->was_woken = false;
    if (keeps_stacks) self->stack_calls = backtrace(self->stack, STACK_CALLS);
    reschedule();
    return self->was_woken;
}

void sim_wake(const void *on, size_t count) {
    int ones[SIM_FIBERS_MAX];
    for (; count > 0; count--) {
        int found = 0;
        for (int i = 0; i < it.count; i++)
            if (it.threads[i].state == ASLEEP && it.threads[i].on == on) ones[found++] = i;
        if (found == 0) return;
        ready(&it.threads[ones[sim_below(&it.by, (uint64_t)found)]], true);
        if (it.manner.has_priorities) it.deadline_ns = 0; /* it may be of a higher priority */
    }
}

void sim_doze(int64_t ns) {
    static const char nobody = 0;
    if (!it.is_on || it.atomic_depth > 0) return;
    sim_sleep(&nobody, "time to pass", sim_now_ns() + ns);
}

/* ---- Fibers
 * --------------------------------------------------------------------------------------- */

static void begin(void) {
    sim_fiber_arrived();
    thread *self = &it.threads[it.current];
    self->body(self->user);
    sim_drain(it.current);
    self->state = self->is_detached ? FREE : ENDED;
    sim_wake(self, SIZE_MAX);
    if (it.current == 0) {
        it.is_on = false;
        sim_fiber_change(0, -1, true);
    }
    change_to(choose(), true);
}

int sim_spawn(const char *name, void (*body)(void *user), void *user) {
    int index = 0;
    while (index < it.count && it.threads[index].state != FREE)
        index++;
    SIM_EXPECT(index < SIM_FIBERS_MAX, "more than %d fibers", SIM_FIBERS_MAX);
    if (index == it.count) it.count++;
    if (it.is_on) sim_drain(it.current); /* it sees all that its maker has done */
    thread *fresh = &it.threads[index];
    *fresh = (thread){ .body = body, .user = user, .state = READY };
    fresh->priority = (int64_t)sim_below(&it.by, 1000);
    sim_rename(index, name);
    sim_fiber_make(index, begin);
    return index;
}

void sim_set_user(int fiber, void *user) {
    it.threads[fiber].user = user;
}

bool sim_has_ended(int fiber) {
    return it.threads[fiber].state == ENDED;
}

static void forget(int fiber) {
    it.threads[fiber].state = FREE;
}

void *sim_user(int fiber) {
    return it.threads[fiber].user;
}

void sim_watch_points(const char *name, void (*at)(int fiber)) {
    it.at_name = name;
    it.at_point = at;
}

/* What it has stored is seen; nothing else of it goes on. */
void sim_kill(int fiber) {
    while (fiber != it.current && sim_drain_one(fiber, &it.by))
        continue;
    if (fiber == it.current) sim_drain(fiber);
    it.threads[fiber].state = FREE;
    if (fiber == it.current) change_to(choose(), true);
}

void sim_detach(int fiber) {
    it.threads[fiber].is_detached = true;
    if (it.threads[fiber].state == ENDED) forget(fiber);
}

int sim_alive(void) {
    int count = 0;
    for (int i = 0; i < it.count; i++)
        count += it.threads[i].state == READY || it.threads[i].state == ASLEEP;
    return count;
}

void sim_await(int fiber) {
    thread *of = &it.threads[fiber];
    sim_point();
    while (of->state != ENDED)
        sim_sleep(of, of->name, INT64_MAX);
    forget(fiber);
}

static void nobody_is_left(void) {
    for (int i = 1; i < it.count; i++)
        SIM_EXPECT(it.threads[i].state == FREE, "thread %s is still there at the end%s",
                   it.threads[i].name, it.threads[i].state == ENDED ? ", not joined" : "");
}

void sim_run(uint64_t seed, const sim_manner *manner, void (*body)(void *user), void *user) {
    memset(&it, 0, sizeof it);
    it.manner = *manner;
    it.by = sim_random_of(seed, 1);
    it.deadline_ns = INT64_MAX;
    it.hash = sim_hash(seed, 0);
    SIM_EXPECT(manner->change_count <= CHANGES_MAX, "%u change points", manner->change_count);
    for (unsigned i = 0; i < manner->change_count; i++)
        it.changes[i] = 1 + sim_below(&it.by, manner->change_within);
    sim_buffers_reset();
    sim_clock_begin();
    sim_spawn("main", body, user);
    it.left = draw_length();
    it.is_on = true;
    sim_fiber_change(-1, 0, false);
    nobody_is_left();
}
