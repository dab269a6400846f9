/* SPDX-License-Identifier: BSD-3-Clause */
#include "peers/peers.h"

const work_family peers_omp = { "OpenMP", "the compiler has none (gcc does; clang: libomp-dev)",
                                NULL };
