/* The names of functions in one ELF file, found by address. */
#include "collector/native_symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define SYMBOLS_LIMIT (8u << 20) /* symbols of one table looked at */
#define LOOK_BACK 64 /* symbols before an address that may reach over it */

/* Only while sorting: the address beside the index, so that the sort does not
 * jump through the file. */
struct entry {
    uint64_t address;
    uint32_t index;
};

static int by_address(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Functions, and global labels of assembler code, which have no type. */
static int is_code(const Elf64_Sym *s)
{
    if (s->st_shndx == SHN_UNDEF || s->st_shndx >= SHN_LORESERVE || !s->st_name)
        return 0;
    int type = ELF64_ST_TYPE(s->st_info);
    return type == STT_FUNC || type == STT_GNU_IFUNC ||
           (type == STT_NOTYPE && ELF64_ST_BIND(s->st_info) != STB_LOCAL);
}

/* Counts the functions and stores the first `room` of them. */
static size_t collect(const struct smp_symbol_table *t, struct entry *out,
                      size_t room)
{
    size_t n = 0;
    for (size_t k = 0; k < t->count; k++)
        if (is_code(&t->symbols[k])) {
            if (n < room)
                out[n] = (struct entry){t->symbols[k].st_value, (uint32_t)k};
            n++;
        }
    return n;
}

static int sort_table(struct smp_symbol_table *t)
{
    size_t room = collect(t, NULL, 0);
    if (!room)
        return 0;
    struct entry *entries = malloc(room * sizeof *entries);
    uint32_t *order = malloc(room * sizeof *order);
    if (!entries || !order) {
        free(entries);
        free(order);
        return SMP_ENOMEM;
    }
    /* Somebody may write to the file between the passes. */
    size_t n = collect(t, entries, room);
    n = n < room ? n : room;
    qsort(entries, n, sizeof *entries, by_address);
    for (size_t k = 0; k < n; k++)
        order[k] = entries[k].index;
    free(entries);
    t->order = order;
    t->order_count = n;
    return 0;
}

/* The bytes of a section as they are in the file. */
static const void *section_bytes(Elf_Scn *s, size_t *size)
{
    Elf_Data *data = elf_rawdata(s, NULL);
    *size = data && data->d_buf ? data->d_size : 0;
    return *size ? data->d_buf : NULL;
}

static Elf_Scn *find_table(const struct smp_image *i, Elf64_Word type,
                           GElf_Shdr *header)
{
    for (Elf_Scn *s = NULL; (s = elf_nextscn(i->elf, s));)
        if (gelf_getshdr(s, header) && header->sh_type == type &&
            !(header->sh_flags & SHF_COMPRESSED))
            return s;
    return NULL;
}

/* Takes the table of that type; 1 where it names any function. */
static int open_table(struct smp_symbol_table *t, const struct smp_image *i,
                      Elf64_Word type)
{
    GElf_Shdr header;
    size_t size;
    Elf_Scn *s = i->elf ? find_table(i, type, &header) : NULL;
    if (!s)
        return 0;
    *t = (struct smp_symbol_table){.image = i};
    t->symbols = section_bytes(s, &size);
    t->count = size / sizeof *t->symbols;
    if (t->count > SYMBOLS_LIMIT)
        t->count = SYMBOLS_LIMIT;
    s = elf_getscn(i->elf, header.sh_link);
    t->strings = s ? section_bytes(s, &t->strings_size) : NULL;
    if (!t->strings || (uintptr_t)t->symbols % _Alignof(Elf64_Sym))
        t->count = 0; /* damaged */
    int status = sort_table(t);
    smp_image_forget_pages(i);
    return status ? status : t->order_count > 0;
}

int smp_symbols_open(struct smp_symbols *s, const struct smp_image *i,
                     const char *path)
{
    *s = (struct smp_symbols){0};
    int found = open_table(&s->tables[0], i, SHT_SYMTAB);
    if (found > 0)
        return 0; /* it has what .dynsym has, and more */
    if (!found && !smp_debug_image_open(&s->extra, i, path))
        found = open_table(&s->tables[0], &s->extra, SHT_SYMTAB);
    if (found >= 0)
        found = open_table(&s->tables[1], i, SHT_DYNSYM);
    if (found < 0)
        smp_symbols_release(s);
    return found < 0 ? found : 0;
}

void smp_symbols_release(struct smp_symbols *s)
{
    free(s->tables[0].order);
    free(s->tables[1].order);
    smp_image_release(&s->extra);
    *s = (struct smp_symbols){0};
}

static const Elf64_Sym *symbol_at(const struct smp_symbol_table *t, size_t k)
{
    return &t->symbols[t->order[k]];
}

/* NULL where the name does not end inside the string table. */
static const char *name_of(const struct smp_symbol_table *t, const Elf64_Sym *s)
{
    if (s->st_name >= t->strings_size)
        return NULL;
    const char *name = t->strings + s->st_name;
    return memchr(name, 0, t->strings_size - s->st_name) && *name ? name : NULL;
}

/* How many functions begin at or before the address. */
static size_t count_up_to(const struct smp_symbol_table *t, uint64_t address)
{
    size_t low = 0, high = t->order_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbol_at(t, middle)->st_value <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int reaches(const struct smp_symbol_table *t, const Elf64_Sym *s,
                   uint64_t address)
{
    GElf_Shdr section;
    if (s->st_size)
        return address - s->st_value < s->st_size;
    Elf_Scn *scn = elf_getscn(t->image->elf, s->st_shndx);
    return scn && gelf_getshdr(scn, &section) &&
           address - section.sh_addr < section.sh_size;
}

static size_t underscores(const char *name)
{
    return strspn(name, "_");
}

static int binding_rank(const Elf64_Sym *s)
{
    int bind = ELF64_ST_BIND(s->st_info);
    return bind == STB_GLOBAL ? 0 : bind == STB_WEAK ? 1 : 2;
}

/* 1 where `a` is the better of two names of one place: with a size, global,
 * fewer leading underscores, shorter, first in the alphabet. */
static int is_better(const struct smp_symbol_table *t, const Elf64_Sym *a,
                     const Elf64_Sym *b)
{
    const char *x = name_of(t, a), *y = b ? name_of(t, b) : NULL;
    if (!x || !y)
        return x != NULL;
    if (!a->st_size != !b->st_size)
        return a->st_size != 0;
    if (a->st_value != b->st_value)
        return a->st_value > b->st_value;
    if (binding_rank(a) != binding_rank(b))
        return binding_rank(a) < binding_rank(b);
    if (underscores(x) != underscores(y))
        return underscores(x) < underscores(y);
    if (strlen(x) != strlen(y))
        return strlen(x) < strlen(y);
    return strcmp(x, y) < 0;
}

static const Elf64_Sym *find_in(const struct smp_symbol_table *t,
                                uint64_t address)
{
    const Elf64_Sym *best = NULL;
    size_t end = count_up_to(t, address);
    for (size_t k = end; k > 0 && end - k < LOOK_BACK; k--) {
        const Elf64_Sym *s = symbol_at(t, k - 1);
        /* A label further back than the first symbol found says nothing. */
        if (!s->st_size && k < end &&
            s->st_value != symbol_at(t, end - 1)->st_value)
            continue;
        if (best && best->st_size && s->st_value != best->st_value)
            break;
        if (reaches(t, s, address) && is_better(t, s, best))
            best = s;
    }
    return best;
}

const char *smp_symbols_find(const struct smp_symbols *s, uint64_t address,
                             uint64_t *start)
{
    const Elf64_Sym *best = NULL;
    const struct smp_symbol_table *from = NULL;
    for (int k = 0; k < 2; k++) {
        const struct smp_symbol_table *t = &s->tables[k];
        const Elf64_Sym *found = t->order_count ? find_in(t, address) : NULL;
        if (found && (!best || (found->st_size && !best->st_size))) {
            best = found;
            from = t;
        }
    }
    if (best)
        *start = best->st_value;
    return best ? name_of(from, best) : NULL;
}
