/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_EXPR_H
#define HPI_SPACE_EXPR_H

/* Inside this folder: expressions over the parameters of a space, compiled once into a postfix
 * program. A program is constant: any thread may run it. */

#include "hpt/space.h"

enum {
    HPI_EXPR_BYTES_MAX = 4095,
    HPI_EXPR_DEPTH_MAX = 64,  /* operands inside each other: bounds the parser's recursion   */
    HPI_EXPR_STACK_MAX = 192, /* values at once: an operand that is open leaves two, or a chain */
};

/* What an expression can be at a point. Truth values are the numbers 0 and 1 to every operator, as
 * in Python. ABSENT: it reads an inactive parameter. BROKEN: a division by zero, or a text where a
 * number must be. */
typedef enum hpi_sort {
    HPI_SORT_NULL,
    HPI_SORT_INT,
    HPI_SORT_REAL,
    HPI_SORT_TEXT,
    HPI_SORT_ABSENT,
    HPI_SORT_BROKEN
} hpi_sort;

typedef struct hpi_datum {
    hpi_sort sort;
    union {
        int64_t     integer;
        double      real;
        const char *text;
    } as;
} hpi_datum;

/* Every operation, and how many values it takes. What they do to values is in eval.c, what they do
 * to ranges of values in hull.c. */
#define HPI_OP_LIST(X)                                                                             \
    X(PARAM, 0)                                                                                    \
    X(CONSTANT, 0)                                                                                 \
    X(IN, 1)                                                                                       \
    X(NEGATE, 1)                                                                                   \
    X(NOT, 1)                                                                                      \
    X(ABS, 1)                                                                                      \
    X(FLOOR, 1)                                                                                    \
    X(CEIL, 1)                                                                                     \
    X(MIN, 2)                                                                                      \
    X(MAX, 2)                                                                                      \
    X(ADD, 2)                                                                                      \
    X(SUBTRACT, 2)                                                                                 \
    X(MULTIPLY, 2)                                                                                 \
    X(DIVIDE, 2)                                                                                   \
    X(FLOOR_DIVIDE, 2)                                                                             \
    X(MODULO, 2)                                                                                   \
    X(POWER, 2)                                                                                    \
    X(LESS, 2)                                                                                     \
    X(LESS_EQUAL, 2)                                                                               \
    X(GREATER, 2)                                                                                  \
    X(GREATER_EQUAL, 2)                                                                            \
    X(EQUAL, 2)                                                                                    \
    X(UNEQUAL, 2)                                                                                  \
    X(AND, 2)                                                                                      \
    X(OR, 2)

typedef enum hpi_op {
#define HPI_ROW(name, count) HPI_OP_##name,
    HPI_OP_LIST(HPI_ROW)
#undef HPI_ROW
        HPI_OP_COUNT
} hpi_op;

extern const uint8_t hpi_op_operands[HPI_OP_COUNT];

typedef struct hpi_step {
    uint8_t  op;
    bool     keeps; /* a comparison in a chain, a < b < c: b stays, above the answer */
    uint16_t count; /* IN: how many constants                                                   */
    uint32_t index; /* PARAM: its handle; CONSTANT, IN: the (first) constant                     */
} hpi_step;

typedef struct hpi_expr {
    char      *text;
    hpi_step  *steps;
    hpi_datum *constants; /* their texts point into `texts` */
    char      *texts;
    hpt_param *params; /* that it reads, each once, rising */
    uint32_t   step_count, constant_count, param_count;
} hpi_expr;

/* expr.c: HPT_EPARSE with line and column for what is no expression, HPT_EINVAL for unknown names
 * and wrong types, HPT_ELIMIT, HPT_ENOMEM. */
hpt_status hpi_expr_compile(hpi_expr *expr, const hpt_space *space, const char *text, hpt_err *err);
void       hpi_expr_fini(hpi_expr *expr);

/* The value that a parameter has; ABSENT for an inactive one. */
typedef hpi_datum hpi_expr_load(const void *context, hpt_param param);

/* eval.c */
hpi_datum hpi_expr_eval(const hpi_expr *expr, hpi_expr_load *load, const void *context);
hpi_datum hpi_datum_of(hpt_value value);
bool      hpi_datum_is_true(hpi_datum datum);
int       hpi_datum_compare(hpi_datum a, hpi_datum b); /* of two numbers, or of two texts */

#endif
