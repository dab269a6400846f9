/* SPDX-License-Identifier: BSD-3-Clause */

/* From text to a postfix program, by precedence climbing. What can never be right, whatever the
 * values, is refused here; the rest is for the point. */

#include "space/expr.h"

#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"
#include "space/scan.h"

#include <string.h>

/* What an expression may be, as far as is known without a point. */
enum { MAY_NUMBER = 1, MAY_TEXT = 2, MAY_NULL = 4 };

enum {
    OR_LEVEL = 1,
    AND_LEVEL,
    NOT_LEVEL,
    COMPARE_LEVEL,
    SUM_LEVEL,
    PRODUCT_LEVEL,
    SIGN_LEVEL,
    POWER_LEVEL
};

typedef struct infix {
    const char *word;
    hpi_op      op;
    int         level, right_level; /* right_level: of the operand behind it */
    unsigned    takes;              /* what both operands must be able to be  */
} infix;

/* clang-format off */
static const infix infixes[] = {
    { "or",  HPI_OP_OR,            OR_LEVEL,      AND_LEVEL,     MAY_NUMBER },
    { "and", HPI_OP_AND,           AND_LEVEL,     NOT_LEVEL,     MAY_NUMBER },
    { "<",   HPI_OP_LESS,          COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT },
    { "<=",  HPI_OP_LESS_EQUAL,    COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT },
    { ">",   HPI_OP_GREATER,       COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT },
    { ">=",  HPI_OP_GREATER_EQUAL, COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT },
    { "==",  HPI_OP_EQUAL,         COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT | MAY_NULL },
    { "!=",  HPI_OP_UNEQUAL,       COMPARE_LEVEL, SUM_LEVEL,     MAY_NUMBER | MAY_TEXT | MAY_NULL },
    { "+",   HPI_OP_ADD,           SUM_LEVEL,     PRODUCT_LEVEL, MAY_NUMBER },
    { "-",   HPI_OP_SUBTRACT,      SUM_LEVEL,     PRODUCT_LEVEL, MAY_NUMBER },
    { "*",   HPI_OP_MULTIPLY,      PRODUCT_LEVEL, SIGN_LEVEL,    MAY_NUMBER },
    { "/",   HPI_OP_DIVIDE,        PRODUCT_LEVEL, SIGN_LEVEL,    MAY_NUMBER },
    { "//",  HPI_OP_FLOOR_DIVIDE,  PRODUCT_LEVEL, SIGN_LEVEL,    MAY_NUMBER },
    { "%",   HPI_OP_MODULO,        PRODUCT_LEVEL, SIGN_LEVEL,    MAY_NUMBER },
    { "**",  HPI_OP_POWER,         POWER_LEVEL,   SIGN_LEVEL,    MAY_NUMBER },
};

/* `most` arguments, of which all but the first are folded in by the operation. */
static const struct { const char *name; hpi_op op; int least, most; } functions[] = {
    { "abs",   HPI_OP_ABS,   1, 1 },
    { "ceil",  HPI_OP_CEIL,  1, 1 },
    { "floor", HPI_OP_FLOOR, 1, 1 },
    { "max",   HPI_OP_MAX,   2, 64 },
    { "min",   HPI_OP_MIN,   2, 64 },
};

