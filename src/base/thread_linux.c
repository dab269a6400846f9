/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* pthread_attr_setaffinity_np, pthread_getattr_np, pthread_tryjoin_np */
#include "base/thread.h"

#include <sched.h>
#include <stddef.h>

/* 20 to 40 us where nobody else wants the CPU; a wake-up takes as long. */
enum { JOIN_LOOKS = 100 };

/* To yield, not to pause: the thread that ends may be waiting for this very CPU. */
void hpi_thread_join_soon(hpi_thread *thread) {
    for (int i = 0; i < JOIN_LOOKS; i++) {
        if (pthread_tryjoin_np(thread->id, NULL) == 0) return;
        sched_yield();
    }
    hpi_thread_join(thread);
}

bool hpi_thread_bind(pthread_attr_t *attributes, const hpi_cpu_mask *cpus) {
    const void *words = cpus->words; /* of the kernel's form, as a cpu_set_t is */
    return pthread_attr_setaffinity_np(attributes, cpus->bytes, words) == 0;
}

/* The stack that the system gave the thread, not one that the program has made itself. */
static bool is_on_own_stack(const void *place) {
    pthread_attr_t attributes;
    void          *lowest = NULL;
    size_t         bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    pthread_attr_getstack(&attributes, &lowest, &bytes);
    pthread_attr_destroy(&attributes);
    return (uintptr_t)place - (uintptr_t)lowest < bytes;
}

/* Stacks grow downwards. */
bool hpi_frame_is_left(const void *frame, const void *here) {
    if ((uintptr_t)here <= (uintptr_t)frame) return false;
    return is_on_own_stack(frame) && is_on_own_stack(here);
}
