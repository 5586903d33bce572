/* pprof's format: a gzipped protocol buffer.
 *
 * https://github.com/google/pprof, proto/profile.proto, whose field numbers
 * these are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/gzip.h"
#include "report/names.h"
#include "report/protobuf.h"
#include "report/report.h"
#include "report/sift.h"

#define GZIP_LEVEL 6 /* zlib's own choice */

enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING_TABLE = 6,
    PROFILE_TIME_NANOS = 9,
    PROFILE_DURATION_NANOS = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
    VALUE_TYPE_TYPE = 1,
    VALUE_TYPE_UNIT = 2,
    SAMPLE_LOCATION_ID = 1,
    SAMPLE_VALUE = 2,
    SAMPLE_LABEL = 3,
    LABEL_KEY = 1,
    LABEL_STR = 2,
    LABEL_NUM = 3,
    MAPPING_ID = 1,
    MAPPING_FILENAME = 5,
    MAPPING_HAS_FUNCTIONS = 7,
    MAPPING_HAS_FILENAMES = 8,
    MAPPING_HAS_LINE_NUMBERS = 9,
    LOCATION_ID = 1,
    LOCATION_MAPPING_ID = 2,
    LOCATION_LINE = 4,
    LINE_FUNCTION_ID = 1,
    LINE_LINE = 2,
    FUNCTION_ID = 1,
    FUNCTION_NAME = 2,
    FUNCTION_SYSTEM_NAME = 3,
    FUNCTION_FILENAME = 4,
    FUNCTION_START_LINE = 5
};

/* Ids must not be 0. Python's code belongs to the first mapping, which pprof
 * shows as the profile's own; object file i to mapping i + 2. A frame is its
 * location, a function itself. The leaves that no frame names (report/names.h)
 * come behind, by kind, and the garbage collector's last. */
#define MAPPING_PROGRAM 1
#define LEAF_GC SMP_KIND_COUNT
#define LEAF_COUNT (SMP_KIND_COUNT + 1)

struct work {
    const struct smp_profile *p;
    const struct smp_filter *f;
    struct smp_sift sift;
    struct smp_buf raw; /* the message, before gzip */
    struct smp_buf message, inner, name;
    struct smp_buf strings; /* the string table's fields */
    uint64_t string_count;
    struct smp_map string_map;
    struct smp_buf string_text; /* NUL-terminated, one behind the other */
    size_t *string_at;          /* by number: where in string_text */
    size_t string_room;
    uint8_t *frame_used;
    uint8_t leaf_used[LEAF_COUNT];
    uint32_t *frames; /* of the stack in hand */
    uint64_t *ids;
};

static int string_equal(const void *context, const void *key, uint32_t value)
{
    const struct work *w = context;
    return strcmp(key, w->string_text.data + w->string_at[value]) == 0;
}

static int remember_string(struct work *w, const char *text, uint64_t hash)
{
    if (w->string_count == w->string_room) {
        size_t room = w->string_room ? w->string_room * 2 : 256;
        size_t *grown = realloc(w->string_at, room * sizeof *grown);
        if (!grown)
            return SMP_ENOMEM;
        w->string_at = grown;
        w->string_room = room;
    }
    w->string_at[w->string_count] = w->string_text.length;
    smp_buf_add(&w->string_text, text, strlen(text) + 1);
    if (w->string_text.failed ||
        smp_map_put(&w->string_map, hash, (uint32_t)w->string_count))
        return SMP_ENOMEM;
    w->string_count++;
    return 0;
}

/* The number of a text in the string table, added where it is new. */
static uint64_t string(struct work *w, const char *text)
{
    uint64_t hash = smp_hash_bytes(text, strlen(text));
    uint32_t found = smp_map_find(&w->string_map, hash, text, string_equal, w);
    if (found != SMP_MAP_NONE)
        return found;
    if (remember_string(w, text, hash)) {
        w->raw.failed = 1;
        return 0;
    }
    smp_protobuf_bytes(&w->strings, PROFILE_STRING_TABLE, text, strlen(text));
    return w->string_count - 1;
}

static uint64_t named(struct work *w)
{
    uint64_t number = string(w, w->name.data ? w->name.data : "");
    smp_buf_clear(&w->name);
    return number;
}

