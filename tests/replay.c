/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an input that once broke something stays harmless, with any compiler.
 * Method: stands in for libFuzzer's main and gives every file of a corpus to the target once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
    FILE    *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long     size = -1;
    int      failed = 1;
    if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
        rewind(file);
        data = malloc((size_t)size + !size); /* exactly as long as the input: reads beyond show */
    }
    if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
        LLVMFuzzerTestOneInput(data, (size_t)size);
        failed = 0;
    }
    if (failed) perror(path);
    free(data);
    if (file) fclose(file);
    return failed;
}

int main(int argc, char **argv) {
    int failed = LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        failed += replay(argv[i]);
    return failed != 0;
}
