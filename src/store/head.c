/* SPDX-License-Identifier: BSD-3-Clause */
/* The head of a study as JSON:
 *
 *     {"format":1,"hpt":"0.1.0","strategy":"tpe","seed":"7","window":0,"repeat":1,"take":"mean",
 *      "known":"0","trials":"1000","goals":[{"name":"error","direction":"minimise",
 *      "reference":null}],"space":"{...}"}
 *
 * Numbers of 64 bits are texts: other readers of JSON make doubles of them. So is the space: it is
 * handed to its own reader as it was written, whatever has become of the JSON around it. */
#include "store/head.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

enum { GOALS_MAX = 8 };

void hpi_head_fini(hpi_head *head) {
    for (uint32_t i = 0; i < GOALS_MAX; i++)
        hpi_free((char *)(uintptr_t)head->goals[i].name);
    hpi_free(head->name);
    hpi_free(head->strategy);
    hpi_free(head->version);
    hpt_space_destroy(head->space);
    *head = (hpi_head){ 0 };
}

/* Writing. */

static const char *const take_words[] = { "mean", "median", "worst" };
static const char *const direction_words[] = { "minimise", "maximise" };

static void write_big(hpi_writer *writer, const char *name, uint64_t number) {
    hpi_write_json_key(writer, name);
    hpi_write(writer, "\"");
    hpi_write_uint(writer, number);
    hpi_write(writer, "\"");
}

static void write_small(hpi_writer *writer, const char *name, uint32_t number) {
    hpi_write_json_key(writer, name);
    hpi_write_uint(writer, number);
}

static void write_goals(hpi_writer *writer, const hpi_head *head) {
    hpi_write_json_key(writer, "goals");
    for (uint32_t i = 0; i < head->goal_count; i++) {
        const hpt_goal *goal = &head->goals[i];
        hpi_write(writer, i == 0 ? "[{\"name\":" : ",{\"name\":");
        hpi_write_json_text(writer, goal->name ? goal->name : "");
        hpi_write_json_member(writer, "direction",
                              direction_words[goal->direction == HPT_MAXIMISE]);
        hpi_write_json_key(writer, "reference");
        hpi_write_real(writer, goal->reference);
        hpi_write(writer, "}");
    }
    hpi_write(writer, "]");
}

static hpt_status write_space(hpi_writer *writer, const hpt_space *space, hpt_err *err) {
    char      *json = NULL;
    hpt_err    why = { 0 };
    hpt_status status = hpt_space_print(space, &json, &why);
    if (status != HPT_OK) return hpi_fail(err, status, "a study cannot keep it: %s", why.text);
    hpi_write_json_member(writer, "space", json);
    hpt_free(json);
    return HPT_OK;
}

hpt_status hpi_head_print(const hpi_head *head, char **json_out, hpt_err *err) {
    hpi_writer writer = { 0 };
    hpi_write(&writer, "{\"format\":");
    hpi_write_uint(&writer, HPI_HEAD_VERSION);
    hpi_write_json_member(&writer, "hpt", head->version);
    hpi_write_json_member(&writer, "strategy", head->strategy);
    write_big(&writer, "seed", head->seed);
    write_small(&writer, "window", head->window);
    write_small(&writer, "repeat", head->repeat_count);
    hpi_write_json_member(&writer, "take", take_words[head->repeat_take]);
    write_big(&writer, "known", head->known_digest);
    write_big(&writer, "trials", head->trial_count_max);
    write_goals(&writer, head);
    hpt_status status = write_space(&writer, head->space, err);
    hpi_write(&writer, "}");
    if (status == HPT_OK && writer.failed)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for a study's head");
    if (status != HPT_OK) {
        hpi_writer_fini(&writer);
        return status;
    }
    *json_out = writer.text;
    return HPT_OK;
}

/* Reading. What is missing or of another type is damage: nobody but hpt writes this. */

typedef struct reading {
    const hpi_json_node *object;
    hpi_head            *head;
    const char          *bad; /* the first member that is, or NULL */
    bool                 is_out_of_memory;
} reading;

static void refuse(reading *r, const char *name) {
    if (!r->bad) r->bad = name;
}

static const hpi_json_node *member(reading *r, const char *name, hpi_json_type type) {
    const hpi_json_node *node = hpi_json_member(r->object, name);
    if (node && hpi_json_type_of(node) == type) return node;
    refuse(r, name);
    return NULL;
}

static char *read_text(reading *r, const char *name) {
    const hpi_json_node *node = member(r, name, HPI_JSON_TEXT);
    char                *text = node ? hpi_copy_text(hpi_json_scalar(node).as.text) : NULL;
    if (node && !text) r->is_out_of_memory = true;
    return text;
}

static uint64_t read_big(reading *r, const char *name) {
    const hpi_json_node *node = member(r, name, HPI_JSON_TEXT);
    const char          *digits = node ? hpi_json_scalar(node).as.text : "0";
    uint64_t             number = 0;
    if (*digits == '\0') refuse(r, name);
    for (; *digits; digits++) {
        unsigned digit = (unsigned)*digits - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10) {
            refuse(r, name);
            return 0;
        }
        number = number * 10 + digit;
    }
    return number;
}

static uint32_t read_small(reading *r, const char *name) {
    const hpi_json_node *node = member(r, name, HPI_JSON_NUMBER);
    hpt_value            value = node ? hpi_json_scalar(node) : hpt_int(0);
    if (value.type == HPT_TYPE_INT && value.as.integer >= 0 && value.as.integer <= UINT32_MAX)
        return (uint32_t)value.as.integer;
    refuse(r, name);
    return 0;
}

