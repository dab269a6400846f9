/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/search.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "space/hull.h"
#include "space/param.h"
#include "space/rule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum order { IN_ORDER, AT_RANDOM, NEAR } order;

/* The values of a parameter that are still in the box, by number. Of a real range without step the
 * number is the fraction of 2^64. */
typedef struct domain {
    uint64_t lo, hi, last;
    uint64_t wish; /* NEAR */
    hpi_hull hull, whole;
    uint32_t rules_at, rule_count; /* in hpi_search.rules: those that it has a part in */
    uint32_t counted;              /* the last of them while they are counted, plus 1  */
    uint64_t stamp;                /* of the box for which `activity` was worked out   */
    uint8_t  activity;
} domain;

enum { MAY_BE_ACTIVE = 1, MAY_REST = 2 };

/* A domain that was halved, as it was before. */
typedef struct frame {
    hpt_param param;
    bool      is_second, second_is_low;
    uint64_t  lo, hi;
} frame;

struct hpi_search {
    const hpt_space *space;
    const hpi_axes  *axes;
    order            order;
    domain          *domains;
    frame           *frames;
    uint32_t        *rules; /* below constraint_count: a constraint; above: a condition */
    size_t           depth, depth_max;
    hpt_param        at; /* all parameters before it have one value */
    uint64_t         stamp;
    bool             is_fresh, is_over;
    uint64_t         seed, number, words[4], word_count;
    uint32_t         attempt;
};

/* ---- hulls ---- */

static hpt_coord coord_at(const hpi_search *s, hpt_param j, uint64_t index) {
    const param *p = &s->space->params[j];
    if (s->axes) return s->axes->at(s->axes->context, j, index);
    return hpi_is_continuous(p) ? hpt_space_at_fraction(s->space, j, index)
                                : hpi_param_choice(p, index);
}

static hpi_hull hull_at(const hpi_search *s, hpt_param j, uint64_t index) {
    const param *p = &s->space->params[j];
    return hpi_hull_of(hpi_datum_of(hpi_param_value(p, coord_at(s, j, index))));
}

/* Of long lists the hull of all will do until there are few left. */
enum { LIST_MAX = 64 };

static void narrow(hpi_search *s, hpt_param j, uint64_t lo, uint64_t hi) {
    domain *d = &s->domains[j];
    bool    is_range = hpi_is_range(&s->space->params[j]);
    d->lo = lo;
    d->hi = hi;
    s->stamp++;
    if (!is_range && hi - lo >= LIST_MAX && d->whole.may) {
        d->hull = d->whole;
        return;
    }
    d->hull = hpi_hull_join(hull_at(s, j, lo), hull_at(s, j, hi));
    for (uint64_t i = lo + 1; !is_range && i < hi; i++)
        d->hull = hpi_hull_join(d->hull, hull_at(s, j, i));
}

static void load(void *context, hpt_param j, hpi_hull *hull_out);

/* Conditions go at most HPI_CONDITION_DEPTH_MAX deep, and so does this. */
static uint8_t activity_of(hpi_search *s, hpt_param j) {
    domain      *d = &s->domains[j];
    const param *p = &s->space->params[j];
    if (!p->has_condition) return MAY_BE_ACTIVE;
    if (d->stamp == s->stamp) return d->activity;
    hpi_hull hull = hpi_hull_eval(&s->space->rules->conditions[p->condition - 1].expr, load, s);
    d->stamp = s->stamp;
    d->activity = (uint8_t)((hpi_hull_may_be_true(hull) ? MAY_BE_ACTIVE : 0) |
                            (hpi_hull_may_be_untrue(hull) ? MAY_REST : 0));
    return d->activity;
}

static void load(void *context, hpt_param j, hpi_hull *hull_out) {
    hpi_search *s = context;
    uint8_t     activity = activity_of(s, j);
    *hull_out = s->domains[j].hull;
    if (!(activity & MAY_BE_ACTIVE)) hull_out->may = 0;
    if (activity & MAY_REST) hull_out->may |= HPI_MAY_ABSENT;
}

/* ---- pruning ---- */

/* An inactive parameter has its first number, and only that, or equal points would come twice. */
static bool may_hold(hpi_search *s, uint32_t rule) {
    const rules *all = s->space->rules;
    if (rule >= all->constraint_count) {
        hpt_param j = all->conditions[rule - all->constraint_count].param;
        return s->domains[j].lo == 0 || (activity_of(s, j) & MAY_BE_ACTIVE);
    }
    hpi_hull hull = hpi_hull_eval(&all->constraints[rule], load, s);
    return hpi_hull_may_be_true(hull) || (hull.may & HPI_MAY_ABSENT);
}

