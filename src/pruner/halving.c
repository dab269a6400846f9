/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/halving.h"

#include <string.h>

#include "base/mem.h"

/* So many that have gone on beyond the share cost those to come a place: docs/rationale.md. */
enum { PER_PLACE = 2 };

void hpi_climber_fini(void *climber) {
    hpi_free(((hpi_climber *)climber)->losses);
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
    if (!climber->has_step || step > climber->last_step) climber->last_step = step;
    climber->has_step = true;
}

static bool is_ordered(const hpi_halving *how) {
    return how->kind.window > 0;
}

static double *losses_at(const hpi_halving *how, const hpi_climber *climber, int rung) {
    return climber->losses + (size_t)rung * how->kind.goal_count;
}

/* A trial goes on if it is among so many best ones, of `count` with itself. */
static size_t places(const hpi_halving *how, const hpi_rung_view *view, size_t count) {
    size_t share = count / (size_t)how->factor;
    size_t gone_on = how->balance ? hpi_rung_gone_on(view) : 0;
    size_t taken_back = gone_on > share ? (gone_on - share) / PER_PLACE : 0;
    return share > taken_back ? share - taken_back : 1;
}

/* Whether it goes on beyond a rung that it has just come to. */
static bool is_promoted(const hpi_halving *how, const hpi_rung *rung,
                        const hpt_pruner_report *report) {
    hpi_rung_view view = hpi_rung_see(rung, &how->kind, report->known_below);
    size_t        count = view.count + 1;
    if (count <= (size_t)how->bootstrap) return false;
    return hpi_rung_ahead(&view, report->losses) < places(how, &view, count);
}

/* Whether it goes on from there. */
static bool set(const hpi_halving *how, const hpi_bracket *bracket, hpi_climber *climber, int rung,
                const hpt_pruner_report *report) {
    bool goes_on = is_promoted(how, &bracket->rungs[rung], report);
    climber->steps[rung] = report->step;
    memcpy(losses_at(how, climber, rung), report->losses,
           how->kind.goal_count * sizeof *report->losses);
    climber->gone_on &= ~(UINT64_C(1) << rung);
    climber->gone_on |= (uint64_t)goes_on << rung;
    return goes_on;
}

/* A rung has the losses of the first step at or beyond it, whenever that is told, and a trial goes
 * on from there or not by these: a study file has nothing else to go by. */
static void correct(const hpi_halving *how, const hpi_bracket *bracket, hpi_climber *climber,
                    const hpt_pruner_report *report) {
    for (int rung = 0; rung < climber->count; rung++)
        if (report->step >= bracket->resources[rung] && report->step <= climber->steps[rung])
            set(how, bracket, climber, rung, report);
}

static bool is_at_next(const hpi_bracket *bracket, const hpi_climber *climber, int64_t step) {
    int rung = climber->count;
    if (rung == HPI_HALVING_RUNGS || bracket->resources[rung] == INT64_MAX) return false;
    return step >= bracket->resources[rung];
}

static bool reserve(const hpi_halving *how, hpi_climber *climber) {
    size_t row = how->kind.goal_count * sizeof *climber->losses;
    if (!climber->losses) climber->losses = hpi_alloc_room(HPI_HALVING_RUNGS, row);
    return climber->losses != NULL;
}

bool hpi_bracket_judge(const hpi_halving *how, hpi_bracket *bracket, hpi_climber *climber,
                       const hpt_pruner_report *report) {
    bool is_hopeless = false;
    if (!reserve(how, climber)) return false; /* nobody is stopped because memory is out */
    if (is_ordered(how)) correct(how, bracket, climber, report);
    while (!is_hopeless && is_at_next(bracket, climber, report->step)) {
        int  rung = climber->count++;
        bool goes_on = set(how, bracket, climber, rung, report);
        is_hopeless = !goes_on;
        if (!is_ordered(how))
            hpi_rung_add(&bracket->rungs[rung], &how->kind, report->number, report->losses,
                         goes_on);
    }
    return is_hopeless;
}

void hpi_bracket_end(const hpi_halving *how, hpi_bracket *bracket, const hpi_climber *climber,
                     uint64_t number) {
    for (int rung = 0; is_ordered(how) && rung < climber->count; rung++)
        hpi_rung_add(&bracket->rungs[rung], &how->kind, number, losses_at(how, climber, rung),
                     climber->gone_on >> rung & 1);
}
