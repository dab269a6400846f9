/* SPDX-License-Identifier: BSD-3-Clause */
#include "peers/peers.h"

const work_family peers_tbb = { "oneTBB", "not found when built (libtbb-dev and g++)", NULL };
