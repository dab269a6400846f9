/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { GAP = 2, CUT_WIDTH_MIN = 8 };

/* Where the point of a number is, or where it would be. */
static size_t before_point(const char *text) {
    return strcspn(text, ".e");
}

/* A text of several lines, as a crash leaves behind, in the one line of a cell. */
static void put_in_a_line(output *out, const char *text) {
    for (size_t bytes; *text; text += bytes) {
        bytes = strcspn(text, "\n");
        put_harmless_bytes(out, text, bytes);
        if (text[bytes] != '\n') continue;
        put(out, the_screen()->has_utf8 ? "↵" : " ");
        bytes++;
    }
}

/* What a cell shows, which no terminal acts on, whatever its text is. */
static style fill_cell(const table *it, size_t row, size_t column, output *raw, output *shown) {
    style how = STYLE_PLAIN;
    output_clear(raw);
    output_clear(shown);
    it->cell(it->context, row, column, raw, &how);
    put_in_a_line(shown, output_text(raw));
    return how;
}

static void widen(size_t *width, size_t to) {
    if (*width < to) *width = to;
}

static void measure(const table *it) {
    output raw = { .fd = -1 }, shown = { .fd = -1 };
    for (size_t c = 0; c < it->column_count; c++) {
        table_column *column = &it->columns[c];
        put_harmless(&shown, column->title);
        column->width = text_width(output_text(&shown));
        column->before = column->after = 0;
        column->is_hidden = false;
        for (size_t row = 0; row < it->row_count; row++) {
            fill_cell(it, row, c, &raw, &shown);
            size_t width = text_width(output_text(&shown)), before = 0;
            if (column->align == ALIGN_POINT) before = before_point(output_text(&shown));
            widen(&column->width, width);
            widen(&column->before, before);
            widen(&column->after, width - before);
        }
        output_clear(&shown);
        if (column->align == ALIGN_POINT) widen(&column->width, column->before + column->after);
    }
    output_free(&raw);
    output_free(&shown);
}

/* How wide the table is when no text has more than `cap` columns. */
static size_t whole_width(const table *it, size_t cap) {
    size_t width = 0;
    for (size_t c = 0; c < it->column_count; c++) {
        const table_column *column = &it->columns[c];
        if (column->is_hidden) continue;
        width += column->may_cut && column->width > cap ? cap : column->width;
        if (width > 0) width += GAP;
    }
    return width > 0 ? width - GAP : 0;
}

/* Texts are cut first, all to the same width; then the last of the columns that matter least go. */
static void fit(const table *it, size_t room) {
    size_t   low = CUT_WIDTH_MIN, high = room, width = whole_width(it, low);
    unsigned rank = 0;
    if (room == SIZE_MAX) return;
    for (size_t c = 0; c < it->column_count; c++)
        if (it->columns[c].rank > rank) rank = it->columns[c].rank;
    for (; rank > 0; rank--) {
        for (size_t c = it->column_count; c-- > 0 && width > room;) {
            if (it->columns[c].rank != rank) continue;
            it->columns[c].is_hidden = true;
            bool is_cut = it->columns[c].may_cut && it->columns[c].width > low;
            width -= (is_cut ? low : it->columns[c].width) + GAP;
        }
    }
    while (low < high) { /* the widest cap with which it fits */
        size_t middle = low + (high - low + 1) / 2;
        if (whole_width(it, middle) <= room)
            low = middle;
        else
            high = middle - 1;
    }
    for (size_t c = 0; c < it->column_count; c++)
        if (it->columns[c].may_cut && it->columns[c].width > low) it->columns[c].width = low;
}

/* Blanks are put before the next text only, so that no line ends in them. */
static void put_cell(output *out, const table_column *column, const char *text, style how,
                     size_t *blanks) {
    const char *mark = the_screen()->has_utf8 ? "…" : "~";
    size_t      width = text_width(text), left = 0;
    if (width > column->width) width = column->width;
    if (column->align == ALIGN_RIGHT) left = column->width - width;
    if (column->align == ALIGN_POINT && *text) {
        left = column->width - column->before - column->after;
        left += column->before - before_point(text);
    }
    *blanks += left;
    if (*text) {
        put_repeated(out, " ", *blanks);
        *blanks = 0;
        if (how != STYLE_PLAIN) put_style(out, how);
        put_cut(out, text, column->width, mark);
        if (how != STYLE_PLAIN) put_style(out, STYLE_PLAIN);
        left += width;
    }
    *blanks += column->width - left + GAP;
}

static void put_titles(output *out, const table *it) {
    output name = { .fd = -1 };
    size_t blanks = 0;
    for (size_t c = 0; c < it->column_count; c++) {
        table_column title = it->columns[c];
        if (title.is_hidden) continue;
        if (title.align == ALIGN_POINT) title.align = ALIGN_RIGHT;
        output_clear(&name);
        put_harmless(&name, title.title);
        put_cell(out, &title, output_text(&name), STYLE_BOLD, &blanks);
    }
    output_free(&name);
    put(out, "\n");
    put_style(out, STYLE_DIM);
    for (size_t c = 0, shown = 0; c < it->column_count; c++) {
        if (it->columns[c].is_hidden) continue;
        if (shown++ > 0) put_repeated(out, " ", GAP);
        put_repeated(out, the_screen()->has_utf8 ? "─" : "-", it->columns[c].width);
    }
    put_style(out, STYLE_PLAIN);
    put(out, "\n");
}

