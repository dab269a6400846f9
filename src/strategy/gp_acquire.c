/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/gp_acquire.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "space/space.h"
#include "strategy/approx.h"
#include "strategy/climb.h"
#include "strategy/normal.h"

enum { LANES = HPI_GP_LANES, STARTS_MAX = HPI_GP_STARTS_MAX, CANDIDATES_MAX = 512, CLIMBS = 3 };
enum { REPAIRS_MAX = 24 }; /* for one trial: each takes some ten microseconds */

/* ---- expected improvement ---- */

static const double sqrt_2_pi = 2.50662827463100050;

/* Q(x) / exp(-x^2 / 2) for 0 <= x < 7, Q(x) = P(Z > x), to 15 digits: Hart, "Computer
 * Approximations", 1968, no. 5666. */
static double tail_ratio(double x) {
    static const double above[] = { 3.52624965998911e-2, 0.700383064443688, 6.37396220353165,
                                    33.912866078383,     112.079291497871,  221.213596169931,
                                    220.206867912376 };
    static const double below[] = { 8.83883476483184e-2, 1.75566716318264, 16.064177579207,
                                    86.7807322029461,    296.564248779674, 637.333633378831,
                                    793.826512519948,    440.413735824752 };
    double              n = 0, d = 0;
    for (size_t i = 0; i < sizeof above / sizeof above[0]; i++)
        n = n * x + above[i];
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
        d = d * x + below[i];
    return n / d;
}

/* Mills' ratio Q / phi = 1 / (x + c) as a continued fraction, c = 1 / (x + 2 / (x + 3 / ...)), for
 * x from 4 on. */
static double mills_rest(double x) {
    double c = x;
    for (int k = 40; k > 1; k--)
        c = x + k / c;
    return 1 / c;
}

double hpi_gp_log_below(double z, double *slope_out) {
    double bell = hpi_exp(-z * z / 2), share = 1;
    if (z < -4) {
        double over = mills_rest(-z) - z;
        if (slope_out) *slope_out = over;
        return -hpi_log(over * sqrt_2_pi) - z * z / 2;
    }
    if (z < 7) share = z < 0 ? bell * tail_ratio(-z) : 1 - bell * tail_ratio(z);
    if (slope_out) *slope_out = bell / sqrt_2_pi / share;
    return hpi_log(share);
}

/* Far below zero phi and z Phi cancel; by Mills' ratio phi - x Q = phi c / (x + c), which does not.
 */
double hpi_gp_log_improvement(double z, double *slope_out) {
    double x = -z, gain, slope;
    if (z < -4) {
        double c = mills_rest(x);
        slope = 1 / c;
        gain = hpi_log(c / ((x + c) * sqrt_2_pi)) - z * z / 2;
    } else {
        double at = z < 7 ? z : 7, bell = hpi_exp(-at * at / 2);
        double share = at < 0 ? bell * tail_ratio(-at) : 1 - bell * tail_ratio(at);
        double improvement = bell / sqrt_2_pi + z * share;
        slope = share / improvement;
        gain = hpi_log(improvement);
    }
    if (slope_out) *slope_out = slope;
    return gain;
}

static double score_of(const hpi_gp_acquire *it, hpi_gp_belief belief) {
    double sigma = sqrt(belief.variance);
    return hpi_gp_log_improvement((it->best - belief.mean) / sigma, NULL) + hpi_log(sigma);
}

/* Improvements below this, in standard deviations of the losses, are as good as none where trials
 * may fail: once all is found that can be, the model would go on trying what lies behind the
 * border. With 0, 1e-7, 1e-5 and 1e-3 in its place 22, 19, 17 and 15 % of 100 trials failed, but
 * with the last two less was found where the best is one of few points on the border. */
static const double trifle = 1e-6;

/* log(improvement + trifle) of its logarithm, and the slope of the former by the latter. */
static double above_trifle(double log_improvement, double *slope_out) {
    double least = hpi_log(trifle), most = fmax(log_improvement, least);
    double sum = most + hpi_log(hpi_exp(log_improvement - most) + hpi_exp(least - most));
    if (slope_out) *slope_out = hpi_exp(log_improvement - sum);
    return sum;
}

static double score_at(const hpi_gp_acquire *it, const double *x) {
    double score = score_of(it, hpi_gp_predict(it->model, x));
    if (!it->chance) return score;
    hpi_gp_belief belief = hpi_gp_predict(&it->chance->surrogate.model, x);
    return above_trifle(score, NULL) + hpi_gp_chance_log(it->chance, belief, NULL);
}

/* ---- memory ---- */

