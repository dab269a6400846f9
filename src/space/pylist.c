/* SPDX-License-Identifier: BSD-3-Clause */

/* By recursive descent:
 *
 *     list    := term { "+" term }
 *     term    := "[" items "]" | "(" items ")" | "list" "(" list ")" | "range" "(" 1 to 3 numbers
 * ")" items   := element { "," element } [ "," ] | element "for" name "in" list [ "if" element ]
 *
 * An element is a constant, or an expression (expr.h) in which only the name after "for" may stand:
 * it is compiled over a space with that one parameter. */

#include "space/pylist.h"

#include "base/mem.h"
#include "base/text.h"
#include "space/param.h"
#include "space/scan.h"

#include <string.h>

/* A few bytes of text can make many values: so many in all of one file, as many as JSON may hold.
 * Evaluating counts as making. */
enum { MADE_MAX = 4 << 20, DEPTH_MAX = 16 };

typedef struct reader {
    hpi_import          *import;
    const hpi_json_node *node;
    const char          *what, *text;
    hpt_status           status;
    hpi_token            token; /* the next one */
    char                *texts; /* where the next text goes */
    int                  depth;
} reader;

/* ---- failing ---- */

static hpt_status fail(reader *r, hpt_status status, const char *at, const char *problem) {
    uint32_t line, col;
    char     label[HPI_LABEL_BYTES];
    if (r->status != HPT_OK) return r->status;
    hpi_json_place(r->import->json, r->node, &line, &col);
    col++; /* the quote */
    for (const char *t = r->text; t < at; t++)
        if (((unsigned char)*t & 0xC0) != 0x80) col++;
    r->status = status;
    return hpi_fail_at(r->import->err, status, line, col, "%s: values \"%s\": %s", r->what,
                       hpi_label(label, r->text), problem);
}

static hpt_status out_of_memory(reader *r) {
    if (r->status == HPT_OK)
        r->status = hpi_fail(r->import->err, HPT_ENOMEM, "out of memory for a list of values");
    return r->status;
}

static hpt_status wanted(reader *r, const char *what) {
    char problem[96];
    if (r->token.kind == HPI_TOKEN_WRONG) return fail(r, HPT_EPARSE, r->token.at, r->token.problem);
    snprintf(problem, sizeof problem, "there should be %s %s", what,
             r->token.kind == HPI_TOKEN_END ? "where it ends" : "here");
    return fail(r, HPT_EPARSE, r->token.at, problem);
}

/* ---- words ---- */

static void advance(reader *r) {
    r->token = hpi_scan(r->token.at + r->token.bytes);
}

static bool takes(reader *r, const char *word) {
    if (r->status != HPT_OK || !hpi_token_is(&r->token, word)) return false;
    advance(r);
    return true;
}

static bool expect(reader *r, const char *word, const char *what) {
    if (takes(r, word)) return true;
    wanted(r, what);
    return false;
}

/* Count what is made before it is made. */
static bool may_make(reader *r, uint64_t count) {
    if (r->status != HPT_OK) return false;
    if (count <= MADE_MAX - r->import->made) {
        r->import->made += count;
        return true;
    }
    fail(r, HPT_ELIMIT, r->text, "the lists of the file hold more than 4194304 values in all");
    return false;
}

static void append(reader *r, hpi_pylist *list, hpt_value value) {
    if (r->status != HPT_OK) return;
    if (list->count == HPI_VALUE_COUNT_MAX) {
        fail(r, HPT_ELIMIT, r->text, "the list has more than 65536 values");
        return;
    }
    if (list->count == list->room) {
        size_t     room = list->room ? 2 * list->room : 8;
        hpt_value *values = hpi_resize(list->values, room, sizeof *values);
        if (!values) {
            out_of_memory(r);
            return;
        }
        list->values = values;
        list->room = room;
    }
    list->values[list->count++] = value;
}

/* ---- elements ---- */

/* The text of an element, and the space in which its loop's name is a parameter. */
typedef struct element {
    const char *at;
    size_t      bytes;
} element;

