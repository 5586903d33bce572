/* A hand-made interpreter: an image of memory with threads, frames, code and
 * strings, laid out as any version's layout says. Includes layout.c itself, so
 * that rows can be used without a running interpreter. */
#ifndef SMP_TESTS_FAKE_PYTHON_H
#define SMP_TESTS_FAKE_PYTHON_H

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cpython/layout.c"
#include "cpython/walk.h"

#define FAKE_BASE UINT64_C(0x7f0000000000)
#define FAKE_BYTES (1u << 20)
#define FAKE_CODE_TYPE UINT64_C(0x55550000c0de)
#define FAKE_UNITS 20 /* of every code object, unless it says otherwise */
#define FAKE_TRACEABLE 1
#define FAKE_NOP 9
#define FAKE_SHIM 3 /* an owner: a frame of C */

struct fake {
    struct smp_layout l;
    uint64_t used;               /* bytes given out */
    uint64_t hole_from, hole_to; /* addresses that cannot be read */
    unsigned reads;
    uint8_t *bytes;
};

static inline struct fake fake_make(uint32_t minor)
{
    struct fake f = {.used = 4096, .bytes = calloc(1, FAKE_BYTES)};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == minor)
            f.l = rows[i].layout;
    return f;
}

static inline void fake_drop(struct fake *f)
{
    free(f->bytes);
}

static inline int fake_read(void *context, uint64_t address, void *to, size_t n)
{
    struct fake *f = context;
    f->reads++;
    if (address < FAKE_BASE || address + n > FAKE_BASE + FAKE_BYTES ||
        (address + n > f->hole_from && address < f->hole_to))
        return SMP_EFAULT;
    memcpy(to, f->bytes + (address - FAKE_BASE), n);
    return 0;
}

static inline struct smp_memory fake_memory(struct fake *f)
{
    return (struct smp_memory){.read = fake_read, .context = f};
}

static inline uint64_t fake_room(struct fake *f, size_t n)
{
    uint64_t at = FAKE_BASE + f->used;
    f->used += (n + 15) & ~(size_t)15;
    if (f->used > FAKE_BYTES)
        abort();
    return at;
}

static inline void *fake_at(struct fake *f, uint64_t address)
{
    return f->bytes + (address - FAKE_BASE);
}

static inline void fake_set(struct fake *f, uint64_t address, uint64_t value)
{
    memcpy(fake_at(f, address), &value, 8);
}

static inline void fake_set_int(struct fake *f, uint64_t address, int32_t value)
{
    memcpy(fake_at(f, address), &value, 4);
}

/* A compact string; width 1 and ascii, or 1, 2, 4. */
static inline uint64_t fake_string(struct fake *f, const void *characters,
                                   uint64_t length, unsigned width, int ascii)
{
    unsigned head = ascii ? f->l.text_ascii_data : f->l.text_compact_data;
    uint64_t at = fake_room(f, head + (length + 1) * width);
    fake_set(f, at, 1); /* references */
    fake_set(f, at + f->l.text_length, length);
    fake_set(f, at + f->l.text_hash, UINT64_MAX);
    fake_set_int(f, at + f->l.text_state,
                 (int32_t)(width << 2 | 1u << 5 | (ascii ? 1u << 6 : 0)));
    memcpy(fake_at(f, at + head), characters, length * width);
    return at;
}

static inline uint64_t fake_text(struct fake *f, const char *text)
{
    return fake_string(f, text, strlen(text), 1, 1);
}

static inline uint64_t fake_bytes(struct fake *f, const void *bytes, uint64_t n)
{
    uint64_t at = fake_room(f, f->l.bytes_data + n + 1);
    fake_set(f, at, 1);
    fake_set(f, at + f->l.bytes_size, n);
    memcpy(fake_at(f, at + f->l.bytes_data), bytes, n);
    return at;
}

static inline uint64_t fake_code(struct fake *f, const char *name, int line)
{
    const struct smp_layout *l = &f->l;
    uint64_t at = fake_room(f, l->code_instructions + 2 * FAKE_UNITS);
    uint16_t *unit = fake_at(f, at + l->code_instructions);
    fake_set(f, at + 8, FAKE_CODE_TYPE);
    fake_set(f, at + 16, FAKE_UNITS);
    fake_set(f, at + l->code_filename, fake_text(f, "/dir/file.py"));
    fake_set(f, at + l->code_qualname, fake_text(f, name));
    fake_set(f, at + l->code_linetable, fake_bytes(f, "\x80\x11", 2));
    fake_set_int(f, at + l->code_first_line, line);
    fake_set_int(f, at + l->code_first_traceable, FAKE_TRACEABLE);
    for (int n = 0; n < FAKE_UNITS; n++)
        unit[n] = (uint16_t)(n << 8 | FAKE_NOP);
    return at;
}

static inline void fake_set_owner(struct fake *f, uint64_t frame, int owner)
{
    *(int8_t *)fake_at(f, frame + f->l.frame_owner) = (int8_t)owner;
}

/* A frame at this offset of its code. */
static inline uint64_t fake_frame(struct fake *f, uint64_t code, int offset,
                                  uint64_t previous, int owner)
{
    const struct smp_layout *l = &f->l;
    uint64_t at = fake_room(f, 96);
    fake_set(f, at + l->frame_code, code);
    fake_set(f, at + l->frame_previous, previous);
    fake_set(f, at + l->frame_ip,
             code + l->code_instructions + (uint64_t)(int64_t)offset);
    fake_set_owner(f, at, owner);
    return at;
}

/* A thread state whose innermost frame is `frame`. */
static inline uint64_t fake_thread(struct fake *f, uint64_t frame, uint64_t tid)
{
    const struct smp_layout *l = &f->l;
    uint64_t at = fake_room(f, 8192), chain = frame;
    if (l->frame_indirect) {
        chain = fake_room(f, 64);
        fake_set(f, chain + l->frame_in_cframe, frame);
    }
    fake_set(f, at + l->thread_frame, chain);
    fake_set(f, at + l->thread_native_id, tid);
    return at;
}

#endif
