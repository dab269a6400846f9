/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a thread's own numbers of OpenMP and MKL threads are set and given back; those of the
 *         process are never touched; runtimes are found whenever they were loaded.
 * Method: libraries with the names and functions of the real ones, loaded and unloaded here. */
#include "fixture.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/nested.h"

typedef int  get_function(void);
typedef void set_function(int count);
typedef int  swap_function(int count);

static void *load(const char *name) {
    char path[512];
    snprintf(path, sizeof path, NESTED_FOLDER "/lib%s.so", name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) fail_msg("%s", dlerror());
    return handle;
}

static void call_set(void *handle, const char *name, int count) {
    set_function *function;
    void         *symbol = dlsym(handle, name);
    assert_non_null(symbol);
    memcpy(&function, &symbol, sizeof function);
    function(count);
}

static int call_get(void *handle, const char *name) {
    get_function *function;
    void         *symbol = dlsym(handle, name);
    assert_non_null(symbol);
    memcpy(&function, &symbol, sizeof function);
    return function();
}

static int omp_threads(void *gomp) {
    return call_get(gomp, "omp_get_max_threads");
}

static int mkl_threads(void *mkl) {
    return call_get(mkl, "MKL_Get_Max_Threads");
}

static int swap(void *mkl, int count) {
    swap_function *function;
    void          *symbol = dlsym(mkl, "MKL_Set_Num_Threads_Local");
    assert_non_null(symbol);
    memcpy(&function, &symbol, sizeof function);
    return function(count);
}

static void nothing_loaded_is_nothing_to_do(void **state) {
    (void)state;
    hpi_nested       nested;
    hpi_nested_saved saved;
    char             text[200];
    hpi_nested_find(&nested);
    hpi_nested_set(&nested, 1, false, &saved);
    hpi_nested_restore(&nested, &saved);
    assert_false(hpi_nested_problem(&nested, 1, text, sizeof text));
}

static void a_number_is_set_and_given_back(void **state) {
    (void)state;
    void            *gomp = load("gomp"), *mkl = load("mkl_rt");
    hpi_nested       nested;
    hpi_nested_saved saved;
    hpi_nested_find(&nested);
    hpi_nested_set(&nested, 3, false, &saved);
    assert_int_equal(omp_threads(gomp), 3);
    assert_int_equal(mkl_threads(mkl), 3);
    hpi_nested_restore(&nested, &saved);
    assert_int_equal(omp_threads(gomp), 64);
    assert_int_equal(mkl_threads(mkl), 32);
    assert_int_equal(swap(mkl, 0), 0); /* it has no number of its own again, as before */
    dlclose(gomp);
    dlclose(mkl);
}

static void a_limit_never_raises(void **state) {
    (void)state;
    void            *gomp = load("gomp");
    hpi_nested       nested;
    hpi_nested_saved saved;
    hpi_nested_find(&nested);
    call_set(gomp, "omp_set_num_threads", 2);
    hpi_nested_set(&nested, 4, true, &saved);
    assert_int_equal(omp_threads(gomp), 2);
    hpi_nested_restore(&nested, &saved);
    assert_int_equal(omp_threads(gomp), 2);
    hpi_nested_set(&nested, 1, true, &saved);
    assert_int_equal(omp_threads(gomp), 1);
    hpi_nested_restore(&nested, &saved);
    assert_int_equal(omp_threads(gomp), 2);
    dlclose(gomp);
}

typedef struct other {
    hpi_nested nested;
    void      *gomp;
    int        before, after;
} other;

static void *set_on_another_thread(void *user) {
    other           *it = user;
    hpi_nested_saved saved;
    it->before = omp_threads(it->gomp);
    hpi_nested_set(&it->nested, 5, false, &saved);
    it->after = omp_threads(it->gomp);
    return NULL;
}

static void other_threads_keep_their_numbers(void **state) {
    (void)state;
    pthread_t thread;
    other     it = { .gomp = load("gomp") };
    hpi_nested_find(&it.nested);
    assert_int_equal(pthread_create(&thread, NULL, set_on_another_thread, &it), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(it.before, 64);
    assert_int_equal(it.after, 5);
    assert_int_equal(omp_threads(it.gomp), 64);
    dlclose(it.gomp);
}

static bool finds_gomp(void) {
    hpi_nested nested;
    hpi_nested_find(&nested);
    return nested.runtimes[0].set != NULL;
}

static void what_is_loaded_or_unloaded_later_is_noticed(void **state) {
    (void)state;
    if (finds_gomp()) skip(); /* this program has the real one */
    for (int i = 0; i < 3; i++) {
        void *gomp = load("gomp");
        assert_true(finds_gomp());
        assert_true(finds_gomp());
        dlclose(gomp);
        assert_false(finds_gomp());
    }
}

static void a_setting_of_the_process_is_told_and_not_changed(void **state) {
    (void)state;
    void            *openblas = load("openblas");
    hpi_nested       nested;
    hpi_nested_saved saved;
    char             text[240];
    hpi_nested_find(&nested);
    hpi_nested_set(&nested, 2, false, &saved);
    assert_int_equal(call_get(openblas, "openblas_get_num_threads"), 16);
    assert_true(hpi_nested_problem(&nested, 2, text, sizeof text));
    assert_non_null(strstr(text, "OpenBLAS uses 16 threads here, not 2"));
    assert_non_null(strstr(text, "call openblas_set_num_threads(2) before the run"));
    call_set(openblas, "openblas_set_num_threads", 2);
    assert_false(hpi_nested_problem(&nested, 2, text, sizeof text));
    call_set(openblas, "openblas_set_num_threads", 16);
    dlclose(openblas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_loaded_is_nothing_to_do),
        cmocka_unit_test(a_number_is_set_and_given_back),
        cmocka_unit_test(a_limit_never_raises),
        cmocka_unit_test(other_threads_keep_their_numbers),
        cmocka_unit_test(what_is_loaded_or_unloaded_later_is_noticed),
        cmocka_unit_test(a_setting_of_the_process_is_told_and_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
