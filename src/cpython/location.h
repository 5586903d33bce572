/* Locations: from an instruction's offset to line and columns (3.11 and on). */
#ifndef SMP_CPYTHON_LOCATION_H
#define SMP_CPYTHON_LOCATION_H

#include <stddef.h>
#include <stdint.h>

struct smp_location {
    int32_t line, end_line;     /* 0: none */
    int32_t column, end_column; /* 1-based bytes; 0: none */
};

/* Looks `offset` (bytes from the code's start) up in a co_linetable. A
 * negative offset is the first line. An offset past the table, or a damaged
 * table, gives all 0 (unknown) and SMP_ERANGE; else 0. Format: CPython's
 * Objects/locations.md. */
int smp_location_find(struct smp_location *out, const uint8_t *table,
                      size_t table_bytes, int32_t first_line, int32_t offset);

#endif
