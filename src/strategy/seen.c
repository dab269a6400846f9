/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/seen.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"
#include "strategy/stream.h"

enum { ROOM_AT_FIRST = 64 }; /* a power of two; at most three quarters of it are used */

typedef struct fingerprint {
    uint64_t low, high;
} fingerprint;

/* ---- Fingerprints ---- */

/* The finaliser of SplitMix64, as in permute.c: a bijection. */
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool rests(const hpi_seen *seen, hpt_param param, const hpt_coord *point) {
    return hpi_space_is_conditional(seen->space, param) &&
           !hpt_space_is_active(seen->space, param, point);
}

/* Whether the point is one that can come again. */
static bool is_kept(const hpi_seen *seen, const hpt_coord *point) {
    for (size_t i = 0; i < seen->endless_count; i++)
        if (!rests(seen, seen->endless[i], point)) return false;
    return true;
}

/* Of the numbers of the values. Two chains of a bijection each, one of sums, one of products with
 * an odd number before: what is equal in one differs in the other. Never all zeros. */
static fingerprint print_of(const hpi_seen *seen, const hpt_coord *point) {
    fingerprint print = { .low = 1, .high = 2 };
    for (size_t i = 0; i < seen->counted_count; i++) {
        hpt_param param = seen->counted[i];
        uint64_t  index = hpi_space_index(seen->space, param, point[param]);
        print.low = mix(print.low + index + UINT64_C(0x9e3779b97f4a7c15));
        print.high = mix(print.high * UINT64_C(0xd1342543de82ef95) + index + 1);
    }
    if ((print.low | print.high) == 0) print.low = 1;
    return print;
}

/* The point with what rests at rest, or NULL: it is not kept. */
static const hpt_coord *settled(hpi_seen *seen, const hpt_coord *point) {
    if (!hpi_space_has_conditions(seen->space)) return point;
    memcpy(seen->point, point, seen->param_count * sizeof *point);
    hpi_space_settle(seen->space, seen->point, 1);
    return is_kept(seen, seen->point) ? seen->point : NULL;
}

/* ---- The table ---- */

static bool is_free(const hpi_seen *seen, size_t slot) {
    return (seen->keys[2 * slot] | seen->keys[2 * slot + 1]) == 0;
}

/* The slot of a fingerprint, or the free one where it would go. */
static size_t slot_of(const hpi_seen *seen, fingerprint print) {
    size_t mask = seen->room - 1, slot = (size_t)print.low & mask;
    while (!is_free(seen, slot) &&
           (seen->keys[2 * slot] != print.low || seen->keys[2 * slot + 1] != print.high))
        slot = (slot + 1) & mask;
    return slot;
}

static double *losses_of(const hpi_seen *seen, size_t slot) {
    return seen->losses + slot * seen->goal_count;
}

static void put(hpi_seen *seen, size_t slot, const uint64_t *key, const double *losses) {
    memcpy(seen->keys + 2 * slot, key, 2 * sizeof *key);
    memcpy(losses_of(seen, slot), losses, seen->goal_count * sizeof *losses);
}

static bool make_room(hpi_seen *seen, size_t room) {
    hpi_seen larger = *seen;
    larger.room = room;
    larger.keys = hpi_alloc(room, 2 * sizeof *larger.keys);
    larger.losses = hpi_alloc_room(room, seen->goal_count * sizeof *larger.losses);
    if (!larger.keys || !larger.losses) {
        hpi_free(larger.keys);
        hpi_free(larger.losses);
        return false;
    }
    for (size_t slot = 0; slot < seen->room; slot++) {
        if (is_free(seen, slot)) continue;
        const uint64_t *key = seen->keys + 2 * slot;
        size_t          to = slot_of(&larger, (fingerprint){ key[0], key[1] });
        put(&larger, to, key, losses_of(seen, slot));
    }
    hpi_free(seen->keys);
    hpi_free(seen->losses);
    *seen = larger;
    return true;
}

