/* Lines of /proc/PID/maps. */
#ifndef SMP_COLLECTOR_NATIVE_MAPS_H
#define SMP_COLLECTOR_NATIVE_MAPS_H

#include <stddef.h>
#include <stdint.h>

struct smp_maps_line {
    uint64_t start, end; /* [start, end) */
    uint64_t offset;     /* of `start` in the file, bytes */
    uint32_t major, minor;
    uint64_t inode;
    int executable;
    int deleted;      /* the file's name is gone: " (deleted)" was cut off */
    const char *path; /* borrowed from the text, not terminated */
    size_t path_length;
};

/* Reads the first well-formed line at or after `text` (NUL-terminated) and
 * returns where the next one begins; NULL where no line is left. */
const char *smp_maps_next(const char *text, struct smp_maps_line *line);

/* 1 where the line maps a real file (no heap, stack, memfd, shared memory) or
 * the vdso. */
int smp_maps_line_is_file(const struct smp_maps_line *line);
int smp_maps_line_is_vdso(const struct smp_maps_line *line);

#endif
