/* The tables of "facts", read column by column into the profile's arrays. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/json_read.h"

static void store(const struct smp_json_ints *c, size_t i, int64_t value)
{
    char *at = (char *)c->first + i * c->step;
    uint32_t wide = (uint32_t)value;
    uint8_t narrow = (uint8_t)value;
    memcpy(at,
           c->width == 1   ? (void *)&narrow
           : c->width == 4 ? (void *)&wide
                           : (void *)&value,
           c->width);
}

int smp_json_take_column(struct smp_json_reader *r, const json_t *table,
                         const char *name, const char *key, size_t count,
                         const json_t **out)
{
    const json_t *values = json_object_get(table, key);
    if (!json_is_array(values) || json_array_size(values) != count)
        return smp_json_fail(
            r, "\"facts.%s.%s\" is missing or not as long as its neighbours",
            name, key);
    *out = values;
    return 0;
}

int smp_json_read_ints(struct smp_json_reader *r, const json_t *table,
                       size_t count, const struct smp_json_ints *c)
{
    const json_t *values = NULL;
    int status =
        smp_json_take_column(r, table, c->table, c->key, count, &values);
    for (size_t i = 0; !status && i < count; i++) {
        const json_t *value = json_array_get(values, i);
        int64_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < c->min || number > c->max)
            return smp_json_fail(r, "\"facts.%s.%s\" has a bad value at %zu",
                                 c->table, c->key, i);
        store(c, i, number);
    }
    return status;
}

int smp_json_read_numbers(struct smp_json_reader *r, const json_t *table,
                          size_t count, const struct smp_json_numbers *c)
{
    const json_t *values = NULL;
    int status =
        smp_json_take_column(r, table, c->table, c->key, count, &values);
    for (size_t i = 0; !status && i < count; i++) {
        const json_t *value = json_array_get(values, i);
        double number = json_number_value(value);
        if (!json_is_number(value))
            return smp_json_fail(r, "\"facts.%s.%s\" has a bad value at %zu",
                                 c->table, c->key, i);
        memcpy((char *)c->first + i * c->step, &number, sizeof number);
    }
    return status;
}

int smp_json_read_columns(struct smp_json_reader *r, const json_t *t, size_t n,
                          const struct smp_json_ints *const *ints,
                          size_t int_count,
                          const struct smp_json_numbers *const *numbers,
                          size_t number_count)
{
    int s = 0;
    for (size_t i = 0; !s && i < int_count; i++)
        s = smp_json_read_ints(r, t, n, ints[i]);
    for (size_t i = 0; !s && i < number_count; i++)
        s = smp_json_read_numbers(r, t, n, numbers[i]);
    return s;
}

int smp_json_take_table(struct smp_json_reader *r, const json_t *facts,
                        const char *name, const char *key, const json_t **table,
                        size_t *count)
{
    const json_t *first = NULL;
    int status = smp_json_take_object(r, facts, name, table);
    if (!status)
        status = smp_json_take_array(r, *table, key, &first);
    *count = json_array_size(first);
    return status;
}

int smp_json_replace(struct smp_json_reader *r, void *array, size_t n,
                     size_t size)
{
    void *made = calloc(n ? n : 1, size);
    if (!made)
        return smp_json_no_memory(r);
    void *old;
    memcpy(&old, array, sizeof old);
    free(old);
    memcpy(array, &made, sizeof made);
    return 0;
}

static char *copy_text(const json_t *text)
{
    size_t n = json_string_length(text);
    char *copy = malloc(n + 1);
    if (copy) {
        memcpy(copy, json_string_value(text), n);
        copy[n] = '\0';
    }
    return copy;
}

int smp_json_read_strings(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *all = NULL;
    int status = smp_json_take_array(r, facts, "strings", &all);
    if (status)
        return status;
    size_t n = json_array_size(all);
    free(p->strings[0]);
    p->string_count = 0;
    status = smp_json_replace(r, &p->strings, n, sizeof *p->strings);
    smp_profile_arrays_replaced(p);
    for (size_t i = 0; !status && i < n; i++) {
        const json_t *text = json_array_get(all, i);
        if (!json_is_string(text))
            return smp_json_fail(r, "\"facts.strings\" has a bad value");
        p->strings[i] = copy_text(text);
        if (!p->strings[i])
            return smp_json_no_memory(r);
        p->string_count = i + 1;
    }
    if (!status && (!n || p->strings[0][0]))
        return smp_json_fail(r, "\"facts.strings\" does not start with \"\"");
    return status;
}

static int read_file_kind(struct smp_json_reader *r, const json_t *j,
                          uint8_t *kind)
{
    static const char *const names[] = {"source", "synthetic", "native"};
    const char *name;
    int status = smp_json_take_text(r, j, "kind", &name);
    if (status)
        return status;
    for (uint8_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name)) {
            *kind = i;
            return 0;
        }
    return smp_json_fail(r, "a file has an unknown \"kind\"");
}

/* What may be absent: stripped, hash, source. */
static int read_file_extras(struct smp_json_reader *r, const json_t *j,
                            struct smp_file *f)
{
    const json_t *hash = json_object_get(j, "hash");
    const json_t *source = json_object_get(j, "source");
    f->stripped = json_is_true(json_object_get(j, "stripped"));
    if (hash) {
        if (!json_is_string(hash) || json_string_length(hash) > 64)
            return smp_json_fail(r, "a file has a bad \"hash\"");
        strcpy(f->hash, json_string_value(hash));
    }
    if (source) {
        if (!json_is_string(source))
            return smp_json_fail(r, "a file has a bad \"source\"");
        f->source = copy_text(source);
        if (!f->source)
            return smp_json_no_memory(r);
        f->source_length = json_string_length(source);
    }
    return 0;
}

