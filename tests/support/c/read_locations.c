/* Reads location tables from stdin and prints what the profiler's decoder says
 * for each instruction: for tests/e2e/test_recorder_locations.py.
 *
 * In: first line, units of code, bytes of table (three int32), the table; and
 * again. Out: for each 2-byte unit four int32: line, end line, column, end
 * column, and after a table's units those of offset -2. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpython/location.h"

static void answer(const uint8_t *table, int32_t bytes, int32_t first,
                   int32_t offset)
{
    struct smp_location at;
    smp_location_find(&at, table, (size_t)bytes, first, offset);
    fwrite(&at, sizeof at, 1, stdout);
}

int main(void)
{
    int32_t head[3];
    _Static_assert(sizeof(struct smp_location) == 16, "four int32");
    while (fread(head, sizeof head, 1, stdin) == 1) {
        uint8_t *table = malloc((size_t)head[2] + 1);
        if (fread(table, 1, (size_t)head[2], stdin) != (size_t)head[2])
            return 1;
        for (int32_t unit = 0; unit < head[1]; unit++)
            answer(table, head[2], head[0], 2 * unit);
        answer(table, head[2], head[0], -2);
        free(table);
    }
    return 0;
}
