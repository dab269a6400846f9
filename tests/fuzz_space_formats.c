/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no text breaks the readers of foreign formats, and what was read and can be written reads
 *         back as the same space.
 * Method: read any bytes as every format and as the one that their content tells; write what was
 *         read in every format, read that, write it again: both texts are equal, and so are the
 *         answers of the rules at random points. */
#include "hpt/formats.h"
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARAMS_MAX = 64, POINTS = 32 };

static void require(bool is_true) {
    if (!is_true) abort();
}

static void check_failure(hpt_status status, const hpt_err *err) {
    require(err->code == status && err->text[0] != '\0');
    require(memchr(err->text, '\0', sizeof err->text) != NULL);
}

static void check_points(const hpt_space *a, const hpt_space *b) {
    uint64_t  state = 1;
    hpt_coord point[PARAMS_MAX];
    size_t    count = hpt_space_count(a);
    require(count == hpt_space_count(b));
    for (int i = 0; i < POINTS && count <= PARAMS_MAX; i++) {
        for (hpt_param p = 0; p < count; p++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            point[p] = hpt_space_at_fraction(a, p, state ^ state >> 32);
            require(hpi_space_contains(b, p, point[p]));
        }
        require(hpt_space_permits(a, point) == hpt_space_permits(b, point));
        for (hpt_param p = 0; p < count; p++)
            require(hpt_space_is_active(a, p, point) == hpt_space_is_active(b, p, point));
    }
}

static void check_writing(const hpt_space *space, const char *format) {
    char      *first = NULL, *second = NULL;
    hpt_space *again = NULL;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_print_as(space, format, NULL, &first, &err);
    if (status != HPT_OK) {
        check_failure(status, &err);
        return;
    }
    status = hpt_space_parse_as(first, strlen(first), format, &again, &err);
    if (status == HPT_ELIMIT) { /* a rule can be longer in another format's words */
        hpt_free(first);
        return;
    }
    require(status == HPT_OK);
    check_points(space, again);
    require(hpt_space_print_as(again, format, NULL, &second, &err) == HPT_OK);
    require(strcmp(first, second) == 0);
    hpt_free(first);
    hpt_free(second);
    hpt_space_destroy(again);
}

static void check_reading(const char *text, size_t bytes, const char *format) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_parse_as(text, bytes, format, &space, &err);
    if (status != HPT_OK) {
        check_failure(status, &err);
        require(space == NULL);
        return;
    }
    for (size_t i = 0; hpt_format_at(i); i++)
        if (hpt_format_at(i)->can_write) check_writing(space, hpt_format_at(i)->name);
    hpt_space_destroy(space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_reading((const char *)data, size, NULL);
    check_reading((const char *)data, size, "irace");
    check_reading((const char *)data, size, "configspace");
    check_reading((const char *)data, size, "t1");
    return 0;
}
