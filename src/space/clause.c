/* SPDX-License-Identifier: BSD-3-Clause */

/* ConfigSpace compares one parameter with constants, or, in forbidden clauses, two parameters, and
 * joins that by AND and OR. So "not" is pushed down to the comparisons; and what an expression
 * computes from one parameter of a list is computed here, value by value, and becomes a list of
 * values. Comparisons with an inactive parameter do not hold there: as AND and OR only rise with
 * their parts, the whole is then true at the same points as here. */

#include "space/clause.h"

#include "base/text.h"
#include "space/param.h"
#include "space/tree.h"

#include <math.h>
#include <string.h>

/* So many integers of a range are tried one by one. */
enum { TRIED_MAX = 4096 };

typedef struct clause {
    hpi_tree         tree;
    hpi_writer      *writer;
    const hpt_space *space;
    const char      *child; /* NULL: a forbidden clause */
    hpt_err         *err;
} clause;

static hpt_status refuse(const clause *c, const char *why) {
    char label[HPI_LABEL_BYTES];
    return hpi_fail(c->err, HPT_EINVAL, "the %s \"%s\" cannot be said in ConfigSpace: %s",
                    c->child ? "condition" : "constraint", hpi_label(label, c->tree.expr->text),
                    why);
}

/* ---- writing ---- */

static const hpi_branch *branch_at(const clause *c, uint32_t part) {
    return &c->tree.branches[part];
}

static hpi_op op_at(const clause *c, uint32_t part) {
    return branch_at(c, part)->step->op;
}

static void write_member(clause *c, const char *key, const char *text) {
    hpi_write(c->writer, ", \"");
    hpi_write(c->writer, key);
    hpi_write(c->writer, "\": ");
    hpi_write_json_text(c->writer, text);
}

/* `{"type": ...` of a comparison with one parameter, up to its values. */
static void open(clause *c, const char *condition, const char *forbidden, const param *p) {
    hpi_write(c->writer, "{\"type\": \"");
    hpi_write(c->writer, c->child ? condition : forbidden);
    hpi_write(c->writer, "\"");
    if (c->child) write_member(c, "child", c->child);
    write_member(c, c->child ? "parent" : "name", p->name);
}

static void write_value(clause *c, hpt_value value) {
    hpi_write(c->writer, ", \"value\": ");
    hpi_write_json_value(c->writer, value);
    hpi_write(c->writer, "}");
}

static void open_joined(clause *c, bool is_and) {
    hpi_write(c->writer, is_and ? "{\"type\": \"AND\"" : "{\"type\": \"OR\"");
    if (c->child) write_member(c, "child", c->child);
    hpi_write(c->writer, c->child ? ", \"conditions\": [" : ", \"clauses\": [");
}

/* ---- one parameter, value by value ---- */

/* How a part turns out for the values of its one parameter. */
typedef struct answers {
    uint64_t holds, count;
    bool     is_broken;
} answers;

static hpi_datum load(const void *context, hpt_param handle) {
    (void)handle;
    return hpi_datum_of(*(const hpt_value *)context);
}

static bool holds_for(const hpi_expr *program, const param *p, uint64_t index, bool *is_broken) {
    hpt_value value = p->kind == HPT_KIND_CONSTANT ? p->values[0]
                                                   : hpi_param_value(p, hpi_param_choice(p, index));
    hpi_datum datum = hpi_expr_eval(program, load, &value);
    *is_broken = *is_broken || (datum.sort != HPI_SORT_INT && datum.sort != HPI_SORT_REAL);
    return hpi_datum_is_true(datum);
}

static answers try_all(const hpi_expr *program, const param *p, bool is_negated) {
    answers of = { .count = p->kind == HPT_KIND_CONSTANT ? 1 : p->last + 1 };
    for (uint64_t i = 0; i < of.count; i++)
        of.holds += holds_for(program, p, i, &of.is_broken) != is_negated;
    return of;
}

