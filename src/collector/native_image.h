/* One ELF file in memory: mapped, lent or owned bytes, and where they load. */
#ifndef SMP_COLLECTOR_NATIVE_IMAGE_H
#define SMP_COLLECTOR_NATIVE_IMAGE_H

#include <gelf.h>
#include <stddef.h>
#include <stdint.h>

/* Which file it is. Device and inode are what /proc/PID/maps shows, which on
 * overlay file systems is not what stat() tells. */
struct smp_file_id {
    uint32_t major, minor;
    uint64_t inode;
    uint64_t size;    /* bytes; 0 where stat() could not find the file */
    int64_t mtime_ns; /* 0 likewise */
};

enum smp_image_bytes {
    SMP_IMAGE_LENT,   /* the caller's, outlives the image */
    SMP_IMAGE_MAPPED, /* a private read-only mapping of a file */
    SMP_IMAGE_OWNED   /* from malloc */
};

/* Storage of the caller; {0} is an image that is not open. The bytes are used
 * in place and only as far as they are asked for: a large file costs page
 * cache, not memory of ours. */
struct smp_image {
    const uint8_t *bytes;
    size_t size;
    enum smp_image_bytes kind;
    Elf *elf; /* NULL: not open */
};

/* Maps the file. `expected`: the file that it has to be (major, minor, inode;
 * size and mtime where they are known), NULL: any. 0, SMP_ENOENT, SMP_EACCES,
 * SMP_EIO, SMP_EFORMAT (not an x86-64 ELF object), SMP_EINVAL (another file
 * than expected), SMP_EFULL. */
int smp_image_open(struct smp_image *i, const char *path,
                   const struct smp_file_id *expected);

/* The bytes of a whole ELF file; 0 or SMP_EFORMAT (OWNED bytes are then still
 * the caller's). */
int smp_image_open_bytes(struct smp_image *i, const void *bytes, size_t size,
                         enum smp_image_bytes kind);

/* This process's own vdso, which is every process's. 0 or SMP_ENOENT. */
int smp_image_open_vdso(struct smp_image *i);

void smp_image_release(struct smp_image *i); /* leaves {0} */

/* What to add to an offset in the file to get the address that the file gives
 * to that byte of code, for a mapping of `size` bytes from `offset` on. 0, or
 * SMP_ENOENT where no segment of code lies there. */
int smp_image_address_shift(const struct smp_image *i, uint64_t offset,
                            uint64_t size, uint64_t *shift);

/* Where the byte at an address that the file gives lies in the file, and how
 * much the two differ by: address = offset + shift. 0 or SMP_ENOENT. */
int smp_image_offset_of(const struct smp_image *i, uint64_t address,
                        uint64_t *offset, uint64_t *shift);

/* The section of that name with its bytes in the file; NULL: none. */
Elf_Scn *smp_image_section(const struct smp_image *i, const char *name);

/* Gives the pages of the file back to the kernel; they are read again when
 * they are needed again. After a pass over much of a file. */
void smp_image_forget_pages(const struct smp_image *i);

#endif
