/* SPDX-License-Identifier: BSD-3-Clause */

/* Constraints and conditions: added, and held against a point. */

#include "space/rule.h"

#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"

#include <stdio.h>
#include <string.h>

/* ---- adding ---- */

static rules *rules_of(hpt_space *space) {
    if (!space->rules) space->rules = hpi_alloc(1, sizeof *space->rules);
    if (!space->rules) hpi_space_fail(space, HPT_ENOMEM, "out of memory for the rules of a space");
    return space->rules;
}

static bool grow(void **items, uint32_t count, uint32_t *room, size_t item_bytes) {
    if (count < *room) return true;
    uint32_t wanted = *room ? 2 * *room : 4;
    void    *grown = hpi_resize(*items, wanted, item_bytes);
    if (!grown) return false;
    *items = grown;
    *room = wanted;
    return true;
}

/* What is wrong with an expression becomes the space's error: what it is for, and where. */
static hpt_status refuse_expr(hpt_space *space, const char *what, const hpt_err *err) {
    hpi_space_fail(space, err->code, "%s %s", what, err->text);
    space->error.line = err->line;
    space->error.col = err->col;
    return err->code;
}

hpt_status hpt_space_add_constraint(hpt_space *space, const char *expression) {
    hpt_err    err = { 0 };
    hpi_expr   expr;
    hpt_status status = hpi_space_usable(space, NULL);
    if (status != HPT_OK) return status;
    rules *all = rules_of(space);
    if (!all) return HPT_ENOMEM;
    if (all->constraint_count == HPI_CONSTRAINT_COUNT_MAX)
        return hpi_space_fail(space, HPT_ELIMIT, "a constraint is one above the limit of %d",
                              HPI_CONSTRAINT_COUNT_MAX);
    if (hpi_expr_compile(&expr, space, expression, &err) != HPT_OK)
        return refuse_expr(space, "constraint", &err);
    void *items = all->constraints;
    if (!grow(&items, all->constraint_count, &all->constraint_room, sizeof expr)) {
        hpi_expr_fini(&expr);
        return hpi_space_fail(space, HPT_ENOMEM, "out of memory for a constraint");
    }
    all->constraints = items;
    all->constraints[all->constraint_count++] = expr;
    return HPT_OK;
}

hpt_status hpt_space_add_check(hpt_space *space, hpt_check_function *function, void *user) {
    hpt_status status = hpi_space_usable(space, NULL);
    if (status != HPT_OK) return status;
    if (!function) return hpi_space_fail(space, HPT_EINVAL, "the function of a check is NULL");
    rules *all = rules_of(space);
    if (!all) return HPT_ENOMEM;
    if (all->check_count == HPI_CHECK_COUNT_MAX)
        return hpi_space_fail(space, HPT_ELIMIT, "a check is one above the limit of %d",
                              HPI_CHECK_COUNT_MAX);
    all->checks[all->check_count++] = (check){ function, user };
    return HPT_OK;
}

/* ---- the order of conditions ---- */

/* Whether all conditional parameters that it reads have their place already. */
static const param *unplaced_parent(const hpt_space *space, const condition *c) {
    for (uint32_t i = 0; i < c->expr.param_count; i++) {
        const param *parent = &space->params[c->expr.params[i]];
        if (parent->has_condition && parent->condition == 0) return parent;
    }
    return NULL;
}

static const condition *condition_of(const rules *all, const hpt_space *space, const param *p) {
    uint32_t i = 0;
    while (&space->params[all->conditions[i].param] != p)
        i++;
    return &all->conditions[i];
}

/* Of the parameters that have no place: from each to one that it waits for, until one comes again.
 */
