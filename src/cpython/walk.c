/* Walks: from a thread's state to its Python frames, through any memory. */
#include "cpython/walk.h"

#include <string.h>

#include "base/status.h"

#define OWNER_GENERATOR 1
#define OWNER_FRAME_OBJECT 2
#define FRAME_BYTES 80     /* covers every field of a frame that we read */
#define TEXT_HEAD_BYTES 64 /* a string's header and its first characters */
#define TEXT_TAIL_BYTES 16 /* its last ones */
#define CHAIN_MAX 65536    /* frames, shims included: a cycle ends here */
#define THREADS_MAX 65536
#define INTERPRETERS_MAX 256

struct walk {
    const struct smp_layout *l;
    const struct smp_memory *m;
    uint64_t code_type;
};

static int read_at(const struct smp_memory *m, uint64_t address, void *to,
                   size_t n)
{
    /* User addresses only; page 0 is never mapped. */
    if (address < 4096 || address > (UINT64_C(1) << 47) - n)
        return SMP_EFAULT;
    return m->read(m->context, address, to, n);
}

/* The same without a copy where there is a way; else the copy, in `to`. NULL: they
 * cannot be read. */
static const uint8_t *view_at(const struct smp_memory *m, uint64_t address,
                              void *to, size_t n)
{
    if (address < 4096 || address > (UINT64_C(1) << 47) - n)
        return NULL;
    if (m->view)
        return m->view(m->context, address, n);
    return m->read(m->context, address, to, n) ? NULL : to;
}

static int read_word(const struct smp_memory *m, uint64_t address, uint64_t *to)
{
    return read_at(m, address, to, sizeof *to);
}

static uint64_t word_in(const void *bytes, size_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)bytes + offset, sizeof value);
    return value;
}

static int32_t int_in(const void *bytes, size_t offset)
{
    int32_t value;
    memcpy(&value, (const char *)bytes + offset, sizeof value);
    return value;
}

