/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   pointers are sorted, and equal ones keep their order.
 * Method: every count up to 70 and some larger ones, with few different keys. */
#include "fixture.h"

#include "base/rng.h"
#include "base/sort.h"

#include <stdlib.h>

typedef struct item {
    uint64_t key;
    size_t   place;
} item;

static int compare(const void *left, const void *right) {
    const item *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static void sort_random(size_t count, uint64_t key_count) {
    item        *items = calloc(count + 1, sizeof *items);
    const void **sorted = calloc(2 * count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        uint64_t words[4];
        hpi_rng_block(1, count, 0, i, words);
        items[i] = (item){ words[0] % key_count, i };
        sorted[i] = &items[i];
    }
    hpi_sort(sorted, sorted + count, count, compare);
    for (size_t i = 1; i < count; i++) {
        const item *a = sorted[i - 1], *b = sorted[i];
        assert_true(a->key < b->key || (a->key == b->key && a->place < b->place));
    }
    free(sorted);
    free(items);
}

static void any_number_of_items_is_sorted_stably(void **state) {
    (void)state;
    for (size_t count = 0; count <= 70; count++) {
        sort_random(count, 5);
        sort_random(count, UINT64_MAX);
    }
    sort_random(1023, 100);
    sort_random(1024, 100);
    sort_random(1025, 100);
}

int main(void) {
    const struct CMUnitTest cases[] = { cmocka_unit_test(any_number_of_items_is_sorted_stably) };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
