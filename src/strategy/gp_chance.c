/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_chance.h"

#include <math.h>

#include "base/mem.h"
#include "strategy/gp_acquire.h"

/* Where little is left to be gained within a border, the model promises thousands of times as much
 * behind it, so that the chance alone keeps nobody from trying. With powers 1, 3, 10 and 30 half,
 * 40, 29 and 21 % of 100 trials failed; with a high one places are never seen of which nothing is
 * known (docs/strategies.md). */
static const double power = 15;

bool hpi_gp_chance_init(hpi_gp_chance *it, size_t width, size_t number_count) {
    *it = (hpi_gp_chance){ 0 };
    hpi_gp_trials_init(&it->marks, width, false);
    bool is_made = hpi_gp_surrogate_init(&it->surrogate, width, number_count, false);
    it->surrogate.bend = (double)INFINITY; /* marks are what they are */
    return is_made;
}

void hpi_gp_chance_fini(hpi_gp_chance *it) {
    hpi_gp_trials_fini(&it->marks);
    hpi_gp_surrogate_fini(&it->surrogate);
    hpi_free(it->chosen);
    *it = (hpi_gp_chance){ 0 };
}

/* While nothing fails marks are kept, and no model. */
bool hpi_gp_chance_reserve(hpi_gp_chance *it, size_t flights, size_t most) {
    size_t count = it->marks.count + 1 < most ? it->marks.count + 1 : most;
    if (!hpi_gp_trials_reserve_more(&it->marks, flights + 1)) return false;
    if (it->failed_count == 0) return true;
    if (count > it->room) {
        size_t room = count + count / 2, *chosen = hpi_resize(it->chosen, room, sizeof *chosen);
        if (!chosen) return false;
        it->chosen = chosen;
        it->room = room;
    }
    return hpi_gp_surrogate_reserve(&it->surrogate, count, 0);
}

void hpi_gp_chance_tell(hpi_gp_chance *it, const double *x, bool has_failed) {
    double      mark = has_failed ? 1 : 0;
    hpt_outcome outcome = {
        .struct_size = sizeof outcome, .state = HPT_TRIAL_COMPLETE, .loss = mark, .bound = NAN
    };
    size_t before = it->marks.count;
    hpi_gp_trials_tell(&it->marks, &outcome, x);
    it->failed_count += has_failed && it->marks.count > before;
}

/* The first half as many as the model takes, which lie everywhere, and the newest, which lie where
 * the search is. These change once in a while only, because that costs n^3. */
static size_t choose(hpi_gp_chance *it, size_t most) {
    size_t count = it->marks.count, half = most / 2, kept = 0, from = half;
    if (most > it->room) most = it->room;
    if (count > most) {
        size_t period = half / 2;
        from = count - count % period - period;
        if (from < half) from = half;
    }
    for (size_t i = 0; i < count && i < half && kept < most; i++)
        it->chosen[kept++] = i;
    for (size_t i = from; i < count && kept < most; i++)
        it->chosen[kept++] = i;
    return kept;
}

bool hpi_gp_chance_learn(hpi_gp_chance *it, size_t most) {
    if (it->failed_count == 0 || it->failed_count == it->marks.count || it->room == 0) return false;
    size_t count = choose(it, most), failed = 0;
    for (size_t i = 0; i < count; i++)
        failed += it->marks.loss[it->chosen[i]] > 0;
    if (failed == 0 || failed == count) return false;
    hpi_gp_surrogate_learn(&it->surrogate, &it->marks, it->chosen, count);
    return true;
}

double hpi_gp_chance_log(const hpi_gp_chance *it, hpi_gp_belief belief, double *slope_out) {
    double deviation = sqrt(belief.variance + it->surrogate.model.theta.noise);
    double chance = hpi_gp_log_below(-belief.mean / deviation, slope_out);
    if (slope_out) *slope_out *= power;
    return power * chance;
}

double hpi_gp_chance_slope(const hpi_gp_chance *it, const double *x, double *room,
                           double *slopes_out) {
    const hpi_gp_model *model = &it->surrogate.model;
    size_t              count = model->points.number_count;
    double             *means = room, *variances = room + model->points.dim_count + 1, slope;
    hpi_gp_belief       belief = hpi_gp_predict_slope(model, x, means, variances);
    double              all = belief.variance + model->theta.noise, deviation = sqrt(all);
    double              chance = hpi_gp_chance_log(it, belief, &slope);
    double              by_variance = belief.mean / (2 * all * deviation);
    for (size_t j = 0; j < count; j++)
        slopes_out[j] = slope * (by_variance * variances[j] - means[j] / deviation);
    return chance;
}
