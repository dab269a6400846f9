/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no text breaks the reader, and a space that was read is printed as the same space.
 * Method: parse any bytes; print what was read, parse that and print again: both texts are equal.
 *         Then every parameter maps a few fractions to values that it takes back. */
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true) {
    if (!is_true) abort();
}

static void check_failure(hpt_status status, const hpt_err *err) {
    require(err->code == status && err->text[0] != '\0');
    require(memchr(err->text, '\0', sizeof err->text) != NULL);
}

static void check_map(const hpt_space *space) {
    static const uint64_t fractions[] = { 0, 1, UINT64_MAX / 3, UINT64_MAX / 2, UINT64_MAX };
    size_t                count = hpt_space_count(space) < 16 ? hpt_space_count(space) : 16;
    for (hpt_param p = 0; p < count; p++) {
        for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
            hpt_coord coord = hpt_space_at_fraction(space, p, fractions[i]), back;
            double    unit = hpt_space_to_unit(space, p, coord);
            require(hpi_space_contains(space, p, coord));
            require(unit >= 0 && unit <= 1);
            require(hpi_space_contains(space, p, hpt_space_from_unit(space, p, unit)));
            hpt_value value = hpt_space_value(space, p, coord);
            require(hpt_space_coord(space, p, value, &back, NULL) == HPT_OK);
            require(hpi_coord_equal(space, p, coord, back));
        }
    }
}

static void check_print(const hpt_space *space) {
    char      *first = NULL, *second = NULL;
    hpt_space *again = NULL;
    require(hpt_space_print(space, &first, NULL) == HPT_OK);
    require(hpt_space_parse(first, strlen(first), &again, NULL) == HPT_OK);
    require(hpt_space_print(again, &second, NULL) == HPT_OK);
    require(strcmp(first, second) == 0);
    hpt_free(first);
    hpt_free(second);
    hpt_space_destroy(again);
}

static void check_points(const hpt_space *space, const char *json, size_t bytes) {
    hpt_value *values = NULL;
    size_t     count = 0;
    hpt_err    err = { 0 };
    hpt_status status = hpt_space_parse_points(space, json, bytes, &values, &count, &err);
    if (status != HPT_OK) check_failure(status, &err);
    hpt_free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *json = (const char *)data;
    hpt_space  *space = NULL;
    hpt_err     err = { 0 };
    hpt_status  status = hpt_space_parse(json, size, &space, &err);
    if (status == HPT_OK) {
        check_map(space);
        check_print(space);
    } else {
        check_failure(status, &err);
        space = hpt_space_create();
        hpt_space_add_real(space, "x", 0, 1);
        hpt_space_set_default(space, hpt_space_add_int(space, "n", 0, 9), hpt_int(3));
    }
    check_points(space, json, size);
    hpt_space_destroy(space);
    return 0;
}