static uint64_t mix(uint64_t print, uint64_t value)
{
    print = (print ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return print ^ (print >> 29);
}

/* The same of many words, an even number, in two turns that don't wait for each
 * other. */
static uint64_t mix_words(uint64_t print, const uint8_t *words, unsigned count)
{
    uint64_t even = 0, odd = 0;
    for (unsigned i = 0; i < count; i += 2) {
        even = (even << 11 | even >> 53) ^ word_in(words, 8 * i);
        odd = (odd << 11 | odd >> 53) ^ word_in(words, 8 * i + 8);
    }
    return mix(mix(print, even), odd);
}

/* What an object with contents of `end` bytes, header included, holds, adds to a
 * print: length and hash, its first and its last characters. Its address alone says
 * little: a loop that compiles gets the same addresses again and again. What lies
 * behind the object is not looked at: its neighbour's reference count would make a
 * new print each time. What cannot be read (at a mapping's end) adds nothing. */
static uint64_t mix_contents(const struct walk *w, uint64_t print,
                             uint64_t object, uint8_t head[TEXT_HEAD_BYTES],
                             uint64_t end)
{
    uint8_t tail[TEXT_TAIL_BYTES];
    if (end < TEXT_HEAD_BYTES)
        memset(head + end, 0, TEXT_HEAD_BYTES - end);
    print = mix_words(print, head + 16, (TEXT_HEAD_BYTES - 16) / 8);
    if (end <= TEXT_HEAD_BYTES ||
        read_at(w->m, object + end - sizeof tail, tail, sizeof tail))
        return print;
    return mix_words(print, tail, sizeof tail / 8);
}

static uint64_t print_of_text(const struct walk *w, uint64_t object)
{
    const struct smp_layout *l = w->l;
    uint8_t head[TEXT_HEAD_BYTES];
    if (object % 8 || read_at(w->m, object, head, sizeof head))
        return object;
    /* Names are interned: the hash of their characters is there. */
    if (word_in(head, l->text_length + 8) != UINT64_MAX)
        return mix_words(object, head + l->text_length, 2);
    uint32_t state = (uint32_t)int_in(head, l->text_state);
    unsigned kind = state >> 2 & 7, compact = state >> 5 & 1,
             ascii = state >> 6 & 1;
    uint64_t end = TEXT_HEAD_BYTES; /* contents that don't follow the header */
    if (compact)
        end = (ascii ? l->text_ascii_data : l->text_compact_data) +
              word_in(head, l->text_length) * kind;
    return mix_contents(w, object, object, head, end);
}

static uint64_t print_of_bytes(const struct walk *w, uint64_t object)
{
    uint8_t head[TEXT_HEAD_BYTES];
    if (object % 8 || read_at(w->m, object, head, sizeof head))
        return object;
    return mix_contents(w, object, object, head,
                        w->l->bytes_data + word_in(head, w->l->bytes_size));
}

static uint64_t print_of_objects(const struct walk *w,
                                 const struct smp_code_ref *ref, uint64_t print)
{
    print = mix(print, print_of_text(w, ref->filename));
    print = mix(print, print_of_text(w, ref->qualname));
    return mix(print, print_of_bytes(w, ref->linetable));
}

static uint64_t print_of_size(const struct smp_code_ref *ref, uint64_t units)
{
    return mix(units, (uint64_t)(uint32_t)ref->first_line);
}

/* What tells a code object from earlier ones at its address. 3.12 and later
 * number code objects as they make them (0: the numbers have run out); this
 * spares reading three more objects for each frame of each sample, which was
 * two thirds of a sample's cost. Only the file name can be set anew later. */
static void find_print(const struct walk *w, struct smp_code_ref *ref,
                       const uint8_t *code)
{
    const struct smp_layout *l = w->l;
    int32_t version = l->code_version ? int_in(code, l->code_version) : 0;
    uint64_t print = print_of_size(ref, word_in(code, 16));
    ref->outline = 0;
    if (version) {
        ref->print = mix(mix(print, (uint32_t)version), ref->filename);
    } else if (!w->m->asks_for_prints) {
        ref->print = print_of_objects(w, ref, print);
    } else {
        ref->print = 0;
        ref->outline = mix_words(1, code + 16, l->code_bytes / 16u * 2 - 2);
    }
}

uint64_t smp_walk_print(const struct smp_layout *l, const struct smp_memory *m,
                        const struct smp_code_ref *code)
{
    struct walk w = {.l = l, .m = m};
    uint64_t units = 0;
    if (read_word(m, code->address + 16, &units))
        units = 0;
    return print_of_objects(&w, code, print_of_size(code, units));
}

/* ---- code objects that are known */

static struct smp_code_kept *place_of(const struct smp_memory *m,
                                      uint64_t address)
{
    uint64_t place = address >> 4 ^ address >> 12;
    return &m->codes->kept[place % SMP_CODES_KEPT];
}

void smp_walk_keep(const struct smp_memory *m, uint64_t code, uint32_t word)
{
    struct smp_code_kept *k = m->codes ? place_of(m, code) : NULL;
    if (k && k->address == code)
        k->word = word;
}

/* What is kept of this code object, which is still the one that it was; or NULL. */
static const struct smp_code_kept *
find_kept(const struct walk *w, uint64_t address, const uint8_t *code)
{
    const struct smp_layout *l = w->l;
    if (!w->m->codes)
        return NULL;
    const struct smp_code_kept *k = place_of(w->m, address);
    return k->address == address && k->word &&
                   k->version == (uint32_t)int_in(code, l->code_version) &&
                   k->filename == word_in(code, l->code_filename) &&
                   k->first_line == int_in(code, l->code_first_line)
               ? k
               : NULL;
}

static void prepare_kept(const struct walk *w, const struct smp_code_ref *ref,
                         const uint8_t *code, int32_t first_traceable)
{
    const struct smp_layout *l = w->l;
    int32_t version = l->code_version ? int_in(code, l->code_version) : 0;
    if (!w->m->codes || !version)
        return;
    *place_of(w->m, ref->address) =
        (struct smp_code_kept){.address = ref->address,
                               .filename = ref->filename,
                               .version = (uint32_t)version,
                               .first_line = ref->first_line,
                               .first_traceable = first_traceable};
}

/* Reads and checks the code object of a frame. */
static int read_code(const struct walk *w, uint64_t address, uint64_t ip,
                     struct smp_walk_frame *out, int32_t *first_traceable)
{
    const struct smp_layout *l = w->l;
    uint8_t copy[SMP_CODE_BYTES_MAX];
    const uint8_t *code =
        address % 8 ? NULL : view_at(w->m, address, copy, l->code_bytes);
    if (!code)
        return SMP_EFAULT;
    if (word_in(code, 8) != w->code_type)
        return SMP_EFORMAT;
    uint64_t units = word_in(code, 16), start = address + l->code_instructions;
    int64_t offset = (int64_t)(ip - start);
    if (units > (1u << 28) || offset < -2 || offset > (int64_t)(2 * units))
        return SMP_EFORMAT;
    out->offset = (int32_t)offset;
    const struct smp_code_kept *kept = find_kept(w, address, code);
    out->word = kept ? kept->word : 0;
    if (kept) {
        out->code = (struct smp_code_ref){.address = address};
        *first_traceable = kept->first_traceable;
        return 0;
    }
    *first_traceable = int_in(code, l->code_first_traceable);
    struct smp_code_ref *ref = &out->code;
    ref->address = address;
    ref->filename = word_in(code, l->code_filename);
    ref->qualname = word_in(code, l->code_qualname);
    ref->linetable = word_in(code, l->code_linetable);
    ref->first_line = int_in(code, l->code_first_line);
    find_print(w, ref, code);
    prepare_kept(w, ref, code, *first_traceable);
    return 0;
}

int smp_walk_code(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t code_type, uint64_t address,
                  struct smp_code_ref *out)
{
    struct walk w = {l, m, code_type};
    struct smp_walk_frame f;
    int32_t unused;
    int status =
        read_code(&w, address, address + l->code_instructions, &f, &unused);
    if (!status)
        *out = f.code;
    return status;
}

/* The first frame of the chain; 0 where no Python code runs. */
static int first_frame(const struct walk *w, uint64_t thread_state,
                       uint64_t *frame, uint64_t *anchor)
{
    uint64_t at;
    *anchor = 0;
    if (read_word(w->m, thread_state + w->l->thread_frame, &at))
        return SMP_EFAULT;
    if (!w->l->frame_indirect) {
        *frame = at;
        return 0;
    }
    if (at % 8 || read_word(w->m, at + w->l->frame_in_cframe, frame))
        return SMP_EFAULT;
    /* The root cframe lies inside the thread state: no eval function runs. */
    if (at - thread_state > 4096)
        *anchor = at;
    return 0;
}

/* From `frame` outwards. `r` begins as the caller made it.
 *
 * 3.11 and 3.12 link a new frame in two steps that the compiler may exchange: it
 * may be the current one before it knows its caller. What is there then, of an
 * earlier call, mostly leads nowhere: SMP_EAGAIN, a moment later all is well. */
static int walk_frames(const struct walk *w, uint64_t frame,
                       smp_walk_visit *visit, void *context,
                       struct smp_walk_result r, struct smp_walk_result *result)
{
    const struct smp_layout *l = w->l;
    const struct smp_memory *m = w->m;
    int status, unlinked = 0;
    for (int i = 0; frame && !r.truncated; i++) {
        uint8_t copy[FRAME_BYTES];
        if (i == CHAIN_MAX) {
            r.truncated = 1;
            break;
        }
        const uint8_t *bytes =
            frame % 8 ? NULL : view_at(m, frame, copy, sizeof copy);
        if (!bytes)
            return unlinked ? SMP_EAGAIN : SMP_EFAULT;
        int owner = (int8_t)bytes[l->frame_owner];
        uint64_t previous = word_in(bytes, l->frame_previous), at = frame;
        if (owner < 0 || owner > 8 || owner == OWNER_FRAME_OBJECT ||
            previous == frame)
            return unlinked ? SMP_EAGAIN : SMP_EFORMAT;
        if (owner >= l->shim_owner) {
            if (!l->frame_indirect && !r.anchor)
                r.anchor = frame;
            frame = previous;
            continue;
        }
        struct smp_walk_frame f;
        int32_t first_traceable;
        uint64_t ip = word_in(bytes, l->frame_ip);
        f.address = frame;
        status =
            read_code(w, word_in(bytes, l->frame_code) & l->frame_code_mask, ip,
                      &f, &first_traceable);
        if (status)
            return unlinked ? SMP_EAGAIN : status;
        frame = previous;
        unlinked = 0;
        /* A frame that is being set up: CPython does not show it either. */
        if (owner != OWNER_GENERATOR &&
            f.offset < 2 * (int64_t)first_traceable) {
            unlinked = l->frame_indirect && i == 0;
            continue;
        }
        if (!r.frames) {
            uint16_t unit = 0;
            if (!read_at(m, ip, &unit, sizeof unit))
                r.opcode = unit & 0xff;
        }
        if (owner == OWNER_GENERATOR) {
            r.coroutine = at;
            r.coroutine_frame = r.frames;
        }
        r.frames++;
        r.truncated = visit(context, &f);
    }
    *result = r;
    return 0;
}

int smp_walk(const struct smp_layout *l, const struct smp_memory *m,
             uint64_t code_type, uint64_t thread_state, smp_walk_visit *visit,
             void *context, struct smp_walk_result *result)
{
    struct walk w = {l, m, code_type};
    struct smp_walk_result r = {0};
    uint64_t frame;
    int status = first_frame(&w, thread_state, &frame, &r.anchor);
    return status ? status : walk_frames(&w, frame, visit, context, r, result);
}

int smp_walk_from(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t code_type, uint64_t frame, smp_walk_visit *visit,
                  void *context)
{
    struct walk w = {l, m, code_type};
    struct smp_walk_result r = {0};
    return walk_frames(&w, frame, visit, context, r, &r);
}

int smp_walk_frame_at(const struct smp_layout *l, const struct smp_memory *m,
                      uint64_t code_type, uint64_t frame,
                      struct smp_walk_frame *out)
{
    struct walk w = {l, m, code_type};
    uint8_t bytes[FRAME_BYTES];
    int32_t first_traceable;
    if (frame % 8 || read_at(m, frame, bytes, sizeof bytes))
        return SMP_EFAULT;
    if (bytes[l->frame_owner] != OWNER_GENERATOR)
        return SMP_EFORMAT;
    out->address = frame;
    return read_code(&w, word_in(bytes, l->frame_code) & l->frame_code_mask,
                     word_in(bytes, l->frame_ip), out, &first_traceable);
}

int smp_walk_owns(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t thread_state, uint64_t native_id)
{
    uint64_t id;
    return thread_state && thread_state % 8 == 0 &&
           !read_word(m, thread_state + l->thread_native_id, &id) &&
           id == native_id;
}

/* Visits the states of one interpreter; 1 where the visitor ended it. */
static int visit_interpreter(const struct smp_layout *l,
                             const struct smp_memory *m, uint64_t interpreter,
                             smp_walk_visit_state *visit, void *context)
{
    uint64_t state, id;
    if (read_word(m, interpreter + l->interp_threads, &state))
        return 0;
    for (int i = 0; state && i < THREADS_MAX; i++) {
        if (state % 8 || read_word(m, state + l->thread_native_id, &id))
            return 0;
        if (visit(context, state, id))
            return 1;
        if (read_word(m, state + l->thread_next, &state))
            return 0;
    }
    return 0;
}

void smp_walk_states(const struct smp_layout *l, const struct smp_memory *m,
                     uint64_t interpreter, uint64_t runtime,
                     smp_walk_visit_state *visit, void *context)
{
    uint64_t other;
    if (visit_interpreter(l, m, interpreter, visit, context) ||
        read_word(m, runtime + l->runtime_interpreters, &other))
        return;
    for (int i = 0; other && i < INTERPRETERS_MAX; i++) {
        if (other != interpreter &&
            visit_interpreter(l, m, other, visit, context))
            return;
        if (other % 8 || read_word(m, other + l->interp_next, &other))
            return;
    }
}

struct wanted {
    uint64_t native_id, state;
};

static int is_wanted(void *context, uint64_t state, uint64_t native_id)
{
    struct wanted *w = context;
    if (native_id != w->native_id)
        return 0;
    w->state = state;
    return 1;
}

uint64_t smp_walk_find_thread(const struct smp_layout *l,
                              const struct smp_memory *m, uint64_t interpreter,
                              uint64_t runtime, uint64_t native_id)
{
    struct wanted w = {native_id, 0};
    smp_walk_states(l, m, interpreter, runtime, is_wanted, &w);
    return w.state;
}

int smp_walk_text(const struct smp_layout *l, const struct smp_memory *m,
                  uint64_t object, struct smp_text_ref *out)
{
    uint8_t head[TEXT_HEAD_BYTES];
    /* No more than the header: a short string may end where its page does. */
    if (object % 8 || read_at(m, object, head, l->text_ascii_data))
        return SMP_EFAULT;
    uint32_t state = (uint32_t)int_in(head, l->text_state);
    unsigned kind = state >> 2 & 7, compact = state >> 5 & 1,
             ascii = state >> 6 & 1;
    uint64_t length = word_in(head, l->text_length);
    if ((kind != 1 && kind != 2 && kind != 4) || !compact || length > 1u << 30)
        return SMP_EFORMAT;
    out->address = object + (ascii ? l->text_ascii_data : l->text_compact_data);
    out->bytes = length * kind;
    out->width = (uint8_t)kind;
    return 0;
}

int smp_walk_bytes(const struct smp_layout *l, const struct smp_memory *m,
                   uint64_t object, uint64_t *address, uint64_t *size)
{
    uint64_t bytes;
    if (object % 8 || read_word(m, object + l->bytes_size, &bytes))
        return SMP_EFAULT;
    if (bytes > 1u << 28)
        return SMP_EFORMAT;
    *address = object + l->bytes_data;
    *size = bytes;
    return 0;
}
