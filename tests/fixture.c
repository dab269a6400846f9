/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <stdlib.h>

size_t fixture_scaled(size_t count) {
    const char *text = getenv("HPT_TEST_PERCENT");
    double      percent = text ? strtod(text, NULL) : 100;
    double      scaled = (double)count * percent / 100;
    return scaled >= 1 ? (size_t)scaled : 1;
}