/* From here to where the element ends: at a comma, a bracket that is not its own, "for" or "if". */
static element skip_element(reader *r) {
    element     found = { .at = r->token.at };
    int         open = 0;
    const char *end = found.at;
    for (; r->token.kind != HPI_TOKEN_END && r->token.kind != HPI_TOKEN_WRONG; advance(r)) {
        const hpi_token *token = &r->token;
        bool             is_close = hpi_token_is(token, ")") || hpi_token_is(token, "]");
        if (open == 0 && (is_close || hpi_token_is(token, ",") || hpi_token_is(token, "for") ||
                          hpi_token_is(token, "if")))
            break;
        if (is_close) open--;
        if (hpi_token_is(token, "(") || hpi_token_is(token, "[")) open++;
        end = token->at + token->bytes;
    }
    found.bytes = (size_t)(end - found.at);
    if (found.bytes == 0) wanted(r, "a value");
    return found;
}

/* Python's escapes say more than hpt's: only those that mean the same are taken. */
static bool has_foreign_escape(const hpi_token *token) {
    for (size_t i = 0; i + 1 < token->inner_bytes; i++) {
        if (token->inner[i] != '\\') continue;
        if (!strchr("\\'\"", token->inner[++i])) return true;
    }
    return false;
}

/* A constant that is the whole element. False: it is an expression, or it failed. */
static bool read_constant(reader *r, element from, hpt_value *value_out) {
    hpi_token token = hpi_scan(from.at);
    bool      is_negative = hpi_token_is(&token, "-");
    if (is_negative) token = hpi_scan(from.at + 1);
    if (token.at + token.bytes != from.at + from.bytes) return false;
    size_t bytes = token.bytes + (is_negative ? (size_t)(token.at - from.at) : 0);
    if (token.kind == HPI_TOKEN_NUMBER) {
        *value_out = hpt_int(0);
        if (hpi_read_int(token.at - is_negative, token.bytes + is_negative, &value_out->as.integer))
            return !is_negative || bytes == token.bytes + 1;
        *value_out = hpt_real(0);
        return hpi_read_real(token.at - is_negative, token.bytes + is_negative,
                             &value_out->as.real) &&
               (!is_negative || bytes == token.bytes + 1);
    }
    if (is_negative) return false;
    *value_out = hpt_bool(hpi_token_is(&token, "True"));
    if (value_out->as.boolean || hpi_token_is(&token, "False")) return true;
    if (token.kind != HPI_TOKEN_TEXT) return false;
    if (has_foreign_escape(&token)) {
        fail(r, HPT_EINVAL, token.at, "of a backslash's escapes only \\\\, \\' and \\\" are read");
        return false;
    }
    *value_out = hpt_text(r->texts);
    r->texts += hpi_scan_unescape(&token, r->texts);
    return true;
}

static hpi_datum load(const void *context, hpt_param handle) {
    (void)handle;
    return hpi_datum_of(*(const hpt_value *)context);
}

/* Compile an element over `space`, which has the loop's name or nothing. What is wrong gets its
 * place in the whole text. */
static bool compile(reader *r, const hpt_space *space, element from, hpi_expr *expr) {
    hpt_err err = { 0 };
    char   *text = hpi_copy_bytes(from.at, from.bytes);
    if (!text) return out_of_memory(r), false;
    hpt_status status = hpi_expr_compile(expr, space, text, &err);
    hpi_free(text);
    if (status == HPT_OK) return true;
    const char *at = from.at;
    for (uint32_t col = 1; err.line == 1 && col < err.col; at++)
        col += ((unsigned char)at[1] & 0xC0) != 0x80;
    fail(r, status, at, err.text);
    return false;
}

static hpt_value evaluate(reader *r, const hpi_expr *expr, element from, const hpt_value *loop) {
    hpi_datum datum = hpi_expr_eval(expr, load, loop);
    if (datum.sort == HPI_SORT_INT) return hpt_int(datum.as.integer);
    bool is_finite = datum.sort == HPI_SORT_REAL && datum.as.real - datum.as.real == 0;
    if (!is_finite) fail(r, HPT_EINVAL, from.at, "this has no finite number as its value");
    return is_finite ? hpt_real(datum.as.real) : hpt_int(0);
}

/* A number without any name in it, as in "32 * 2". */
static hpt_value read_number(reader *r) {
    element   from = skip_element(r);
    hpt_value value = hpt_int(0);
    hpi_expr  expr;
    if (r->status != HPT_OK || read_constant(r, from, &value) || r->status != HPT_OK) return value;
    hpt_space *none = hpt_space_create();
    if (!none) return out_of_memory(r), value;
    if (compile(r, none, from, &expr)) {
        value = evaluate(r, &expr, from, NULL);
        hpi_expr_fini(&expr);
    }
    hpt_space_destroy(none);
    return value;
}