/* Remember a point as in flight, if it is not known yet. False: out of memory. */
static bool add(hpi_seen *seen, const hpt_coord *point) {
    const hpt_coord *at = settled(seen, point);
    if (!at) return true;
    fingerprint print = print_of(seen, at);
    size_t      slot = slot_of(seen, print);
    if (!is_free(seen, slot) || seen->count >= seen->kept_max) return true;
    if (4 * (seen->count + 1) > 3 * seen->room) {
        if (!make_room(seen, 2 * seen->room)) return false;
        slot = slot_of(seen, print);
    }
    seen->keys[2 * slot] = print.low;
    seen->keys[2 * slot + 1] = print.high;
    for (size_t goal = 0; goal < seen->goal_count; goal++)
        losses_of(seen, slot)[goal] = NAN;
    seen->count++;
    return true;
}

/* Close the gap: a key moves into it if a search for that key would pass there. */
static void forget(hpi_seen *seen, size_t gap) {
    size_t mask = seen->room - 1;
    for (size_t slot = (gap + 1) & mask; !is_free(seen, slot); slot = (slot + 1) & mask) {
        size_t from = (size_t)seen->keys[2 * slot] & mask;
        if (((slot - from) & mask) < ((slot - gap) & mask)) continue;
        put(seen, gap, seen->keys + 2 * slot, losses_of(seen, slot));
        gap = slot;
    }
    memset(seen->keys + 2 * gap, 0, 2 * sizeof *seen->keys);
    seen->count--;
    seen->has_lost = true;
}

/* ---- Life ---- */

/* Which parameters can be counted, and which have no end. False: in this space no point ever comes
 * twice, but with probability 0. */
static bool list_params(hpi_seen *seen) {
    for (hpt_param j = 0; j < seen->param_count; j++) {
        uint64_t choices = hpt_space_choices(seen->space, j);
        if (choices > 1) seen->counted[seen->counted_count++] = j;
        if (choices > 0) continue;
        if (!hpi_space_is_conditional(seen->space, j)) return false;
        seen->endless[seen->endless_count++] = j;
    }
    seen->is_finite = seen->endless_count == 0;
    return true;
}

static hpt_status open_table(hpi_seen *seen, const hpt_strategy_setup *setup, hpt_err *err) {
    bool is_good = make_room(seen, ROOM_AT_FIRST);
    for (size_t i = 0; is_good && i < setup->point_count; i++)
        is_good = add(seen, setup->points + i * seen->param_count);
    return is_good ? HPT_OK : hpi_fail(err, HPT_ENOMEM, "out of memory for points that are known");
}

hpt_status hpi_seen_init(hpi_seen *seen, const hpt_strategy_setup *setup, bool repeats,
                         hpt_err *err) {
    size_t count = hpt_space_count(setup->space);
    *seen = (hpi_seen){ 0 };
    if (repeats) return HPT_OK;
    *seen = (hpi_seen){ .space = setup->space,
                        .seed = setup->seed,
                        .param_count = count,
                        .goal_count = setup->goal_count > 1 ? setup->goal_count : 1,
                        .kept_max = SIZE_MAX };
    seen->counted = hpi_alloc(count, sizeof *seen->counted);
    seen->endless = hpi_alloc(count, sizeof *seen->endless);
    seen->point = hpi_alloc(2 * count, sizeof *seen->point);
    hpt_status status = HPT_OK;
    if (!seen->counted || !seen->endless || !seen->point)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for points that are known");
    bool is_needed = status == HPT_OK && list_params(seen);
    if (is_needed) status = open_table(seen, setup, err);
    if (!is_needed || status != HPT_OK) hpi_seen_fini(seen);
    return status;
}

void hpi_seen_fini(hpi_seen *seen) {
    if (seen->is_opened) hpi_every_fini(&seen->every);
    hpi_search_destroy(seen->search);
    hpi_free(seen->keys);
    hpi_free(seen->losses);
    hpi_free(seen->counted);
    hpi_free(seen->endless);
    hpi_free(seen->point);
    *seen = (hpi_seen){ 0 };
}

/* ---- What is known ---- */

