/* SPDX-License-Identifier: BSD-3-Clause */
/* As OpenBLAS with threads of its own: one number for the process. Nobody may change it. */
int  openblas_get_parallel(void);
int  openblas_get_num_threads(void);
void openblas_set_num_threads(int count);

static int all = 16;

int openblas_get_parallel(void) {
    return 1;
}

int openblas_get_num_threads(void) {
    return all;
}

void openblas_set_num_threads(int count) {
    all = count;
}