/* Those values for which it holds (or does not, as `wanted` says). */
static void write_values(clause *c, const hpi_expr *program, const param *p, bool wanted,
                         bool is_list) {
    bool is_first = true, is_broken = false;
    hpi_write(c->writer, is_list ? ", \"values\": [" : ", \"value\": ");
    uint64_t count = p->kind == HPT_KIND_CONSTANT ? 1 : p->last + 1;
    for (uint64_t i = 0; i < count; i++) {
        if (holds_for(program, p, i, &is_broken) != wanted) continue;
        hpi_write(c->writer, is_first ? "" : ", ");
        hpi_write_json_value(c->writer, p->kind == HPT_KIND_CONSTANT
                                            ? p->values[0]
                                            : hpi_param_value(p, hpi_param_choice(p, i)));
        is_first = false;
    }
    hpi_write(c->writer, is_list ? "]}" : "}");
}

static hpt_status write_enumerated(clause *c, uint32_t part, const param *p, bool is_negated) {
    hpi_expr  program;
    hpt_param params[2];
    if (!hpi_tree_program(&c->tree, part, &program, params)) return refuse(c, "it is too long");
    answers of = try_all(&program, p, is_negated);
    hpi_op  op = op_at(c, part);
    if (of.is_broken) return refuse(c, "it has no value for some values of its parameter");
    if (of.holds == 0)
        return refuse(c, is_negated ? "a part of it always holds" : "a part of it never holds");
    if (op != HPI_OP_IN && of.holds == 1) {
        open(c, "EQ", "EQUALS", p);
        write_values(c, &program, p, !is_negated, false);
    } else if (c->child && op == HPI_OP_UNEQUAL && of.holds == of.count - 1) {
        open(c, "NEQ", NULL, p);
        write_values(c, &program, p, is_negated, false);
    } else {
        open(c, "IN", "IN", p);
        write_values(c, &program, p, !is_negated, true);
    }
    return HPT_OK;
}

/* ---- ranges against constants ---- */

static hpi_op turned(hpi_op op) {
    static const hpi_op others[] = {
        [HPI_OP_LESS - HPI_OP_LESS] = HPI_OP_GREATER_EQUAL,
        [HPI_OP_LESS_EQUAL - HPI_OP_LESS] = HPI_OP_GREATER,
        [HPI_OP_GREATER - HPI_OP_LESS] = HPI_OP_LESS_EQUAL,
        [HPI_OP_GREATER_EQUAL - HPI_OP_LESS] = HPI_OP_LESS,
        [HPI_OP_EQUAL - HPI_OP_LESS] = HPI_OP_UNEQUAL,
        [HPI_OP_UNEQUAL - HPI_OP_LESS] = HPI_OP_EQUAL,
    };
    return others[op - HPI_OP_LESS];
}

/* The same with its sides changed. */
static hpi_op mirrored(hpi_op op) {
    return op == HPI_OP_LESS            ? HPI_OP_GREATER
           : op == HPI_OP_LESS_EQUAL    ? HPI_OP_GREATER_EQUAL
           : op == HPI_OP_GREATER       ? HPI_OP_LESS
           : op == HPI_OP_GREATER_EQUAL ? HPI_OP_LESS_EQUAL
                                        : op;
}

static bool is_comparison(hpi_op op) {
    return op >= HPI_OP_LESS && op <= HPI_OP_UNEQUAL;
}

/* x < 2.5 of an integer is x < 3. */
static hpt_value bound_of(const param *p, hpi_op op, hpi_datum datum) {
    if (datum.sort == HPI_SORT_INT)
        return p->kind == HPT_KIND_INT ? hpt_int(datum.as.integer)
                                       : hpt_real((double)datum.as.integer);
    double real = datum.as.real;
    if (p->kind == HPT_KIND_REAL || !(fabs(real) < 0x1p53)) return hpt_real(real);
    bool is_up = op == HPI_OP_LESS || op == HPI_OP_GREATER_EQUAL;
    bool is_order = op != HPI_OP_EQUAL && op != HPI_OP_UNEQUAL;
    if (!is_order && real != floor(real)) return hpt_real(real); /* no value of it */
    return hpt_int((int64_t)(is_up ? ceil(real) : floor(real)));
}

