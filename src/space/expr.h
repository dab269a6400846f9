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
typedef enum hpi_datum_sort {
    HPI_SORT_NULL,
    HPI_SORT_INT,
    HPI_SORT_REAL,
    HPI_SORT_TEXT,
    HPI_SORT_ABSENT,
    HPI_SORT_BROKEN
} hpi_datum_sort;

typedef struct hpi_datum {
    hpi_datum_sort sort;
    union {
        int64_t     integer;
        double      real;
        const char *text;
    } as;
} hpi_datum;

/* The arithmetic: operation, and the function that does it. There is one of that name for values in
 * eval.c, and one for ranges of values in hull.c. */
#define HPI_UNARY_LIST(X)                                                                          \
    X(NEGATE, negate)                                                                              \
    X(ABS, absolute)                                                                               \
    X(FLOOR, lower)                                                                                \
    X(CEIL, upper)

#define HPI_BINARY_LIST(X)                                                                         \
    X(MIN, least)                                                                                  \
    X(MAX, most)                                                                                   \
    X(ADD, add)                                                                                    \
    X(SUBTRACT, subtract)                                                                          \
    X(MULTIPLY, multiply)                                                                          \
    X(DIVIDE, divide)                                                                              \
    X(FLOOR_DIVIDE, floor_divide)                                                                  \
    X(MODULO, modulo)                                                                              \
    X(POWER, power)

/* Every operation, in order of how many values it takes: none, one, two. */
typedef enum hpi_op {
#define HPI_ROW(name, function) HPI_OP_##name,
    HPI_OP_PARAM,
    HPI_OP_CONSTANT,
    HPI_OP_IN,
    HPI_OP_NOT,
    HPI_UNARY_LIST(HPI_ROW) HPI_BINARY_LIST(HPI_ROW) HPI_OP_LESS,
    HPI_OP_LESS_EQUAL,
    HPI_OP_GREATER,
    HPI_OP_GREATER_EQUAL,
    HPI_OP_EQUAL,
    HPI_OP_UNEQUAL,
    HPI_OP_AND,
    HPI_OP_OR,
    HPI_OP_COUNT
#undef HPI_ROW
} hpi_op;

static inline unsigned hpi_op_operands(unsigned op) {
    return op < HPI_OP_IN ? 0u : op < HPI_OP_MIN ? 1u : 2u;
}

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

/* reads.c: one more parameter that it reads, false when memory is out; and whether it reads one. By
 * halving: an expression may read a thousand, and a space have thousands of expressions. */
bool hpi_expr_note(hpi_expr *expr, hpt_param param);
bool hpi_expr_reads(const hpi_expr *expr, hpt_param param);

/* The value that a parameter has; ABSENT for an inactive one. */
typedef hpi_datum hpi_expr_load(const void *context, hpt_param param);

/* eval.c */
hpi_datum hpi_expr_eval(const hpi_expr *expr, hpi_expr_load *load, const void *context);
hpi_datum hpi_datum_of(hpt_value value);
bool      hpi_datum_is_true(hpi_datum datum);
int       hpi_datum_compare(hpi_datum a, hpi_datum b); /* of two numbers, or of two texts */

#endif
