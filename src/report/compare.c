/* Two profiles beside each other: matching, and what is more than chance. */
#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/status.h"
#include "report/source.h"

static const char *const names[] = {
#define SMP_X(symbol, name, words, unit) name,
    SMP_MEASURE_TABLE(SMP_X)
#undef SMP_X
};

static const char *const words_of[] = {
#define SMP_X(symbol, name, words, unit) words,
    SMP_MEASURE_TABLE(SMP_X)
#undef SMP_X
};

const char *smp_measure_name(enum smp_measure m)
{
    return names[m];
}

const char *smp_measure_words(enum smp_measure m)
{
    return words_of[m];
}

/* --- figures --- */

static struct smp_figure exact(double value)
{
    return (struct smp_figure){value, value, value};
}

static struct smp_figure share_of(double seconds, const struct smp_cost *all)
{
    double all_s = smp_cost_cpu(all);
    struct smp_interval i =
        smp_share_interval(all_s > 0 ? seconds / all_s : 0, all->cpu_count);
    return (struct smp_figure){seconds, i.low * all_s, i.high * all_s};
}

static struct smp_figure sum_of(double bytes, double variance, uint64_t samples)
{
    struct smp_bounds b = smp_memory_bounds(bytes, variance, samples);
    return (struct smp_figure){bytes, b.low, b.high};
}

/* The frees that net_bytes has in it are as unsure as the allocations. */
static struct smp_figure net_of(const struct smp_memory_cost *m)
{
    double net = smp_memory_net(m), around = m->alloc_bytes;
    struct smp_bounds b =
        smp_memory_bounds(around, 2 * m->alloc_variance, m->samples);
    return (struct smp_figure){net, net - (around - b.low),
                               net + (b.high - around)};
}

static void fill(struct smp_figure to[SMP_MEASURE_COUNT],
                 const struct smp_view *v, const struct smp_cost *cost,
                 const struct smp_memory_cost *m, int memory)
{
    const struct smp_cost *all = &v->total;
    to[SMP_MEASURE_CPU] = share_of(smp_cost_cpu(cost), all);
    to[SMP_MEASURE_PYTHON] = share_of(cost->cpu_s[SMP_KIND_PYTHON], all);
    to[SMP_MEASURE_NATIVE] = share_of(cost->cpu_s[SMP_KIND_NATIVE], all);
    to[SMP_MEASURE_SYSTEM] = share_of(cost->cpu_s[SMP_KIND_SYSTEM], all);
    to[SMP_MEASURE_WAIT] = exact(cost->wait_s);
    if (!memory)
        return;
    to[SMP_MEASURE_PEAK] = sum_of(m->peak_bytes, m->peak_variance, m->samples);
    to[SMP_MEASURE_ALLOC] =
        sum_of(m->alloc_bytes, m->alloc_variance, m->samples);
    to[SMP_MEASURE_NET] = net_of(m);
    to[SMP_MEASURE_COPY] =
        sum_of(m->copy_bytes, m->copy_variance, m->copy_samples);
}

/* --- matching: each thing has a text that is the same in both profiles --- */

struct matcher {
    struct smp_comparison *c;
    struct smp_map map;
    struct smp_buf keys; /* texts, each with its NUL */
    size_t *key_at;      /* by change */
    struct smp_change *changes;
    size_t count, room;
    int side;
};

struct key {
    const char *text;
    size_t length; /* with its NUL */
};

static int key_equal(const void *context, const void *key, uint32_t value)
{
    const struct matcher *m = context;
    const struct key *k = key;
    const char *stored = m->keys.data + m->key_at[value];
    return strcmp(stored, k->text) == 0;
}

static int grow(struct matcher *m)
{
    size_t room = m->room ? 2 * m->room : 64;
    void *changes = realloc(m->changes, room * sizeof *m->changes);
    if (changes)
        m->changes = changes;
    void *key_at = realloc(m->key_at, room * sizeof *m->key_at);
    if (key_at)
        m->key_at = key_at;
    if (!changes || !key_at)
        return SMP_ENOMEM;
    m->room = room;
    return 0;
}