static void add_value_type(struct work *w, unsigned field, const char *type,
                           const char *unit)
{
    smp_protobuf_number(&w->message, VALUE_TYPE_TYPE, string(w, type));
    smp_protobuf_number(&w->message, VALUE_TYPE_UNIT, string(w, unit));
    smp_protobuf_message(&w->raw, field, &w->message);
}

static void add_types(struct work *w)
{
    const struct smp_profile *p = w->p;
    add_value_type(w, PROFILE_SAMPLE_TYPE, "samples", "count");
    add_value_type(w, PROFILE_SAMPLE_TYPE, "cpu", "nanoseconds");
    add_value_type(w, PROFILE_SAMPLE_TYPE, "wait", "nanoseconds");
    if (p->memory) {
        add_value_type(w, PROFILE_SAMPLE_TYPE, "alloc_objects", "count");
        add_value_type(w, PROFILE_SAMPLE_TYPE, "alloc_space", "bytes");
        add_value_type(w, PROFILE_SAMPLE_TYPE, "inuse_space", "bytes");
        add_value_type(w, PROFILE_SAMPLE_TYPE, "peak_space", "bytes");
        add_value_type(w, PROFILE_SAMPLE_TYPE, "copy_space", "bytes");
    }
    add_value_type(w, PROFILE_PERIOD_TYPE, "cpu", "nanoseconds");
    double period_s = p->ledger.interval_reached_s > 0
                          ? p->ledger.interval_reached_s
                          : p->ledger.interval_asked_s;
    smp_protobuf_number(&w->raw, PROFILE_PERIOD,
                        (uint64_t)llround(period_s * 1e9));
    smp_protobuf_number(&w->raw, PROFILE_TIME_NANOS,
                        (uint64_t)llround(p->start_unix_s * 1e9));
    smp_protobuf_number(&w->raw, PROFILE_DURATION_NANOS,
                        (uint64_t)llround(p->elapsed_s * 1e9));
    smp_protobuf_number(&w->raw, PROFILE_DEFAULT_SAMPLE_TYPE, string(w, "cpu"));
    smp_buf_printf(&w->name, "solvidia-mem-prof %s: %s",
                   smp_profile_text(p, p->version),
                   smp_profile_text(p, p->command));
    smp_protobuf_number(&w->raw, PROFILE_COMMENT, named(w));
}

static void add_text_label(struct work *w, const char *key, uint64_t text)
{
    smp_protobuf_number(&w->inner, LABEL_KEY, string(w, key));
    smp_protobuf_number(&w->inner, LABEL_STR, text);
    smp_protobuf_message(&w->message, SAMPLE_LABEL, &w->inner);
}

static void add_labels(struct work *w, uint32_t thread, const char *kind)
{
    uint32_t process = w->p->threads[thread].process;
    smp_report_thread_name(&w->name, w->p, thread);
    add_text_label(w, "thread", named(w));
    smp_protobuf_number(&w->inner, LABEL_KEY, string(w, "pid"));
    smp_protobuf_number(&w->inner, LABEL_NUM,
                        (uint64_t)w->p->processes[process].pid);
    smp_protobuf_message(&w->message, SAMPLE_LABEL, &w->inner);
    add_text_label(w, "kind", string(w, kind));
}

static size_t leaf_of(const struct smp_sample *s)
{
    return s->gc && SMP_KIND_IS_CPU(s->kind) ? LEAF_GC : s->kind;
}

/* The sample's locations, innermost first as pprof has them. */
static size_t locations(struct work *w, const struct smp_sample *s)
{
    size_t n = smp_sift_frames(&w->sift, w->p, s->stack, w->frames), used = 0;
    if (smp_report_leaf(s)) {
        w->leaf_used[leaf_of(s)] = 1;
        w->ids[used++] = w->p->frame_count + 1 + leaf_of(s);
    }
    while (n-- > 0) {
        w->frame_used[w->frames[n]] = 1;
        w->ids[used++] = (uint64_t)w->frames[n] + 1;
    }
    return used;
}

/* Values of a sample: those of add_types, in its order. */
#define TIME_VALUES 3
#define VALUES 8

static size_t value_count(const struct work *w)
{
    return w->p->memory ? VALUES : TIME_VALUES;
}