hpi_seen_as hpi_seen_find(hpi_seen *seen, const hpt_coord *point, const double **losses_out) {
    if (!seen->space) return HPI_SEEN_NEVER;
    const hpt_coord *at = settled(seen, point);
    if (!at) return HPI_SEEN_NEVER;
    size_t slot = slot_of(seen, print_of(seen, at));
    if (is_free(seen, slot)) return HPI_SEEN_NEVER;
    const double *losses = losses_of(seen, slot);
    if (isnan(losses[0])) return HPI_SEEN_IN_FLIGHT;
    if (losses_out) *losses_out = losses;
    return HPI_SEEN_TOLD;
}

/* Told of twice, as a user's point may be: the first time counts, but a loss is better than none.
 */
void hpi_seen_tell(hpi_seen *seen, const hpt_outcome *outcome) {
    if (!seen->space || !add(seen, outcome->point)) return;
    const hpt_coord *at = settled(seen, outcome->point);
    if (!at) return;
    size_t slot = slot_of(seen, print_of(seen, at));
    if (is_free(seen, slot)) return; /* more than can be kept */
    double *losses = losses_of(seen, slot);
    bool    is_complete = outcome->state == HPT_TRIAL_COMPLETE;
    if (isnan(losses[0]) && outcome->state == HPT_TRIAL_CANCELLED) {
        forget(seen, slot);
        return;
    }
    if (!isnan(losses[0]) && losses[0] < INFINITY) return;
    for (size_t goal = 0; goal < seen->goal_count; goal++) {
        double loss = outcome->losses && goal < outcome->goal_count ? outcome->losses[goal]
                      : goal == 0                                   ? outcome->loss
                                                                    : INFINITY;
        losses[goal] = is_complete && !isnan(loss) ? loss : INFINITY;
    }
}

/* ---- Something new ---- */

static hpt_status open_every(hpi_seen *seen, hpt_err *err) {
    if (seen->is_opened) hpi_every_fini(&seen->every);
    seen->is_opened = seen->has_lost = false;
    hpt_status status = hpi_every_init(&seen->every, seen->space, seen->seed, err);
    seen->is_opened = status == HPT_OK;
    return status;
}

/* The next of all points that is new. Each point comes once, so a whole run looks at each known one
 * once, however many asks there are. */
static hpt_status take_next(hpi_seen *seen, hpt_coord *point, hpt_err *err) {
    hpt_coord *found = seen->point + seen->param_count;
    hpt_status status = seen->is_opened ? HPT_OK : open_every(seen, err);
    while (status == HPT_OK) {
        status = hpi_every_next(&seen->every, found);
        if (status == HPT_EDONE && seen->has_lost) { /* it may have passed that one already */
            status = open_every(seen, err);
            continue;
        }
        if (status != HPT_OK || hpi_seen_find(seen, found, NULL) != HPI_SEEN_NEVER) continue;
        memcpy(point, found, seen->param_count * sizeof *point);
        break;
    }
    return status;
}

/* Another value of one parameter: any other one of a list, else up to `reach` steps away, turned
 * back at the ends. */
static hpt_coord moved(const hpi_seen *seen, hpt_param param, hpt_coord coord, uint64_t reach,
                       hpi_stream *from) {
    uint64_t count = hpt_space_choices(seen->space, param);
    uint64_t index = hpi_space_index(seen->space, param, coord);
    if (hpi_space_kind(seen->space, param) == HPT_KIND_CATEGORICAL || count <= 2)
        return hpt_space_choice(seen->space, param,
                                (index + 1 + hpi_stream_modulo(from, count - 1)) % count);
    if (reach > (count - 1) / 2) reach = (count - 1) / 2;
    uint64_t by = 1 + hpi_stream_modulo(from, reach);
    bool     is_up = hpi_stream_word(from) >> 63;
    if (is_up ? by > count - 1 - index : by > index) is_up = !is_up;
    return hpt_space_choice(seen->space, param, is_up ? index + by : index - by);
}

