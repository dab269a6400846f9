/* SPDX-License-Identifier: BSD-3-Clause */
#include "peers/peers.h"

const work_family peers_glib = { "GLib", "not found when built (libglib2.0-dev)", NULL };