/* ---- ranges ---- */

static uint64_t distance(int64_t from, int64_t to) {
    return (uint64_t)to - (uint64_t)from;
}

static void read_range(reader *r, hpi_pylist *list) {
    int64_t     given[3] = { 0, 0, 1 };
    int         count = 0;
    const char *at = r->token.at;
    do {
        const char *where = r->token.at;
        hpt_value   value = read_number(r);
        if (r->status == HPT_OK && value.type != HPT_TYPE_INT)
            fail(r, HPT_EINVAL, where, "range() takes integers");
        if (r->status != HPT_OK) return;
        given[count++] = value.as.integer;
    } while (count < 3 && takes(r, ","));
    if (!expect(r, ")", "\")\"")) return;
    if (count == 1) given[1] = given[0], given[0] = 0;
    int64_t  first = given[0], last = given[1], step = given[2];
    bool     is_up = step > 0, is_empty = is_up ? first >= last : first <= last;
    uint64_t stride = is_up ? (uint64_t)step : -(uint64_t)step;
    if (step == 0) fail(r, HPT_EINVAL, at, "the step of range() is 0");
    if (r->status != HPT_OK) return;
    uint64_t width = is_up ? distance(first, last) : distance(last, first);
    list->is_range = true;
    list->has_step = count == 3;
    list->first = first;
    list->step = step;
    list->span = is_empty ? 0 : (size_t)((width - 1) / stride + 1);
}

static void expand(reader *r, hpi_pylist *list) {
    if (!list->is_range || r->status != HPT_OK) return;
    list->is_range = false;
    if (list->span > HPI_VALUE_COUNT_MAX) {
        fail(r, HPT_ELIMIT, r->text, "the list has more than 65536 values");
        return;
    }
    if (!may_make(r, list->span)) return;
    for (size_t i = 0; i < list->span; i++)
        append(r, list, hpt_int(hpi_from_bits((uint64_t)list->first + i * (uint64_t)list->step)));
}

/* ---- lists ---- */

static void read_list(reader *r, hpi_pylist *list);

/* One pass of the loop: the value goes to the list unless the filter says no. */
static void loop_once(reader *r, hpi_pylist *list, const hpi_expr *of, element from,
                      const hpi_expr *filter, const hpt_value *loop) {
    if (filter && !hpi_datum_is_true(hpi_expr_eval(filter, load, loop))) return;
    append(r, list, evaluate(r, of, from, loop));
}

static void loop_over(reader *r, hpi_pylist *list, const hpt_space *space, const element from[2],
                      const hpi_pylist *over) {
    hpi_expr of = { 0 }, filter = { 0 };
    bool     has_filter = from[1].bytes > 0;
    if (!may_make(r, over->count) || !compile(r, space, from[0], &of)) return;
    if (!has_filter || compile(r, space, from[1], &filter)) {
        for (size_t i = 0; i < over->count && r->status == HPT_OK; i++) {
            if (over->values[i].type == HPT_TYPE_TEXT)
                fail(r, HPT_EINVAL, from[0].at, "\"for\" goes over numbers only");
            else
                loop_once(r, list, &of, from[0], has_filter ? &filter : NULL, &over->values[i]);
        }
        hpi_expr_fini(&filter);
    }
    hpi_expr_fini(&of);
}

/* Behind "for". */
static void read_loop(reader *r, hpi_pylist *list, element from) {
    char       name[HPI_NAME_BYTES_MAX + 1] = "";
    hpi_pylist over = { 0 };
    element    parts[2] = { from };
    if (r->token.kind != HPI_TOKEN_NAME || r->token.inner_bytes >= sizeof name) {
        wanted(r, "the name of a loop");
        return;
    }
    memcpy(name, r->token.inner, r->token.inner_bytes);
    advance(r);
    if (!expect(r, "in", "\"in\"")) return;
    read_list(r, &over);
    expand(r, &over);
    if (takes(r, "if")) parts[1] = skip_element(r);
    hpt_space *space = r->status == HPT_OK ? hpt_space_create() : NULL;
    if (!space && r->status == HPT_OK) out_of_memory(r);
    if (space && hpt_space_add_int(space, name, 0, 1) == HPT_PARAM_NONE)
        fail(r, space->error.code, r->text, space->error.text);
    if (r->status == HPT_OK) loop_over(r, list, space, parts, &over);
    hpt_space_destroy(space);
    hpi_pylist_fini(&over);
}