static int add(struct matcher *m, uint64_t hash, const struct key *k)
{
    if ((m->count == m->room && grow(m)) ||
        smp_map_put(&m->map, hash, (uint32_t)m->count))
        return SMP_ENOMEM;
    m->key_at[m->count] = m->keys.length;
    smp_buf_add(&m->keys, k->text, k->length);
    m->changes[m->count++] =
        (struct smp_change){.file = {SMP_NONE, SMP_NONE},
                            .function = {SMP_NONE, SMP_NONE}};
    return m->keys.failed ? SMP_ENOMEM : 0;
}

/* The change with this text that has nothing on this side yet: equal lines are
 * told apart by their order. NULL: no memory. */
static struct smp_change *find(struct matcher *m, struct smp_buf *key)
{
    size_t length = key->length;
    for (unsigned nth = 0;; nth++) {
        key->length = length;
        smp_buf_printf(key, "%c%u", 1, nth);
        if (key->failed)
            return NULL;
        struct key k = {key->data, key->length + 1};
        uint64_t hash = smp_hash_bytes(k.text, k.length);
        uint32_t i = smp_map_find(&m->map, hash, &k, key_equal, m);
        if (i == SMP_MAP_NONE)
            return add(m, hash, &k) ? NULL : &m->changes[m->count - 1];
        if (m->changes[i].file[m->side] == SMP_NONE)
            return &m->changes[i];
    }
}

/* A file by its path from the working directory on. */
static void add_path(struct smp_buf *key, const struct smp_profile *p,
                     uint32_t file)
{
    const char *path = smp_profile_text(p, p->files[file].path);
    const char *directory = smp_profile_text(p, p->directory);
    size_t n = strlen(directory);
    if (n && strncmp(path, directory, n) == 0 && path[n] == '/')
        path += n + 1;
    smp_buf_puts(key, path);
    smp_buf_putc(key, 1);
}

/* A line's text without the space around it. */
static void add_line_text(struct smp_buf *key, const struct smp_source *s,
                          uint32_t line)
{
    struct smp_source_line it = smp_source_line(s, line);
    size_t from = smp_source_indent(&it), to = it.length;
    while (to > from && strchr(" \t\f", it.text[to - 1]))
        to--;
    if (to > from)
        smp_buf_add(key, it.text + from, to - from);
    smp_buf_putc(key, 1);
}

static void line_key(struct smp_buf *key, const struct smp_profile *p,
                     uint32_t file, const struct smp_source *s, uint32_t line)
{
    uint32_t def = 0;
    smp_buf_clear(key);
    add_path(key, p, file);
    if (line && line <= s->count) {
        def = smp_source_enclosing(s, line);
        if (def)
            add_line_text(key, s, def);
        smp_buf_putc(key, 2);
        add_line_text(key, s, line);
    } else {
        smp_buf_printf(key, "%u", (unsigned)line);
    }
}

static int match_lines(struct matcher *m, const struct smp_file_cost *f,
                       struct smp_buf *key)
{
    const struct smp_profile *p = m->c->profile[m->side];
    struct smp_source source;
    int status = smp_source_make(&source, &p->files[f->file]);
    if (status)
        return status;
    for (size_t i = 0; i < f->line_count && !status; i++) {
        const struct smp_line_cost *l = &f->lines[i];
        line_key(key, p, f->file, &source, l->line);
        struct smp_change *it = find(m, key);
        status = it ? 0 : SMP_ENOMEM;
        if (!it)
            break;
        it->file[m->side] = f->file;
        it->line[m->side] = l->line;
        fill(it->figure[m->side], &m->c->view[m->side], &l->cost, &l->memory,
             m->c->memory);
    }
    smp_source_release(&source);
    return status;
}