static hpt_status refuse_cycle(hpt_space *space, const condition *from) {
    char         text[160], label[HPI_LABEL_BYTES];
    const rules *all = space->rules;
    const param *p = &space->params[from->param];
    for (uint32_t i = 0; i < all->condition_count; i++) /* now it is in the cycle */
        p = unplaced_parent(space, condition_of(all, space, p));
    const param *first = p;
    size_t       bytes = 0;
    do {
        const param *next = unplaced_parent(space, condition_of(all, space, p));
        int          written =
            snprintf(text + bytes, sizeof text - bytes, "\"%s\" on ", hpi_label(label, p->name));
        if (written < 0 || (size_t)written >= sizeof text - bytes) break;
        bytes += (size_t)written;
        p = next;
    } while (p != first);
    return hpi_space_fail(space, HPT_EINVAL, "conditions go in a circle: %s\"%s\"", text,
                          hpi_label(label, first->name));
}

/* Holding its place behind its parents, which have theirs. */
static hpt_status measure_depth(hpt_space *space, condition *c) {
    c->depth = 1;
    for (uint32_t i = 0; i < c->expr.param_count; i++) {
        const param *parent = &space->params[c->expr.params[i]];
        if (!parent->has_condition) continue;
        uint32_t depth = space->rules->conditions[parent->condition - 1].depth;
        if (depth >= c->depth) c->depth = depth + 1;
    }
    if (c->depth <= HPI_CONDITION_DEPTH_MAX) return HPT_OK;
    char label[HPI_LABEL_BYTES];
    return hpi_space_fail(space, HPT_ELIMIT,
                          "parameter \"%s\": conditions on conditions are deeper than %d",
                          hpi_label(label, space->params[c->param].name), HPI_CONDITION_DEPTH_MAX);
}

/* By passes: in each, those whose parents have their place get theirs. */
static hpt_status order_conditions(hpt_space *space) {
    rules *all = space->rules;
    for (uint32_t i = 0; i < all->condition_count; i++)
        space->params[all->conditions[i].param].condition = 0;
    for (uint32_t placed = 0; placed < all->condition_count;) {
        uint32_t before = placed;
        for (uint32_t i = placed; i < all->condition_count; i++) {
            condition c = all->conditions[i];
            if (unplaced_parent(space, &c)) continue;
            memmove(&all->conditions[placed + 1], &all->conditions[placed],
                    (i - placed) * sizeof c);
            hpt_status status = measure_depth(space, &c);
            if (status != HPT_OK) return status;
            all->conditions[placed++] = c;
            space->params[c.param].condition = placed;
        }
        if (placed == before) return refuse_cycle(space, &all->conditions[placed]);
    }
    return HPT_OK;
}

static bool is_read_by_a_condition(const rules *all, hpt_param handle) {
    for (uint32_t i = 0; i < all->condition_count; i++)
        if (hpi_expr_reads(&all->conditions[i].expr, handle)) return true;
    return false;
}

static hpt_status insert_condition(hpt_space *space, hpt_param handle, hpi_expr *expr) {
    rules *all = space->rules;
    param *p = &space->params[handle];
    void  *items = all->conditions;
    if (!grow(&items, all->condition_count, &all->condition_room, sizeof(condition))) {
        hpi_expr_fini(expr);
        return hpi_space_fail(space, HPT_ENOMEM, "out of memory for a condition");
    }
    all->conditions = items;
    all->conditions[all->condition_count++] = (condition){ .param = handle, .expr = *expr };
    p->has_condition = true;
    p->condition = all->condition_count;
    bool is_last = !is_read_by_a_condition(all, handle);
    return is_last ? measure_depth(space, &all->conditions[all->condition_count - 1])
                   : order_conditions(space);
}

