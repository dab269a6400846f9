/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_SIM_H
#define HPT_SIMULATED_SIM_H

/* The simulated machine: threads that are fibers of one real thread, a clock that somebody sets,
 * and a seed that everything follows from. See docs/verification.md.
 *
 * The library is compiled with the headers of shim/ before the real ones, and linked with what it
 * calls of the system replaced (--wrap). Every atomic operation is a point at which another fiber
 * may go on. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- seed.c: everything random ------------------------------------------------------------------
 */

typedef struct sim_random {
    uint64_t state;
} sim_random;

sim_random sim_random_of(uint64_t seed, uint64_t stream);
uint64_t   sim_random_bits(sim_random *from);
uint64_t   sim_below(sim_random *from, uint64_t end);  /* 0 to end - 1; end is at least 1 */
bool       sim_chance(sim_random *from, double share); /* true so often                   */
uint64_t   sim_hash(uint64_t a, uint64_t b);           /* of two numbers                  */
double     sim_unit(uint64_t bits);                    /* in [0, 1)                       */

/* ---- scheduler.c: fibers and who goes on
 * ---------------------------------------------------------- */

enum { SIM_FIBERS_MAX = 64, SIM_NAME_BYTES = 24 };

/* How the machine behaves; drawn from the seed. */
typedef struct sim_manner {
    uint64_t run_length; /* points that a fiber does in one go, on average                        */
    bool has_priorities; /* the fiber of the highest priority goes on, until a change point ...*/
    unsigned change_count;  /* ... of which there are so many ...                                 */
    uint64_t change_within; /* ... among the first so many points                                 */
    int64_t  step_ns;    /* what a point takes                                                    */
    double   leap_share; /* of points: the whole machine stands still for a while                 */
    double   doze_share; /* of points: this fiber does                                            */
    int64_t  pause_ns_max;   /* how long at most   */
    double false_wake_share; /* of waits on a condition: they end for no reason                   */
    int    order; /* of stores: SIM_ORDER_...                                              */
    unsigned drain_within; /* one of so many points of a fiber lets a store out of its buffer */
    uint64_t points_max; /* more is a live-lock                                                   */
} sim_manner;

/* How late others see a fiber's atomic stores. A store waits in the fiber's buffer until it is let
 * out, at a fence or by chance. */
enum {
    SIM_ORDER_SEQUENTIAL, /* at once */
    SIM_ORDER_TOTAL,  /* in order, and before any read-modify-write, as on x86                 */
    SIM_ORDER_PARTIAL /* as C11 allows: in any order but for releases and fences; a relaxed
                         read-modify-write goes to memory past the stores that wait            */
};

/* Run `body` as the first fiber until it returns. Fibers that are still there then are a failure.
 */
void sim_run(uint64_t seed, const sim_manner *manner, void (*body)(void *user), void *user);

/* A fiber beside it. */
int   sim_spawn(const char *name, void (*body)(void *user), void *user);
void  sim_await(int fiber); /* until it has ended */
void  sim_kill(int fiber);  /* it never goes on; of itself: does not return        */
void *sim_user(int fiber);  /* what it was made with                               */
/* At each point of fibers of that name `at` is called. NULL: of none. */
void sim_watch_points(const char *name, void (*at)(int fiber));
int  sim_alive(void); /* how many there are    */

int         sim_self(void);
const char *sim_self_name(void);
void        sim_rename(int fiber, const char *name);
int         sim_find(const char *name); /* a live fiber; -1: none */
int         sim_order(void);            /* of stores, SIM_ORDER_...                               */
bool        sim_is_on(void); /* inside sim_run(): calls of the system are simulated     */

/* Points. */
void sim_point(void);        /* another fiber may go on                                    */
void sim_polite(void);       /* ... and should: a spin loop's pause                        */
void sim_atomic_begin(void); /* no switch until sim_atomic_end(): a call of the system     */
void sim_atomic_end(void);

/* Wait until somebody calls sim_wake() with the same `on`, or until the time: false then. `why` is
 * what the report of a deadlock says. */
bool sim_sleep(const void *on, const char *why, int64_t until_ns);
void sim_wake(const void *on, size_t count); /* SIZE_MAX: all; others are chosen by chance */
void sim_doze(int64_t ns);                   /* let time pass for this fiber               */

/* At that point of the run a signal arrives, at whichever fiber it is: `handler` runs there. 0:
 * never.
 */
void sim_signal_at(uint64_t point, void (*handler)(void));

/* Figures of the run so far. */
uint64_t sim_points(void);
uint64_t sim_switches(void);
uint64_t sim_trace_hash(void);     /* of the schedule: who went on when, at what time */
void     sim_trace(uint64_t what); /* into the hash                               */

/* ---- clock.c ------------------------------------------------------------------------------------
 */

int64_t sim_now_ns(void);
int64_t sim_since_ns(void);    /* the run began */
void    sim_clock_begin(void); /* of a run      */
void    sim_clock_add(int64_t ns);

/* ---- buffer.c: atomic memory
 * ---------------------------------------------------------------------- */

void sim_load(const volatile void *from, void *out, size_t bytes);
void sim_store(volatile void *to, const void *value, size_t bytes, int order);
void sim_modify(volatile void *what, size_t bytes, int order); /* before a read-modify-write */
void sim_gap(void); /* in the middle of it                        */
void sim_fence(int order);
void sim_drain(int fiber);                     /* the one that goes on: all see its stores now   */
bool sim_drain_one(int fiber, sim_random *by); /* of any: false, there was none            */
void sim_view_leave(int fiber);                /* another one's time has come                    */
void sim_view_enter(int fiber);
void sim_buffers_reset(void);

/* The library's own spin loops. */
void hpi_pause(void);

/* ---- failure.c: what went wrong
 * -------------------------------------------------------------------- */

/* Say so with the seed, and end the program. */
_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void           sim_report_fibers(void); /* scheduler.c: who waits on what ...           */
void           sim_keep_stacks(void);   /* ... and where, as addresses for addr2line    */

#define SIM_EXPECT(condition, ...)                                                                 \
    do {                                                                                           \
        if (!(condition)) sim_fail(__VA_ARGS__);                                                   \
    } while (0)

/* ---- plants.c: bugs that are there on purpose
 * -------------------------------------------------------- */

typedef enum sim_plant {
    SIM_PLANT_NONE,
#define SIM_PLANT_ROW(name, text, what) SIM_PLANT_##name,
#include "plants.h"
#undef SIM_PLANT_ROW
    SIM_PLANT_COUNT
} sim_plant;

bool        sim_has_plant(sim_plant plant);
const char *sim_plant_name(void);
bool        sim_plant_choose(const char *name); /* false: there is none of that name */
void        sim_plants_list(void);

#endif