static int read_file(struct smp_json_reader *r, const json_t *j,
                     struct smp_file *f)
{
    int64_t path = 0;
    int s = smp_json_take_int(r, j, "path", 0, (int64_t)r->p->string_count - 1,
                              &path);
    f->path = (uint32_t)path;
    s = s ? s : read_file_kind(r, j, &f->kind);
    s = s ? s : smp_json_take_flag(r, j, "library", &f->library);
    s = s ? s : smp_json_take_flag(r, j, "program", &f->program);
    return s ? s : read_file_extras(r, j, f);
}

static int read_files(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *all = NULL;
    int s = smp_json_take_array(r, facts, "files", &all);
    if (s)
        return s;
    size_t n = json_array_size(all);
    s = smp_json_replace(r, &p->files, n, sizeof *p->files);
    if (!s)
        p->file_count = n; /* zeroed: safe to free from here on */
    for (size_t i = 0; !s && i < n; i++)
        s = read_file(r, json_array_get(all, i), &p->files[i]);
    return s;
}

static int read_functions(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n;
    int s = smp_json_take_table(r, facts, "functions", "name", &t, &n);
    s = s ? s : smp_json_replace(r, &p->functions, n, sizeof *p->functions);
    if (s)
        return s;
    struct smp_function *f = p->functions;
    p->function_count = n;
    s = smp_json_read_ints(r, t, n,
                           SMP_JSON_INTS("functions", "name", f, name, 0,
                                         (int64_t)p->string_count - 1));
    s = s ? s
          : smp_json_read_ints(r, t, n,
                               SMP_JSON_INTS("functions", "file", f, file, 0,
                                             (int64_t)p->file_count - 1));
    return s ? s
             : smp_json_read_ints(r, t, n,
                                  SMP_JSON_INTS("functions", "first_line", f,
                                                first_line, 0, INT32_MAX));
}

static int read_frames(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n;
    int s = smp_json_take_table(r, facts, "frames", "function", &t, &n);
    s = s ? s : smp_json_replace(r, &p->frames, n, sizeof *p->frames);
    if (s)
        return s;
    struct smp_frame *f = p->frames;
    const struct smp_json_ints *columns[] = {
        SMP_JSON_INTS("frames", "function", f, function, 0,
                      (int64_t)p->function_count - 1),
        SMP_JSON_INTS("frames", "line", f, line, 0, INT32_MAX),
        SMP_JSON_INTS("frames", "end_line", f, end_line, 0, INT32_MAX),
        SMP_JSON_INTS("frames", "column", f, column, 0, INT32_MAX),
        SMP_JSON_INTS("frames", "end_column", f, end_column, 0, INT32_MAX)};
    p->frame_count = n;
    for (size_t i = 0; !s && i < sizeof columns / sizeof *columns; i++)
        s = smp_json_read_ints(r, t, n, columns[i]);
    return s;
}