hpt_status hpt_space_set_condition(hpt_space *space, hpt_param handle, const char *expression) {
    hpt_err    err = { 0 };
    hpi_expr   expr;
    char       label[HPI_LABEL_BYTES], what[HPI_LABEL_BYTES + 32];
    hpt_status status = hpi_space_usable(space, NULL);
    if (status != HPT_OK) return status;
    if (handle >= space->count)
        return hpi_space_fail(space, HPT_EINVAL, "handle %u is no parameter: there are %u",
                              (unsigned)handle, (unsigned)space->count);
    const param *p = &space->params[handle];
    hpi_label(label, p->name);
    if (p->kind == HPT_KIND_CONSTANT)
        return hpi_space_fail(space, HPT_EINVAL, "parameter \"%s\": a constant has no condition",
                              label);
    if (p->has_condition)
        return hpi_space_fail(space, HPT_EINVAL, "parameter \"%s\" has a condition already", label);
    rules *all = rules_of(space);
    if (!all) return HPT_ENOMEM;
    if (all->condition_count == HPI_CONDITION_COUNT_MAX)
        return hpi_space_fail(space, HPT_ELIMIT, "a condition is one above the limit of %d",
                              HPI_CONDITION_COUNT_MAX);
    snprintf(what, sizeof what, "parameter \"%s\": condition", label);
    if (hpi_expr_compile(&expr, space, expression, &err) != HPT_OK)
        return refuse_expr(space, what, &err);
    return insert_condition(space, handle, &expr);
}

/* ---- life ---- */

void hpi_rules_destroy(rules *of) {
    if (!of) return;
    for (uint32_t i = 0; i < of->constraint_count; i++)
        hpi_expr_fini(&of->constraints[i]);
    for (uint32_t i = 0; i < of->condition_count; i++)
        hpi_expr_fini(&of->conditions[i].expr);
    hpi_free(of->constraints);
    hpi_free(of->conditions);
    hpi_free(of);
}

/* Compiled again: an expression's texts and handles are then the copy's own. */
hpt_status hpi_rules_copy(hpt_space *copy, const hpt_space *space) {
    const rules *all = space->rules;
    if (!all) return HPT_OK;
    hpt_status status = HPT_OK;
    for (uint32_t i = 0; status == HPT_OK && i < all->condition_count; i++)
        status =
            hpt_space_set_condition(copy, all->conditions[i].param, all->conditions[i].expr.text);
    for (uint32_t i = 0; status == HPT_OK && i < all->constraint_count; i++)
        status = hpt_space_add_constraint(copy, all->constraints[i].text);
    for (uint32_t i = 0; status == HPT_OK && i < all->check_count; i++)
        status = hpt_space_add_check(copy, all->checks[i].function, all->checks[i].user);
    return status;
}

/* ---- at a point ---- */

enum { WORDS = HPI_CONDITION_COUNT_MAX / 64 };

/* A point, and which of the conditional parameters are active there. Only the words that are needed
 * are ever written. */
typedef struct place {
    const hpt_space *space;
    const hpt_coord *point;
    uint64_t         active[WORDS];
} place;

static bool has_bit(const place *at, uint32_t index) {
    return at->active[index / 64] >> (index % 64) & 1;
}

static hpi_datum load(const void *context, hpt_param handle) {
    const place *at = context;
    const param *p = &at->space->params[handle];
    if (p->has_condition && !has_bit(at, p->condition - 1))
        return (hpi_datum){ .sort = HPI_SORT_ABSENT };
    return hpi_datum_of(hpi_param_value(p, at->point[handle]));
}

/* The first `count` conditions, in their order. */
static void decide(place *at, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (i % 64 == 0) at->active[i / 64] = 0;
        bool is_active =
            hpi_datum_is_true(hpi_expr_eval(&at->space->rules->conditions[i].expr, load, at));
        at->active[i / 64] |= (uint64_t)is_active << (i % 64);
    }
}

bool hpi_space_has_rules(const hpt_space *space) {
    return space->rules != NULL;
}

bool hpi_space_has_conditions(const hpt_space *space) {
    return space->rules && space->rules->condition_count > 0;
}

bool hpi_space_has_constraints(const hpt_space *space) {
    return space->rules && space->rules->constraint_count + space->rules->check_count > 0;
}

bool hpi_space_is_conditional(const hpt_space *space, hpt_param handle) {
    return space->params[handle].has_condition;
}

bool hpt_space_is_active(const hpt_space *space, hpt_param handle, const hpt_coord *point) {
    const param *p = hpi_param_at(space, handle);
    if (!p || !point) return false;
    if (!p->has_condition) return true;
    place at;
    at.space = space;
    at.point = point;
    decide(&at, p->condition);
    return has_bit(&at, p->condition - 1);
}