/* Which of the words. */
static unsigned read_word(reading *r, const char *name, const char *const *words, unsigned count) {
    const hpi_json_node *node = member(r, name, HPI_JSON_TEXT);
    for (unsigned i = 0; node && i < count; i++)
        if (strcmp(hpi_json_scalar(node).as.text, words[i]) == 0) return i;
    refuse(r, name);
    return 0;
}

static double read_reference(const reading *goal) {
    for (const hpi_json_node *node = hpi_json_first(goal->object); node;
         node = hpi_json_next(node)) {
        if (strcmp(hpi_json_key(node), "reference") != 0) continue;
        if (hpi_json_type_of(node) != HPI_JSON_NUMBER) return NAN;
        hpt_value value = hpi_json_scalar(node);
        return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
    }
    return NAN;
}

static void read_goals(reading *all) {
    const hpi_json_node *list = member(all, "goals", HPI_JSON_ARRAY);
    hpi_head            *head = all->head;
    for (const hpi_json_node *node = list ? hpi_json_first(list) : NULL; node && !all->bad;
         node = hpi_json_next(node)) {
        reading goal = { .object = node };
        if (head->goal_count == GOALS_MAX || hpi_json_type_of(node) != HPI_JSON_OBJECT) {
            refuse(all, "goals");
            return;
        }
        hpt_goal *into = &head->goals[head->goal_count++];
        into->name = read_text(&goal, "name");
        into->direction = (hpt_direction)read_word(&goal, "direction", direction_words, 2);
        into->reference = read_reference(&goal);
        if (goal.bad) refuse(all, "goals");
        if (goal.is_out_of_memory) all->is_out_of_memory = true;
    }
    if (head->goal_count == 0) refuse(all, "goals");
}

static hpt_status read_space(reading *r, hpt_err *err) {
    const hpi_json_node *node = member(r, "space", HPI_JSON_TEXT);
    const char          *json = node ? hpi_json_scalar(node).as.text : NULL;
    hpt_err              why = { 0 };
    if (!json) return HPT_OK;
    hpt_status status = hpt_space_parse(json, strlen(json), &r->head->space, &why);
    if (status == HPT_OK) return status;
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "%s", why.text);
    return hpi_fail(err, HPT_EPARSE, "the study's space is damaged: %s", why.text);
}

static void read_members(reading *r) {
    hpi_head *head = r->head;
    head->version = read_text(r, "hpt");
    head->strategy = read_text(r, "strategy");
    head->seed = read_big(r, "seed");
    head->window = read_small(r, "window");
    head->repeat_count = read_small(r, "repeat");
    head->repeat_take = (hpt_take)read_word(r, "take", take_words, 3);
    head->known_digest = read_big(r, "known");
    head->trial_count_max = read_big(r, "trials");
    read_goals(r);
}

/* Before anything else: of a newer form nothing else may be judged. */
static hpt_status check_format(reading *r, hpt_err *err) {
    char     version[32] = "a newer version";
    uint32_t format = read_small(r, "format");
    if (r->bad || format <= HPI_HEAD_VERSION) return HPT_OK;
    const hpi_json_node *node = member(r, "hpt", HPI_JSON_TEXT);
    if (node) hpi_quote(version, sizeof version, hpi_json_scalar(node).as.text);
    return hpi_fail(err, HPT_ELIMIT,
                    "the study was written by hpt %s in format %u: this is hpt %s, which reads "
                    "format %d",
                    version, (unsigned)format, hpt_version(), HPI_HEAD_VERSION);
}

static hpt_status read_all(reading *r, hpt_err *err) {
    char       quoted[32];
    hpt_status status = check_format(r, err);
    if (status != HPT_OK) return status;
    read_members(r);
    status = read_space(r, err);
    if (status != HPT_OK) return status;
    if (r->is_out_of_memory) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study's head");
    if (r->bad)
        return hpi_fail(err, HPT_EPARSE, "the study's head is damaged: \"%s\" is missing or wrong",
                        hpi_quote(quoted, sizeof quoted, r->bad));
    return HPT_OK;
}

/* The file has the directions twice: for others, and here. */
static hpt_status check_goals(const hpi_head *outer, const hpi_head *inner, hpt_err *err) {
    bool is_same = outer->goal_count == 0 || outer->goal_count == inner->goal_count;
    for (uint32_t i = 0; is_same && i < outer->goal_count; i++)
        is_same = outer->goals[i].direction == inner->goals[i].direction;
    if (is_same) return HPT_OK;
    return hpi_fail(err, HPT_EPARSE,
                    "the study's head is damaged: its goals are not those of the study");
}

/* The name stays; all else is replaced. */
static void replace(hpi_head *head, hpi_head *from) {
    from->name = head->name;
    head->name = NULL;
    hpi_head_fini(head);
    *head = *from;
}

hpt_status hpi_head_parse(const char *json, hpi_head *head, hpt_err *err) {
    hpi_json  *document = NULL;
    hpi_head   read = { .is_ours = true };
    hpt_err    why = { 0 };
    hpt_status status = hpi_json_parse(json, strlen(json), &document, &why);
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "%s", why.text);
    if (status != HPT_OK)
        return hpi_fail(err, HPT_EPARSE, "the study's head is damaged: %s", why.text);
    reading r = { .object = hpi_json_root(document), .head = &read };
    status = read_all(&r, err);
    if (status == HPT_OK) status = check_goals(head, &read, err);
    hpi_json_destroy(document);
    if (status == HPT_OK)
        replace(head, &read);
    else
        hpi_head_fini(&read);
    return status;
}