bool hpi_gp_acquire_init(hpi_gp_acquire *it, const hpi_searched *searched) {
    size_t numbers = searched->number_count, width = numbers + searched->category_count + 1;
    *it = (hpi_gp_acquire){ .searched = searched };
    it->low = hpi_alloc(4 * width, sizeof(double));
    it->starts = hpi_alloc((STARTS_MAX + CLIMBS + LANES + 7) * width, sizeof(double));
    it->room = hpi_alloc(hpi_climb_room(numbers + 1), sizeof(double));
    it->point = hpi_alloc(searched->param_count + 1, sizeof *it->point);
    it->choices = hpi_alloc(width, sizeof *it->choices);
    it->has_rules = hpi_space_has_rules(searched->space);
    if (!it->low || !it->starts || !it->room || !it->point || !it->choices) return false;
    it->high = it->low + width;
    it->copies = it->starts + STARTS_MAX * width;
    it->lanes = it->copies + CLIMBS * width;
    it->trial = it->lanes + LANES * width;
    it->slopes = it->trial + width; /* two of them */
    it->parts = it->slopes + 2 * width;
    it->more_slopes = it->parts + width; /* three of them */
    return true;
}

void hpi_gp_acquire_fini(hpi_gp_acquire *it) {
    hpi_free(it->low);
    hpi_free(it->starts);
    hpi_free(it->room);
    hpi_free(it->point);
    hpi_free(it->choices);
    *it = (hpi_gp_acquire){ 0 };
}

static size_t width_of(const hpi_gp_acquire *it) {
    return it->searched->number_count + it->searched->category_count;
}

/* ---- points ---- */

static void write_raw(const hpi_searched *searched, const double *x, uint32_t *choices_room,
                      hpt_coord *point_out) {
    for (size_t k = 0; k < searched->category_count; k++)
        choices_room[k] = (uint32_t)x[searched->number_count + k];
    hpi_searched_point(searched, x, choices_room, point_out);
}

void hpi_gp_write_point(const hpi_searched *searched, const double *x, uint32_t *choices_room,
                        hpt_coord *point_out) {
    write_raw(searched, x, choices_room, point_out);
    hpi_repair_point(&searched->repair, point_out);
    hpi_space_settle(searched->space, point_out, 1);
}

void hpi_gp_read_point(const hpi_searched *searched, const hpt_coord *point, uint32_t *choices_room,
                       double *x_out) {
    hpi_searched_numbers(searched, point, x_out);
    hpi_searched_choices(searched, point, choices_room);
    for (size_t k = 0; k < searched->category_count; k++)
        x_out[searched->number_count + k] = choices_room[k];
}

/* As it will be evaluated: constraints hold, and inactive parameters rest. False: they do not hold,
 * and enough points were repaired. */
static bool make_valid(hpi_gp_acquire *it, double *x) {
    const hpi_searched *searched = it->searched;
    if (!it->has_rules) return true;
    write_raw(searched, x, it->choices, it->point);
    if (!hpt_space_permits(searched->space, it->point)) {
        if (it->repairs == 0) return false;
        it->repairs--;
        hpi_repair_point(&searched->repair, it->point);
    }
    hpi_space_settle(searched->space, it->point, 1);
    hpi_gp_read_point(searched, it->point, it->choices, x);
    return true;
}

/* ---- candidates ---- */

static void draw(hpi_gp_acquire *it, double *uniform_out, size_t count) {
    uint64_t words[4];
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0) hpi_rng_block(it->seed, it->number, HPI_STREAM_MODEL, it->block++, words);
        uniform_out[i] = ((double)(words[i % 4] >> 12) + 0.5) * 0x1p-52;
    }
}

/* To where the trial will be seen. */
static double snapped(const hpi_gp_acquire *it, size_t j, double x) {
    const hpi_number *number = &it->searched->numbers[j];
    x = fmin(fmax(x, it->low[j]), it->high[j]);
    if (!number->has_cells) return x;
    const hpt_space *space = it->searched->space;
    return hpt_space_to_unit(space, number->param, hpt_space_from_unit(space, number->param, x));
}

/* In place of the uniform numbers x: anywhere, or `reach` away from the centre in some dimensions.
 */
static void place(const hpi_gp_acquire *it, double *x, double reach, double share) {
    const hpi_searched *searched = it->searched;
    for (size_t j = 0; j < searched->number_count; j++) {
        double u = x[j], wide = it->high[j] - it->low[j];
        if (reach <= 0)
            x[j] = it->low[j] + u * wide;
        else if (u >= share)
            x[j] = it->centre[j];
        else
            x[j] = it->centre[j] + reach * wide * hpi_normal_quantile(u / share);
        x[j] = snapped(it, j, x[j]);
    }
    for (size_t k = 0; k < searched->category_count; k++) {
        size_t   j = searched->number_count + k;
        uint32_t count = searched->categories[k].choice_count;
        double   chance = reach <= 0 ? 1 : fmin(share, 0.3), u = x[j];
        x[j] = u < chance ? fmin(floor(u / chance * count), count - 1.0) : it->centre[j];
    }
}

