/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

size_t fixture_scaled(size_t count) {
    const char *text = getenv("HPT_TEST_PERCENT");
    double      percent = text ? strtod(text, NULL) : 100;
    double      scaled = (double)count * percent / 100;
    return scaled >= 1 ? (size_t)scaled : 1;
}

void fixture_put(const char *folder, const char *path, const char *text) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    for (char *at = whole + strlen(folder) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(whole, 0700);
        *at = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}
