/* SPDX-License-Identifier: BSD-3-Clause */
/* A space as JSON: read it, look at it, write it. What is written reads back as the same space. */
#include <hpt/hpt.h>
#include <string.h>

static const char text[] =
    "{\"learning_rate\": {\"kind\": \"real\", \"min\": 1e-4, \"max\": 1e-1, \"log\": true},\n"
    " \"layers\":        {\"kind\": \"int\", \"min\": 1, \"max\": 8, \"default\": 2},\n"
    " \"batch_size\":    {\"kind\": \"categorical\", \"values\": [16, 32, 64]},\n"
    " \"precision\":     {\"kind\": \"ordinal\", \"values\": [\"half\", \"single\", \"double\"]},\n"
    " \"threads\":       {\"kind\": \"constant\", \"value\": 4}}";

static const char misspelt[] = "{\"layers\": {\"kind\": \"int\", \"min\": 1, \"maxx\": 8}}";

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = NULL, *again = NULL;
    char      *json = NULL, *json_again = NULL;

    if (hpt_space_parse(text, strlen(text), &space, &err) != HPT_OK ||
        hpt_space_print(space, &json, &err) != HPT_OK ||
        hpt_space_parse(json, strlen(json), &again, &err) != HPT_OK ||
        hpt_space_print(again, &json_again, &err) != HPT_OK)
        return fprintf(stderr, "line %u, column %u: %s\n", (unsigned)err.line, (unsigned)err.col,
                       err.text),
               1;
    bool is_same = strcmp(json, json_again) == 0;
    printf("%s\n%zu parameters, %s when read again\n", json, hpt_space_count(space),
           is_same ? "the same" : "another space");

    /* A mistake is answered with its place, and with what was probably meant. */
    hpt_space *none = NULL;
    if (hpt_space_parse(misspelt, strlen(misspelt), &none, &err) != HPT_OK)
        printf("%s\n%*s^ %s\n", misspelt, (int)err.col - 1, "", err.text);

    hpt_free(json_again);
    hpt_free(json);
    hpt_space_destroy(again);
    hpt_space_destroy(space);
    return is_same && !none ? 0 : 1;
}
