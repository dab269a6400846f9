/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   all memory comes from one place, which the user may replace at the right moment.
 * Method: the C library's memory and an allocator that fills everything with junk, side by side. */
#include "failing.h"
#include "fixture.h"

#include "base/mem.h"

#include <hpt/base.h>
#include <string.h>

static void new_memory_is_zero(void **state) {
    (void)state;
    for (int with_junk = 0; with_junk < 2; with_junk++) {
        if (with_junk) failing_install();
        unsigned char *bytes = hpi_alloc(1000, 3);
        assert_non_null(bytes);
        for (size_t i = 0; i < 3000; i++)
            assert_int_equal(bytes[i], 0);
        hpi_free(bytes);
        if (with_junk) failing_remove();
    }
}

static void a_product_that_overflows_gives_nothing(void **state) {
    (void)state;
    assert_null(hpi_alloc(SIZE_MAX / 2, 3));
    assert_null(hpi_alloc_aligned(SIZE_MAX / 2, 3));
    assert_null(hpi_alloc_aligned(SIZE_MAX - 8, 1));
    assert_null(hpi_resize(NULL, SIZE_MAX / 2, 3));
    assert_null(hpi_copy_bytes("x", SIZE_MAX));
}

static void no_bytes_are_memory_too(void **state) {
    void *nothing = hpi_alloc(0, 8);
    (void)state;
    assert_non_null(nothing);
    hpi_free(nothing);
}

static void aligned_memory_starts_at_two_cache_lines(void **state) {
    (void)state;
    failing_install();
    for (size_t bytes = 1; bytes < 300; bytes++) {
        unsigned char *memory = hpi_alloc_aligned(bytes, 1);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 128, 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 1, bytes);
        hpi_free_aligned(memory);
    }
    failing_remove();
}

static void a_resize_keeps_what_was_there(void **state) {
    (void)state;
    failing_install();
    char *text = hpi_resize(NULL, 4, 1);
    strcpy(text, "abc");
    text = hpi_resize(text, 1000, 1);
    assert_string_equal(text, "abc");
    text = hpi_resize(text, 4, 1);
    assert_string_equal(text, "abc");
    hpi_free(text);
    failing_remove();
}

static void a_resize_that_fails_leaves_the_old_memory(void **state) {
    (void)state;
    failing_install();
    char *text = hpi_copy_text("abc");
    failing_after(0, false);
    assert_null(hpi_resize(text, 1000, 1));
    assert_true(failing_stop());
    assert_string_equal(text, "abc");
    assert_null(hpi_resize(text, SIZE_MAX, 2));
    hpi_free(text);
    failing_remove();
}

static void copies_end_in_a_nul(void **state) {
    (void)state;
    char *whole = hpi_copy_text("abc"), *part = hpi_copy_bytes("abc", 2);
    char *nothing = hpi_copy_bytes(NULL, 0);
    assert_string_equal(whole, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(nothing, "");
    hpi_free(whole);
    hpi_free(part);
    hpi_free(nothing);
}

static void free_takes_null(void **state) {
    (void)state;
    hpi_free(NULL);
    hpi_free_aligned(NULL);
    hpt_free(NULL);
}

static void *never_allocate(size_t bytes, void *user) {
    (void)bytes;
    (void)user;
    return NULL;
}

static void never_release(void *memory, void *user) {
    (void)memory;
    (void)user;
}

static void an_allocator_needs_all_its_members(void **state) {
    const hpt_allocator none = { 0 };
    const hpt_allocator half = { never_allocate, NULL, never_release, NULL };
    (void)state;
    assert_int_equal(hpt_allocator_set(&none), HPT_EINVAL);
    assert_int_equal(hpt_allocator_set(&half), HPT_EINVAL);
}

static void the_allocator_cannot_change_while_memory_is_in_use(void **state) {
    (void)state;
    void *memory = hpi_alloc(1, 1);
    assert_int_equal(hpt_allocator_set(NULL), HPT_EBUSY);
    memory = hpi_resize(memory, 100, 1);
    assert_int_equal(hpt_allocator_set(NULL), HPT_EBUSY);
    hpi_free(memory);
    assert_int_equal(hpt_allocator_set(NULL), HPT_OK);
    memory = hpi_alloc_aligned(1, 1);
    assert_int_equal(hpt_allocator_set(NULL), HPT_EBUSY);
    hpi_free_aligned(memory);
    assert_int_equal(hpt_allocator_set(NULL), HPT_OK);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(new_memory_is_zero),
        cmocka_unit_test(a_product_that_overflows_gives_nothing),
        cmocka_unit_test(no_bytes_are_memory_too),
        cmocka_unit_test(aligned_memory_starts_at_two_cache_lines),
        cmocka_unit_test(a_resize_keeps_what_was_there),
        cmocka_unit_test(a_resize_that_fails_leaves_the_old_memory),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(an_allocator_needs_all_its_members),
        cmocka_unit_test(the_allocator_cannot_change_while_memory_is_in_use),
    };
    return cmocka_run_group_tests(cases, NULL, NULL);
}