static void put_left_out(output *out, const table *it) {
    output names = { .fd = -1 };
    size_t count = 0;
    for (size_t c = 0; c < it->column_count; c++) {
        if (!it->columns[c].is_hidden) continue;
        if (count++ > 0) put(&names, ", ");
        put(&names, it->columns[c].title);
    }
    if (count > 0) {
        output line = { .fd = -1 };
        putf(&line, "%zu more column%s: %s", count, count == 1 ? "" : "s", output_text(&names));
        put_style(out, STYLE_DIM);
        put_cut(out, output_text(&line), the_screen()->width, the_screen()->has_utf8 ? "…" : "~");
        put_style(out, STYLE_PLAIN);
        put(out, "\n");
        output_free(&line);
    }
    output_free(&names);
}

/* How much of a text goes into one line: up to a blank, or behind a bar between words. */
static size_t line_bytes(const char *text, size_t width) {
    size_t used = 0, bytes = 0, good = 0, left = strlen(text);
    if (text_width(text) <= width) return left;
    while (bytes < left) {
        size_t step = character_bytes(text + bytes, left - bytes);
        char   one[5] = "";
        memcpy(one, text + bytes, step ? step : 1);
        used += text_width(one);
        if (used > width) break;
        if (text[bytes] == ' ') good = bytes;
        bytes += step ? step : 1;
        if (text[bytes - 1] == '|') good = bytes;
    }
    if (bytes < left && text[bytes] == ' ') good = bytes;
    return good > 0 ? good : bytes > 0 ? bytes : left;
}

/* The cells of a row that is being printed, and how much of each was. */
typedef struct cells {
    output *shown;
    size_t *from;
    style  *styles;
} cells;

/* One line of a row; whether there is another. */
static bool put_line(output *out, const table *it, const cells *of, bool is_first) {
    size_t blanks = 0;
    bool   has_more = false;
    for (size_t c = 0; c < it->column_count; c++) {
        const table_column *column = &it->columns[c];
        const char         *text = output_text(&of->shown[c]) + of->from[c];
        if (column->is_hidden) continue;
        if (!column->wraps) {
            put_cell(out, column, is_first ? text : "", of->styles[c], &blanks);
            continue;
        }
        output part = { .fd = -1 };
        size_t bytes = line_bytes(text, column->width);
        put_bytes(&part, text, bytes);
        put_cell(out, column, output_text(&part), of->styles[c], &blanks);
        output_free(&part);
        of->from[c] += bytes + strspn(text + bytes, " ");
        if (output_text(&of->shown[c])[of->from[c]]) has_more = true;
    }
    put(out, "\n");
    return has_more;
}

static void put_row(output *out, const table *it, size_t row, output *raw, const cells *of) {
    for (size_t c = 0; c < it->column_count; c++) {
        of->from[c] = 0;
        if (it->columns[c].is_hidden) continue;
        of->styles[c] = fill_cell(it, row, c, raw, &of->shown[c]);
    }
    for (bool is_first = true; put_line(out, it, of, is_first); is_first = false)
        ;
}

void table_print(output *out, table *it) {
    output raw = { .fd = -1 };
    cells  of = { .shown = take(it->column_count + 1, sizeof *of.shown),
                  .from = take(it->column_count + 1, sizeof *of.from),
                  .styles = take(it->column_count + 1, sizeof *of.styles) };
    for (size_t c = 0; c < it->column_count; c++)
        of.shown[c].fd = -1;
    measure(it);
    fit(it, the_screen()->width);
    put_titles(out, it);
    for (size_t row = 0; row < it->row_count && !out->error; row++)
        put_row(out, it, row, &raw, &of);
    put_left_out(out, it);
    for (size_t c = 0; c < it->column_count; c++)
        output_free(&of.shown[c]);
    output_free(&raw);
    free(of.shown);
    free(of.from);
    free(of.styles);
}

/* Pairs. */

void pairs_add(pairs *of, const char *name, style how) {
    size_t bytes = of->next.bytes + 1;
    of->list = take_more(of->list, of->count + 1, sizeof *of->list);
    pair *added = &of->list[of->count++];
    *added = (pair){ .name = name, .value = take(bytes, 1), .style = how };
    memcpy(added->value, output_text(&of->next), bytes);
    output_clear(&of->next);
}

void pairs_print(output *out, pairs *of) {
    output name = { .fd = -1 };
    size_t width = 0;
    for (size_t i = 0; i < of->count; i++) {
        output_clear(&name);
        put_harmless(&name, of->list[i].name);
        widen(&width, text_width(output_text(&name)));
    }
    for (size_t i = 0; i < of->count; i++) {
        const pair *it = &of->list[i];
        output_clear(&name);
        put_harmless(&name, it->name);
        put_styled(out, STYLE_DIM, output_text(&name));
        put_repeated(out, " ", width - text_width(output_text(&name)) + GAP);
        if (it->style != STYLE_PLAIN) put_style(out, it->style);
        put_harmless(out, it->value);
        if (it->style != STYLE_PLAIN) put_style(out, STYLE_PLAIN);
        put(out, "\n");
        free(it->value);
    }
    output_free(&name);
    free(of->list);
    output_free(&of->next);
    *of = (pairs){ .next = { .fd = -1 } };
}
