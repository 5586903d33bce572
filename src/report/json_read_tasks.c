/* Tasks' tables of "facts", read into the profile's arrays. */
#include "report/json_read.h"

#define INDEX(table, rows, field, count)                                       \
    SMP_JSON_INTS(table, #field, rows, field, 0, (int64_t)(count)-1)
#define PEAK(table, rows)                                                      \
    SMP_JSON_INTS(table, "peak", rows, peak, 0, UINT32_MAX)
#define NUMBER(table, rows, field) SMP_JSON_NUMBERS(table, #field, rows, field)

static int read_tasks(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "tasks";
    int s = smp_json_take_table(r, facts, name, "thread", &t, &n);
    s = s ? s : smp_json_replace(r, &p->tasks, n, sizeof *p->tasks);
    if (s)
        return s;
    p->task_count = n;
    const struct smp_json_ints *const ints[] = {
        INDEX(name, p->tasks, thread, p->thread_count),
        INDEX(name, p->tasks, name, p->string_count),
        INDEX(name, p->tasks, function, p->function_count),
        PEAK(name, p->tasks)};
    const struct smp_json_numbers *const numbers[] = {
        NUMBER(name, p->tasks, await_s), NUMBER(name, p->tasks, wait_s),
        NUMBER(name, p->tasks, cpu_s)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_awaits(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "awaits";
    int s = smp_json_take_table(r, facts, name, "task", &t, &n);
    s = s ? s : smp_json_replace(r, &p->awaits, n, sizeof *p->awaits);
    if (s)
        return s;
    p->await_count = n;
    const struct smp_json_ints *const ints[] = {
        INDEX(name, p->awaits, task, p->task_count),
        INDEX(name, p->awaits, stack, p->stack_count),
        INDEX(name, p->awaits, on, SMP_AWAIT_COUNT), PEAK(name, p->awaits)};
    const struct smp_json_numbers *const numbers[] = {
        NUMBER(name, p->awaits, await_s), NUMBER(name, p->awaits, wait_s)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_lines(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "await_lines";
    int s = smp_json_take_table(r, facts, name, "thread", &t, &n);
    s = s ? s : smp_json_replace(r, &p->await_lines, n, sizeof *p->await_lines);
    if (s)
        return s;
    p->await_line_count = n;
    const struct smp_json_ints *const ints[] = {
        INDEX(name, p->await_lines, thread, p->thread_count),
        INDEX(name, p->await_lines, function, p->function_count),
        SMP_JSON_INTS(name, "line", p->await_lines, line, 0, INT32_MAX),
        PEAK(name, p->await_lines)};
    const struct smp_json_numbers *const numbers[] = {
        NUMBER(name, p->await_lines, await_s),
        NUMBER(name, p->await_lines, present_s)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

/* The file's numbers of reasons to ours. */
static int translate_reasons(struct smp_json_reader *r, const json_t *facts)
{
    uint8_t ours[SMP_AWAIT_COUNT];
    const json_t *all = NULL;
    int s = smp_json_take_array(r, facts, "await_reasons", &all);
    if (s)
        return s;
    size_t n = json_array_size(all);
    if (n > SMP_AWAIT_COUNT)
        return smp_json_fail(r, "\"facts.await_reasons\" has too many");
    for (size_t i = 0; i < SMP_AWAIT_COUNT; i++)
        ours[i] = SMP_AWAIT_COUNT;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(all, i));
        ours[i] = name ? (uint8_t)smp_await_from_name(name) : SMP_AWAIT_COUNT;
        if (ours[i] == SMP_AWAIT_COUNT)
            return smp_json_fail(r,
                                 "\"facts.await_reasons\" has an unknown one");
    }
    for (size_t i = 0; i < r->p->await_count; i++)
        r->p->awaits[i].on = ours[r->p->awaits[i].on];
    return 0;
}

int smp_json_read_tasks(struct smp_json_reader *r, const json_t *facts)
{
    int s = read_tasks(r, facts);
    s = s ? s : read_awaits(r, facts);
    s = s ? s : read_lines(r, facts);
    return s ? s : translate_reasons(r, facts);
}
