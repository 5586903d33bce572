/* The store of ELF modules that the processes of a run share. */
#ifndef SMP_COLLECTOR_NATIVE_MODULES_H
#define SMP_COLLECTOR_NATIVE_MODULES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "collector/native.h"
#include "collector/native_cfi.h"
#include "collector/native_code.h"
#include "collector/native_image.h"
#include "collector/native_maps.h"
#include "collector/native_symbols.h"

#define SMP_MODULES_OPEN 256 /* files mapped at once, at most */
#define SMP_MODULES_IDLE 256 /* modules kept that no space maps, at most */

enum smp_module_state {
    SMP_MODULE_CLOSED,    /* not opened yet, or closed to make room */
    SMP_MODULE_OPEN,      /* image and frames are usable */
    SMP_MODULE_UNREADABLE /* not there, not permitted, or another file now */
};

/* One file under one path. The pointer is stable while a mapping uses it. */
struct smp_module {
    struct smp_file_id id;
    char *path;             /* owned */
    uint32_t serial;        /* unique in the run, never 0 */
    uint32_t slot;          /* index in the store */
    uint32_t users;         /* mappings of all spaces that refer to it */
    enum smp_object object; /* LIBC or OTHER, by its name */
    enum smp_module_state state;
    int has_symbols; /* `symbols` was opened (it may have none) */
    uint64_t used;   /* the store's clock at its last use */
    struct smp_image image;
    struct smp_frames frames;
    struct smp_symbols symbols;
};

struct smp_modules {
    struct smp_module **items; /* owned; NULL: a free slot */
    size_t count, capacity;
    struct smp_map by_id; /* file identity and path -> slot */
    size_t open, idle;
    uint32_t last_serial;
    uint64_t clock;
    struct smp_code_cache code;
    struct smp_native_counts counts;
};

/* The module of a line of process `pid`'s maps, with one more user; NULL: out
 * of memory. A file that its path does not lead to (deleted, or in a container
 * of its own) is opened at once by way of /proc/PID, while the process lives. */
struct smp_module *smp_module_of_line(struct smp_modules *m, pid_t pid,
                                      const struct smp_maps_line *line);

void smp_module_hold(struct smp_modules *m, struct smp_module *module);
void smp_module_drop(struct smp_modules *m, struct smp_module *module);

/* Opens the file where it is not; 1 where it is open now. May close the one
 * that was least recently used. */
int smp_module_open(struct smp_modules *m, struct smp_module *module);

/* The rule for an address in the module's own addresses, compiled once; NULL:
 * no room. */
const struct smp_rule *smp_module_rule(struct smp_modules *m,
                                       struct smp_module *module,
                                       uint64_t address);

/* Fills in the name of the function there (NULL: none; valid until the next
 * smp_code_make_room()) and where it begins (0: unknown). */
void smp_module_name(struct smp_modules *m, struct smp_module *module,
                     uint64_t address, const char **name, uint64_t *function);

#endif
