/* What the program said of itself, read back: each table where there is one. */
#include <string.h>

#include "report/json_read.h"

/* One value after another: each step runs only while all before it were good. */
#define THEN(status, step) ((status) = (status) ? (status) : (step))

#define PROCESS(table, rows)                                                   \
    SMP_JSON_INTS(table, "process", rows, process, 0,                          \
                  (int64_t)p->process_count - 1)
#define THREAD(table, rows)                                                    \
    SMP_JSON_INTS(table, "thread", rows, thread, -1,                           \
                  (int64_t)p->thread_count - 1)
#define COUNT(key, field)                                                      \
    SMP_JSON_INTS("regions", key, rows, field, 0, INT64_MAX)
#define NUMBER(key, field) SMP_JSON_NUMBERS("regions", key, rows, field)

static int read_regions(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n;
    if (!json_object_get(facts, "regions"))
        return 0;
    int s = smp_json_take_table(r, facts, "regions", "name", &t, &n);
    THEN(s, smp_json_replace(r, &p->regions, n, sizeof *p->regions));
    if (s)
        return s;
    struct smp_region *rows = p->regions;
    p->region_count = n;
    const struct smp_json_ints *ints[] = {
        SMP_JSON_INTS("regions", "name", rows, name, 0,
                      (int64_t)p->string_count - 1),
        PROCESS("regions", rows),
        THREAD("regions", rows),
        COUNT("count", count),
        COUNT("nested", nested),
        COUNT("open", open)};
    const struct smp_json_numbers *numbers[] = {NUMBER("total_s", total_s),
                                                NUMBER("min_s", least_s),
                                                NUMBER("max_s", most_s),
                                                NUMBER("first_s", first_s),
                                                NUMBER("last_s", last_s)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_marks(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n;
    if (!json_object_get(facts, "marks"))
        return 0;
    int s = smp_json_take_table(r, facts, "marks", "text", &t, &n);
    THEN(s, smp_json_replace(r, &p->marks, n, sizeof *p->marks));
    if (s)
        return s;
    struct smp_moment *rows = p->marks;
    p->mark_count = n;
    s = smp_json_read_ints(r, t, n,
                           SMP_JSON_INTS("marks", "text", rows, text, 0,
                                         (int64_t)p->string_count - 1));
    THEN(s, smp_json_read_ints(r, t, n, PROCESS("marks", rows)));
    THEN(s, smp_json_read_ints(r, t, n, THREAD("marks", rows)));
    return THEN(s, smp_json_read_numbers(r, t, n,
                                         SMP_JSON_NUMBERS("marks", "at_s", rows,
                                                          at_s)));
}

static int read_selected(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *all = NULL;
    if (!json_object_get(facts, "selected"))
        return 0;
    int s = smp_json_take_array(r, facts, "selected", &all);
    size_t n = json_array_size(all);
    THEN(s, smp_json_replace(r, &p->selected, n, sizeof *p->selected));
    for (size_t i = 0; !s && i < n; i++) {
        const json_t *value = json_array_get(all, i);
        json_int_t function = json_integer_value(value);
        if (!json_is_integer(value) || function < 0 ||
            function >= (json_int_t)p->function_count)
            return smp_json_fail(r, "\"facts.selected\" has a bad value");
        p->selected[p->selected_count++] = (uint32_t)function;
    }
    return s;
}

static int read_lost(struct smp_json_reader *r, const json_t *facts,
                     const char *key, uint64_t *out)
{
    int64_t count = 0;
    if (!json_object_get(facts, key))
        return 0;
    int s = smp_json_take_int(r, facts, key, 0, INT64_MAX, &count);
    *out = (uint64_t)count;
    return s;
}

int smp_json_read_said(struct smp_json_reader *r, const json_t *facts)
{
    int s = read_regions(r, facts);
    THEN(s, read_marks(r, facts));
    THEN(s, read_selected(r, facts));
    THEN(s, read_lost(r, facts, "regions_lost", &r->p->regions_lost));
    return THEN(s, read_lost(r, facts, "marks_lost", &r->p->marks_lost));
}
