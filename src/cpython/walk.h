/* Walks: from a thread's state to its Python frames, through any memory. */
#ifndef SMP_CPYTHON_WALK_H
#define SMP_CPYTHON_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "cpython/layout.h"

/* Code objects met, each in its address's place, with a word that the visitor gives it:
 * most frames of a walk run one that is known, and little of that need be read. For
 * code objects with numbers of their own (3.12 and later). {0} is empty. */
#define SMP_CODES_KEPT 256 /* a power of two */
struct smp_code_cache {
    struct smp_code_kept {
        uint64_t address, filename;
        uint32_t version, word;
        int32_t first_line, first_traceable;
    } kept[SMP_CODES_KEPT];
};

/* Memory of an interpreter: this process's own (guarded), or another's. */
struct smp_memory {
    /* Copies n bytes at `address`; 0, or SMP_EFAULT with `to` undefined. */
    int (*read)(void *context, uint64_t address, void *to, size_t n);
    /* Where they can be looked at in place, or NULL: they cannot be read. No such
     * function (NULL): memory of another process. */
    const void *(*view)(void *context, uint64_t address, size_t n);
    void *context;
    struct smp_code_cache *codes; /* NULL: none are kept */
    int asks_for_prints; /* 1: a print that costs something is 0 until asked for */
};

/* What identifies a code object beside its address: a freed and reused address
 * gives another print. */
struct smp_code_ref {
    uint64_t address;
    uint64_t print; /* 0: ask smp_walk_print */
    /* Of all that the object itself has, where the print is 0. A code object that is
     * made where one just was may have the same, at the worst. It also changes while
     * the object lives. */
    uint64_t outline;
    uint64_t filename, qualname, linetable; /* addresses of its objects */
    int32_t first_line;
};

struct smp_walk_frame {
    struct smp_code_ref code;
    uint64_t address; /* of the frame */
    int32_t offset;   /* bytes from the code's first instruction */
    uint32_t word;    /* as smp_walk_keep was told of this code object, of which
                       * then only the address is here; 0: nothing */
};

/* To be told with each further frame of this code object; 0: nothing. In the visitor. */
void smp_walk_keep(const struct smp_memory *m, uint64_t code, uint32_t word);

/* What a code object is, read from it; as smp_walk hands it to its visitor. 0,
 * SMP_EFAULT or SMP_EFORMAT. */
int smp_walk_code(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t code_type, uint64_t address,
                  struct smp_code_ref *out);

/* The print of a code object that `m` has kept back. */
uint64_t smp_walk_print(const struct smp_layout *l, const struct smp_memory *m,
                        const struct smp_code_ref *code);

/* Called for each frame, innermost first; return not 0 to end the walk. */
typedef int smp_walk_visit(void *context, const struct smp_walk_frame *frame);

struct smp_walk_result {
    uint64_t anchor; /* see collector/native.h; 0: no eval function is active */
    uint16_t opcode; /* at the innermost frame's instruction */
    uint32_t frames; /* visited */
    uint64_t coroutine; /* frame of the outermost generator or coroutine; 0 */
    uint32_t coroutine_frame; /* which of those visited it is, from 0 */
    int truncated;            /* 1: the visitor ended it, or too deep */
};

/* Walks the frames of a thread state. Every pointer is checked before use.
 * 0, SMP_EFAULT (memory could not be read) or SMP_EFORMAT (what was read is no
 * chain of frames: torn, or not a Python this layout describes), or SMP_EAGAIN (the
 * innermost frame is not linked to its caller yet); the frames
 * visited before that must be thrown away. Async-signal-safe where the memory
 * and the visitor are. */
int smp_walk(const struct smp_layout *l, const struct smp_memory *m,
             uint64_t code_type, uint64_t thread_state, smp_walk_visit *visit,
             void *context, struct smp_walk_result *result);

/* The same from a frame that stands on top of a chain which does not run. */
int smp_walk_from(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t code_type, uint64_t frame, smp_walk_visit *visit,
                  void *context);

/* The one frame at this address, of a suspended generator or coroutine, which is
 * in no chain. Returns as smp_walk. */
int smp_walk_frame_at(const struct smp_layout *l, const struct smp_memory *m,
                      uint64_t code_type, uint64_t frame,
                      struct smp_walk_frame *out);

/* Called for each thread state, with the number of the thread that it belongs to;
 * return not 0 to end the walk. */
typedef int smp_walk_visit_state(void *context, uint64_t state,
                                 uint64_t native_id);

/* Walks the thread states of an interpreter, then those of the runtime's other
 * ones. The lists may change meanwhile: what is visited may be gone. */
void smp_walk_states(const struct smp_layout *l, const struct smp_memory *m,
                     uint64_t interpreter, uint64_t runtime,
                     smp_walk_visit_state *visit, void *context);

/* The thread state of an operating system thread, from the interpreter's list
 * (and of other interpreters, from the runtime's). 0 where there is none.
 * The list may change meanwhile: the state's own id is checked. */
uint64_t smp_walk_find_thread(const struct smp_layout *l,
                              const struct smp_memory *m, uint64_t interpreter,
                              uint64_t runtime, uint64_t native_id);

/* 1 where the state still belongs to that thread, 0 where not (or unreadable). */
int smp_walk_owns(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t thread_state, uint64_t native_id);

/* A Python string's header: where its characters are. 0, SMP_EFAULT or
 * SMP_EFORMAT. */
struct smp_text_ref {
    uint64_t address;
    uint64_t bytes;
    uint8_t width; /* 1, 2 or 4 bytes a character; 1 is latin-1 */
};
int smp_walk_text(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t object, struct smp_text_ref *out);

/* A bytes object: its address and size. 0, SMP_EFAULT or SMP_EFORMAT. */
int smp_walk_bytes(const struct smp_layout *l, const struct smp_memory *m,
                   uint64_t object, uint64_t *address, uint64_t *size);

#endif
