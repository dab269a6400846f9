/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/fields.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "space/space.h"

void hpi_write_point(hpi_writer *writer, const hpt_space *space, const hpt_coord *point) {
    size_t count = hpt_space_count(space);
    hpi_write(writer, "{");
    for (hpt_param param = 0; point && param < count; param++) {
        if (param > 0) hpi_write(writer, ",");
        hpi_write_json_text(writer, hpi_space_name(space, param));
        hpi_write(writer, ":");
        hpi_write_json_value(writer, hpi_space_value_at(space, param, point));
    }
    hpi_write(writer, "}");
}

void hpi_write_attrs(hpi_writer *writer, const hpt_attr *attrs, uint32_t count) {
    hpi_write(writer, "{");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) hpi_write(writer, ",");
        hpi_write_json_text(writer, attrs[i].name);
        hpi_write(writer, ":");
        hpi_write_json_value(writer, attrs[i].value);
    }
    hpi_write(writer, "}");
}

void hpi_write_seconds(hpi_writer *writer, int64_t ns) {
    char text[40];
    if (ns < 0) ns = 0;
    snprintf(text, sizeof text, "%" PRId64 ".%09" PRId64, ns / HPI_NS_PER_S, ns % HPI_NS_PER_S);
    hpi_write(writer, text);
}

bool hpi_event_was_started(const hpt_event *event) {
    return event->start_ns >= 0;
}
