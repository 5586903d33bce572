/* Objects: types, dictionaries, instances, sets, text, through any memory. */
#include "cpython/objects.h"

#include <string.h>

#include "base/status.h"

/* What no version so far has changed. */
enum {
    OB_TYPE = 8,
    TYPE_NAME = 24,
    TYPE_SIZE = 32,
    TYPE_BASE = 256,
    DICT_KEYS = 32,
    DICT_VALUES = 40,
    KEYS_INDEX_BYTES = 9,
    KEYS_KIND = 10,
    KEYS_ENTRIES = 24,
    KEYS_INDEXES = 32,
    SET_USED = 24,
    SET_MASK = 32,
    SET_TABLE = 40,
    WEAKREF_OBJECT = 16
};

#define NAME_BYTES 48       /* of a type's name */
#define BASES_MOST 8        /* of a type, looked through */
#define DICT_MOST 65536     /* entries looked through */
#define OBJECT_DICT_MOST 64 /* the same where keys are objects */
#define SET_MOST (1u << 24)

static const struct row {
    uint32_t minor; /* PY_VERSION_HEX >> 16 */
    struct smp_object_layout layout;
} rows[] = {
    {0x030b,
     {.interp_modules = 888,
      .interp_generations = 672,
      .thread_dict = 128,
      .loop_in_holder = 16,
      .gen_state = 75,
      .gen_frame = 80,
      .frame_stacktop = 64,
      .frame_slots = 72,
      .future_state = 88,
      .task_waiter = 128,
      .task_coro = 136,
      .task_name = 144,
      .state_awaiting = -1,
      .resume = 151,
      .resume2 = 150,
      .instance = SMP_INSTANCE_311}},
    {0x030c,
     {.interp_modules = 944,
      .interp_generations = 136,
      .thread_dict = 112,
      .gen_state = 67,
      .gen_frame = 72,
      .frame_stacktop = 64,
      .frame_slots = 72,
      .future_state = 88,
      .task_waiter = 128,
      .task_coro = 136,
      .task_name = 144,
      .state_awaiting = -1,
      .resume = 151,
      .resume2 = 240,
      .instance = SMP_INSTANCE_312}},
    {0x030d,
     {.interp_modules = 7656,
      .interp_generations = 7424,
      .thread_loop = 304,
      .gen_state = 67,
      .gen_frame = 72,
      .frame_stacktop = 64,
      .frame_slots = 72,
      .future_state = 96,
      .task_waiter = 112,
      .task_coro = 120,
      .task_name = 128,
      .state_awaiting = -1,
      .resume = 0,
      .resume2 = 0,
      .instance = SMP_INSTANCE_313}},
};

int smp_object_layout_find(const struct smp_object_layout **out,
                           uint32_t python_version)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == python_version >> 16) {
            *out = &rows[i].layout;
            return 0;
        }
    return SMP_EVERSION;
}

static int read_at(const struct smp_objects *o, uint64_t address, void *to,
                   size_t n)
{
    /* User addresses only; page 0 is never mapped. */
    if (address < 4096 || address > (UINT64_C(1) << 47) - n)
        return SMP_EFAULT;
    return o->memory->read(o->memory->context, address, to, n);
}

int smp_object_word(const struct smp_objects *o, uint64_t address,
                    uint64_t *out)
{
    return read_at(o, address, out, sizeof *out);
}

/* ---- types */

static enum smp_python_kind kind_of_name(const char *name)
{
    static const struct {
        const char *name;
        enum smp_python_kind kind;
    } names[] = {{"coroutine", SMP_IS_COROUTINE},
                 {"generator", SMP_IS_COROUTINE},
                 {"async_generator", SMP_IS_COROUTINE},
                 {"async_generator_asend", SMP_IS_DELEGATE},
                 {"async_generator_athrow", SMP_IS_DELEGATE},
                 {"anext_awaitable", SMP_IS_DELEGATE},
                 {"coroutine_wrapper", SMP_IS_DELEGATE},
                 {"_GatheringFuture", SMP_IS_GATHERING},
                 {"_asyncio.Future", SMP_IS_FUTURE},
                 {"_asyncio.Task", SMP_IS_TASK},
                 {"function", SMP_IS_FUNCTION},
                 {"method", SMP_IS_METHOD},
                 {"builtin_function_or_method", SMP_IS_BUILTIN},
                 {"functools.partial", SMP_IS_PARTIAL},
                 {"set", SMP_IS_SET},
                 {"frame", SMP_IS_FRAME},
                 {"greenlet.greenlet", SMP_IS_GREENLET},
                 {"dict", SMP_IS_DICT}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i].name, name))
            return names[i].kind;
    return SMP_IS_OTHER;
}

