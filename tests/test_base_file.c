/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a file is read whole and within its limit, or the sentence has its path and the reason.
 * Method: files of sizes around the buffer's, a pipe, and paths that cannot be read. */
#include "failing.h"
#include "fixture.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/hpt-test-file-XXXXXX";

static int make_file(void **state) {
    int fd = mkstemp(path);
    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static void write_file(size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++)
        assert_int_not_equal(fputc('a' + (int)(i % 26), file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void files_of_any_size_are_read_whole(void **state) {
    static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 100000 };
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        char  *text = NULL;
        size_t bytes = 77;
        write_file(sizes[s]);
        assert_int_equal(hpi_read_file(path, 100000, &text, &bytes, NULL), HPT_OK);
        assert_int_equal(bytes, sizes[s]);
        assert_int_equal(text[bytes], '\0');
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(text[i], 'a' + (int)(i % 26));
        hpi_free(text);
    }
}

static void a_file_above_the_limit_is_refused(void **state) {
    char   *text = NULL;
    size_t  bytes = 77;
    hpt_err err = { 0 };
    (void)state;
    write_file(101);
    assert_int_equal(hpi_read_file(path, 100, &text, &bytes, &err), HPT_ELIMIT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "above the limit of 100 bytes"));
    assert_null(text);
    assert_int_equal(bytes, 77);
    assert_int_equal(hpi_read_file("/dev/zero", 100000, &text, &bytes, &err), HPT_ELIMIT);
}

static void what_cannot_be_read_says_why(void **state) {
    char   *text = NULL;
    size_t  bytes;
    hpt_err err = { 0 };
    (void)state;
    assert_int_equal(hpi_read_file("/no/such/file", 100, &text, &bytes, &err), HPT_EIO);
    assert_string_equal(err.text, "cannot read \"/no/such/file\": No such file or directory");
    assert_int_equal(hpi_read_file("/tmp", 100, &text, &bytes, &err), HPT_EIO);
    assert_string_equal(err.text, "cannot read \"/tmp\": Is a directory");
    assert_int_equal(hpi_read_file("", 100, &text, &bytes, &err), HPT_EIO);
}

static bool try_read(void *user) {
    char      *text = NULL;
    size_t     bytes;
    hpt_status status = hpi_read_file(user, 100000, &text, &bytes, NULL);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    hpi_free(text);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    write_file(10000);
    assert_int_equal(failing_everywhere(try_read, path), 3);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(files_of_any_size_are_read_whole),
        cmocka_unit_test(a_file_above_the_limit_is_refused),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(cases, make_file, remove_file);
}