static void write_one(clause *c, hpi_op op, const param *p, hpt_value value) {
    static const char *const conditions[] = { "LT", NULL, "GT", NULL, "EQ", "NEQ" };
    static const char *const forbidden[] = { "CLAUSE_LT", "CLAUSE_LE", "CLAUSE_GT",
                                             "CLAUSE_GE", "EQUALS",    NULL };
    open(c, conditions[op - HPI_OP_LESS], forbidden[op - HPI_OP_LESS], p);
    write_value(c, value);
}

/* Conditions have no "at most" and no "at least", forbidden clauses no "unequal". */
static void write_either(clause *c, hpi_op a, hpi_op b, const param *p, hpt_value value) {
    open_joined(c, false);
    write_one(c, a, p, value);
    hpi_write(c->writer, ", ");
    write_one(c, b, p, value);
    hpi_write(c->writer, "]}");
}

static hpt_status write_bound(clause *c, hpi_op op, const param *p, hpi_datum datum) {
    hpt_coord coord;
    hpt_value value = bound_of(p, op, datum);
    if (hpi_param_coord(p, value, &coord, NULL) != HPT_OK)
        return refuse(c, "it compares with a value that the parameter cannot take");
    if (c->child && op == HPI_OP_LESS_EQUAL)
        write_either(c, HPI_OP_LESS, HPI_OP_EQUAL, p, value);
    else if (c->child && op == HPI_OP_GREATER_EQUAL)
        write_either(c, HPI_OP_GREATER, HPI_OP_EQUAL, p, value);
    else if (!c->child && op == HPI_OP_UNEQUAL)
        write_either(c, HPI_OP_LESS, HPI_OP_GREATER, p, value);
    else
        write_one(c, op, p, value);
    return HPT_OK;
}

/* What a part is that reads no parameter, such as -1. */
static bool is_constant(clause *c, uint32_t part, hpi_datum *datum_out) {
    hpi_expr  program;
    hpt_param params[2];
    if (!hpi_tree_program(&c->tree, part, &program, params) || params[0] != HPT_PARAM_NONE)
        return false;
    *datum_out = hpi_expr_eval(&program, load, NULL);
    return datum_out->sort == HPI_SORT_INT || datum_out->sort == HPI_SORT_REAL;
}

/* A comparison of the parameter itself with a constant; false: it is something else. */
static bool is_bound(clause *c, uint32_t part, hpi_op *op_out, hpi_datum *datum_out) {
    const hpi_branch *branch = branch_at(c, part);
    *op_out = branch->step->op;
    if (!is_comparison(*op_out)) return false;
    if (op_at(c, branch->left) == HPI_OP_PARAM) return is_constant(c, branch->right, datum_out);
    *op_out = mirrored(*op_out);
    return op_at(c, branch->right) == HPI_OP_PARAM && is_constant(c, branch->left, datum_out);
}

static hpt_status write_of_one(clause *c, uint32_t part, const param *p, bool is_negated) {
    hpi_op    op;
    hpi_datum datum;
    if (hpi_is_range(p) && is_bound(c, part, &op, &datum))
        return write_bound(c, is_negated ? turned(op) : op, p, datum);
    if (!hpi_is_range(p) || (!hpi_is_continuous(p) && p->last < TRIED_MAX))
        return write_enumerated(c, part, p, is_negated);
    return refuse(c, "it computes with a range; only comparisons with constants can be said");
}

/* ---- two parameters ---- */

