/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/rparse.h"

#include "base/text.h"
#include "space/format.h"
#include "space/space.h"

#include <stdio.h>
#include <string.h>

/* ---- failing ---- */

operand hpi_r_fail_at(translator *t, const char *at, hpt_status status, const char *problem) {
    uint32_t col = 1;
    if (t->status != HPT_OK) return nothing;
    for (const char *c = t->r->line; c < at; c++)
        col += ((unsigned char)c[1] & 0xC0) != 0x80;
    t->status =
        hpi_fail_at(t->r->err, status, t->r->line_number, col, "%s: %s", t->r->what, problem);
    return nothing;
}

operand hpi_r_fail(translator *t, const char *problem) {
    return hpi_r_fail_at(t, t->word.at, HPT_EINVAL, problem);
}

operand hpi_r_unexpected(translator *t, const char *wanted) {
    char   problem[128], shown[48], text[32];
    size_t bytes = t->word.bytes < sizeof text ? t->word.bytes : sizeof text - 1;
    memcpy(text, t->word.at, bytes);
    text[bytes] = '\0';
    if (t->word.kind == END)
        snprintf(problem, sizeof problem, "it ends where there should be %s", wanted);
    else
        snprintf(problem, sizeof problem, "\"%s\" stands where there should be %s",
                 hpi_quote(shown, sizeof shown, text), wanted);
    return hpi_r_fail_at(t, t->word.at, HPT_EPARSE, problem);
}

operand hpi_r_fail_about(translator *t, const char *at, hpt_param handle, const char *problem) {
    char label[HPI_LABEL_BYTES], text[HPI_LABEL_BYTES + 128];
    snprintf(text, sizeof text, "\"%s\" %s", hpi_label(label, hpi_space_name(t->r->space, handle)),
             problem);
    return hpi_r_fail_at(t, at, HPT_EINVAL, text);
}

/* ---- words ---- */

bool hpi_r_is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c) {
    return hpi_r_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static word scan_quoted(const char *at, const char *end) {
    const char *to = at + 1;
    while (to < end && *to != *at)
        to += *to == '\\' && to + 1 < end ? 2 : 1;
    return (word){ at, (size_t)(to < end ? to + 1 - at : end - at), to < end ? QUOTED : WRONG };
}

static word scan_symbol(const char *at, const char *end) {
    static const char *const symbols[] = { "%in%", "%/%", "%%", "&&", "||", "==", "!=", "<=",
                                           ">=",   "<",   ">",  "&",  "|",  "!",  "+",  "-",
                                           "*",    "/",   "^",  "(",  ")",  ",",  ":" };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        size_t bytes = strlen(symbols[i]);
        if (bytes <= (size_t)(end - at) && memcmp(at, symbols[i], bytes) == 0)
            return (word){ at, bytes, SYMBOL };
    }
    return (word){ at, 1, WRONG };
}

word hpi_r_scan(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    const char *to = at;
    if (at == end) return (word){ at, 0, END };
    if (*at == '"' || *at == '\'' || *at == '`') return scan_quoted(at, end);
    bool is_number = hpi_r_is_digit(*at) || (*at == '.' && at + 1 < end && hpi_r_is_digit(at[1]));
    if (!is_number && !is_name_char(*at)) return scan_symbol(at, end);
    while (to < end && (is_name_char(*to) || (is_number && (*to == '-' || *to == '+') &&
                                              (to[-1] == 'e' || to[-1] == 'E'))))
        to++;
    return (word){ at, (size_t)(to - at), is_number ? DIGITS : NAME };
}

void hpi_r_advance(translator *t) {
    t->word = hpi_r_scan(t->word.at + t->word.bytes, t->r->text + t->r->bytes);
}

bool hpi_r_is_word(const translator *t, const char *text) {
    return t->word.kind != QUOTED && strlen(text) == t->word.bytes &&
           memcmp(t->word.at, text, t->word.bytes) == 0;
}

bool hpi_r_takes(translator *t, const char *text) {
    if (t->status != HPT_OK || !hpi_r_is_word(t, text)) return false;
    hpi_r_advance(t);
    return true;
}

bool hpi_r_expect(translator *t, const char *text) {
    char wanted[16];
    if (hpi_r_takes(t, text)) return true;
    snprintf(wanted, sizeof wanted, "\"%s\"", text);
    hpi_r_unexpected(t, wanted);
    return false;
}

/* ---- writing ---- */

/* Put a text in place of `old_bytes` bytes at `at`. */
void hpi_r_splice(translator *t, size_t at, size_t old_bytes, const char *text) {
    size_t bytes = strlen(text);
    char  *out = t->r->out;
    if (t->status != HPT_OK) return;
    if (t->bytes - old_bytes + bytes > HPI_EXPR_BYTES_MAX) {
        hpi_r_fail_at(t, t->r->text, HPT_ELIMIT, "it is longer than 4095 bytes as an expression");
        return;
    }
    memmove(out + at + bytes, out + at + old_bytes, t->bytes - at - old_bytes);
    memcpy(out + at, text, bytes);
    t->bytes += bytes - old_bytes;
    out[t->bytes] = '\0';
}

void hpi_r_write(translator *t, const char *text) {
    hpi_r_splice(t, t->bytes, 0, text);
}

static void write_by(translator *t, hpi_writer *writer) {
    if (writer->failed && t->status == HPT_OK)
        t->status = hpi_fail(t->r->err, HPT_ENOMEM, "out of memory for an expression");
    else
        hpi_r_write(t, writer->text);
    hpi_writer_fini(writer);
}

void hpi_r_write_literal(translator *t, hpt_value value) {
    hpi_writer writer = { 0 };
    hpi_write_literal(&writer, value);
    write_by(t, &writer);
}

void hpi_r_write_name(translator *t, hpt_param handle) {
    hpi_writer writer = { 0 };
    hpi_write_name(&writer, hpi_space_name(t->r->space, handle));
    write_by(t, &writer);
}

/* An operand that ends at `end` gets brackets when it binds less tightly than `level`. */
void hpi_r_bracket(translator *t, const operand *a, size_t end, int level) {
    if (a->level >= level) return;
    hpi_r_splice(t, end, 0, ")");
    hpi_r_splice(t, a->start, 0, "(");
}
