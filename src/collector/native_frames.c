/* Entries of .eh_frame and .debug_frame: which one describes an address. */
#include "collector/native_frames.h"

#include <dwarf.h>

#include "base/status.h"
#include "collector/native_functions.h"

/* Without an index each new address reads through all entries before it. */
#define ENTRIES_LIMIT 200000
#define AUGMENTATION_LIMIT 16 /* characters */

/* One record, CIE or FDE, cut out of its section. */
struct record {
    struct smp_bytes body; /* behind the length and the id */
    uint64_t id_offset;    /* where the id lies in the file */
    uint64_t id;           /* as it stands there */
    size_t id_width;
    uint64_t next; /* where the next record begins in the file */
};

static int section_is_usable(const struct smp_image *i, const GElf_Shdr *h)
{
    return h->sh_type != SHT_NOBITS && !(h->sh_flags & SHF_COMPRESSED) &&
           h->sh_size && h->sh_offset < i->size &&
           h->sh_size <= i->size - h->sh_offset;
}

static int open_section(struct smp_frames *f, const char *name)
{
    GElf_Shdr h;
    Elf_Scn *s = smp_image_section(f->image, name);
    if (!s || !gelf_getshdr(s, &h) || !section_is_usable(f->image, &h))
        return 0;
    f->begin = h.sh_offset;
    f->end = h.sh_offset + h.sh_size;
    f->shift = h.sh_addr - h.sh_offset;
    return 1;
}

void smp_frames_open(struct smp_frames *f, const struct smp_image *i)
{
    uint64_t start, entry;
    *f = (struct smp_frames){.image = i};
    f->has_index = i->elf && !smp_function_find(i, UINT64_MAX, &start, &entry);
    if (!f->has_index && i->elf && !open_section(f, ".eh_frame"))
        f->is_debug = open_section(f, ".debug_frame");
}

/* The record at `offset`, which may not reach past `end`. */
static int read_record(const struct smp_frames *f, uint64_t offset,
                       uint64_t end, struct record *r)
{
    const uint8_t *file = f->image->bytes;
    if (offset >= end || end > f->image->size)
        return SMP_ENOENT;
    struct smp_bytes b = {file + offset, file + end, 0};
    uint64_t length = smp_bytes_unsigned(&b, 4);
    r->id_width = 4;
    if (length == 0xffffffff) {
        length = smp_bytes_unsigned(&b, 8);
        r->id_width = f->is_debug ? 8 : 4;
    }
    if (b.failed || !length || length > smp_bytes_left(&b))
        return SMP_ENOENT; /* a length of 0 ends the section */
    b.end = b.at + length;
    r->next = (uint64_t)(b.end - file);
    r->id_offset = (uint64_t)(b.at - file);
    r->id = smp_bytes_unsigned(&b, r->id_width);
    r->body = b;
    return b.failed ? SMP_EFORMAT : 0;
}

static int is_cie(const struct smp_frames *f, const struct record *r)
{
    if (!f->is_debug)
        return r->id == 0;
    return r->id == (r->id_width == 8 ? UINT64_MAX : UINT32_MAX);
}

/* An address as `encoding` says; `position`: its own address. */
static uint64_t read_address(struct smp_bytes *b, uint8_t encoding,
                             uint64_t position)
{
    static const uint8_t widths[8] = {8, 0, 2, 4, 8, 0, 0, 0};
    uint8_t width = widths[encoding & 7];
    uint8_t base = encoding & 0x70;
    if (!width || (base != DW_EH_PE_absptr && base != DW_EH_PE_pcrel) ||
        (encoding & DW_EH_PE_indirect))
        b->failed = 1;
    uint64_t value = encoding & DW_EH_PE_signed
                         ? (uint64_t)smp_bytes_signed(b, width ? width : 8)
                         : smp_bytes_unsigned(b, width);
    return base == DW_EH_PE_pcrel ? value + position : value;
}

static uint64_t position_of(const struct smp_frames *f,
                            const struct smp_bytes *b, uint64_t shift)
{
    return (uint64_t)(b->at - f->image->bytes) + shift;
}