static hpt_status write_relation(clause *c, uint32_t part, bool is_negated) {
    static const char *const types[] = { "LT", "LE", "GT", "GE", "EQ" };
    const hpi_branch        *branch = branch_at(c, part);
    hpi_op                   op = branch->step->op;
    const char              *why = "it computes with several parameters";
    if (!is_comparison(op) || op_at(c, branch->left) != HPI_OP_PARAM ||
        op_at(c, branch->right) != HPI_OP_PARAM)
        return refuse(c, why);
    if (c->child) return refuse(c, "it compares two parameters");
    if (is_negated) op = turned(op);
    const param *left = &c->space->params[branch_at(c, branch->left)->step->index];
    const param *right = &c->space->params[branch_at(c, branch->right)->step->index];
    if (op != HPI_OP_EQUAL && (!hpi_is_range(left) || !hpi_is_range(right)))
        return refuse(c, "it orders two parameters, or tells them apart, that are not both ranges");
    bool is_unequal = op == HPI_OP_UNEQUAL; /* less or greater */
    if (is_unequal) open_joined(c, false);
    for (int i = 0; i < 1 + is_unequal; i++) {
        hpi_op one = !is_unequal ? op : i == 0 ? HPI_OP_LESS : HPI_OP_GREATER;
        hpi_write(c->writer, i ? ", " : "");
        hpi_write(c->writer, "{\"type\": \"RELATION_");
        hpi_write(c->writer, types[one - HPI_OP_LESS]);
        hpi_write(c->writer, "\"");
        write_member(c, "left", left->name);
        write_member(c, "right", right->name);
        hpi_write(c->writer, "}");
    }
    if (is_unequal) hpi_write(c->writer, "]}");
    return HPT_OK;
}

/* ---- the tree ---- */

static hpt_status write_leaf(clause *c, uint32_t part, bool is_negated) {
    hpi_expr  program;
    hpt_param params[2];
    if (!hpi_tree_program(&c->tree, part, &program, params)) return refuse(c, "it is too long");
    if (params[0] == HPT_PARAM_NONE) return refuse(c, "a part of it reads no parameter");
    if (params[1] != HPT_PARAM_NONE) return write_relation(c, part, is_negated);
    return write_of_one(c, part, &c->space->params[params[0]], is_negated);
}

static hpt_status write_part(clause *c, uint32_t part, bool is_negated);

/* "a and b and c" is one AND of three. Recursion is bounded by an expression's 4 095 bytes. */
static hpt_status write_joined(clause *c, uint32_t part, bool is_negated, hpi_op joint,
                               bool *is_first) {
    while (op_at(c, part) == HPI_OP_NOT)
        part = branch_at(c, part)->left, is_negated = !is_negated;
    hpi_op op = op_at(c, part);
    if (is_negated && (op == HPI_OP_AND || op == HPI_OP_OR))
        op = op == HPI_OP_AND ? HPI_OP_OR : HPI_OP_AND;
    if (op != joint) {
        if (!*is_first) hpi_write(c->writer, ", ");
        *is_first = false;
        return write_part(c, part, is_negated);
    }
    hpt_status status = write_joined(c, branch_at(c, part)->left, is_negated, joint, is_first);
    return status == HPT_OK
               ? write_joined(c, branch_at(c, part)->right, is_negated, joint, is_first)
               : status;
}

static hpt_status write_part(clause *c, uint32_t part, bool is_negated) {
    while (op_at(c, part) == HPI_OP_NOT)
        part = branch_at(c, part)->left, is_negated = !is_negated;
    hpi_op op = op_at(c, part);
    bool   is_first = true, is_and = (op == HPI_OP_AND) != is_negated;
    if (op != HPI_OP_AND && op != HPI_OP_OR) return write_leaf(c, part, is_negated);
    open_joined(c, is_and);
    hpt_status status =
        write_joined(c, part, is_negated, is_and ? HPI_OP_AND : HPI_OP_OR, &is_first);
    hpi_write(c->writer, "]}");
    return status;
}

hpt_status hpi_clause_write(hpi_writer *writer, const hpt_space *space, const hpi_expr *expr,
                            const char *child, hpt_err *err) {
    clause     c = { .writer = writer, .space = space, .child = child, .err = err };
    hpt_status status = hpi_tree_init(&c.tree, expr, err);
    if (status == HPT_OK) status = write_part(&c, c.tree.root, !child);
    hpi_tree_fini(&c.tree);
    return status;
}