static int type_name(const struct smp_objects *o, uint64_t type, char *name)
{
    uint64_t at;
    if (type % 8 || smp_object_word(o, type + TYPE_NAME, &at))
        return SMP_EFAULT;
    /* A short name may end where its page does. */
    for (unsigned i = 0; i < NAME_BYTES; i++) {
        if (read_at(o, at + i, name + i, 1))
            return SMP_EFAULT;
        if (!name[i])
            return 0;
    }
    name[NAME_BYTES - 1] = '\0';
    return 0;
}

/* By the type's name, or for a class derived from one that is known by that. */
static enum smp_python_kind kind_of_type(const struct smp_objects *o,
                                         uint64_t type)
{
    char name[NAME_BYTES];
    for (int i = 0; i < BASES_MOST && type; i++) {
        if (type_name(o, type, name))
            break;
        enum smp_python_kind kind = kind_of_name(name);
        if (kind != SMP_IS_OTHER)
            return kind;
        if (smp_object_word(o, type + TYPE_BASE, &type))
            break;
    }
    return SMP_IS_OTHER;
}

enum smp_python_kind smp_object_kind(const struct smp_objects *o,
                                     uint64_t object)
{
    uint64_t type, name;
    if (!object || object % 8 || smp_object_word(o, object + OB_TYPE, &type) ||
        type % 8 || smp_object_word(o, type + TYPE_NAME, &name))
        return SMP_IS_OTHER;
    unsigned slot =
        (unsigned)((type >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48) %
        SMP_TYPES;
    if (o->types->known[slot].type != type ||
        o->types->known[slot].name != name) {
        o->types->known[slot].type = type;
        o->types->known[slot].name = name;
        o->types->known[slot].kind = kind_of_type(o, type);
    }
    return o->types->known[slot].kind;
}

/* ---- text */

int smp_object_text(const struct smp_objects *o, uint64_t string, char *to,
                    size_t size)
{
    struct smp_text_ref text;
    int status = smp_walk_text(o->layout, o->memory, string, &text);
    if (status)
        return status;
    if (text.width != 1)
        return SMP_EFORMAT;
    size_t n = text.bytes < size - 1 ? text.bytes : size - 1;
    if (n && read_at(o, text.address, to, n))
        return SMP_EFAULT;
    to[n] = '\0';
    return 0;
}

static int is_text(const struct smp_objects *o, uint64_t string,
                   const char *wanted)
{
    struct smp_text_ref text;
    char have[64];
    size_t n = strlen(wanted);
    return n < sizeof have &&
           !smp_walk_text(o->layout, o->memory, string, &text) &&
           text.width == 1 && text.bytes == n &&
           !read_at(o, text.address, have, n) && !memcmp(have, wanted, n);
}

/* ---- dictionaries */

/* Where the entries of a dictionary lie. */
struct entries {
    uint64_t first, values; /* values: of a split table, else 0 */
    uint64_t count;
    unsigned size; /* of an entry: its key and value are its last two words */
};

static int entries_of(const struct smp_objects *o, uint64_t dict,
                      struct entries *e)
{
    uint64_t keys, values;
    uint8_t head[KEYS_INDEXES];
    if (!dict || dict % 8 || smp_object_word(o, dict + DICT_KEYS, &keys) ||
        smp_object_word(o, dict + DICT_VALUES, &values) || keys % 8 ||
        read_at(o, keys, head, sizeof head))
        return SMP_EFAULT;
    if (head[KEYS_INDEX_BYTES] > 32 || head[KEYS_KIND] > 2)
        return SMP_EFORMAT;
    memcpy(&e->count, head + KEYS_ENTRIES, 8);
    e->size = head[KEYS_KIND] ? 16 : 24;
    e->first = keys + KEYS_INDEXES + (UINT64_C(1) << head[KEYS_INDEX_BYTES]);
    e->values = 0;
    if (values) /* 3.13 has a header of 8 bytes there */
        e->values = values + (o->at->instance == SMP_INSTANCE_313 ? 8 : 0);
    return e->count <= DICT_MOST ? 0 : SMP_EFORMAT;
}

static int entry_at(const struct smp_objects *o, const struct entries *e,
                    uint64_t n, uint64_t *key, uint64_t *value)
{
    uint64_t pair[2];
    if (read_at(o, e->first + n * e->size + e->size - sizeof pair, pair,
                sizeof pair))
        return SMP_EFAULT;
    *key = pair[0];
    *value = pair[1];
    return e->values ? smp_object_word(o, e->values + 8 * n, value) : 0;
}

int smp_object_lookup(const struct smp_objects *o, uint64_t dict,
                      const char *key, uint64_t *value)
{
    struct entries e;
    uint64_t name, found;
    int status = entries_of(o, dict, &e);
    if (status)
        return status;
    for (uint64_t n = 0; n < e.count; n++) {
        if (entry_at(o, &e, n, &name, &found))
            return SMP_EFAULT;
        if (name && found && is_text(o, name, key)) {
            *value = found;
            return 0;
        }
    }
    return SMP_ENOENT;
}

int smp_object_lookup_object(const struct smp_objects *o, uint64_t dict,
                             uint64_t key, uint64_t *value)
{
    struct entries e;
    uint64_t at, found;
    int status = entries_of(o, dict, &e);
    if (status)
        return status;
    for (uint64_t n = 0; n < e.count && n < OBJECT_DICT_MOST; n++) {
        if (entry_at(o, &e, n, &at, &found))
            return SMP_EFAULT;
        if (at == key && found) {
            *value = found;
            return 0;
        }
    }
    return SMP_ENOENT;
}

/* ---- instances */

/* The values that stand apart from a dictionary; 0 where there is one. */
static int values_of(const struct smp_objects *o, uint64_t object,
                     uint64_t *values, uint64_t *dict)
{
    uint64_t type, size;
    uint8_t head[8];
    if (object % 8 || smp_object_word(o, object - 24, dict))
        return SMP_EFAULT;
    *values = 0;
    switch (o->at->instance) {
    case SMP_INSTANCE_311:
        return smp_object_word(o, object - 32, values);
    case SMP_INSTANCE_312:
        if (*dict & 1)
            *values = *dict + 1;
        return 0;
    default:
        if (smp_object_word(o, object + OB_TYPE, &type) ||
            smp_object_word(o, type + TYPE_SIZE, &size) || size % 8 ||
            size > 4096 || read_at(o, object + size, head, sizeof head))
            return SMP_EFAULT;
        if (head[3]) /* they are valid */
            *values = object + size + 8;
        return 0;
    }
}

int smp_object_attributes(const struct smp_objects *o, uint64_t object,
                          uint64_t *values, unsigned most, unsigned *count)
{
    uint64_t first, dict, key;
    struct entries e;
    *count = 0;
    int status = values_of(o, object, &first, &dict);
    if (!status && first) {
        while (*count < most &&
               !smp_object_word(o, first + 8 * *count, &values[*count]))
            ++*count;
        return 0;
    }
    status = status ? status : entries_of(o, dict, &e);
    for (uint64_t n = 0; !status && n < e.count && *count < most; n++) {
        status = entry_at(o, &e, n, &key, &values[*count]);
        ++*count;
    }
    return status;
}

/* ---- sets and weak references */

int smp_object_set(const struct smp_objects *o, uint64_t set,
                   struct smp_set_ref *out)
{
    uint64_t mask;
    if (smp_object_kind(o, set) != SMP_IS_SET)
        return SMP_EFORMAT;
    if (smp_object_word(o, set + SET_USED, &out->used) ||
        smp_object_word(o, set + SET_MASK, &mask) ||
        smp_object_word(o, set + SET_TABLE, &out->table))
        return SMP_EFAULT;
    out->slots = mask + 1;
    if (mask > SET_MOST || out->used > out->slots || out->table % 8)
        return SMP_EFORMAT;
    return 0;
}

int smp_object_referent(const struct smp_objects *o, uint64_t reference,
                        uint64_t *object)
{
    return reference % 8
               ? SMP_EFORMAT
               : smp_object_word(o, reference + WEAKREF_OBJECT, object);
}
