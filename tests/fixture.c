/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

size_t fixture_scaled(size_t count) {
    const char *text = getenv("HPT_TEST_PERCENT");
    double      percent = text ? strtod(text, NULL) : 100;
    double      scaled = (double)count * percent / 100;
    return scaled >= 1 ? (size_t)scaled : 1;
}

size_t fixture_apart(size_t apart) {
    size_t scaled = apart * 100 / fixture_scaled(100);
    return scaled >= 1 ? scaled : 1;
}

bool fixture_is_emulated(void) {
    return getenv("HPT_TEST_EMULATED") != NULL;
}

bool fixture_folder(char *out, const char *name) {
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(out, 64, "%s/%sXXXXXX", where, name);
    return mkdtemp(out) != NULL;
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

void *fixture_shared(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    return memory;
}
