/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/json.h"

#include "base/err.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/sort.h"
#include "base/text.h"

#include <cjson/cJSON.h>

#include <string.h>

/* Up to so many members, comparing all pairs beats sorting. */
enum { PAIRS_MAX = 8 };

/* cJSON's nodes carry what it does not know: valueint is where the value starts in the text,
 * valuedouble where its key does, and a number's valuestring points at its own characters in
 * `text` (the flag cJSON_IsReference keeps cJSON from freeing them). */
struct hpi_json {
    char  *text; /* a copy, since nodes point into it */
    size_t bytes;
    cJSON *root;
};

static cJSON *to_cjson(const hpi_json_node *node) {
    return (cJSON *)node;
}

static const hpi_json_node *to_node(const cJSON *item) {
    return (const hpi_json_node *)item;
}

void hpi_json_destroy(hpi_json *json) {
    if (!json) return;
    cJSON_Delete(json->root);
    hpi_free(json->text);
    hpi_free(json);
}

/* ---- duplicate keys ---- */

static int compare_keys(const void *a, const void *b) {
    return strcmp(((const cJSON *)a)->string, ((const cJSON *)b)->string);
}

static hpt_status refuse_duplicate(const hpi_json *json, const cJSON *item, hpt_err *err) {
    uint32_t line, col;
    char     key[64];
    hpi_json_line_col(json->text, (size_t)item->valuedouble, &line, &col);
    return hpi_fail_at(err, HPT_EPARSE, line, col, "the name \"%s\" is there twice",
                       hpi_quote(key, sizeof key, item->string));
}

static hpt_status check_pairs(const hpi_json *json, const cJSON *object, hpt_err *err) {
    for (const cJSON *a = object->child; a; a = a->next) {
        for (const cJSON *b = object->child; b != a; b = b->next) {
            if (compare_keys(a, b) == 0) return refuse_duplicate(json, a, err);
        }
    }
    return HPT_OK;
}

/* The sort is stable, so the later one of two is reported. */
static hpt_status check_sorted(const hpi_json *json, const cJSON *object, size_t count,
                               hpt_err *err) {
    const void **sorted = hpi_alloc(2 * count, sizeof *sorted);
    if (!sorted)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a JSON object of %zu members", count);
    size_t i = 0;
    for (const cJSON *child = object->child; child; child = child->next)
        sorted[i++] = child;
    hpi_sort(sorted, sorted + count, count, compare_keys);
    hpt_status status = HPT_OK;
    for (i = 1; i < count && status == HPT_OK; i++) {
        if (compare_keys(sorted[i - 1], sorted[i]) == 0)
            status = refuse_duplicate(json, sorted[i], err);
    }
    hpi_free(sorted);
    return status;
}

/* ---- reading ---- */

/* Tell every node its places, in the order in which the scan met them. Depth is bounded. */
static hpt_status bind(const hpi_json *json, cJSON *item, const uint32_t **place, hpt_err *err) {
    if (item->string) item->valuedouble = *(*place)++;
    uint32_t at = *(*place)++;
    item->valueint = (int)at;
    if (cJSON_IsNumber(item)) {
        item->valuestring = json->text + at;
        item->type |= cJSON_IsReference;
    }
    size_t count = 0;
    for (cJSON *child = item->child; child; child = child->next, count++) {
        hpt_status status = bind(json, child, place, err);
        if (status != HPT_OK) return status;
    }
    if (!cJSON_IsObject(item) || count < 2) return HPT_OK;
    return count <= PAIRS_MAX ? check_pairs(json, item, err) : check_sorted(json, item, count, err);
}

/* cJSON gets every number as 0: it would round it, follow the locale, and stumble over long ones.
 */
static void mask_numbers(char *text, const hpi_json_scan *scan) {
    for (size_t i = 0; i < scan->place_count; i++) {
        char *number = text + scan->places[i];
        if (*number != '-' && (*number < '0' || *number > '9')) continue;
        memset(number + 1, ' ', hpi_json_number_bytes(number) - 1);
        *number = '0';
    }
}

static hpt_status build(hpi_json *json, const hpi_json_scan *scan, hpt_err *err) {
    json->bytes = scan->bytes;
    json->text = hpi_copy_bytes(scan->text, scan->bytes);
    if (json->text) {
        mask_numbers(json->text, scan);
        json->root = cJSON_ParseWithLengthOpts(json->text, json->bytes + 1, NULL, 1);
    }
    if (!json->root)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu bytes of JSON", json->bytes);
    memcpy(json->text, scan->text, json->bytes);
    const uint32_t *place = scan->places;
    hpt_status      status = bind(json, json->root, &place, err);
    HPI_ASSERT(status != HPT_OK || place == scan->places + scan->place_count);
    return status;
}

