/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_trials.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 32 };

void hpi_gp_trials_init(hpi_gp_trials *trials, size_t width, bool is_maximising) {
    *trials = (hpi_gp_trials){ .width = width, .is_maximising = is_maximising };
}

void hpi_gp_trials_fini(hpi_gp_trials *trials) {
    hpi_free(trials->x);
    hpi_free(trials->loss);
    hpi_free(trials->end);
    hpi_free(trials->odd_x);
    hpi_free(trials->is_believed);
    hpi_free(trials->flight_numbers);
    hpi_free(trials->flight_x);
    *trials = (hpi_gp_trials){ 0 };
}

/* An array that grew stays so when the next one cannot: `room` is the least of them. */
static bool grow_told(hpi_gp_trials *trials, size_t least) {
    size_t room = trials->room ? trials->room : ROOM_FIRST;
    while (room < least)
        room += room / 2;
    if (room == trials->room) return true;
    bool is_grown = hpi_resize_array(&trials->x, room * (trials->width + 1), sizeof *trials->x) &&
                    hpi_resize_array(&trials->loss, room, sizeof *trials->loss) &&
                    hpi_resize_array(&trials->end, room, sizeof *trials->end);
    if (is_grown) trials->room = room;
    return is_grown;
}

static bool grow_flight(hpi_gp_trials *trials) {
    size_t room = trials->flight_room ? 2 * trials->flight_room : 8;
    if (trials->flight_count < trials->flight_room) return true;
    bool is_grown =
        hpi_resize_array(&trials->flight_numbers, room, sizeof *trials->flight_numbers) &&
        hpi_resize_array(&trials->flight_x, room * (trials->width + 1), sizeof *trials->flight_x);
    if (is_grown) trials->flight_room = room;
    return is_grown;
}

static bool grow_odd(hpi_gp_trials *trials) {
    size_t room = trials->odd_room ? 2 * trials->odd_room : 8;
    if (trials->odd_count < trials->odd_room) return true;
    bool is_grown =
        hpi_resize_array(&trials->odd_x, room * (trials->width + 1), sizeof *trials->odd_x) &&
        hpi_resize_array(&trials->is_believed, room, sizeof *trials->is_believed);
    if (is_grown) trials->odd_room = room;
    return is_grown;
}

bool hpi_gp_trials_reserve_more(hpi_gp_trials *trials, size_t count) {
    return grow_told(trials, trials->count + count);
}

bool hpi_gp_trials_reserve(hpi_gp_trials *trials) {
    return grow_told(trials, trials->count + trials->flight_count + 1) && grow_flight(trials);
}

/* The first in flight that has this number or a higher one. */
static size_t find_flight(const hpi_gp_trials *trials, uint64_t number) {
    size_t low = 0, high = trials->flight_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trials->flight_numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_flying(const hpi_gp_trials *trials, size_t at, uint64_t number) {
    return at < trials->flight_count && trials->flight_numbers[at] == number;
}

static void move_flights(hpi_gp_trials *trials, size_t to, size_t from) {
    size_t count = trials->flight_count - from;
    memmove(trials->flight_numbers + to, trials->flight_numbers + from,
            count * sizeof *trials->flight_numbers);
    memmove(trials->flight_x + to * trials->width, trials->flight_x + from * trials->width,
            count * trials->width * sizeof *trials->flight_x);
}

void hpi_gp_trials_ask(hpi_gp_trials *trials, uint64_t number, const double *x) {
    size_t at = find_flight(trials, number);
    if (!is_flying(trials, at, number)) {
        move_flights(trials, at + 1, at);
        trials->flight_count++;
    }
    trials->flight_numbers[at] = number;
    memcpy(trials->flight_x + at * trials->width, x, trials->width * sizeof *x);
}

bool hpi_gp_trials_land(hpi_gp_trials *trials, uint64_t number) {
    size_t at = find_flight(trials, number);
    if (!is_flying(trials, at, number)) return false;
    move_flights(trials, at, at + 1);
    trials->flight_count--;
    return true;
}

static hpi_gp_end end_of(const hpi_gp_trials *trials, const hpt_outcome *outcome,
                         double *loss_out) {
    *loss_out = outcome->loss;
    if (outcome->state == HPT_TRIAL_COMPLETE && outcome->loss < INFINITY) return HPI_GP_COMPLETE;
    *loss_out = trials->is_maximising ? -outcome->last_value : outcome->last_value;
    if (outcome->state == HPT_TRIAL_PRUNED && !isnan(outcome->bound)) {
        *loss_out = outcome->bound;
        return HPI_GP_CENSORED;
    }
    bool is_pruned = outcome->state == HPT_TRIAL_PRUNED && outcome->has_report;
    return is_pruned && isfinite(*loss_out) ? HPI_GP_PRUNED : HPI_GP_FAILED;
}

void hpi_gp_trials_tell(hpi_gp_trials *trials, const hpt_outcome *outcome, const double *x) {
    size_t at = trials->count;
    if (outcome->state == HPT_TRIAL_CANCELLED || !grow_told(trials, at + 1)) return;
    double     loss;
    hpi_gp_end end = end_of(trials, outcome, &loss);
    memcpy(trials->x + at * trials->width, x, trials->width * sizeof *x);
    trials->end[at] = (uint8_t)end;
    trials->loss[at] = end == HPI_GP_FAILED ? (double)INFINITY : fmax(loss, -1e300);
    trials->count++;
    if (end != HPI_GP_COMPLETE) return;
    if (trials->complete_count++ == 0 || trials->loss[at] < trials->loss[trials->best])
        trials->best = at;
}

void hpi_gp_trials_tell_odd(hpi_gp_trials *trials, const double *x, bool is_believed) {
    size_t at = trials->odd_count;
    if (!grow_odd(trials)) return;
    memcpy(trials->odd_x + at * trials->width, x, trials->width * sizeof *x);
    trials->is_believed[at] = is_believed;
    trials->odd_count++;
}

/* From a coordinate to the unit range and back. */
static const double rounding = 1e-13;

static bool has_point(const hpi_gp_trials *trials, const double *points, size_t count,
                      const double *x) {
    size_t width = trials->width;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < width && fabs(points[i * width + j] - x[j]) <= rounding)
            j++;
        if (j == width) return true;
    }
    return false;
}

bool hpi_gp_trials_know(const hpi_gp_trials *trials, const double *x) {
    return has_point(trials, trials->x, trials->count, x) ||
           has_point(trials, trials->flight_x, trials->flight_count, x) ||
           has_point(trials, trials->odd_x, trials->odd_count, x);
}
