/* Entries of .eh_frame and .debug_frame: which one describes an address. */
#ifndef SMP_COLLECTOR_NATIVE_FRAMES_H
#define SMP_COLLECTOR_NATIVE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "collector/native_bytes.h"
#include "collector/native_image.h"

/* Where an image keeps its unwind entries. Storage of the caller; {0} has
 * none. Entries are read in place, at each look-up anew: nothing is kept. */
struct smp_frames {
    const struct smp_image *image; /* borrowed */
    int has_index; /* by .eh_frame_hdr; else by reading the section through */
    int is_debug;  /* the section is .debug_frame */
    uint64_t begin, end; /* of the section, offsets in the file */
    uint64_t shift;      /* section: address = offset + shift */
};

/* The image must outlive it. */
void smp_frames_open(struct smp_frames *f, const struct smp_image *i);

/* One entry (DWARF: FDE) with what it shares with others (CIE). */
struct smp_frame_entry {
    uint64_t begin, end; /* the code that it describes, the file's addresses */
    uint64_t code_align;
    int64_t data_align;
    uint64_t return_register;
    uint8_t encoding; /* of addresses */
    int is_signal;
    struct smp_bytes initial; /* instructions for the first row, */
    struct smp_bytes program; /* and for those that follow */
};

/* The entry that describes the address. 0, SMP_ENOENT, or SMP_EFORMAT where
 * it is damaged or of a kind that we do not know. */
int smp_frames_find(const struct smp_frames *f, uint64_t address,
                    struct smp_frame_entry *out);

#endif
