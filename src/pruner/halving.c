/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/halving.h"

/* So many that have gone on beyond the share cost those to come a place: docs/rationale.md. */
enum { PER_PLACE = 2 };

void hpi_climber_fini(void *climber) {
    hpi_curve_fini(&((hpi_climber *)climber)->curve);
}

/* INT64_MAX when it is beyond. */
static int64_t times(int64_t a, int64_t b) {
    return a <= INT64_MAX / b ? a * b : INT64_MAX;
}

void hpi_bracket_init(hpi_bracket *bracket, int64_t min_resource, int64_t factor, int64_t rate,
                      int64_t end) {
    int64_t resource = min_resource;
    for (int64_t i = 0; i < rate && resource < INT64_MAX; i++)
        resource = times(resource, factor);
    for (int i = 0; i < HPI_HALVING_RUNGS; i++, resource = times(resource, factor))
        bracket->resources[i] = resource < end ? resource : INT64_MAX;
}

void hpi_bracket_fini(hpi_bracket *bracket) {
    for (int i = 0; i < HPI_HALVING_RUNGS; i++)
        hpi_rung_fini(&bracket->rungs[i]);
}

void hpi_climber_note(hpi_climber *climber, int64_t step) {
    climber->is_ahead = !climber->has_step || step > climber->last_step;
    if (climber->is_ahead) climber->last_step = step;
    climber->has_step = true;
}

static bool is_ordered(const hpi_halving *how) {
    return how->kind.window > 0;
}

/* A trial goes on if it is among so many best ones, of `count` with itself. */
static size_t places(const hpi_halving *how, const hpi_rung_view *view, size_t count) {
    size_t share = count / (size_t)how->factor;
    size_t gone_on = how->balance ? hpi_rung_gone_on(view) : 0;
    size_t taken_back = gone_on > share ? (gone_on - share) / PER_PLACE : 0;
    return share > taken_back ? share - taken_back : 1;
}

/* Whether a trial with these losses goes on beyond a rung that it has come to. */
static bool is_promoted(const hpi_halving *how, const hpi_rung *rung, uint64_t known_below,
                        const double *losses) {
    hpi_rung_view view = hpi_rung_see(rung, &how->kind, known_below);
    size_t        count = view.count + 1;
    if (count <= (size_t)how->bootstrap) return false;
    return hpi_rung_ahead(&view, losses) < places(how, &view, count);
}

static bool is_there(const hpi_bracket *bracket, int rung) {
    return rung < HPI_HALVING_RUNGS && bracket->resources[rung] < INT64_MAX;
}

/* Without a window a trial comes to a rung once, and counts for all others from then on. */
static bool climb_at_once(const hpi_halving *how, hpi_bracket *bracket, hpi_climber *climber,
                          const hpt_pruner_report *report) {
    bool goes_on = true;
    while (goes_on && is_there(bracket, climber->count) &&
           report->step >= bracket->resources[climber->count]) {
        hpi_rung *rung = &bracket->rungs[climber->count++];
        goes_on = is_promoted(how, rung, report->known_below, report->losses);
        hpi_rung_add(rung, &how->kind, report->number, report->losses, goes_on);
    }
    return !goes_on;
}

/* With one, which rungs a trial has come to and at which steps is a function of what it has
 * reported, the last of each step, whatever the order: a study file has nothing else to go by. It
 * is at each rung with the first step at or beyond it that does not lie before its step at the rung
 * before, and lies behind that if it was found hopeless there. */

static bool has_gone_on(const hpi_climber *climber, int rung) {
    return climber->gone_on >> rung & 1;
}

/* The highest rung at or below a step; -1: there is none. */
static int rung_below(const hpi_bracket *bracket, int64_t step) {
    int rung = -1;
    while (is_there(bracket, rung + 1) && step >= bracket->resources[rung + 1])
        rung++;
    return rung;
}

