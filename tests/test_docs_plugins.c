/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   docs/plugins.md names every built-in plug-in and every option, and no other.
 * Method: its sections are looked up by the option tables: one row per option, with the default and
 *         the limits or words that the table has. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "hpt/extend.h"

static char *document;

static int read_document(void **state) {
    hpt_err err;
    size_t  bytes;
    (void)state;
    return hpi_read_file(FIXTURE_FOLDER "/../docs/plugins.md", 1 << 20, &document, &bytes, &err);
}

static int free_document(void **state) {
    (void)state;
    hpi_free(document);
    return 0;
}

/* What follows the first "needle" before `end`, or NULL. */
static const char *after(const char *text, const char *end, const char *needle) {
    const char *at = strstr(text, needle);
    return at && at < end ? at + strlen(needle) : NULL;
}

static const char *end_of_section(const char *section) {
    const char *end = strstr(section, "\n#");
    return end ? end : section + strlen(section);
}

/* "integer, 1 to 2^53", "`auto`, `bar`, `plain`": the row's second cell. */
static void write_values(const hpt_option *row, char *out, size_t bytes) {
    char min[HPI_SHOWN_BYTES], max[HPI_SHOWN_BYTES] = "2^53";
    hpi_show_value(min, hpt_real(row->min));
    if (row->max != 0x1p53) hpi_show_value(max, hpt_real(row->max));
    size_t length = 0;
    switch (row->type) {
    case HPT_OPTION_BOOL:
        snprintf(out, bytes, "yes or no");
        break;
    case HPT_OPTION_INT:
    case HPT_OPTION_REAL:
        snprintf(out, bytes, "%s, %s to %s", row->type == HPT_OPTION_INT ? "integer" : "real", min,
                 max);
        break;
    case HPT_OPTION_TEXT:
        snprintf(out, bytes, "text");
        break;
    case HPT_OPTION_CHOICE:
        for (const char *word = row->text; word; word = strchr(word, '|')) {
            word += *word == '|';
            length += (size_t)snprintf(out + length, bytes - length, "%s`%.*s`", length ? ", " : "",
                                       (int)strcspn(word, "|"), word);
        }
        break;
    }
}

/* The third cell. */
static void write_default(const hpt_option *row, char *out, size_t bytes) {
    bool        is_number = row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL;
    char        shown[HPI_SHOWN_BYTES];
    const char *word = row->text;
    if (row->type == HPT_OPTION_BOOL)
        snprintf(out, bytes, "`%s`", row->initial != 0 ? "yes" : "no");
    else if (is_number && row->initial < row->min)
        snprintf(out, bytes, "not given");
    else if (is_number)
        snprintf(out, bytes, "`%s`", hpi_show_value(shown, hpt_real(row->initial)));
    else if (row->type == HPT_OPTION_TEXT && !word)
        snprintf(out, bytes, "not given");
    else if (row->type == HPT_OPTION_TEXT)
        snprintf(out, bytes, *word ? "`%s`" : "must be given", word);
    if (row->type != HPT_OPTION_CHOICE) return;
    for (int skip = (int)row->initial; skip > 0; skip--)
        word = strchr(word, '|') + 1;
    snprintf(out, bytes, "`%.*s`", (int)strcspn(word, "|"), word);
}

static void check_plugin(const char *name, const hpt_option *rows) {
    char needle[512], values[128], initial[128];
    snprintf(needle, sizeof needle, "\n### `%s`\n", name);
    const char *section = after(document, document + strlen(document), needle);
    if (!section) fail_msg("docs/plugins.md has no section on \"%s\"", name);
    const char *end = end_of_section(section);
    size_t      option_count = 0, written_count = 0;
    for (const hpt_option *row = rows; row && row->name; row++, option_count++) {
        write_values(row, values, sizeof values);
        write_default(row, initial, sizeof initial);
        snprintf(needle, sizeof needle, "\n| `%s` | %s | %s |", row->name, values, initial);
        if (!after(section, end, needle)) fail_msg("%s: expected the row %s", name, needle + 1);
    }
    for (const char *at = section; (at = after(at, end, "\n| `")); written_count++)
        ;
    if (written_count != option_count) fail_msg("%s: a row is not an option", name);
}

static void every_option_of_every_strategy_is_documented(void **state) {
    (void)state;
    const hpt_strategy_class *class;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++)
        check_plugin(class->name, class->options);
}

static void every_option_of_every_observer_is_documented(void **state) {
    (void)state;
    const hpt_observer_class *class;
    for (size_t i = 0; (class = hpt_observer_at(i)); i++)
        check_plugin(class->name, class->options);
}

static void every_option_of_every_pruner_is_documented(void **state) {
    (void)state;
    const hpt_pruner_class *class;
    for (size_t i = 0; (class = hpt_pruner_at(i)); i++)
        check_plugin(class->name, class->options);
}

static void every_option_of_every_pool_is_documented(void **state) {
    (void)state;
    const hpt_pool_info *pool;
    for (size_t i = 0; (pool = hpt_pool_at(i)); i++)
        check_plugin(pool->name, pool->options);
}

static void no_other_plugin_is_documented(void **state) {
    (void)state;
    size_t section_count = 0, plugin_count = 0;
    for (size_t i = 0; hpt_strategy_at(i); i++)
        plugin_count++;
    for (size_t i = 0; hpt_observer_at(i); i++)
        plugin_count++;
    for (size_t i = 0; hpt_pruner_at(i); i++)
        plugin_count++;
    for (size_t i = 0; hpt_pool_at(i); i++)
        plugin_count++;
    for (const char *at = document; (at = strstr(at, "\n### `")); at++)
        section_count++;
    assert_int_equal(section_count, plugin_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_of_every_strategy_is_documented),
        cmocka_unit_test(every_option_of_every_observer_is_documented),
        cmocka_unit_test(every_option_of_every_pruner_is_documented),
        cmocka_unit_test(every_option_of_every_pool_is_documented),
        cmocka_unit_test(no_other_plugin_is_documented),
    };
    return cmocka_run_group_tests(tests, read_document, free_document);
}