static void add_sample(struct work *w, const struct smp_sample *s)
{
    int cpu = SMP_KIND_IS_CPU(s->kind);
    uint64_t ns = (uint64_t)llround(s->seconds * 1e9);
    uint64_t values[VALUES] = {s->count, cpu ? ns : 0, cpu ? 0 : ns};
    size_t n = locations(w, s);
    smp_protobuf_packed(&w->message, SAMPLE_LOCATION_ID, w->ids, n);
    smp_protobuf_packed(&w->message, SAMPLE_VALUE, values, value_count(w));
    add_labels(w, s->thread, smp_kind_name(s->kind));
    smp_protobuf_message(&w->raw, PROFILE_SAMPLE, &w->message);
}

static uint64_t whole(double value)
{
    return value > 0 ? (uint64_t)llround(value) : 0;
}

/* A site of memory. What it did to a stack's locations is as for time. */
static void add_site(struct work *w, const struct smp_memory_site *site)
{
    const struct smp_memory_cost *c = &site->cost;
    struct smp_sample at = {.thread = site->thread,
                            .stack = w->sift.stack_of[site->stack]};
    uint64_t values[VALUES] = {0,
                               0,
                               0,
                               whole(c->alloc_count),
                               whole(c->alloc_bytes),
                               whole(c->live_bytes),
                               whole(c->at_peak_bytes),
                               whole(c->copy_bytes)};
    size_t n = locations(w, &at);
    smp_protobuf_packed(&w->message, SAMPLE_LOCATION_ID, w->ids, n);
    smp_protobuf_packed(&w->message, SAMPLE_VALUE, values, VALUES);
    add_labels(w, site->thread,
               site->domain < SMP_DOMAIN_COUNT
                   ? smp_domain_name((enum smp_domain)site->domain)
                   : "copy");
    smp_protobuf_message(&w->raw, PROFILE_SAMPLE, &w->message);
}

static int add_memory(struct work *w)
{
    struct smp_view v;
    if (!w->p->memory)
        return 0;
    int status = smp_view_make(&v, w->p, w->f);
    if (status)
        return status;
    for (size_t i = 0; i < v.memory_site_count; i++) {
        const struct smp_memory_cost *c = &v.memory_sites[i].cost;
        if (c->alloc_bytes > 0 || c->at_peak_bytes > 0 || c->copy_bytes > 0)
            add_site(w, &v.memory_sites[i]);
    }
    smp_view_release(&v);
    return 0;
}

static void add_mapping(struct work *w, uint64_t id, const char *path)
{
    smp_protobuf_number(&w->message, MAPPING_ID, id);
    smp_protobuf_number(&w->message, MAPPING_FILENAME, string(w, path));
    smp_protobuf_number(&w->message, MAPPING_HAS_FUNCTIONS, 1);
    smp_protobuf_number(&w->message, MAPPING_HAS_FILENAMES, 1);
    smp_protobuf_number(&w->message, MAPPING_HAS_LINE_NUMBERS, 1);
    smp_protobuf_message(&w->raw, PROFILE_MAPPING, &w->message);
}

static void add_mappings(struct work *w)
{
    const struct smp_profile *p = w->p;
    add_mapping(w, MAPPING_PROGRAM, smp_profile_text(p, p->program));
    for (size_t i = 0; i < p->file_count; i++)
        if (p->files[i].kind == SMP_FILE_NATIVE)
            add_mapping(w, i + 2, smp_profile_text(p, p->files[i].path));
}

static void add_location(struct work *w, uint64_t id, uint64_t mapping,
                         uint64_t function, uint64_t line)
{
    smp_protobuf_number(&w->inner, LINE_FUNCTION_ID, function);
    smp_protobuf_number(&w->inner, LINE_LINE, line);
    smp_protobuf_number(&w->message, LOCATION_ID, id);
    smp_protobuf_number(&w->message, LOCATION_MAPPING_ID, mapping);
    smp_protobuf_message(&w->message, LOCATION_LINE, &w->inner);
    smp_protobuf_message(&w->raw, PROFILE_LOCATION, &w->message);
}