static bool may_hold_all(hpi_search *s, hpt_param j) {
    const domain *d = &s->domains[j];
    for (uint32_t i = 0; i < d->rule_count; i++)
        if (!may_hold(s, s->rules[d->rules_at + i])) return false;
    return true;
}

/* ---- which half first ---- */

static double unit(hpi_search *s) {
    if (s->word_count % 4 == 0)
        hpi_rng_block(s->seed, s->number, HPI_STREAM_SEARCH + s->attempt, s->word_count / 4,
                      s->words);
    return hpi_rng_unit(s->words[s->word_count++ % 4]);
}

static bool goes_low(hpi_search *s, const domain *d, uint64_t middle) {
    if (s->order == IN_ORDER) return true;
    if (s->order == NEAR) return d->wish <= middle;
    double low = (double)(middle - d->lo) + 1, high = (double)(d->hi - middle);
    return unit(s) * (low + high) < low;
}

/* ---- walking ---- */

static void enter(hpi_search *s, const frame *f, bool is_low) {
    uint64_t middle = f->lo + (f->hi - f->lo) / 2;
    narrow(s, f->param, is_low ? f->lo : middle + 1, is_low ? middle : f->hi);
}

static void halve(hpi_search *s, hpt_param j) {
    const domain *d = &s->domains[j];
    HPI_ASSERT(s->depth < s->depth_max);
    bool   is_low = goes_low(s, d, d->lo + (d->hi - d->lo) / 2);
    frame *f = &s->frames[s->depth++];
    *f = (frame){ .param = j, .second_is_low = !is_low, .lo = d->lo, .hi = d->hi };
    enter(s, f, is_low);
}

/* To the other half of the last box that has one. False: there is none left. */
static bool turn_back(hpi_search *s) {
    while (s->depth > 0) {
        frame *f = &s->frames[s->depth - 1];
        if (!f->is_second) {
            f->is_second = true;
            enter(s, f, f->second_is_low);
            s->at = f->param;
            if (may_hold_all(s, f->param)) return true;
        }
        narrow(s, f->param, f->lo, f->hi);
        s->depth--;
    }
    return false;
}

/* Reals on which nothing depends: any will do, and there is no end of others. */
static bool is_free(const hpi_search *s, hpt_param j) {
    return s->domains[j].last == UINT64_MAX && hpi_is_continuous(&s->space->params[j]) &&
           s->domains[j].rule_count == 0 && s->space->rules->check_count == 0;
}

static void choose_freely(hpi_search *s, hpt_param j) {
    domain  *d = &s->domains[j];
    double   wish = unit(s) * ((double)d->last + 1);
    uint64_t index = wish >= (double)d->last ? d->last : (uint64_t)wish;
    d->lo = d->hi = s->order == NEAR ? d->wish : index;
}

/* The only point of the box, if it is one. */
static bool take_point(hpi_search *s, hpt_coord *point_out) {
    const hpt_space *space = s->space;
    for (hpt_param j = 0; j < space->count; j++)
        point_out[j] = coord_at(s, j, s->domains[j].lo);
    for (uint32_t i = 0; i < space->rules->condition_count; i++) {
        hpt_param j = space->rules->conditions[i].param;
        if (s->domains[j].lo > 0 && !hpt_space_is_active(space, j, point_out)) return false;
    }
    hpi_space_settle(space, point_out, 1);
    return hpt_space_permits(space, point_out);
}

static hpi_found over(hpi_search *s) {
    s->is_over = true;
    return HPI_FOUND_NONE;
}

hpi_found hpi_search_next(hpi_search *s, uint64_t *budget, hpt_coord *point_out) {
    if (s->is_over) return HPI_FOUND_NONE;
    if (!s->is_fresh && !turn_back(s)) return over(s);
    for (s->is_fresh = false; *budget > 0; --*budget) {
        while (s->at < s->space->count && s->domains[s->at].lo == s->domains[s->at].hi)
            s->at++;
        if (s->at == s->space->count) {
            if (take_point(s, point_out)) return HPI_FOUND;
            if (!turn_back(s)) return over(s);
        } else if (is_free(s, s->at)) {
            choose_freely(s, s->at);
        } else {
            halve(s, s->at);
            if (!may_hold_all(s, s->frames[s->depth - 1].param) && !turn_back(s)) return over(s);
        }
    }
    s->is_fresh = true; /* where it is, nothing was found yet */
    return HPI_FOUND_TIRED;
}

/* ---- starting ---- */