static void make_candidate(hpi_gp_acquire *it, size_t index, double *x) {
    static const double reaches[] = { 0, 0.2, 0, 0.05, 0, 0.01, 0, 0.002 };
    size_t              width = width_of(it);
    double              few = width > 20 ? 20.0 / (double)width : 1;
    draw(it, x, width);
    place(it, x, it->centre ? reaches[index % 8] : 0, index % 16 < 8 ? 1 : fmin(few, 0.5));
}

/* Among the best so far? Then remember. */
static void offer(hpi_gp_acquire *it, const double *x, double score) {
    size_t width = width_of(it), at = it->start_count;
    if (!(score > -(double)INFINITY)) return;
    if (at == STARTS_MAX && !(score > it->scores[at - 1])) return;
    if (it->is_known(it->user, x)) return;
    if (at == STARTS_MAX) at--;
    for (; at > 0 && score > it->scores[at - 1]; at--) {
        it->scores[at] = it->scores[at - 1];
        memcpy(it->starts + at * width, it->starts + (at - 1) * width, width * sizeof *x);
    }
    it->scores[at] = score;
    memcpy(it->starts + at * width, x, width * sizeof *x);
    if (it->start_count < STARTS_MAX) it->start_count++;
}

/* The scores of the candidates in the lanes. */
static void score_lanes(const hpi_gp_acquire *it, double scores_out[LANES]) {
    double means[LANES], variances[LANES];
    hpi_gp_predict_lanes(it->model, it->lanes, means, variances);
    for (size_t p = 0; p < LANES; p++)
        scores_out[p] = score_of(it, (hpi_gp_belief){ means[p], variances[p] });
    if (!it->chance) return;
    hpi_gp_predict_lanes(&it->chance->surrogate.model, it->lanes, means, variances);
    for (size_t p = 0; p < LANES; p++)
        scores_out[p] =
            above_trifle(scores_out[p], NULL) +
            hpi_gp_chance_log(it->chance, (hpi_gp_belief){ means[p], variances[p] }, NULL);
}

static void screen(hpi_gp_acquire *it, size_t count) {
    size_t width = width_of(it);
    double scores[LANES];
    bool   is_valid[LANES];
    for (size_t first = 0; first < count; first += LANES) {
        for (size_t p = 0; p < LANES; p++) {
            make_candidate(it, first + p, it->trial);
            is_valid[p] = make_valid(it, it->trial);
            for (size_t j = 0; j < width; j++)
                it->lanes[j * LANES + p] = it->trial[j];
        }
        score_lanes(it, scores);
        for (size_t p = 0; p < LANES; p++) {
            for (size_t j = 0; j < width; j++)
                it->trial[j] = it->lanes[j * LANES + p];
            if (is_valid[p]) offer(it, it->trial, scores[p]);
        }
    }
}

/* ---- uphill ---- */

typedef struct ascent {
    hpi_gp_acquire *acquire;
    double         *x; /* with the lists, which stay */
} ascent;

/* Numbers with cells stay where they are, and where there is but one place. */
static bool is_fixed(const hpi_gp_acquire *it, size_t j) {
    return it->searched->numbers[j].has_cells || !(it->high[j] > it->low[j]);
}

/* From parts of where to look, which is about as wide as the model's length scales are long. */
static void unscale(const hpi_gp_acquire *it, const double *parts, double *numbers_out) {
    for (size_t j = 0; j < it->searched->number_count; j++)
        if (!is_fixed(it, j))
            numbers_out[j] = fmin(it->low[j] + parts[j] * (it->high[j] - it->low[j]), it->high[j]);
}

/* The score with the chance not to fail. The slopes are those of minus the score, by parts. */
static double add_chance(const ascent *at, double score, double *slopes) {
    const hpi_gp_acquire *it = at->acquire;
    double               *more = it->more_slopes, by_score;
    score = above_trifle(score, &by_score);
    score += hpi_gp_chance_slope(it->chance, at->x, more + width_of(it) + 1, more);
    for (size_t j = 0; j < it->searched->number_count; j++)
        slopes[j] = by_score * slopes[j] - more[j] * (it->high[j] - it->low[j]);
    return score;
}

static double descend(void *user, const double *parts, double *slopes_out) {
    const ascent         *at = user;
    const hpi_gp_acquire *it = at->acquire;
    size_t                count = it->searched->number_count, width = width_of(it);
    double               *variance_slopes = it->slopes + width + 1, slope;
    unscale(it, parts, at->x);
    hpi_gp_belief belief = hpi_gp_predict_slope(it->model, at->x, it->slopes, variance_slopes);
    double        sigma = sqrt(belief.variance), z = (it->best - belief.mean) / sigma;
    double        score = hpi_gp_log_improvement(z, &slope) + hpi_log(sigma);
    double        by_mean = -slope / sigma, by_variance = (1 - z * slope) / (2 * belief.variance);
    for (size_t j = 0; j < count; j++)
        slopes_out[j] = -(by_mean * it->slopes[j] + by_variance * variance_slopes[j]) *
                        (it->high[j] - it->low[j]);
    if (!it->chance) return -score;
    return -add_chance(at, score, slopes_out);
}

