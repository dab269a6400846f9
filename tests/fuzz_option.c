/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no text breaks the option grammar, and what was read is read again as the same.
 * Method: cut a list into specs, fill a state with options of every type; write the state out as a
 *         spec, quoted; fill another state from it: both are equal. */
#include "base/json.h"
#include "base/mem.h"
#include "base/option.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct plugin {
    bool        b;
    int64_t     n;
    double      x;
    const char *t;
    int32_t     c;
} plugin;

/* clang-format off */
static const hpt_option rows[] = {
    { "b", HPT_OPTION_BOOL,   offsetof(plugin, b), 1,   0,       0,       NULL,    "" },
    { "n", HPT_OPTION_INT,    offsetof(plugin, n), 5,   -0x1p63, 0x1p63,  NULL,    "" },
    { "x", HPT_OPTION_REAL,   offsetof(plugin, x), 0.5, -1e300,  1e300,   NULL,    "" },
    { "t", HPT_OPTION_TEXT,   offsetof(plugin, t), 0,   0,       0,       "",      "" },
    { "c", HPT_OPTION_CHOICE, offsetof(plugin, c), 1,   0,       0,       "u|v|w", "" },
    { 0 }
};
/* clang-format on */

static void require(bool is_true) {
    if (!is_true) abort();
}

static void write_quoted(hpi_writer *writer, const char *text) {
    hpi_write(writer, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') hpi_write(writer, "\\");
        hpi_write_bytes(writer, text, 1);
    }
    hpi_write(writer, "\"");
}

/* The state as the text of a spec. */
static void write_spec(hpi_writer *writer, const plugin *state) {
    hpi_write(writer, "again:b=");
    hpi_write(writer, state->b ? "yes" : "no");
    hpi_write(writer, ",n=");
    hpi_write_json_value(writer, hpt_int(state->n));
    hpi_write(writer, ",x=");
    hpi_write_real(writer, state->x);
    hpi_write(writer, ",c=");
    hpi_write_bytes(writer, &"uvw"[state->c], 1);
    hpi_write(writer, ",t=");
    write_quoted(writer, state->t);
}

static void check_again(const plugin *state) {
    hpi_writer writer = { 0 };
    hpi_spec   spec;
    plugin     again;
    write_spec(&writer, state);
    require(hpi_spec_init(&spec, writer.text, NULL) == HPT_OK);
    require(hpi_spec_apply(&spec, "strategy", rows, &again, NULL) == HPT_OK);
    require(again.b == state->b && again.n == state->n && again.c == state->c);
    require(memcmp(&again.x, &state->x, sizeof again.x) == 0);
    require(strcmp(again.t, state->t) == 0);
    hpi_spec_fini(&spec);
    hpi_writer_fini(&writer);
}

static void check_item(const char *item) {
    hpi_spec   spec;
    hpt_err    err = { 0 };
    plugin     state;
    hpt_status status = hpi_spec_init(&spec, item, &err);
    if (status == HPT_OK) {
        status = hpi_spec_apply(&spec, "strategy", rows, &state, &err);
        if (status == HPT_OK && strlen(state.t) < 30000) check_again(&state);
        hpi_spec_fini(&spec);
    }
    if (status != HPT_OK)
        require(err.code == status && err.text[0] != '\0' && err.line == 1 && err.col >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char       *text = hpi_copy_bytes((const char *)data, size);
    const char *list = text, *place = NULL;
    for (;;) {
        char *item = NULL;
        require(hpi_spec_next(&list, &place, &item, NULL) == HPT_OK);
        if (!item) break;
        check_item(item);
        hpi_free(item);
    }
    hpi_free(text);
    return 0;
}
