/* Locations: from an instruction's offset to line and columns (3.11 and on). */
#include "cpython/location.h"

#include "base/status.h"

/* Entry kinds of a location table: Objects/locations.md in CPython. 0 to 9 are
 * short forms: same line, columns in two bytes. */
enum kind {
    KIND_ONE_LINE_0 = 10, /* line delta 0, columns in two bytes */
    KIND_ONE_LINE_2 = 12,
    KIND_NO_COLUMNS = 13,
    KIND_LONG = 14,
    KIND_NONE = 15
};

struct reader {
    const uint8_t *at, *end;
    int failed;
};

static unsigned take(struct reader *r)
{
    if (r->at < r->end)
        return *r->at++;
    r->failed = 1;
    return 0;
}

/* Six bits a byte, least first; bit 6 says that more follow. */
static uint32_t take_varint(struct reader *r)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 6) {
        unsigned byte = take(r);
        value |= (byte & 63) << shift;
        if (!(byte & 64))
            return value;
    }
    r->failed = 1;
    return 0;
}

/* Adds a signed delta; unsigned arithmetic, since a damaged table may wrap. */
static void take_delta(struct reader *r, int32_t *line)
{
    uint32_t value = take_varint(r), delta = value >> 1;
    *line = (int32_t)((uint32_t)*line + (value & 1 ? 0u - delta : delta));
}

static void take_short(struct reader *r, unsigned kind, int32_t line,
                       struct smp_location *out)
{
    unsigned byte = take(r);
    out->line = out->end_line = line;
    out->column = (int32_t)(kind * 8 + (byte >> 4 & 7)) + 1;
    out->end_column = out->column + (int32_t)(byte & 15);
}

static void take_long(struct reader *r, int32_t *line, struct smp_location *out)
{
    take_delta(r, line);
    out->line = *line;
    out->end_line = (int32_t)((uint32_t)*line + take_varint(r));
    out->column = (int32_t)take_varint(r); /* stored plus 1; 0: none */
    out->end_column = (int32_t)take_varint(r);
}

/* Reads one entry's location; `line` is the running line. */
static void take_entry(struct reader *r, unsigned kind, int32_t *line,
                       struct smp_location *out)
{
    *out = (struct smp_location){0};
    if (kind < KIND_ONE_LINE_0) {
        take_short(r, kind, *line, out);
    } else if (kind <= KIND_ONE_LINE_2) {
        *line = (int32_t)((uint32_t)*line + kind - KIND_ONE_LINE_0);
        out->line = out->end_line = *line;
        out->column = (int32_t)take(r) + 1;
        out->end_column = (int32_t)take(r) + 1;
    } else if (kind == KIND_NO_COLUMNS) {
        take_delta(r, line);
        out->line = out->end_line = *line;
    } else if (kind == KIND_LONG) {
        take_long(r, line, out);
    }
}

int smp_location_find(struct smp_location *out, const uint8_t *table,
                      size_t table_bytes, int32_t first_line, int32_t offset)
{
    struct reader r = {table, table + table_bytes, 0};
    struct smp_location here;
    int32_t line = first_line;
    int64_t at = 0; /* a damaged table may stand for more than an offset can */
    if (offset < 0) {
        *out = (struct smp_location){first_line, first_line, 0, 0};
        return 0;
    }
    while (r.at < r.end && !r.failed) {
        unsigned head = take(&r);
        if (!(head & 128))
            break;
        at += ((head & 7) + 1) * 2;
        take_entry(&r, head >> 3 & 15, &line, &here);
        if (offset < at && !r.failed) {
            *out = here;
            return 0;
        }
    }
    *out = (struct smp_location){0};
    return SMP_ERANGE;
}
