/* SPDX-License-Identifier: BSD-3-Clause */
/* As libgomp on a machine of 64 CPUs: each thread has its own number. */
int  omp_get_max_threads(void);
void omp_set_num_threads(int count);

static _Thread_local int own = 64;

int omp_get_max_threads(void) {
    return own;
}

void omp_set_num_threads(int count) {
    own = count;
}