static const struct { const char *name; hpi_datum datum; } literals[] = {
    { "true",  { HPI_SORT_INT,  { .integer = 1 } } }, { "True",  { HPI_SORT_INT,  { .integer = 1 } } },
    { "false", { HPI_SORT_INT,  { .integer = 0 } } }, { "False", { HPI_SORT_INT,  { .integer = 0 } } },
    { "null",  { HPI_SORT_NULL, { .integer = 0 } } }, { "None",  { HPI_SORT_NULL, { .integer = 0 } } },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct compiler {
    const hpt_space *space;
    hpi_expr        *expr;
    hpt_err         *err;
    hpt_status       status;
    hpi_token        token;      /* the next one */
    size_t           text_bytes; /* of expr->texts */
    int              depth;
    uint32_t         stack;
} compiler;

/* ---- failing ---- */

/* Remember the first failure, at a place in the text. Returns what no operand can be. */
static unsigned fail(compiler *c, hpt_status status, const char *at, const char *what,
                     const char *more) {
    uint32_t line = 1, col = 1;
    char     label[HPI_LABEL_BYTES];
    if (c->status != HPT_OK) return 0;
    for (const char *t = c->expr->text; t < at; t++) {
        if (((unsigned char)*t & 0xC0) != 0x80) col++;
        if (*t == '\n') line++, col = 1;
    }
    c->status = hpi_fail_at(c->err, status, line, col, "\"%s\", column %u: %s%s",
                            hpi_label(label, c->expr->text), (unsigned)col, what, more);
    return 0;
}

static unsigned unexpected(compiler *c, const char *wanted) {
    const hpi_token *token = &c->token;
    char             what[128], quoted[48], word[48];
    if (token->kind == HPI_TOKEN_WRONG) return fail(c, HPT_EPARSE, token->at, token->problem, "");
    if (token->kind == HPI_TOKEN_END)
        return fail(c, HPT_EPARSE, token->at, "it ends where there should be ", wanted);
    size_t bytes = token->bytes < sizeof word ? token->bytes : sizeof word - 1;
    memcpy(word, token->at, bytes);
    word[bytes] = '\0';
    snprintf(what, sizeof what, "\"%s\" stands where there should be ",
             hpi_quote(quoted, sizeof quoted, word));
    return fail(c, HPT_EPARSE, token->at, what, wanted);
}

static const char *sort_text(unsigned may) {
    return may == MAY_NUMBER ? "a number"
           : may == MAY_TEXT ? "a text"
           : may == MAY_NULL ? "null"
                             : "mixed";
}

static unsigned wrong_type(compiler *c, const char *at, const char *word, unsigned may) {
    char what[64];
    snprintf(what, sizeof what, "\"%s\" takes numbers and truth values, not ", word);
    return fail(c, HPT_EINVAL, at, what, sort_text(may));
}

/* ---- emitting ---- */

static void advance(compiler *c) {
    c->token = hpi_scan(c->token.at + c->token.bytes);
}

static void emit(compiler *c, hpi_step step) {
    if (c->status != HPT_OK) return;
    c->expr->steps[c->expr->step_count++] = step;
    c->stack += 1 + (step.keeps ? 1u : 0u) - hpi_op_operands(step.op);
    if (c->stack == HPI_EXPR_STACK_MAX)
        fail(c, HPT_ELIMIT, c->token.at, "too many values wait here for their operators", "");
}

static void emit_op(compiler *c, hpi_op op) {
    emit(c, (hpi_step){ .op = (uint8_t)op });
}

static uint32_t keep_constant(compiler *c, hpi_datum datum) {
    c->expr->constants[c->expr->constant_count] = datum;
    return c->expr->constant_count++;
}

static unsigned may_be(hpi_datum_sort sort) {
    return sort == HPI_SORT_NULL ? MAY_NULL : sort == HPI_SORT_TEXT ? MAY_TEXT : MAY_NUMBER;
}

/* ---- operands ---- */

static unsigned parse(compiler *c, int level);

static bool expect(compiler *c, const char *word, const char *wanted) {
    if (c->status != HPT_OK) return false;
    if (c->token.kind != HPI_TOKEN_WORD || !hpi_token_is(&c->token, word))
        return unexpected(c, wanted), false;
    advance(c);
    return true;
}

static bool read_number(compiler *c, bool is_negative, hpi_datum *datum_out) {
    char             digits[64];
    const hpi_token *token = &c->token;
    size_t           bytes = token->bytes;
    double           real;
    int64_t          integer;
    if (bytes < sizeof digits - 1) {
        digits[0] = '-';
        memcpy(digits + is_negative, token->at, bytes);
        bytes += is_negative;
        *datum_out = (hpi_datum){ .sort = HPI_SORT_INT };
        if (hpi_read_int(digits, bytes, &integer)) {
            datum_out->as.integer = integer;
            return true;
        }
        /* Python also writes "1." and ".5", which the reader of JSON's numbers does not take. */
        *datum_out = (hpi_datum){ .sort = HPI_SORT_REAL };
        if (hpi_read_real(digits, bytes, &real)) {
            datum_out->as.real = real;
            return true;
        }
    }
    fail(c, HPT_EPARSE, token->at, "this is no number (decimal, as 12, 0.5 or 1e-3)", "");
    return false;
}

/* A constant at the next token, if there is one there. False: none, or it failed. */
static bool read_literal(compiler *c, hpi_datum *datum_out) {
    bool      is_negative = hpi_token_is(&c->token, "-");
    hpi_token before = c->token;
    if (is_negative) advance(c);
    if (c->token.kind == HPI_TOKEN_NUMBER) {
        if (!read_number(c, is_negative, datum_out)) return false;
        advance(c);
        return true;
    }
    if (is_negative) c->token = before;
    if (c->token.kind == HPI_TOKEN_TEXT) {
        char *text = c->expr->texts + c->text_bytes;
        c->text_bytes += hpi_scan_unescape(&c->token, text);
        *datum_out = (hpi_datum){ .sort = HPI_SORT_TEXT, .as.text = text };
        advance(c);
        return true;
    }
    for (size_t i = 0; c->token.kind == HPI_TOKEN_NAME && i < COUNT(literals); i++) {
        if (!hpi_token_is(&c->token, literals[i].name)) continue;
        *datum_out = literals[i].datum;
        advance(c);
        return true;
    }
    return false;
}

static unsigned parse_function(compiler *c, size_t row, const char *at) {
    int count = 0;
    advance(c);
    for (bool more = true; more && c->status == HPT_OK; count++) {
        const char *where = c->token.at;
        unsigned    may = parse(c, OR_LEVEL);
        if (c->status == HPT_OK && !(may & MAY_NUMBER))
            return wrong_type(c, where, functions[row].name, may);
        if (count > 0 || functions[row].most == 1) emit_op(c, functions[row].op);
        more = c->token.kind == HPI_TOKEN_WORD && hpi_token_is(&c->token, ",");
        if (more && count + 1 == functions[row].most)
            return fail(c, HPT_EPARSE, c->token.at, "too many arguments for ", functions[row].name);
        if (more) advance(c);
    }
    if (c->status == HPT_OK && count < functions[row].least)
        return fail(c, HPT_EPARSE, at, "too few arguments for ", functions[row].name);
    return expect(c, ")", "\")\"") ? MAY_NUMBER : 0;
}

/* Parameters, then functions: what a wrong name may have been meant to be. */
static const char *name_at(const void *context, size_t index) {
    const hpt_space *space = context;
    if (index < hpt_space_count(space)) return hpi_space_name(space, (hpt_param)index);
    index -= hpt_space_count(space);
    return index < COUNT(functions) ? functions[index].name : NULL;
}

static unsigned unknown_name(compiler *c, const char *at, const char *name, bool is_function) {
    char label[HPI_LABEL_BYTES], what[HPI_LABEL_BYTES + 32];
    snprintf(what, sizeof what, "there is no %s \"%s\"", is_function ? "function" : "parameter",
             hpi_label(label, name));
    fail(c, HPT_EINVAL, at, what, "");
    if (c->status == HPT_EINVAL) hpi_suggest(c->err, name, name_at, c->space);
    return 0;
}

/* What the values of a parameter are. */
static unsigned param_may(const param *p) {
    unsigned may = hpi_is_range(p) ? MAY_NUMBER : 0;
    for (uint32_t i = 0; i < p->value_count; i++)
        may |= may_be(hpi_datum_of(p->values[i]).sort);
    return may;
}

static unsigned parse_name(compiler *c) {
    hpi_token   token = c->token;
    const char *at = token.at;
    char        name[HPI_NAME_BYTES_MAX + 1];
    size_t      bytes = token.inner_bytes < sizeof name ? token.inner_bytes : sizeof name - 1;
    memcpy(name, token.inner, bytes);
    name[bytes] = '\0';
    advance(c);
    if (c->token.kind == HPI_TOKEN_WORD && hpi_token_is(&c->token, "(")) {
        for (size_t row = 0; row < COUNT(functions); row++)
            if (strcmp(functions[row].name, name) == 0) return parse_function(c, row, at);
        return unknown_name(c, at, name, true);
    }
    hpt_param handle = bytes == token.inner_bytes ? hpt_space_find(c->space, name) : HPT_PARAM_NONE;
    if (handle == HPT_PARAM_NONE) return unknown_name(c, at, name, false);
    if (!hpi_expr_note(c->expr, handle)) return fail(c, HPT_ENOMEM, at, "out of memory", "");
    emit(c, (hpi_step){ .op = HPI_OP_PARAM, .index = handle });
    return param_may(hpi_param_at(c->space, handle));
}

/* "-", "+" or "not" and what it stands before. */
static unsigned parse_prefix(compiler *c, const char *word, int level) {
    const char *at = c->token.at;
    advance(c);
    unsigned may = parse(c, level);
    if (c->status != HPT_OK) return 0;
    if (!(may & MAY_NUMBER)) return wrong_type(c, at, word, may);
    if (*word != '+') emit_op(c, *word == '-' ? HPI_OP_NEGATE : HPI_OP_NOT);
    return MAY_NUMBER;
}

static unsigned parse_operand(compiler *c, int level) {
    const hpi_token *token = &c->token;
    hpi_datum        datum;
    bool             is_word = token->kind == HPI_TOKEN_WORD;
    if (is_word && level <= NOT_LEVEL && hpi_token_is(token, "not"))
        return parse_prefix(c, "not", NOT_LEVEL);
    if (is_word && hpi_token_is(token, "-")) return parse_prefix(c, "-", SIGN_LEVEL);
    if (is_word && hpi_token_is(token, "+")) return parse_prefix(c, "+", SIGN_LEVEL);
    if (is_word && hpi_token_is(token, "(")) {
        advance(c);
        unsigned may = parse(c, OR_LEVEL);
        return expect(c, ")", "\")\"") ? may : 0;
    }
    if (read_literal(c, &datum)) {
        emit(c, (hpi_step){ .op = HPI_OP_CONSTANT, .index = keep_constant(c, datum) });
        return may_be(datum.sort);
    }
    if (c->status != HPT_OK) return 0;
    if (token->kind == HPI_TOKEN_NAME) return parse_name(c);
    return unexpected(c, "a parameter, a number or a text");
}

/* ---- operators ---- */

static const infix *infix_at(const compiler *c) {
    for (size_t i = 0; c->token.kind == HPI_TOKEN_WORD && i < COUNT(infixes); i++)
        if (hpi_token_is(&c->token, infixes[i].word)) return &infixes[i];
    return NULL;
}

static bool check_types(compiler *c, const infix *row, const char *at, unsigned left,
                        unsigned right) {
    char what[96];
    if (c->status != HPT_OK) return false;
    if (row->takes == MAY_NUMBER && !(left & MAY_NUMBER))
        return wrong_type(c, at, row->word, left), false;
    if (row->takes == MAY_NUMBER && !(right & MAY_NUMBER))
        return wrong_type(c, at, row->word, right), false;
    if (left & right & row->takes) return true;
    snprintf(what, sizeof what, "\"%s\" compares %s with ", row->word, sort_text(left));
    return fail(c, HPT_EINVAL, at, what, sort_text(right)), false;
}

/* a < b < c is a < b and b < c. */
static unsigned parse_comparisons(compiler *c, unsigned left) {
    const infix *row;
    int          count = 0;
    while (c->status == HPT_OK && (row = infix_at(c)) && row->level == COMPARE_LEVEL) {
        const char *at = c->token.at;
        advance(c);
        unsigned right = parse(c, SUM_LEVEL);
        if (!check_types(c, row, at, left, right)) return 0;
        const infix *next = infix_at(c);
        bool         keeps = next && next->level == COMPARE_LEVEL;
        emit(c, (hpi_step){ .op = (uint8_t)row->op, .keeps = keeps });
        count++;
        left = right;
    }
    for (; count > 1; count--)
        emit_op(c, HPI_OP_AND);
    return MAY_NUMBER;
}

/* Constants only: their number says nothing about the stack then. */
static unsigned parse_in(compiler *c, unsigned left, bool is_not) {
    const char *close = hpi_token_is(&c->token, "[") ? "]" : ")", *at = c->token.at;
    uint32_t    first = c->expr->constant_count, count = 0;
    unsigned    may = 0;
    if (*close == ')' && !expect(c, "(", "a list such as [1, 2, 4]")) return 0;
    if (*close == ']') advance(c);
    for (;; count++) {
        hpi_datum datum;
        if (hpi_token_is(&c->token, close) && count > 0) break;
        if (!read_literal(c, &datum)) return unexpected(c, "a number or a text");
        keep_constant(c, datum);
        may |= may_be(datum.sort);
        if (!hpi_token_is(&c->token, ",")) break;
        advance(c);
    }
    count = c->expr->constant_count - first;
    if (!expect(c, close, *close == ']' ? "\",\" or \"]\"" : "\",\" or \")\"")) return 0;
    if (!(left & may)) return fail(c, HPT_EINVAL, at, "\"in\" looks for ", sort_text(left));
    emit(c, (hpi_step){ .op = HPI_OP_IN, .index = first, .count = (uint16_t)count });
    if (is_not) emit_op(c, HPI_OP_NOT);
    return MAY_NUMBER;
}

/* Whether "in" or "not in" is next; if so it is behind us then. */
static bool takes_in(compiler *c, bool *is_not_out) {
    hpi_token before = c->token;
    *is_not_out = c->token.kind == HPI_TOKEN_WORD && hpi_token_is(&c->token, "not");
    if (*is_not_out) advance(c);
    if (c->token.kind == HPI_TOKEN_WORD && hpi_token_is(&c->token, "in")) {
        advance(c);
        return true;
    }
    c->token = before;
    return false;
}

/* What follows an operand, as far as it binds at least as tightly as `level`. */
static unsigned parse_rest(compiler *c, int level, unsigned left) {
    bool is_not, is_compared = false; /* to Python a < b in [...] is a < b and b in [...] */
    while (c->status == HPT_OK) {
        const infix *row = infix_at(c);
        const char  *at = c->token.at;
        bool         is_in = level <= COMPARE_LEVEL && !row && takes_in(c, &is_not);
        if (is_compared && (is_in || (row && row->level == COMPARE_LEVEL)))
            return fail(c, HPT_EPARSE, at, "a chain with \"in\" needs brackets to be clear", "");
        is_compared = is_compared || is_in || (row && row->level == COMPARE_LEVEL);
        if (is_in) {
            left = parse_in(c, left, is_not);
        } else if (!row || row->level < level) {
            break;
        } else if (row->level == COMPARE_LEVEL) {
            left = parse_comparisons(c, left);
        } else {
            advance(c);
            unsigned right = parse(c, row->right_level);
            if (check_types(c, row, at, left, right)) emit_op(c, row->op);
            left = MAY_NUMBER;
        }
    }
    return left;
}

static unsigned parse(compiler *c, int level) {
    if (c->status != HPT_OK) return 0;
    if (c->depth == HPI_EXPR_DEPTH_MAX)
        return fail(c, HPT_ELIMIT, c->token.at, "it is nested too deeply (limit 64)", "");
    c->depth++;
    unsigned may = parse_rest(c, level, parse_operand(c, level));
    c->depth--;
    return may;
}

/* ---- the whole ---- */

/* Rooms that no text of so many bytes can overflow: "a<b<c" makes the most steps of a byte. */
static bool make_room(hpi_expr *expr, const char *text, size_t bytes) {
    expr->text = hpi_copy_text(text);
    expr->steps = hpi_alloc_room(2 * bytes + 2, sizeof *expr->steps);
    expr->constants = hpi_alloc_room(bytes + 1, sizeof *expr->constants);
    expr->texts = hpi_alloc_room(bytes + 1, 1);
    return expr->text && expr->steps && expr->constants && expr->texts;
}

/* Most of the room is not needed: a text has more bytes than steps. Shrinking cannot hurt. */
static void trim(hpi_expr *expr) {
    hpi_step  *steps = hpi_resize(expr->steps, expr->step_count, sizeof *steps);
    hpi_datum *constants = hpi_resize(expr->constants, expr->constant_count + 1, sizeof *constants);
    if (steps) expr->steps = steps;
    if (constants) expr->constants = constants;
}

hpt_status hpi_expr_compile(hpi_expr *expr, const hpt_space *space, const char *text,
                            hpt_err *err) {
    size_t bytes = text ? strnlen(text, HPI_EXPR_BYTES_MAX + 1) : 0;
    *expr = (hpi_expr){ 0 };
    if (!text) return hpi_fail(err, HPT_EINVAL, "the expression is NULL");
    if (bytes > HPI_EXPR_BYTES_MAX)
        return hpi_fail(err, HPT_ELIMIT, "an expression is longer than %d bytes",
                        HPI_EXPR_BYTES_MAX);
    if (!hpi_is_utf8(text, bytes)) return hpi_fail(err, HPT_EINVAL, "an expression is not UTF-8");
    if (!make_room(expr, text, bytes)) {
        hpi_expr_fini(expr);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for an expression");
    }
    compiler c = { .space = space, .expr = expr, .err = err, .token = hpi_scan(expr->text) };
    unsigned may = parse(&c, OR_LEVEL);
    if (c.status == HPT_OK && c.token.kind != HPI_TOKEN_END)
        unexpected(&c, "an operator or the end");
    if (c.status == HPT_OK && !(may & MAY_NUMBER))
        fail(&c, HPT_EINVAL, expr->text, "it is neither true nor false but ", sort_text(may));
    if (c.status == HPT_OK)
        trim(expr);
    else
        hpi_expr_fini(expr);
    return c.status;
}

void hpi_expr_fini(hpi_expr *expr) {
    hpi_free(expr->text);
    hpi_free(expr->steps);
    hpi_free(expr->constants);
    hpi_free(expr->texts);
    hpi_free(expr->params);
    *expr = (hpi_expr){ 0 };
}