static void start(hpi_search *s, order how) {
    s->order = how;
    s->depth = 0;
    s->at = 0;
    s->is_fresh = true;
    s->is_over = false;
    s->word_count = 0;
    for (hpt_param j = 0; j < s->space->count; j++)
        narrow(s, j, 0, s->domains[j].last);
    for (uint32_t i = 0; i < s->space->rules->constraint_count; i++)
        if (!may_hold(s, i)) s->is_over = true;
}

void hpi_search_in_order(hpi_search *s) {
    start(s, IN_ORDER);
}

void hpi_search_at_random(hpi_search *s, uint64_t seed, uint64_t number, uint32_t attempt) {
    s->seed = seed;
    s->number = number;
    s->attempt = attempt;
    start(s, AT_RANDOM);
}

void hpi_search_near(hpi_search *s, const hpt_coord *point) {
    HPI_ASSERT(!s->axes);
    for (hpt_param j = 0; j < s->space->count; j++) {
        const param *p = &s->space->params[j];
        double       t = hpi_is_continuous(p) ? hpt_space_to_unit(s->space, j, point[j]) : 0;
        s->domains[j].wish = !hpi_is_continuous(p) ? hpi_param_index(p, point[j])
                             : t < 1               ? (uint64_t)(t * 0x1p64)
                                                   : UINT64_MAX;
    }
    start(s, NEAR);
}

/* ---- building ---- */

static const hpi_expr *expr_of(const rules *all, uint32_t rule) {
    return rule < all->constraint_count ? &all->constraints[rule]
                                        : &all->conditions[rule - all->constraint_count].expr;
}

/* Each parameter that has a part in a rule: those it reads, whose condition it is, and those that
 * the conditions of these read, unless they are too many. Deeper ones only show later, when a
 * parameter between is halved; nothing is lost by that but time. */
enum { PARENTS_MAX = 4096 };

static void for_each_part(const hpi_search *s, uint32_t rule,
                          void act(hpi_search *s, uint32_t rule, hpt_param j),
                          hpi_search *mutable) {
    const rules    *all = s->space->rules;
    const hpi_expr *expr = expr_of(all, rule);
    uint32_t        parents = 0;
    if (rule >= all->constraint_count)
        act(mutable, rule, all->conditions[rule - all->constraint_count].param);
    for (uint32_t i = 0; i < expr->param_count; i++) {
        const param *p = &s->space->params[expr->params[i]];
        act(mutable, rule, expr->params[i]);
        if (!p->has_condition) continue;
        const hpi_expr *parent = &all->conditions[p->condition - 1].expr;
        parents += parent->param_count;
        if (parents > PARENTS_MAX) continue;
        for (uint32_t k = 0; k < parent->param_count; k++)
            act(mutable, rule, parent->params[k]);
    }
}

/* A parameter may have several parts in a rule, one after the other, and counts once. */
static void count_part(hpi_search *s, uint32_t rule, hpt_param j) {
    domain *d = &s->domains[j];
    if (d->counted == rule + 1) return;
    d->counted = rule + 1;
    d->rule_count++;
}

static void keep_part(hpi_search *s, uint32_t rule, hpt_param j) {
    domain   *d = &s->domains[j];
    uint32_t *mine = s->rules + d->rules_at;
    if (d->rule_count == 0 || mine[d->rule_count - 1] != rule) mine[d->rule_count++] = rule;
}

static bool link_rules(hpi_search *s) {
    const rules *all = s->space->rules;
    uint32_t     rule_count = all->constraint_count + all->condition_count, total = 0;
    for (uint32_t i = 0; i < rule_count; i++)
        for_each_part(s, i, count_part, s);
    for (hpt_param j = 0; j < s->space->count; j++) {
        s->domains[j].rules_at = total;
        total += s->domains[j].rule_count;
        s->domains[j].rule_count = 0;
    }
    s->rules = hpi_alloc(total + 1, sizeof *s->rules);
    for (uint32_t i = 0; s->rules && i < rule_count; i++)
        for_each_part(s, i, keep_part, s);
    return s->rules != NULL;
}

static void measure(hpi_search *s) {
    for (hpt_param j = 0; j < s->space->count; j++) {
        const param *p = &s->space->params[j];
        domain      *d = &s->domains[j];
        uint64_t     size = s->axes ? s->axes->sizes[j] : 0;
        d->last = s->axes ? size - 1 : hpi_is_continuous(p) ? UINT64_MAX : p->last;
        for (uint64_t rest = d->last; rest > 0; rest /= 2)
            s->depth_max++;
        if (!hpi_is_range(p)) {
            narrow(s, j, 0, d->last);
            d->whole = d->hull;
        }
    }
}

