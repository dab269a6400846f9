/* SPDX-License-Identifier: BSD-3-Clause */
#include "space/scan.h"

#include <string.h>

/* Longer ones first: "<=" is not "<" and "=". */
static const char *const symbols[] = { "**", "//", "<=", ">=", "==", "!=", "<", ">", "+",
                                       "-",  "*",  "/",  "%",  "(",  ")",  "[", "]", "," };
static const char *const words[] = { "and", "or", "not", "in" };

/* What other languages write. */
static const struct {
    const char *symbol, *problem;
} strangers[] = {
    { "&&", "\"&&\" is written \"and\"" }, { "||", "\"||\" is written \"or\"" },
    { "!", "\"!\" is written \"not\"" },   { "=", "\"=\" is written \"==\"" },
    { "^", "\"^\" is written \"**\"" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Bytes of UTF-8 beyond ASCII are letters here. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_in_name(char c) {
    return is_letter(c) || is_digit(c) || c == '.';
}

static hpi_token scan_quoted(const char *at) {
    const char *end = at + 1;
    bool        is_name = *at == '`';
    while (*end && *end != *at)
        end += !is_name && *end == '\\' && end[1] ? 2 : 1;
    if (!*end)
        return (hpi_token){ .kind = HPI_TOKEN_WRONG,
                            .at = at,
                            .problem = "the quote that begins here does not end" };
    return (hpi_token){ .kind = is_name ? HPI_TOKEN_NAME : HPI_TOKEN_TEXT,
                        .at = at,
                        .bytes = (size_t)(end + 1 - at),
                        .inner = at + 1,
                        .inner_bytes = (size_t)(end - at - 1) };
}

/* Digits, points and an exponent; whether that is a number is for who reads it to say. */
static hpi_token scan_number(const char *at) {
    const char *end = at;
    while (is_in_name(*end) || ((*end == '+' || *end == '-') && (end[-1] == 'e' || end[-1] == 'E')))
        end++;
    return (hpi_token){ .kind = HPI_TOKEN_NUMBER, .at = at, .bytes = (size_t)(end - at) };
}

static hpi_token scan_name(const char *at) {
    hpi_token   token = { .kind = HPI_TOKEN_NAME, .at = at, .inner = at };
    const char *end = at;
    while (is_in_name(*end))
        end++;
    token.bytes = token.inner_bytes = (size_t)(end - at);
    for (size_t i = 0; i < COUNT(words); i++)
        if (hpi_token_is(&token, words[i])) token.kind = HPI_TOKEN_WORD;
    return token;
}

static hpi_token scan_symbol(const char *at) {
    hpi_token token = { .kind = HPI_TOKEN_WORD, .at = at };
    for (size_t i = 0; i < COUNT(symbols); i++) {
        token.bytes = strlen(symbols[i]);
        if (strncmp(at, symbols[i], token.bytes) == 0) return token;
    }
    token = (hpi_token){ .kind = HPI_TOKEN_WRONG,
                         .at = at,
                         .problem = "this character means nothing in an expression" };
    for (size_t i = COUNT(strangers); i-- > 0;)
        if (strncmp(at, strangers[i].symbol, strlen(strangers[i].symbol)) == 0)
            token.problem = strangers[i].problem;
    return token;
}

hpi_token hpi_scan(const char *text) {
    const char *at = text + strspn(text, " \t\r\n");
    if (!*at) return (hpi_token){ .kind = HPI_TOKEN_END, .at = at };
    if (strchr("'\"`", *at)) return scan_quoted(at);
    if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) return scan_number(at);
    return is_letter(*at) ? scan_name(at) : scan_symbol(at);
}

bool hpi_token_is(const hpi_token *token, const char *word) {
    return strlen(word) == token->bytes && memcmp(token->at, word, token->bytes) == 0;
}

size_t hpi_scan_unescape(const hpi_token *token, char *out) {
    size_t bytes = 0;
    for (size_t i = 0; i < token->inner_bytes; i++) {
        if (token->inner[i] == '\\') i++;
        out[bytes++] = token->inner[i];
    }
    out[bytes++] = '\0';
    return bytes;
}