static void climb_numbers(hpi_gp_acquire *it, double *x, size_t call_max) {
    size_t    count = it->searched->number_count, width = width_of(it) + 1;
    double   *low = it->low + 2 * width, *high = low + width, *parts = it->parts;
    ascent    at = { .acquire = it, .x = it->trial };
    hpi_climb climb = { .dim_count = count,
                        .low = low,
                        .high = high,
                        .function = descend,
                        .user = &at,
                        .call_max = call_max,
                        .tolerance = 1e-7,
                        .step_max = 0.2,
                        .room = it->room };
    bool      is_free = false;
    for (size_t j = 0; j < count; j++) {
        bool is_held = is_fixed(it, j);
        parts[j] = is_held ? 0 : (x[j] - it->low[j]) / (it->high[j] - it->low[j]);
        parts[j] = fmin(fmax(parts[j], 0), 1);
        low[j] = 0;
        high[j] = is_held ? 0 : 1;
        is_free |= !is_held;
    }
    memcpy(it->trial, x, width_of(it) * sizeof *x);
    if (is_free) (void)hpi_climb_down(&climb, parts);
    unscale(it, parts, x);
}

/* Try other values of the discrete dimensions, one at a time. */
static double improve_discrete(hpi_gp_acquire *it, double *x, double score, size_t *calls) {
    const hpi_searched *searched = it->searched;
    for (size_t j = 0; j < width_of(it); j++) {
        bool     is_list = j >= searched->number_count;
        uint32_t count =
            is_list ? searched->categories[j - searched->number_count].choice_count : 0;
        size_t tries = is_list ? (count <= 16 ? count : 16) : 6;
        if (!is_list && !searched->numbers[j].has_cells) continue;
        for (size_t t = 0; t<tries && * calls> 0; t++, (*calls)--) {
            double before = x[j], u = 0, low = 0, high = 0;
            if (is_list && count > 16) draw(it, &u, 1);
            if (!is_list) hpi_searched_cell(searched, j, x[j], &low, &high);
            if (is_list)
                x[j] = count > 16 ? floor(u * count) : (double)t;
            else
                x[j] = snapped(it, j, x[j] + (t % 2 ? -1.0 : 1.0) * (1 << t) * (high - low));
            if (x[j] == before) continue;
            double found = score_at(it, x);
            if (found > score && !it->is_known(it->user, x))
                score = found;
            else
                x[j] = before;
        }
    }
    return score;
}

static void refine_start(hpi_gp_acquire *it, double *x, double score, size_t calls) {
    bool   is_mixed = it->searched->category_count > 0;
    size_t discrete = calls;
    for (size_t j = 0; j < it->searched->number_count; j++)
        is_mixed |= it->searched->numbers[j].has_cells;
    if (is_mixed) score = improve_discrete(it, x, score, &discrete);
    climb_numbers(it, x, calls);
    score = score_at(it, x);
    if (is_mixed) score = improve_discrete(it, x, score, &discrete);
    if (it->has_rules) {
        if (!make_valid(it, x)) return;
        score = score_at(it, x);
    }
    offer(it, x, score);
}

/* From copies: what is found is put among the best. */
static void refine(hpi_gp_acquire *it, size_t calls) {
    size_t width = width_of(it), count = it->start_count < CLIMBS ? it->start_count : CLIMBS;
    double scores[CLIMBS];
    memcpy(scores, it->scores, sizeof scores);
    memcpy(it->copies, it->starts, count * width * sizeof(double));
    for (size_t k = 0; k < count; k++)
        refine_start(it, it->copies + k * width, scores[k], calls);
}

bool hpi_gp_acquire_best(hpi_gp_acquire *it, double work, double *x_out) {
    size_t n = it->model->points.count, width = width_of(it);
    double cost =
        0.5 * (double)(n * n) + (double)n * (2.0 * (double)width + 15) + 20.0 * (double)width;
    double count = fmin(fmax(work / cost, 16), fmin(64 + 8 * (double)n, CANDIDATES_MAX));
    it->block = 0;
    it->repairs = REPAIRS_MAX;
    it->start_count = 0;
    screen(it, (size_t)count / LANES * LANES);
    it->repairs += CLIMBS;
    if (it->start_count == 0) return false;
    refine(it, (size_t)fmin(fmax(work / cost / 8, 4), 150));
    memcpy(x_out, it->starts, width * sizeof *x_out);
    return true;
}