hpt_status hpi_search_create(const hpt_space *space, const hpi_axes *axes, hpi_search **search_out,
                             hpt_err *err) {
    HPI_ASSERT(space->rules);
    hpi_search *s = hpi_alloc(1, sizeof *s);
    if (s) {
        s->space = space;
        s->axes = axes;
        s->domains = hpi_alloc(space->count, sizeof *s->domains);
    }
    if (s && s->domains) {
        measure(s);
        s->frames = hpi_alloc_room(s->depth_max + 1, sizeof *s->frames);
    }
    if (!s || !s->frames || !link_rules(s)) {
        hpi_search_destroy(s);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the search of valid points");
    }
    *search_out = s;
    return HPT_OK;
}

void hpi_search_destroy(hpi_search *s) {
    if (!s) return;
    hpi_free(s->domains);
    hpi_free(s->frames);
    hpi_free(s->rules);
    hpi_free(s);
}

/* ---- any valid point ---- */

/* As many as fit. */
static hpt_status refuse_all(const hpt_space *space, hpt_status status, const char *what,
                             hpt_err *err) {
    char     list[160] = "", label[HPI_LABEL_BYTES];
    size_t   bytes = 0;
    uint32_t i = 0;
    for (; i < space->rules->constraint_count; i++) {
        int written = snprintf(list + bytes, sizeof list - bytes, "%s\"%s\"", i ? ", " : "",
                               hpi_label(label, space->rules->constraints[i].text));
        if (written < 0 || (size_t)written >= sizeof list - bytes - 5) break;
        bytes += (size_t)written;
    }
    if (i < space->rules->constraint_count) memcpy(list + bytes, ", ...", sizeof ", ...");
    if (space->rules->constraint_count == 0) memcpy(list, "its checks", sizeof "its checks");
    return hpi_fail(err, status, "%s %s", what, list);
}

/* Restarts with growing effort: an unlucky first choice is not searched to its bitter end. */
enum { FIRST_BUDGET = 1 << 10, ATTEMPTS = 10 };

static hpi_found find_any(hpi_search *s, hpt_coord *point_out) {
    hpi_found found = HPI_FOUND_TIRED;
    for (uint32_t i = 0; i < ATTEMPTS && found == HPI_FOUND_TIRED; i++) {
        uint64_t budget = (uint64_t)FIRST_BUDGET << i;
        hpi_search_at_random(s, 0, 0, i);
        found = hpi_search_next(s, &budget, point_out);
    }
    return found;
}

hpt_status hpi_space_find_valid(const hpt_space *space, hpt_coord *point_out, hpt_err *err) {
    hpi_search *s = NULL;
    for (hpt_param j = 0; j < space->count; j++)
        point_out[j] = hpi_param_rest(&space->params[j]);
    hpi_space_settle(space, point_out, 1);
    if (hpt_space_permits(space, point_out)) return HPT_OK;
    hpt_status status = hpi_search_create(space, NULL, &s, err);
    if (status != HPT_OK) return status;
    hpi_found found = find_any(s, point_out);
    hpi_search_destroy(s);
    if (found == HPI_FOUND) return HPT_OK;
    if (found == HPI_FOUND_NONE)
        return refuse_all(space, HPT_EINVAL, "the space has no valid point:", err);
    return refuse_all(space, HPT_ELIMIT, "no valid point of the space was found with", err);
}

/* ---- the nearest valid point ---- */

enum { NEAR_BUDGET = 1 << 14 };

static hpt_status search_near(const hpt_space *space, hpt_coord *point, hpt_err *err) {
    hpi_search *s = NULL;
    uint64_t    budget = NEAR_BUDGET;
    hpt_coord  *found = hpi_alloc(space->count, sizeof *found);
    if (!found) return hpi_fail(err, HPT_ENOMEM, "out of memory for a point");
    hpt_status status = hpi_search_create(space, NULL, &s, err);
    if (status == HPT_OK) {
        hpi_search_near(s, point);
        if (hpi_search_next(s, &budget, found) != HPI_FOUND)
            status = hpi_space_find_valid(space, found, err);
    }
    if (status == HPT_OK) memcpy(point, found, space->count * sizeof *point);
    hpi_search_destroy(s);
    hpi_free(found);
    return status;
}

hpt_status hpt_space_repair(const hpt_space *space, hpt_coord *point, hpt_err *err) {
    hpt_status status = hpi_space_usable(space, err);
    if (status != HPT_OK) return status;
    if (!point) return hpi_fail(err, HPT_EINVAL, "point is NULL");
    if (!hpt_space_permits(space, point)) return search_near(space, point, err);
    hpi_space_settle(space, point, 1);
    return HPT_OK;
}