static int read_stacks(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n;
    int s = smp_json_take_table(r, facts, "stacks", "parent", &t, &n);
    s = s ? s : smp_json_replace(r, &p->stacks, n, sizeof *p->stacks);
    if (s)
        return s;
    p->stack_count = n;
    s = smp_json_read_ints(r, t, n,
                           SMP_JSON_INTS("stacks", "parent", p->stacks, parent,
                                         0, (int64_t)n - 1));
    return s ? s
             : smp_json_read_ints(r, t, n,
                                  SMP_JSON_INTS("stacks", "frame", p->stacks,
                                                frame, -1,
                                                (int64_t)p->frame_count - 1));
}

/* The file's numbers of kinds to ours. */
static int read_kinds(struct smp_json_reader *r, const json_t *facts,
                      uint8_t ours[SMP_KIND_COUNT], size_t *count)
{
    const json_t *all = NULL;
    int s = smp_json_take_array(r, facts, "kinds", &all);
    if (s)
        return s;
    *count = json_array_size(all);
    if (*count > SMP_KIND_COUNT)
        return smp_json_fail(r, "\"facts.kinds\" has too many");
    for (size_t i = 0; i < *count; i++) {
        const char *name = json_string_value(json_array_get(all, i));
        ours[i] = name ? (uint8_t)smp_kind_from_name(name) : SMP_KIND_COUNT;
        if (ours[i] == SMP_KIND_COUNT)
            return smp_json_fail(r, "\"facts.kinds\" has an unknown kind");
    }
    return 0;
}

static int read_sample_columns(struct smp_json_reader *r, const json_t *t,
                               size_t n, size_t kind_count)
{
    struct smp_profile *p = r->p;
    struct smp_sample *all = p->samples;
    const struct smp_json_ints *columns[] = {
        SMP_JSON_INTS("samples", "thread", all, thread, 0,
                      (int64_t)p->thread_count - 1),
        SMP_JSON_INTS("samples", "stack", all, stack, 0,
                      (int64_t)p->stack_count - 1),
        SMP_JSON_INTS("samples", "bin", all, bin, 0, SMP_BIN_LIMIT - 1),
        SMP_JSON_INTS("samples", "kind", all, kind, 0, (int64_t)kind_count - 1),
        SMP_JSON_INTS("samples", "gc", all, gc, 0, 1),
        SMP_JSON_INTS("samples", "count", all, count, 0, UINT32_MAX)};
    int s = 0;
    for (size_t i = 0; !s && i < sizeof columns / sizeof *columns; i++)
        s = smp_json_read_ints(r, t, n, columns[i]);
    return s ? s
             : smp_json_read_numbers(r, t, n,
                                     SMP_JSON_NUMBERS("samples", "seconds", all,
                                                      seconds));
}

static int read_samples(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    uint8_t ours[SMP_KIND_COUNT] = {0};
    size_t n, kinds = 0;
    int s = read_kinds(r, facts, ours, &kinds);
    s = s ? s : smp_json_take_table(r, facts, "samples", "seconds", &t, &n);
    s = s ? s : smp_json_replace(r, &p->samples, n, sizeof *p->samples);
    if (s)
        return s;
    p->sample_count = n;
    s = read_sample_columns(r, t, n, kinds);
    for (size_t i = 0; !s && i < n; i++)
        p->samples[i].kind = ours[p->samples[i].kind];
    return s;
}

int smp_json_read_tables(struct smp_json_reader *r, const json_t *facts)
{
    int s = smp_json_take_number(r, facts, "bin_s", &r->p->bin_s);
    s = s ? s : read_files(r, facts);
    s = s ? s : read_functions(r, facts);
    s = s ? s : read_frames(r, facts);
    s = s ? s : read_stacks(r, facts);
    s = s ? s : read_samples(r, facts);
    if (!s && json_object_get(facts, "tasks"))
        s = smp_json_read_tasks(r, facts);
    if (!s && r->p->memory)
        s = smp_json_read_memory(r, facts);
    smp_profile_arrays_replaced(r->p);
    return s;
}