void hpi_space_active_at(const hpt_space *space, const hpt_coord *point, bool *active_out) {
    place at;
    at.space = space;
    at.point = point;
    if (space->rules) decide(&at, space->rules->condition_count);
    for (uint32_t i = 0; i < space->count; i++)
        active_out[i] =
            !space->params[i].has_condition || has_bit(&at, space->params[i].condition - 1);
}

/* Which rule a point breaks: constraints first, then checks; UINT32_MAX: none. */
static uint32_t first_broken(const place *at, hpi_datum *answer_out) {
    const rules *all = at->space->rules;
    for (uint32_t i = 0; i < all->constraint_count; i++) {
        *answer_out = hpi_expr_eval(&all->constraints[i], load, at);
        if (answer_out->sort != HPI_SORT_ABSENT && !hpi_datum_is_true(*answer_out)) return i;
    }
    for (uint32_t i = 0; i < all->check_count; i++)
        if (!all->checks[i].function(at->space, at->point, all->checks[i].user))
            return all->constraint_count + i;
    return UINT32_MAX;
}

bool hpt_space_permits(const hpt_space *space, const hpt_coord *point) {
    hpi_datum answer;
    place     at;
    if (!space || !space->rules || !point) return space && point;
    at.space = space;
    at.point = point;
    decide(&at, space->rules->condition_count);
    return first_broken(&at, &answer) == UINT32_MAX;
}

hpt_coord hpi_param_rest(const param *p) {
    if (p->has_default || !hpi_is_range(p)) return p->initial;
    return p->min;
}

/* In the order of the conditions, so that a parent's coordinate is settled before it is read; which
 * makes no difference, as who reads an inactive parent reads no coordinate. */
void hpi_space_settle(const hpt_space *space, hpt_coord *points, size_t count) {
    if (!hpi_space_has_conditions(space)) return;
    const rules *all = space->rules;
    place        at;
    at.space = space;
    for (; count > 0; count--, points += space->count) {
        at.point = points;
        decide(&at, all->condition_count);
        for (uint32_t i = 0; i < all->condition_count; i++)
            if (!has_bit(&at, i))
                points[all->conditions[i].param] =
                    hpi_param_rest(&space->params[all->conditions[i].param]);
    }
}

hpt_value hpi_space_value_at(const hpt_space *space, hpt_param handle, const hpt_coord *point) {
    const param *p = hpi_param_at(space, handle);
    if (!p || (p->has_condition && !hpt_space_is_active(space, handle, point))) return hpt_null();
    return hpi_param_value(p, point[handle]);
}

void hpi_space_refusal(const hpt_space *space, const hpt_coord *point, char *out, size_t bytes) {
    hpi_datum    answer = { .sort = HPI_SORT_NULL };
    char         label[168];
    place        at;
    const rules *all = space->rules;
    at.space = space;
    at.point = point;
    if (all) decide(&at, all->condition_count);
    uint32_t index = all ? first_broken(&at, &answer) : UINT32_MAX;
    if (index == UINT32_MAX) {
        snprintf(out, bytes, "it breaks no constraint");
    } else if (index >= all->constraint_count) {
        snprintf(out, bytes, "it is refused by check %u of the space (counting from 0)",
                 (unsigned)(index - all->constraint_count));
    } else {
        hpi_quote(label, sizeof label, all->constraints[index].text);
        bool is_false = answer.sort == HPI_SORT_INT || answer.sort == HPI_SORT_REAL;
        snprintf(out, bytes,
                 is_false ? "it breaks the constraint \"%s\""
                          : "the constraint \"%s\" has no value here (division by zero, or types)",
                 label);
    }
}

const char *hpi_space_constraint(const hpt_space *space, uint32_t index) {
    return space->rules && index < space->rules->constraint_count
               ? space->rules->constraints[index].text
               : NULL;
}

const char *hpi_space_condition(const hpt_space *space, hpt_param handle) {
    const param *p = &space->params[handle];
    return p->has_condition ? space->rules->conditions[p->condition - 1].expr.text : NULL;
}
