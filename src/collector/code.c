/* Code records: definitions of code numbers, text and file names. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/status.h"
#include "collector/state.h"

static uint32_t character(const uint8_t *at, int width)
{
    uint16_t two;
    uint32_t four;
    if (width == 1)
        return *at;
    if (width == 2) {
        memcpy(&two, at, sizeof two);
        return two;
    }
    memcpy(&four, at, sizeof four);
    return four;
}

static void add_utf8(struct smp_buf *b, uint32_t c)
{
    /* Lone surrogates (undecodable file names) have no UTF-8. */
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = 0xfffd;
    if (c < 0x80) {
        smp_buf_putc(b, (char)c);
    } else if (c < 0x800) {
        smp_buf_putc(b, (char)(0xc0 | c >> 6));
        smp_buf_putc(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        smp_buf_putc(b, (char)(0xe0 | c >> 12));
        smp_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        smp_buf_putc(b, (char)(0x80 | (c & 63)));
    } else {
        smp_buf_putc(b, (char)(0xf0 | c >> 18));
        smp_buf_putc(b, (char)(0x80 | (c >> 12 & 63)));
        smp_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        smp_buf_putc(b, (char)(0x80 | (c & 63)));
    }
}

uint32_t smp_code_text(struct smp_profile *p, const uint8_t *bytes, size_t n,
                       int width)
{
    struct smp_buf b = {0};
    for (size_t at = 0; at + (size_t)width <= n; at += (size_t)width)
        add_utf8(&b, character(bytes + at, width));
    uint32_t string =
        b.failed ? SMP_NONE
                 : smp_profile_string_n(p, b.data ? b.data : "", b.length);
    smp_buf_release(&b);
    return string;
}

/* Makes a relative file name absolute, by the image's working directory. */
static uint32_t absolute(struct smp_collector *c, const struct smp_image *i,
                         uint32_t filename)
{
    const char *path = smp_profile_text(c->profile, filename);
    if (path[0] == '/' || path[0] == '<' || !path[0] || !i->cwd[0])
        return filename;
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    struct smp_buf b = {0};
    smp_buf_printf(&b, "%s/%s", strcmp(i->cwd, "/") ? i->cwd : "", path);
    uint32_t string = b.failed
                          ? SMP_NONE
                          : smp_profile_string_n(c->profile, b.data, b.length);
    smp_buf_release(&b);
    return string;
}

uint32_t smp_code_function(struct smp_collector *c, struct smp_image *i,
                           uint32_t filename, uint32_t qualname,
                           int32_t first_line)
{
    uint32_t path =
        absolute(c, i, smp_dynamic_file(c, filename, qualname, first_line));
    int synthetic = smp_profile_text(c->profile, path)[0] == '<';
    uint32_t file =
        smp_profile_file(c->profile, path,
                         synthetic ? SMP_FILE_SYNTHETIC : SMP_FILE_SOURCE);
    return smp_profile_function(c->profile,
                                (struct smp_function){qualname, file,
                                                      first_line > 0
                                                          ? (uint32_t)first_line
                                                          : 0});
}

#define CODES_MAX (1u << 20) /* numbers of an image that are remembered */

/* Records that the image's code `number` is definition `def`. */
static void set_code(struct smp_image *i, uint32_t number, uint32_t def)
{
    if (number < i->hello.code_base)
        return;
    number -= i->hello.code_base;
    if (number >= CODES_MAX)
        return; /* stacks with it count as damaged */
    if (number >= i->code_capacity) {
        size_t capacity = i->code_capacity ? i->code_capacity : 256;
        while (capacity <= number)
            capacity *= 2;
        uint32_t *codes = realloc(i->codes, capacity * sizeof *codes);
        if (!codes)
            return;
        i->codes = codes;
        i->code_capacity = capacity;
    }
    while (i->code_count <= number)
        i->codes[i->code_count++] = SMP_NONE;
    i->codes[number] = def;
}

/* Looked up late and not copied at the fork: another thread of the parent may
 * just then have been writing, and held up the records behind. */
uint32_t smp_code_definition(const struct smp_image *i, uint32_t number)
{
    while (i && number < i->hello.code_base)
        i = i->origin;
    uint32_t index = i ? number - i->hello.code_base : 0;
    return i && index < i->code_count ? i->codes[index] : SMP_NONE;
}

static struct smp_code_part *find_part(struct smp_image *i, uint32_t number)
{
    for (size_t n = 0; n < i->part_count; n++)
        if (i->parts[n].number == number)
            return &i->parts[n];
    return NULL;
}

static struct smp_code_part *new_part(struct smp_image *i)
{
    struct smp_code_part *parts =
        realloc(i->parts, (i->part_count + 1) * sizeof *parts);
    if (!parts)
        return NULL;
    i->parts = parts;
    return &i->parts[i->part_count++];
}

#define TABLE_MAX (64u << 20)
#define NUMBER_MAX (1u << 26)

static int is_width(unsigned width)
{
    return width == 1 || width == 2 || width == 4;
}

/* Takes one part of a table; defines the code once all of it is there. */
static void take_part(struct smp_collector *c, struct smp_image *i,
                      const struct smp_record_code *r, const uint8_t *table,
                      uint32_t function)
{
    struct smp_code_part *part = find_part(i, r->number);
    if (!part && r->table_offset == 0 && r->table_total <= TABLE_MAX) {
        part = new_part(i);
        if (!part)
            return;
        *part = (struct smp_code_part){
            r->number, r->table_total, 0,
            function,  r->first_line,  malloc(r->table_total)};
    }
    if (!part || !part->table || r->table_offset != part->have ||
        r->table_bytes > part->total - part->have) {
        i->damaged++;
        return;
    }
    memcpy(part->table + part->have, table, r->table_bytes);
    part->have += r->table_bytes;
    if (part->have < part->total)
        return;
    set_code(i, r->number,
             smp_resolver_define(&c->resolver, part->function, part->first_line,
                                 part->table, part->total));
    free(part->table);
    *part = i->parts[--i->part_count];
}

void smp_code_take(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_code *r)
{
    uint64_t payload = r->head.size - sizeof *r;
    uint64_t texts = (uint64_t)r->filename.bytes + r->qualname.bytes;
    if (r->head.size < sizeof *r || texts + r->table_bytes > payload ||
        r->number > NUMBER_MAX || !is_width(r->filename.width) ||
        !is_width(r->qualname.width)) {
        i->damaged++;
        return;
    }
    const uint8_t *at = (const uint8_t *)(r + 1);
    uint32_t function = SMP_NONE;
    if (r->table_offset == 0) {
        uint32_t filename =
            smp_code_text(c->profile, at, r->filename.bytes, r->filename.width);
        uint32_t name = smp_code_text(c->profile, at + r->filename.bytes,
                                      r->qualname.bytes, r->qualname.width);
        function = smp_code_function(c, i, filename, name, r->first_line);
        if (function == SMP_NONE)
            return;
    }
    if (r->table_offset == 0 && r->table_bytes == r->table_total)
        set_code(i, r->number,
                 smp_resolver_define(&c->resolver, function, r->first_line,
                                     at + texts, r->table_bytes));
    else
        take_part(c, i, r, at + texts, function);
}
