/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems whose loader lists what is loaded: Linux, BSD. */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "base/nested.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef int  get_threads(void);
typedef void set_threads(int count);
typedef int  swap_threads(int count); /* returns what it was; 0 = what the process has */

/* A runtime is the first loaded library whose file name begins like this and that has both
 * functions. */
typedef struct row {
    const char *file;
    const char *get, *set;
    bool        is_swap;
} row;

static const row rows[HPI_NESTED_RUNTIMES] = {
    { "libgomp.so", "omp_get_max_threads", "omp_set_num_threads", false },
    { "libomp.so", "omp_get_max_threads", "omp_set_num_threads", false },
    { "libiomp5.so", "omp_get_max_threads", "omp_set_num_threads", false },
    /* The name in lower case is Fortran's, which takes an address. */
    { "libmkl_", "MKL_Get_Max_Threads", "MKL_Set_Num_Threads_Local", true },
};

/* Built on OpenMP, OpenBLAS does as the calling thread's OpenMP says. Built on threads of its own
 * it has one setting for the process, even through openblas_set_num_threads_local(). */
static const row openblas_row = { "libopenblas", "openblas_get_num_threads",
                                  "openblas_get_parallel", false };
enum { OPENBLAS_OWN_THREADS = 1 };

/* What was found, and when: the loader counts how often it loaded or unloaded anything. */
static pthread_mutex_t    looking = PTHREAD_MUTEX_INITIALIZER;
static hpi_nested         found;
static unsigned long long found_at;

enum { FILES_MAX = 16, PATH_BYTES = 1024 };

/* The files of loaded libraries that may be one of ours. */
typedef struct candidates {
    size_t count;
    char   paths[FILES_MAX][PATH_BYTES];
} candidates;

static const char *file_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_called(const char *path, const row *it) {
    return strncmp(file_of(path), it->file, strlen(it->file)) == 0;
}

static int count_changes(struct dl_phdr_info *info, size_t bytes, void *user) {
    unsigned long long *changes = user;
    (void)bytes;
    *changes = info->dlpi_adds + info->dlpi_subs;
    return 1; /* every entry says the same */
}

static int collect(struct dl_phdr_info *info, size_t bytes, void *user) {
    candidates *into = user;
    (void)bytes;
    bool is_one = is_called(info->dlpi_name, &openblas_row);
    for (size_t i = 0; i < HPI_NESTED_RUNTIMES; i++)
        is_one = is_one || is_called(info->dlpi_name, &rows[i]);
    if (!is_one || strlen(info->dlpi_name) >= PATH_BYTES) return 0;
    strcpy(into->paths[into->count++], info->dlpi_name);
    return into->count == FILES_MAX;
}

static hpi_nested_function function_of(void *handle, const char *name) {
    hpi_nested_function function = NULL;
    void               *symbol = dlsym(handle, name);
    memcpy(&function, &symbol, sizeof function); /* POSIX says they are of one size */
    return function;
}

/* The two functions of a row; both NULL when it is not loaded. */
static void look_for(const candidates *among, const row *it, hpi_nested_function *get_out,
                     hpi_nested_function *set_out) {
    *get_out = *set_out = NULL;
    for (size_t i = 0; i < among->count && !*set_out; i++) {
        if (!is_called(among->paths[i], it)) continue;
        void *handle = dlopen(among->paths[i], RTLD_LAZY | RTLD_NOLOAD);
        if (!handle) continue; /* unloaded meanwhile */
        *get_out = function_of(handle, it->get);
        *set_out = *get_out ? function_of(handle, it->set) : NULL;
        dlclose(handle); /* its own user keeps it */
    }
    if (!*set_out) *get_out = NULL;
}

static void look(hpi_nested *into) {
    candidates among = { .count = 0 };
    dl_iterate_phdr(collect, &among);
    for (size_t i = 0; i < HPI_NESTED_RUNTIMES; i++)
        look_for(&among, &rows[i], &into->runtimes[i].get, &into->runtimes[i].set);
    look_for(&among, &openblas_row, &into->openblas.get, &into->openblas.parallel);
}

void hpi_nested_find(hpi_nested *nested_out) {
    unsigned long long changes = 0;
    dl_iterate_phdr(count_changes, &changes);
    pthread_mutex_lock(&looking);
    if (changes != found_at) look(&found);
    found_at = changes;
    *nested_out = found;
    pthread_mutex_unlock(&looking);
}

static int32_t set_one(const row *it, hpi_nested_function set, int32_t count) {
    if (it->is_swap) return ((swap_threads *)set)(count);
    ((set_threads *)set)(count);
    return 0;
}

void hpi_nested_set(const hpi_nested *nested, uint32_t count, bool is_limit,
                    hpi_nested_saved *saved_out) {
    for (size_t i = 0; i < HPI_NESTED_RUNTIMES; i++) {
        hpi_nested_function get = nested->runtimes[i].get, set = nested->runtimes[i].set;
        saved_out->counts[i] = -1;
        if (!set) continue;
        int32_t wanted = (int32_t)count, now = ((get_threads *)get)();
        if (now == wanted || (is_limit && now < wanted)) continue;
        int32_t before = set_one(&rows[i], set, wanted);
        saved_out->counts[i] = rows[i].is_swap ? before : now;
    }
}

void hpi_nested_restore(const hpi_nested *nested, const hpi_nested_saved *saved) {
    for (size_t i = 0; i < HPI_NESTED_RUNTIMES; i++)
        if (saved->counts[i] >= 0) set_one(&rows[i], nested->runtimes[i].set, saved->counts[i]);
}

bool hpi_nested_problem(const hpi_nested *nested, uint32_t count, char *text_out, size_t bytes) {
    if (!nested->openblas.parallel) return false;
    int kind = ((get_threads *)nested->openblas.parallel)();
    int now = ((get_threads *)nested->openblas.get)();
    if (kind != OPENBLAS_OWN_THREADS || now == (int)count) return false;
    snprintf(text_out, bytes,
             "OpenBLAS uses %d thread%s here, not %u, and that is a setting of the whole process: "
             "call openblas_set_num_threads(%u) before the run",
             now, now == 1 ? "" : "s", (unsigned)count, (unsigned)count);
    return true;
}
