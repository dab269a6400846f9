/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_PEERS_PEERS_H
#define HPT_BENCH_PEERS_PEERS_H

/* What hpt is compared with. None of this knows hpt. */

#include "work.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const work_family peers_threads; /* the floor; atomic counter; mutex around the strategy */
extern const work_family peers_queue;   /* a bounded queue with mutex and condition               */
extern const work_family peers_old;     /* the design that hpt replaces                           */
extern const work_family peers_omp;
extern const work_family peers_tbb;
extern const work_family peers_glib;

#ifdef __cplusplus
}
#endif
#endif
