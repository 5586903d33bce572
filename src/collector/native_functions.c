/* Where functions begin, from the index of the unwind table. */
#include "collector/native_functions.h"

#include <string.h>

#include "base/status.h"

/* Version 1; frame pointer relative to itself, count plain, entries relative
 * to the header; all 4 bytes wide: DW_EH_PE_pcrel|sdata4, udata4,
 * datarel|sdata4. Then that pointer, the count, and the entries. */
static const uint8_t known_format[4] = {1, 0x1b, 0x03, 0x3b};
#define HEADER_BYTES 12

struct entry {
    int32_t start; /* of the function, relative to the header */
    int32_t rules; /* of its unwind rules, likewise */
};

struct table {
    const uint8_t *entries; /* may be unaligned */
    uint64_t address;       /* of the header */
    size_t count;
};

static int find_header(const struct smp_image *i, GElf_Phdr *out)
{
    size_t count = 0;
    if (!i->elf || elf_getphdrnum(i->elf, &count))
        return 0;
    for (size_t k = 0; k < count && k < 256; k++)
        if (gelf_getphdr(i->elf, (int)k, out) && out->p_type == PT_GNU_EH_FRAME)
            return out->p_offset < i->size &&
                   out->p_filesz <= i->size - out->p_offset &&
                   out->p_filesz > HEADER_BYTES;
    return 0;
}

static int open_table(const struct smp_image *i, struct table *t)
{
    GElf_Phdr header;
    uint32_t count;
    if (!find_header(i, &header))
        return 0;
    const uint8_t *bytes = i->bytes + header.p_offset;
    if (memcmp(bytes, known_format, sizeof known_format))
        return 0;
    memcpy(&count, bytes + 8, sizeof count);
    size_t room = (header.p_filesz - HEADER_BYTES) / sizeof(struct entry);
    *t = (struct table){bytes + HEADER_BYTES, header.p_vaddr,
                        count < room ? count : room};
    return 1;
}

static struct entry entry_of(const struct table *t, size_t k)
{
    struct entry e;
    memcpy(&e, t->entries + k * sizeof e, sizeof e);
    return e;
}

static uint64_t absolute(const struct table *t, int32_t relative)
{
    return t->address + (uint64_t)(int64_t)relative;
}

/* How many functions begin at or before the address. */
static size_t count_up_to(const struct table *t, uint64_t address)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (absolute(t, entry_of(t, middle).start) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int smp_function_find(const struct smp_image *i, uint64_t address,
                      uint64_t *start, uint64_t *entry)
{
    struct table t;
    if (!open_table(i, &t))
        return SMP_EUNSUPPORTED;
    size_t found = count_up_to(&t, address);
    if (!found)
        return SMP_ENOENT;
    struct entry e = entry_of(&t, found - 1);
    *start = absolute(&t, e.start);
    *entry = absolute(&t, e.rules);
    return 0;
}
