/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no text breaks the reader of expressions, and no expression the search for valid points.
 * Method: any bytes as a constraint, then as a condition, over a few parameters of every kind; what
 *         the search gives is valid, and when it gives nothing no point that is tried is. */
#include "space/search.h"
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true) {
    if (!is_true) abort();
}

enum { DIMS = 6, TRIES = 200 };

static hpt_space *made_space(void) {
    const hpt_value mixed[] = { hpt_int(4), hpt_text("a"), hpt_real(0.5), hpt_null(),
                                hpt_bool(true) };
    hpt_space      *space = hpt_space_create();
    hpt_space_add_int(space, "i", -3, 4);
    hpt_space_add_real(space, "r", -1, 1);
    hpt_space_add_choice(space, "t", (const char *[]){ "a", "b" }, 2);
    hpt_space_add_ordinal(space, "m", mixed, 5);
    hpt_space_add_int(space, "w", INT64_MIN, INT64_MAX);
    hpt_space_add_int(space, "c", 0, 3);
    return space;
}

static void check_failure(hpt_space *space, hpt_status status) {
    hpt_err err = { 0 };
    require(hpt_space_check(space, &err) == status);
    require(err.text[0] != '\0' && memchr(err.text, '\0', sizeof err.text));
}

static void check_search(const hpt_space *space) {
    hpi_search *search = NULL;
    hpt_coord   point[DIMS];
    uint64_t    budget = 1000;
    require(hpi_search_create(space, NULL, &search, NULL) == HPT_OK);
    hpi_search_at_random(search, 1, 2, 3);
    hpi_found found = hpi_search_next(search, &budget, point);
    if (found == HPI_FOUND) require(hpt_space_permits(space, point));
    for (uint64_t i = 0; i < TRIES; i++) {
        uint64_t words[DIMS];
        hpt_random(1, i, 1, words, DIMS);
        for (hpt_param j = 0; j < DIMS; j++)
            point[j] = hpt_space_at_fraction(space, j, words[j]);
        hpi_space_settle(space, point, 1);
        if (hpt_space_permits(space, point)) require(found != HPI_FOUND_NONE);
    }
    hpi_search_destroy(search);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    for (int as_condition = 0; as_condition < 2; as_condition++) {
        hpt_space *space = made_space();
        hpt_status status = as_condition ? hpt_space_set_condition(space, 5, text)
                                         : hpt_space_add_constraint(space, text);
        if (as_condition) hpt_space_add_constraint(space, "c < 2");
        if (status == HPT_OK)
            check_search(space);
        else
            check_failure(space, status);
        hpt_space_destroy(space);
    }
    free(text);
    return 0;
}
