/* One ELF file in memory. */
#include "collector/native_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "collector/native_guard.h"
#include "collector/native_maps.h"

#define OWN_MAPS_LIMIT (16u << 20)
#define SEGMENTS_LIMIT 256 /* program headers looked at */

/* The line of our own maps that begins at `start`. */
static int own_mapping(uint64_t start, struct smp_maps_line *line,
                       struct smp_buf *text)
{
    if (smp_buf_read_file(text, "/proc/self/maps", OWN_MAPS_LIMIT))
        return 0;
    const char *p = text->data;
    while ((p = smp_maps_next(p, line)))
        if (line->start == start)
            return 1;
    return 0;
}

/* The kernel shows for our mapping what it shows for the program's, whatever
 * the file system: exact where stat() is not. */
static int same_mapping(const void *bytes, const struct smp_file_id *e)
{
    struct smp_buf text = {0};
    struct smp_maps_line line;
    int same = own_mapping((uint64_t)(uintptr_t)bytes, &line, &text) &&
               line.major == e->major && line.minor == e->minor &&
               line.inode == e->inode;
    smp_buf_release(&text);
    return same;
}

static int is_expected(const struct stat *st, const void *bytes,
                       const struct smp_file_id *e)
{
    int64_t mtime =
        st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
    if (e->size && ((uint64_t)st->st_size != e->size || mtime != e->mtime_ns))
        return 0;
    if (major(st->st_dev) == e->major && minor(st->st_dev) == e->minor)
        return st->st_ino == e->inode;
    return same_mapping(bytes, e);
}

static int status_of_errno(void)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return SMP_ENOENT;
    return errno == EACCES || errno == EPERM ? SMP_EACCES : SMP_EIO;
}

static int map_file(int fd, const struct smp_file_id *expected,
                    struct smp_image *out)
{
    struct stat st;
    if (fstat(fd, &st))
        return SMP_EIO;
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(Elf64_Ehdr))
        return SMP_EFORMAT;
    size_t size = (size_t)st.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return SMP_EIO;
    int status = smp_guard_add(bytes, size);
    if (!status && expected && !is_expected(&st, bytes, expected))
        status = SMP_EINVAL;
    if (!status)
        status = smp_image_open_bytes(out, bytes, size, SMP_IMAGE_MAPPED);
    if (status) {
        smp_guard_remove(bytes);
        munmap(bytes, size);
    }
    return status;
}

int smp_image_open(struct smp_image *i, const char *path,
                   const struct smp_file_id *expected)
{
    /* O_NONBLOCK: the path may have become a fifo. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return status_of_errno();
    int status = map_file(fd, expected, i);
    close(fd);
    return status;
}

static int is_x86_64(Elf *elf)
{
    GElf_Ehdr header;
    return elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
           header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB &&
           header.e_machine == EM_X86_64 &&
           (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

int smp_image_open_bytes(struct smp_image *i, const void *bytes, size_t size,
                         enum smp_image_bytes kind)
{
    elf_version(EV_CURRENT);
    /* libelf does not write to the image: nothing here converts data. */
    Elf *elf = elf_memory((char *)(uintptr_t)bytes, size);
    if (!is_x86_64(elf)) {
        elf_end(elf);
        return SMP_EFORMAT;
    }
    *i = (struct smp_image){.bytes = bytes,
                            .size = size,
                            .kind = kind,
                            .elf = elf};
    return 0;
}

int smp_image_open_vdso(struct smp_image *i)
{
    struct smp_buf text = {0};
    struct smp_maps_line line;
    uint64_t start = getauxval(AT_SYSINFO_EHDR);
    int status = SMP_ENOENT;
    if (start && own_mapping(start, &line, &text))
        status = smp_image_open_bytes(i, (void *)(uintptr_t)start,
                                      line.end - line.start, SMP_IMAGE_LENT);
    smp_buf_release(&text);
    return status;
}

void smp_image_release(struct smp_image *i)
{
    if (i->elf)
        elf_end(i->elf);
    if (i->kind == SMP_IMAGE_MAPPED) {
        smp_guard_remove(i->bytes);
        munmap((void *)(uintptr_t)i->bytes, i->size);
    } else if (i->kind == SMP_IMAGE_OWNED) {
        free((void *)(uintptr_t)i->bytes);
    }
    *i = (struct smp_image){0};
}

/* Loaded segments, one after the other: the first at or after *k. */
static int next_segment(const struct smp_image *i, int *k, GElf_Phdr *out)
{
    size_t count = 0;
    if (!i->elf || elf_getphdrnum(i->elf, &count))
        return 0;
    while (*k < (int)count && *k < SEGMENTS_LIMIT)
        if (gelf_getphdr(i->elf, (*k)++, out) && out->p_type == PT_LOAD)
            return 1;
    return 0;
}

int smp_image_address_shift(const struct smp_image *i, uint64_t offset,
                            uint64_t size, uint64_t *shift)
{
    GElf_Phdr p;
    for (int k = 0; next_segment(i, &k, &p);)
        if ((p.p_flags & PF_X) && offset < p.p_offset + p.p_filesz &&
            p.p_offset < offset + size) {
            *shift = p.p_vaddr - p.p_offset;
            return 0;
        }
    return SMP_ENOENT;
}

int smp_image_offset_of(const struct smp_image *i, uint64_t address,
                        uint64_t *offset, uint64_t *shift)
{
    GElf_Phdr p;
    for (int k = 0; next_segment(i, &k, &p);) {
        uint64_t at = address - p.p_vaddr;
        if (at < p.p_filesz && p.p_offset < i->size &&
            at < i->size - p.p_offset) {
            *offset = p.p_offset + at;
            *shift = p.p_vaddr - p.p_offset;
            return 0;
        }
    }
    return SMP_ENOENT;
}

Elf_Scn *smp_image_section(const struct smp_image *i, const char *name)
{
    size_t names;
    if (!i->elf || elf_getshdrstrndx(i->elf, &names))
        return NULL;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(i->elf, s));) {
        GElf_Shdr header;
        const char *found = gelf_getshdr(s, &header)
                                ? elf_strptr(i->elf, names, header.sh_name)
                                : NULL;
        if (found && !strcmp(found, name))
            return s;
    }
    return NULL;
}

void smp_image_forget_pages(const struct smp_image *i)
{
    if (i->kind == SMP_IMAGE_MAPPED)
        madvise((void *)(uintptr_t)i->bytes, i->size, MADV_DONTNEED);
}
