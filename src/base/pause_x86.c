/* SPDX-License-Identifier: BSD-3-Clause */
#include <immintrin.h>

#include "base/thread.h"

void hpi_pause(void) {
    _mm_pause();
}