/* A range without step that comes to life beside a parameter that changes starts anywhere. */
static void wake(const hpi_seen *seen, const hpt_coord *point, hpi_stream *from,
                 hpt_coord *near_out) {
    for (size_t i = 0; i < seen->endless_count; i++) {
        hpt_param param = seen->endless[i];
        uint64_t  word = hpi_stream_word(from);
        if (rests(seen, param, point))
            near_out[param] = hpt_space_at_fraction(seen->space, param, word);
    }
}

/* A new point in which first one parameter differs, then two, and so on. */
enum { TRIES_EACH = 16, TRIES = 64 };

static bool take_near(hpi_seen *seen, hpi_stream *from, hpt_coord *point) {
    hpt_coord *near = seen->point + seen->param_count;
    for (uint64_t i = 0; i < TRIES && seen->counted_count > 0; i++) {
        memcpy(near, point, seen->param_count * sizeof *near);
        wake(seen, point, from, near);
        for (uint64_t j = 0; j <= i / TRIES_EACH; j++) {
            hpt_param param = seen->counted[hpi_stream_modulo(from, seen->counted_count)];
            near[param] = moved(seen, param, near[param], 1 + i / TRIES_EACH, from);
        }
        if (!hpt_space_permits(seen->space, near)) continue;
        if (hpi_seen_find(seen, near, NULL) != HPI_SEEN_NEVER) continue;
        memcpy(point, near, seen->param_count * sizeof *near);
        return true;
    }
    return false;
}

/* As random search does. */
static bool take_random(hpi_seen *seen, hpi_stream *from, hpt_coord *point) {
    hpt_coord *drawn = seen->point + seen->param_count;
    for (uint64_t i = 0; i < TRIES; i++) {
        for (hpt_param j = 0; j < seen->param_count; j++)
            drawn[j] = hpt_space_at_fraction(seen->space, j, hpi_stream_word(from));
        if (!hpt_space_permits(seen->space, drawn)) continue;
        if (hpi_seen_find(seen, drawn, NULL) != HPI_SEEN_NEVER) continue;
        memcpy(point, drawn, seen->param_count * sizeof *drawn);
        return true;
    }
    return false;
}

/* Where few points are valid drawing finds none, but a search of some ten microseconds does. */
enum { SEARCHES = 8, SEARCH_BUDGET = 256 };

static bool take_searched(hpi_seen *seen, uint64_t number, hpt_coord *point) {
    hpt_coord *found = seen->point + seen->param_count;
    if (!hpi_space_has_constraints(seen->space)) return false;
    if (!seen->search && hpi_search_create(seen->space, NULL, &seen->search, NULL) != HPT_OK)
        return false;
    for (uint32_t i = 0; i < SEARCHES; i++) {
        uint64_t budget = SEARCH_BUDGET;
        hpi_search_at_random(seen->search, seen->seed, number, i);
        if (hpi_search_next(seen->search, &budget, found) != HPI_FOUND) continue;
        if (hpi_seen_find(seen, found, NULL) != HPI_SEEN_NEVER) continue;
        memcpy(point, found, seen->param_count * sizeof *point);
        return true;
    }
    return false;
}

static hpt_status take(hpi_seen *seen, uint64_t number, bool is_near, hpt_coord *point,
                       hpt_err *err) {
    hpi_stream from = { .seed = seen->seed, .number = number, .purpose = HPI_STREAM_NEW };
    if (!seen->space) return HPT_OK;
    bool is_new = hpi_seen_find(seen, point, NULL) == HPI_SEEN_NEVER;
    if (!is_new && is_near) is_new = take_near(seen, &from, point);
    if (!is_new) is_new = take_random(seen, &from, point);
    if (!is_new) is_new = take_searched(seen, number, point);
    hpt_status status = is_new || !seen->is_finite ? HPT_OK : take_next(seen, point, err);
    if (status == HPT_OK && !add(seen, point))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for points that are known");
    return status;
}

hpt_status hpi_seen_take(hpi_seen *seen, uint64_t number, hpt_coord *point, hpt_err *err) {
    return take(seen, number, true, point, err);
}

hpt_status hpi_seen_take_any(hpi_seen *seen, uint64_t number, hpt_coord *point, hpt_err *err) {
    return take(seen, number, false, point, err);
}