static void add_function(struct work *w, uint64_t id, uint64_t name,
                         uint64_t system_name, const char *path, uint64_t line)
{
    smp_protobuf_number(&w->message, FUNCTION_ID, id);
    smp_protobuf_number(&w->message, FUNCTION_NAME, name);
    smp_protobuf_number(&w->message, FUNCTION_SYSTEM_NAME, system_name);
    smp_protobuf_number(&w->message, FUNCTION_FILENAME, string(w, path));
    smp_protobuf_number(&w->message, FUNCTION_START_LINE, line);
    smp_protobuf_message(&w->raw, PROFILE_FUNCTION, &w->message);
}

/* pprof keeps the line beside the name, so a Python function's name is without
 * it; native ones are "symbol [object.so]" as everywhere. */
static void add_frame_function(struct work *w, uint32_t function)
{
    const struct smp_function *it = &w->p->functions[function];
    const struct smp_file *file = &w->p->files[it->file];
    uint64_t system_name = string(w, smp_profile_text(w->p, it->name));
    smp_report_function_name(&w->name, w->p, function);
    add_function(w, (uint64_t)function + 1, named(w), system_name,
                 smp_profile_text(w->p, file->path), it->first_line);
}

static int add_frames(struct work *w)
{
    const struct smp_profile *p = w->p;
    uint8_t *done = calloc(p->function_count + 1, 1);
    if (!done)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->frame_count; i++) {
        const struct smp_frame *it = &p->frames[i];
        uint32_t file = p->functions[it->function].file;
        int native = p->files[file].kind == SMP_FILE_NATIVE;
        if (!w->frame_used[i])
            continue;
        if (!done[it->function])
            add_frame_function(w, it->function);
        done[it->function] = 1;
        add_location(w, i + 1, native ? (uint64_t)file + 2 : MAPPING_PROGRAM,
                     (uint64_t)it->function + 1, it->line);
    }
    free(done);
    return 0;
}

static void add_leaves(struct work *w)
{
    for (size_t i = 0; i < LEAF_COUNT; i++) {
        struct smp_sample s = {.kind = (uint8_t)(i == LEAF_GC ? 0 : i),
                               .gc = i == LEAF_GC};
        uint64_t function = w->p->function_count + 1 + i;
        if (!w->leaf_used[i])
            continue;
        uint64_t name = string(w, smp_report_leaf(&s));
        add_function(w, function, name, name, "", 0);
        add_location(w, w->p->frame_count + 1 + i, MAPPING_PROGRAM, function,
                     0);
    }
}

static int allocate(struct work *w)
{
    size_t depth = smp_sift_depth(w->p);
    w->frame_used = calloc(w->p->frame_count + 1, 1);
    w->frames = calloc(depth, sizeof *w->frames);
    w->ids = calloc(depth + 1, sizeof *w->ids);
    return w->frame_used && w->frames && w->ids ? 0 : SMP_ENOMEM;
}

static int encode(struct work *w)
{
    int status = smp_sift_make(&w->sift, w->p, w->f, SMP_SIFT_BY_STACK);
    if (status || allocate(w))
        return SMP_ENOMEM;
    string(w, ""); /* number 0 of every table */
    add_types(w);
    for (size_t i = 0; i < w->sift.count; i++)
        add_sample(w, &w->sift.samples[i]);
    if (add_memory(w))
        return SMP_ENOMEM;
    add_mappings(w);
    status = add_frames(w);
    add_leaves(w);
    smp_buf_add(&w->raw, w->strings.data, w->strings.length);
    int failed = w->raw.failed || w->strings.failed || w->name.failed ||
                 w->message.failed || w->inner.failed;
    return status ? status : failed ? SMP_ENOMEM : 0;
}

static void release(struct work *w)
{
    smp_sift_release(&w->sift);
    smp_buf_release(&w->raw);
    smp_buf_release(&w->message);
    smp_buf_release(&w->inner);
    smp_buf_release(&w->name);
    smp_buf_release(&w->strings);
    smp_buf_release(&w->string_text);
    smp_map_release(&w->string_map);
    free(w->string_at);
    free(w->frame_used);
    free(w->frames);
    free(w->ids);
}

int smp_report_pprof(struct smp_buf *out, const struct smp_profile *p,
                     const struct smp_filter *f)
{
    struct work w = {.p = p, .f = f};
    int status = encode(&w);
    if (!status)
        status = smp_gzip(out, w.raw.data, w.raw.length, GZIP_LEVEL);
    release(&w);
    return status;
}