hpt_status hpi_json_parse(const char *text, size_t bytes, hpi_json **json_out, hpt_err *err) {
    hpi_json_scan scan;
    hpt_status    status = hpi_json_scan_text(&scan, text, bytes, err);
    hpi_json     *json = NULL;
    if (status == HPT_OK) {
        json = hpi_alloc(1, sizeof *json);
        status = json ? build(json, &scan, err)
                      : hpi_fail(err, HPT_ENOMEM, "out of memory for %zu bytes of JSON", bytes);
    }
    hpi_free(scan.places);
    if (status == HPT_OK)
        *json_out = json;
    else
        hpi_json_destroy(json);
    return status;
}

/* ---- looking ---- */

const hpi_json_node *hpi_json_root(const hpi_json *json) {
    return to_node(json->root);
}

hpi_json_type hpi_json_type_of(const hpi_json_node *node) {
    const cJSON *item = to_cjson(node);
    if (cJSON_IsObject(item)) return HPI_JSON_OBJECT;
    if (cJSON_IsArray(item)) return HPI_JSON_ARRAY;
    if (cJSON_IsString(item)) return HPI_JSON_TEXT;
    if (cJSON_IsNumber(item)) return HPI_JSON_NUMBER;
    return cJSON_IsBool(item) ? HPI_JSON_BOOL : HPI_JSON_NULL;
}

const char *hpi_json_type_text(hpi_json_type type) {
    switch (type) {
    case HPI_JSON_NULL:
        return "null";
    case HPI_JSON_BOOL:
        return "true or false";
    case HPI_JSON_NUMBER:
        return "a number";
    case HPI_JSON_TEXT:
        return "a text";
    case HPI_JSON_ARRAY:
        return "a list";
    case HPI_JSON_OBJECT:
        return "an object";
    }
    return "nothing";
}

const hpi_json_node *hpi_json_first(const hpi_json_node *node) {
    return to_node(to_cjson(node)->child);
}

const hpi_json_node *hpi_json_next(const hpi_json_node *node) {
    return to_node(to_cjson(node)->next);
}

const char *hpi_json_key(const hpi_json_node *node) {
    return to_cjson(node)->string;
}

const hpi_json_node *hpi_json_member(const hpi_json_node *object, const char *name) {
    if (!object || hpi_json_type_of(object) != HPI_JSON_OBJECT) return NULL;
    const hpi_json_node *node = hpi_json_first(object);
    while (node && strcmp(hpi_json_key(node), name) != 0)
        node = hpi_json_next(node);
    return node;
}

const char *hpi_json_member_text(const hpi_json_node *object, const char *name) {
    const hpi_json_node *node = hpi_json_member(object, name);
    bool                 is_text = node && hpi_json_type_of(node) == HPI_JSON_TEXT;
    return is_text ? hpi_json_scalar(node).as.text : NULL;
}

bool hpi_json_member_uint(const hpi_json_node *object, const char *name, uint64_t *out) {
    const hpi_json_node *node = hpi_json_member(object, name);
    if (!node || hpi_json_type_of(node) != HPI_JSON_NUMBER) return false;
    hpt_value value = hpi_json_scalar(node);
    if (value.type != HPT_TYPE_INT || value.as.integer < 0) return false;
    *out = (uint64_t)value.as.integer;
    return true;
}

void hpi_json_place(const hpi_json *json, const hpi_json_node *node, uint32_t *line_out,
                    uint32_t *col_out) {
    hpi_json_line_col(json->text, (size_t)to_cjson(node)->valueint, line_out, col_out);
}

void hpi_json_key_place(const hpi_json *json, const hpi_json_node *node, uint32_t *line_out,
                        uint32_t *col_out) {
    hpi_json_line_col(json->text, (size_t)to_cjson(node)->valuedouble, line_out, col_out);
}

static hpt_value number(const char *text) {
    size_t  bytes = hpi_json_number_bytes(text);
    int64_t integer;
    double  real = 0;
    if (hpi_read_int(text, bytes, &integer)) return hpt_int(integer);
    bool is_read = hpi_read_real(text, bytes, &real);
    HPI_ASSERT(is_read); /* the scan did */
    (void)is_read;
    return hpt_real(real);
}

char *hpi_json_show_number(char *out, size_t out_bytes, const hpi_json_node *node) {
    char        number[HPI_NUMBER_BYTES_MAX + 1];
    const char *text = to_cjson(node)->valuestring;
    HPI_ASSERT(cJSON_IsNumber(to_cjson(node)));
    size_t bytes = hpi_json_number_bytes(text);
    HPI_ASSERT(bytes < sizeof number); /* the scan allows no more */
    memcpy(number, text, bytes);
    number[bytes] = '\0';
    return hpi_quote(out, out_bytes, number);
}

hpt_value hpi_json_scalar(const hpi_json_node *node) {
    const cJSON *item = to_cjson(node);
    HPI_ASSERT(!cJSON_IsObject(item) && !cJSON_IsArray(item));
    if (cJSON_IsNumber(item)) return number(item->valuestring);
    if (cJSON_IsString(item)) return hpt_text(item->valuestring);
    return cJSON_IsBool(item) ? hpt_bool(cJSON_IsTrue(item)) : hpt_null();
}