static int match_functions(struct matcher *m, const struct smp_file_cost *f,
                           struct smp_buf *key)
{
    const struct smp_profile *p = m->c->profile[m->side];
    for (size_t i = 0; i < f->function_count; i++) {
        const struct smp_function_cost *it = &f->functions[i];
        const struct smp_function *function = &p->functions[it->function];
        smp_buf_clear(key);
        add_path(key, p, f->file);
        smp_buf_puts(key, smp_profile_text(p, function->name));
        struct smp_change *change = find(m, key);
        if (!change)
            return SMP_ENOMEM;
        change->file[m->side] = f->file;
        change->line[m->side] = function->first_line;
        change->function[m->side] = it->function;
        fill(change->figure[m->side], &m->c->view[m->side], &it->self,
             &it->memory, m->c->memory);
    }
    return 0;
}

typedef int match_file(struct matcher *m, const struct smp_file_cost *f,
                       struct smp_buf *key);

static int match_all(struct smp_comparison *c, match_file *match,
                     struct smp_change **out, size_t *count)
{
    struct matcher m = {.c = c};
    struct smp_buf key = {0};
    int status = 0;
    for (m.side = 0; m.side < 2; m.side++)
        for (size_t i = 0; i < c->view[m.side].file_count && !status; i++)
            status = match(&m, &c->view[m.side].files[i], &key);
    smp_buf_release(&key);
    smp_buf_release(&m.keys);
    smp_map_release(&m.map);
    free(m.key_at);
    *out = m.changes;
    *count = m.count;
    return status;
}

int smp_compare_make(struct smp_comparison *c, const struct smp_profile *before,
                     const struct smp_profile *after,
                     const struct smp_filter *f, double threshold_percent)
{
    struct smp_comparison made = {.profile = {before, after},
                                  .memory = before->memory && after->memory,
                                  .threshold = threshold_percent / 100};
    int status = smp_view_make(&made.view[0], before, f);
    status = status ? status : smp_view_make(&made.view[1], after, f);
    for (int i = 0; i < 2 && !status; i++) {
        const struct smp_view *v = &made.view[i];
        fill(made.whole.figure[i], v, &v->total, &v->memory, made.memory);
        made.whole.file[i] = made.whole.function[i] = SMP_NONE;
    }
    status = status
                 ? status
                 : match_all(&made, match_lines, &made.lines, &made.line_count);
    status = status ? status
                    : match_all(&made, match_functions, &made.functions,
                                &made.function_count);
    if (status)
        smp_compare_release(&made);
    else
        *c = made;
    return status;
}

void smp_compare_release(struct smp_comparison *c)
{
    smp_view_release(&c->view[0]);
    smp_view_release(&c->view[1]);
    free(c->lines);
    free(c->functions);
    *c = (struct smp_comparison){0};
}

/* --- verdicts --- */

double smp_change_delta(const struct smp_change *c, enum smp_measure m)
{
    return c->figure[1][m].value - c->figure[0][m].value;
}

int smp_change_is_noise(const struct smp_change *c, enum smp_measure m)
{
    const struct smp_figure *a = &c->figure[0][m], *b = &c->figure[1][m];
    return a->low <= b->high && b->low <= a->high;
}

int smp_change_is_worse(const struct smp_comparison *c,
                        const struct smp_change *change, enum smp_measure m)
{
    double before = change->figure[0][m].value;
    double delta = smp_change_delta(change, m);
    return delta > 0 && delta > c->threshold * fabs(before) &&
           !smp_change_is_noise(change, m);
}

int smp_compare_is_worse(const struct smp_comparison *c)
{
    return smp_change_is_worse(c, &c->whole, SMP_MEASURE_CPU) ||
           (c->memory &&
            (smp_change_is_worse(c, &c->whole, SMP_MEASURE_PEAK) ||
             smp_change_is_worse(c, &c->whole, SMP_MEASURE_ALLOC)));
}