/* From rung k to the next only the first k + 1 steps are ever needed: one for the rung itself, and
 * one for each before at which the trial was hopeless, and reported on. False: it is not needed. */
static bool keep(const hpi_halving *how, const hpi_bracket *bracket, hpi_curve *curve,
                 const hpt_pruner_report *report) {
    int rung = rung_below(bracket, report->step);
    if (rung < 0) return false;
    bool   is_last = !is_there(bracket, rung + 1);
    size_t needed = (size_t)rung + 1, before = curve->count;
    size_t from = hpi_curve_below(curve, bracket->resources[rung]);
    size_t end = is_last ? before : hpi_curve_below(curve, bracket->resources[rung + 1]);
    bool   is_full = end - from == needed;
    if (is_full && report->step > curve->steps[end - 1]) return false;
    if (!hpi_curve_put(curve, how->kind.goal_count, report->step, report->losses)) return false;
    if (is_full && curve->count > before) hpi_curve_drop(curve, how->kind.goal_count, end);
    return true;
}

/* Where in its curve a trial comes to a rung; behind the end: it has not. */
static size_t place_at(const hpi_bracket *bracket, const hpi_climber *climber, int rung) {
    size_t first = hpi_curve_below(&climber->curve, bracket->resources[rung]);
    if (rung == 0) return first;
    size_t from = hpi_curve_below(&climber->curve, climber->steps[rung - 1]);
    if (!has_gone_on(climber, rung - 1)) from++;
    return from > first ? from : first;
}

/* The first rung at which a report changes something. */
static int first_at(const hpi_bracket *bracket, const hpi_climber *climber, int64_t step) {
    int rung = 0;
    while (rung < climber->count &&
           (step < bracket->resources[rung] || step > climber->steps[rung]))
        rung++;
    return rung;
}

static void climb(const hpi_halving *how, const hpi_bracket *bracket, hpi_climber *climber,
                  uint64_t known_below) {
    const hpi_curve *curve = &climber->curve;
    for (; is_there(bracket, climber->count); climber->count++) {
        int    rung = climber->count;
        size_t place = place_at(bracket, climber, rung);
        if (place == curve->count) return;
        const double *losses = curve->losses + place * how->kind.goal_count;
        bool          goes_on = is_promoted(how, &bracket->rungs[rung], known_below, losses);
        climber->steps[rung] = curve->steps[place];
        climber->gone_on &= ~(UINT64_C(1) << rung);
        climber->gone_on |= (uint64_t)goes_on << rung;
    }
}

/* What comes late or again is kept, but makes nobody hopeless. */
static bool climb_again(const hpi_halving *how, const hpi_bracket *bracket, hpi_climber *climber,
                        const hpt_pruner_report *report) {
    if (!keep(how, bracket, &climber->curve, report)) return false;
    int first = first_at(bracket, climber, report->step);
    climber->count = (uint8_t)first;
    climb(how, bracket, climber, report->known_below);
    bool is_new = climber->is_ahead && climber->count > first;
    return is_new && !has_gone_on(climber, climber->count - 1);
}

bool hpi_bracket_judge(const hpi_halving *how, hpi_bracket *bracket, hpi_climber *climber,
                       const hpt_pruner_report *report) {
    if (is_ordered(how)) return climb_again(how, bracket, climber, report);
    return climber->is_ahead && climb_at_once(how, bracket, climber, report);
}

void hpi_bracket_end(const hpi_halving *how, hpi_bracket *bracket, const hpi_climber *climber,
                     uint64_t number) {
    const hpi_curve *curve = &climber->curve;
    for (int rung = 0; is_ordered(how) && rung < climber->count; rung++) {
        size_t place = hpi_curve_below(curve, climber->steps[rung]);
        hpi_rung_add(&bracket->rungs[rung], &how->kind, number,
                     curve->losses + place * how->kind.goal_count, has_gone_on(climber, rung));
    }
}