/* The data that "z" promises, one item for each letter. */
static void read_augmentation(struct smp_bytes *b, const char *letters,
                              struct smp_frame_entry *out)
{
    uint64_t size = smp_bytes_uleb(b);
    struct smp_bytes data = *b;
    smp_bytes_skip(b, size);
    data.end = b->at;
    for (; *letters; letters++)
        switch (*letters) {
        case 'R':
            out->encoding = (uint8_t)smp_bytes_unsigned(&data, 1);
            break;
        case 'L':
            smp_bytes_skip(&data, 1);
            break;
        case 'P': { /* of no use to us: only its size matters */
            uint8_t encoding = (uint8_t)smp_bytes_unsigned(&data, 1);
            read_address(&data, encoding & 0x0f, 0);
            break;
        }
        case 'S':
            out->is_signal = 1;
            break;
        case 'B':
            break;
        default: /* nothing behind an unknown letter can be read */
            return;
        }
    b->failed |= data.failed;
}

static int read_cie(const struct smp_frames *f, uint64_t offset, uint64_t end,
                    struct smp_frame_entry *out, int *has_data)
{
    struct record r;
    char letters[AUGMENTATION_LIMIT] = "";
    int status = read_record(f, offset, end, &r);
    if (status || !is_cie(f, &r))
        return SMP_EFORMAT;
    struct smp_bytes *b = &r.body;
    uint64_t version = smp_bytes_unsigned(b, 1);
    size_t n = 0;
    while (n < sizeof letters && (letters[n] = (char)smp_bytes_unsigned(b, 1)))
        n++;
    if (n == sizeof letters || (version != 1 && version != 3 && version != 4))
        return SMP_EFORMAT;
    smp_bytes_skip(b, version == 4 ? 2 : 0); /* widths, of x86-64 known */
    out->code_align = smp_bytes_uleb(b);
    out->data_align = smp_bytes_sleb(b);
    out->return_register =
        version == 1 ? smp_bytes_unsigned(b, 1) : smp_bytes_uleb(b);
    *has_data = letters[0] == 'z';
    if (*has_data)
        read_augmentation(b, letters + 1, out);
    else if (letters[0])
        return SMP_EFORMAT;
    out->initial = *b;
    return b->failed ? SMP_EFORMAT : 0;
}

/* Fills `out` from the FDE `r`; a CIE is SMP_EAGAIN. */
static int read_fde(const struct smp_frames *f, struct record *r, uint64_t end,
                    uint64_t shift, struct smp_frame_entry *out)
{
    int has_data = 0;
    if (is_cie(f, r))
        return SMP_EAGAIN;
    uint64_t cie = f->is_debug ? f->begin + r->id : r->id_offset - r->id;
    *out = (struct smp_frame_entry){.encoding = DW_EH_PE_absptr};
    int status = read_cie(f, cie, end, out, &has_data);
    if (status)
        return status;
    struct smp_bytes *b = &r->body;
    out->begin = read_address(b, out->encoding, position_of(f, b, shift));
    out->end = out->begin + read_address(b, out->encoding & 0x0f, 0);
    if (has_data)
        smp_bytes_skip(b, smp_bytes_uleb(b));
    out->program = *b;
    return b->failed ? SMP_EFORMAT : 0;
}

static int find_by_index(const struct smp_frames *f, uint64_t address,
                         struct smp_frame_entry *out)
{
    uint64_t start, entry, offset, shift;
    struct record r;
    int status = smp_function_find(f->image, address, &start, &entry);
    if (status || smp_image_offset_of(f->image, entry, &offset, &shift))
        return SMP_ENOENT;
    status = read_record(f, offset, f->image->size, &r);
    if (!status)
        status = read_fde(f, &r, f->image->size, shift, out);
    if (status)
        return SMP_EFORMAT;
    return address - out->begin < out->end - out->begin ? 0 : SMP_ENOENT;
}

static int find_by_reading(const struct smp_frames *f, uint64_t address,
                           struct smp_frame_entry *out)
{
    uint64_t offset = f->begin;
    struct record r;
    for (int k = 0; k < ENTRIES_LIMIT; k++) {
        if (read_record(f, offset, f->end, &r))
            return SMP_ENOENT;
        if (!read_fde(f, &r, f->end, f->shift, out) &&
            address - out->begin < out->end - out->begin)
            return 0;
        offset = r.next;
    }
    return SMP_ENOENT;
}

int smp_frames_find(const struct smp_frames *f, uint64_t address,
                    struct smp_frame_entry *out)
{
    struct smp_frame_entry found;
    if (!f->image)
        return SMP_ENOENT;
    int status = f->has_index ? find_by_index(f, address, &found)
                              : find_by_reading(f, address, &found);
    if (!status)
        *out = found;
    return status;
}
