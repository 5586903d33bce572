/* Memory's tables of "facts", read into the profile's arrays. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/json_read.h"

/* The columns that most tables have. */
#define THREAD(table, rows)                                                    \
    SMP_JSON_INTS(table, "thread", rows, thread, 0,                            \
                  (int64_t)p->thread_count - 1)
#define STACK(table, rows)                                                     \
    SMP_JSON_INTS(table, "stack", rows, stack, 0, (int64_t)p->stack_count - 1)
#define BIN(table, rows)                                                       \
    SMP_JSON_INTS(table, "bin", rows, bin, 0, SMP_MEMORY_BIN_LIMIT - 1)
#define DOMAIN(table, rows)                                                    \
    SMP_JSON_INTS(table, "domain", rows, domain, 0, SMP_DOMAIN_COUNT - 1)
#define SAMPLES(table, rows)                                                   \
    SMP_JSON_INTS(table, "samples", rows, samples, 0, UINT32_MAX)
#define NUMBER(table, rows, field) SMP_JSON_NUMBERS(table, #field, rows, field)

/* Takes the table `name` and puts an array of as many rows in place. */
static int take_rows(struct smp_json_reader *r, const json_t *facts,
                     const char *name, void *array, size_t size,
                     const json_t **t, size_t *n)
{
    int s = smp_json_take_table(r, facts, name, "thread", t, n);
    return s ? s : smp_json_replace(r, array, *n, size);
}

static int read_allocations(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "allocations";
    int s = take_rows(r, facts, name, &p->allocations, sizeof *p->allocations,
                      &t, &n);
    if (s)
        return s;
    p->allocation_count = n;
    struct smp_allocation *all = p->allocations;
    const struct smp_json_ints *const ints[] = {
        THREAD(name, all),
        STACK(name, all),
        BIN(name, all),
        SMP_JSON_INTS(name, "end_bin", all, end_bin, -1,
                      SMP_MEMORY_BIN_LIMIT - 1),
        DOMAIN(name, all),
        SAMPLES(name, all)};
    const struct smp_json_numbers *const numbers[] = {
        NUMBER(name, all, bytes), NUMBER(name, all, count),
        NUMBER(name, all, variance), NUMBER(name, all, largest)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_deallocations(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "deallocations";
    int s = take_rows(r, facts, name, &p->deallocations,
                      sizeof *p->deallocations, &t, &n);
    if (s)
        return s;
    p->deallocation_count = n;
    struct smp_deallocation *all = p->deallocations;
    const struct smp_json_ints *const ints[] = {THREAD(name, all),
                                                STACK(name, all),
                                                BIN(name, all),
                                                SAMPLES(name, all)};
    const struct smp_json_numbers *const numbers[] = {NUMBER(name, all, bytes)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_highs(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "highs";
    int s = take_rows(r, facts, name, &p->highs, sizeof *p->highs, &t, &n);
    if (s)
        return s;
    p->high_count = n;
    struct smp_high *all = p->highs;
    const struct smp_json_ints *const ints[] = {THREAD(name, all),
                                                STACK(name, all),
                                                BIN(name, all),
                                                DOMAIN(name, all)};
    const struct smp_json_numbers *const numbers[] = {NUMBER(name, all, bytes)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_at_peaks(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "at_peaks";
    int s =
        take_rows(r, facts, name, &p->at_peaks, sizeof *p->at_peaks, &t, &n);
    if (s)
        return s;
    p->at_peak_count = n;
    struct smp_at_peak *all = p->at_peaks;
    const struct smp_json_ints *const ints[] = {THREAD(name, all),
                                                STACK(name, all),
                                                DOMAIN(name, all),
                                                SAMPLES(name, all)};
    const struct smp_json_numbers *const numbers[] = {NUMBER(name, all, bytes)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_copies(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "copies";
    int s = take_rows(r, facts, name, &p->copies, sizeof *p->copies, &t, &n);
    if (s)
        return s;
    p->copy_count = n;
    struct smp_copy *all = p->copies;
    const struct smp_json_ints *const ints[] = {THREAD(name, all),
                                                STACK(name, all),
                                                BIN(name, all),
                                                SAMPLES(name, all)};
    const struct smp_json_numbers *const numbers[] = {NUMBER(name, all, bytes),
                                                      NUMBER(name, all,
                                                             variance)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

static int read_footprints(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    const json_t *t = NULL;
    size_t n = 0;
    const char *const name = "footprints";
    int s = smp_json_take_table(r, facts, name, "rss", &t, &n);
    s = s ? s : smp_json_replace(r, &p->footprints, n, sizeof *p->footprints);
    if (s)
        return s;
    p->footprint_count = n;
    struct smp_footprint *all = p->footprints;
    const struct smp_json_ints *const ints[] = {
        SMP_JSON_INTS(name, "process", all, process, 0,
                      (int64_t)p->process_count - 1),
        BIN(name, all)};
    const struct smp_json_numbers *const numbers[] = {
        NUMBER(name, all, rss),       NUMBER(name, all, anon),
        NUMBER(name, all, file),      NUMBER(name, all, shmem),
        NUMBER(name, all, tracked),   NUMBER(name, all, arenas),
        NUMBER(name, all, arena_used)};
    return SMP_JSON_READ_COLUMNS(r, t, n, ints, numbers);
}

/* The file's numbers of domains to ours. */
static int read_domains(struct smp_json_reader *r, const json_t *facts,
                        uint8_t ours[SMP_DOMAIN_COUNT])
{
    const json_t *all = NULL;
    int s = smp_json_take_array(r, facts, "domains", &all);
    if (s)
        return s;
    if (json_array_size(all) > SMP_DOMAIN_COUNT)
        return smp_json_fail(r, "\"facts.domains\" has too many");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *name = json_string_value(json_array_get(all, i));
        ours[i] = name ? (uint8_t)smp_domain_from_name(name) : SMP_DOMAIN_COUNT;
        if (ours[i] == SMP_DOMAIN_COUNT)
            return smp_json_fail(r, "\"facts.domains\" has an unknown domain");
    }
    return 0;
}

/* A number beyond the file's own list becomes one that is not valid. */
static void translate_domains(struct smp_profile *p,
                              const uint8_t ours[SMP_DOMAIN_COUNT])
{
    for (size_t i = 0; i < p->allocation_count; i++)
        p->allocations[i].domain = ours[p->allocations[i].domain];
    for (size_t i = 0; i < p->high_count; i++)
        p->highs[i].domain = ours[p->highs[i].domain];
    for (size_t i = 0; i < p->at_peak_count; i++)
        p->at_peaks[i].domain = ours[p->at_peaks[i].domain];
}

int smp_json_read_memory(struct smp_json_reader *r, const json_t *facts)
{
    struct smp_profile *p = r->p;
    uint8_t ours[SMP_DOMAIN_COUNT];
    memset(ours, SMP_DOMAIN_COUNT, sizeof ours);
    int s = smp_json_take_number(r, facts, "memory_bin_s", &p->memory_bin_s);
    s = s ? s : smp_json_take_number(r, facts, "peak_bytes", &p->peak);
    s = s ? s : smp_json_take_number(r, facts, "peak_s", &p->peak_s);
    s = s ? s : read_domains(r, facts, ours);
    s = s ? s : read_allocations(r, facts);
    s = s ? s : read_deallocations(r, facts);
    s = s ? s : read_highs(r, facts);
    s = s ? s : read_at_peaks(r, facts);
    s = s ? s : read_copies(r, facts);
    s = s ? s : read_footprints(r, facts);
    if (!s)
        translate_domains(p, ours);
    return s;
}
