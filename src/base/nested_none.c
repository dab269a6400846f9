/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems whose loaded libraries we cannot list: objectives set their threads themselves. */
#include <string.h>

#include "base/nested.h"

void hpi_nested_find(hpi_nested *nested_out) {
    memset(nested_out, 0, sizeof *nested_out);
}

void hpi_nested_set(const hpi_nested *nested, uint32_t count, bool is_limit,
                    hpi_nested_saved *saved_out) {
    (void)nested, (void)count, (void)is_limit, (void)saved_out;
}

void hpi_nested_restore(const hpi_nested *nested, const hpi_nested_saved *saved) {
    (void)nested, (void)saved;
}

bool hpi_nested_problem(const hpi_nested *nested, uint32_t count, char *text_out, size_t bytes) {
    (void)nested, (void)count, (void)text_out, (void)bytes;
    return false;
}
