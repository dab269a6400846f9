/* SPDX-License-Identifier: BSD-3-Clause */
/* As MKL on a machine of 32 CPUs: a thread without a number of its own (0) has the process's. */
int MKL_Get_Max_Threads(void);
int MKL_Set_Num_Threads_Local(int count);

static _Thread_local int own;

int MKL_Get_Max_Threads(void) {
    return own > 0 ? own : 32;
}

int MKL_Set_Num_Threads_Local(int count) {
    int before = own;
    own = count;
    return before;
}