/* An element that stands for itself. */
static void add_element(reader *r, hpi_pylist *list, element from) {
    hpt_value value;
    hpi_token after = r->token;
    if (!may_make(r, 1)) return;
    if (!read_constant(r, from, &value)) {
        r->token = hpi_scan(from.at);
        value = read_number(r);
        r->token = after;
    }
    append(r, list, value);
}

/* Whether a comma was there: "(5)" is a number in brackets, "(5,)" a list. */
static bool read_items(reader *r, hpi_pylist *list, const char *close) {
    bool has_comma = false;
    for (bool is_first = true; r->status == HPT_OK && !hpi_token_is(&r->token, close);
         is_first = false) {
        element from = skip_element(r);
        if (r->status != HPT_OK) return false;
        if (is_first && takes(r, "for")) {
            read_loop(r, list, from);
            break;
        }
        add_element(r, list, from);
        if (!takes(r, ",")) break;
        has_comma = true;
    }
    expect(r, close, *close == ']' ? "\",\" or \"]\"" : "\",\" or \")\"");
    return has_comma;
}

/* Behind "(": a list in brackets, or one of the kind that needs no others. */
static void read_bracketed(reader *r, hpi_pylist *list, const char *at) {
    static const char *const begins[] = { "[", "list", "range" };
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        if (!hpi_token_is(&r->token, begins[i])) continue;
        read_list(r, list);
        expect(r, ")", "\"+\" or \")\"");
        return;
    }
    if (!read_items(r, list, ")") && list->count == 1)
        fail(r, HPT_EPARSE, at, "there should be a list, such as [1, 2, 4], not one value");
}

static void read_term(reader *r, hpi_pylist *list) {
    const char *at = r->token.at;
    if (takes(r, "[")) {
        read_items(r, list, "]");
    } else if (takes(r, "(")) {
        read_bracketed(r, list, at);
    } else if (takes(r, "list")) {
        if (expect(r, "(", "\"(\"")) read_list(r, list);
        expect(r, ")", "\")\"");
    } else if (takes(r, "range")) {
        if (expect(r, "(", "\"(\"")) read_range(r, list);
    } else {
        wanted(r, "a list, such as [1, 2, 4] or range(1, 9)");
    }
}

static void read_list(reader *r, hpi_pylist *list) {
    if (++r->depth > DEPTH_MAX)
        fail(r, HPT_ELIMIT, r->token.at, "it is nested too deeply (limit 16)");
    if (r->status == HPT_OK) read_term(r, list);
    while (r->status == HPT_OK && hpi_token_is(&r->token, "+")) {
        hpi_pylist more = { 0 };
        advance(r);
        expand(r, list);
        read_term(r, &more);
        expand(r, &more);
        for (size_t i = 0; i < more.count; i++)
            append(r, list, more.values[i]);
        hpi_pylist_fini(&more);
    }
    r->depth--;
}

/* ---- the whole ---- */

static reader reader_of(hpi_import *import, const hpi_json_node *node, const char *what) {
    return (reader){
        .import = import, .node = node, .what = what, .text = hpi_json_scalar(node).as.text
    };
}

hpt_status hpi_pylist_read(hpi_pylist *list, hpi_import *import, const hpi_json_node *node,
                           const char *what) {
    reader r = reader_of(import, node, what);
    char  *texts = hpi_alloc_room(strlen(r.text) + 1, 1); /* a text is shorter than it is written */
    *list = (hpi_pylist){ 0 };
    if (!texts) return out_of_memory(&r);
    r.texts = texts;
    r.token = hpi_scan(r.text);
    read_list(&r, list);
    list->texts = texts;
    if (r.status == HPT_OK && r.token.kind != HPI_TOKEN_END) wanted(&r, "\"+\" or the end");
    if (r.status == HPT_OK && (list->is_range ? list->span : list->count) == 0)
        fail(&r, HPT_EINVAL, r.text, "the list is empty");
    return r.status;
}

hpt_status hpi_pylist_expand(hpi_pylist *list, hpi_import *import, const hpi_json_node *node,
                             const char *what) {
    reader r = reader_of(import, node, what);
    expand(&r, list);
    return r.status;
}

void hpi_pylist_fini(hpi_pylist *list) {
    hpi_free(list->values);
    hpi_free(list->texts);
    *list = (hpi_pylist){ 0 };
}
