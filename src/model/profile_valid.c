/* Is this profile whole: the one check that lets all other code trust it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "model/utf8.h"

/* A point in time may lie before the profile's start. Not true for a NaN. */
static int is_moment(double s)
{
    return fabs(s) <= SMP_TIME_LIMIT_S;
}

static int is_time(double s)
{
    return is_moment(s) && s >= 0;
}

static int is_bytes(double bytes)
{
    return bytes >= 0 && bytes <= SMP_BYTES_LIMIT;
}

static int is_text(const struct smp_profile *p, uint32_t s)
{
    return s < p->string_count;
}

/* Words about a run, process or thread may be missing: read as "". */
static int is_text_or_none(const struct smp_profile *p, uint32_t s)
{
    return is_text(p, s) || s == SMP_NONE;
}

static int strings_ok(const struct smp_profile *p)
{
    if (!p->string_count || !p->strings[0] || p->strings[0][0])
        return 0;
    for (size_t i = 0; i < p->string_count; i++) {
        const char *text = p->strings[i];
        size_t n = text ? strlen(text) : 0;
        if (!text || smp_utf8_valid_prefix(text, n) != n)
            return 0;
    }
    return 1;
}

static int hash_ok(const char hash[65])
{
    if (!memchr(hash, '\0', 65))
        return 0;
    return hash[strspn(hash, "0123456789abcdef")] == '\0';
}

static int source_ok(const struct smp_file *f)
{
    if (!f->source)
        return f->source_length == 0;
    return smp_utf8_valid_prefix(f->source, f->source_length) ==
               f->source_length &&
           f->source[f->source_length] == '\0';
}

static int files_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->file_count; i++) {
        const struct smp_file *f = &p->files[i];
        if (!is_text(p, f->path) || f->kind > SMP_FILE_NATIVE ||
            f->library > 1 || f->program > 1 || f->stripped > 1 ||
            !hash_ok(f->hash) || !source_ok(f))
            return 0;
    }
    return 1;
}

static int functions_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->function_count; i++) {
        const struct smp_function *f = &p->functions[i];
        if (!is_text(p, f->name) || f->file >= p->file_count ||
            f->first_line > INT32_MAX)
            return 0;
    }
    return 1;
}

static int frames_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->frame_count; i++) {
        const struct smp_frame *f = &p->frames[i];
        if (f->function >= p->function_count || f->line > INT32_MAX ||
            f->end_line > INT32_MAX || f->column > INT32_MAX ||
            f->end_column > INT32_MAX)
            return 0;
    }
    return 1;
}

static int stacks_ok(const struct smp_profile *p)
{
    if (!p->stack_count || p->stacks[0].parent != 0 ||
        p->stacks[0].frame != SMP_NONE)
        return 0;
    for (size_t i = 1; i < p->stack_count; i++)
        if (p->stacks[i].parent >= i || p->stacks[i].frame >= p->frame_count)
            return 0;
    return 1;
}

static int process_ok(const struct smp_profile *p, const struct smp_process *it)
{
    return (it->parent == SMP_NONE || it->parent < p->process_count) &&
           is_text_or_none(p, it->command) &&
           is_text_or_none(p, it->interpreter) &&
           is_text_or_none(p, it->executable) && is_text_or_none(p, it->note) &&
           it->recording <= SMP_NOT_RECORDED && is_moment(it->start_s) &&
           is_moment(it->end_s) && is_time(it->cpu_user_s) &&
           is_time(it->cpu_system_s) && is_time(it->startup_s) &&
           is_bytes(it->start_rss) && is_bytes(it->peak_rss) &&
           is_bytes(it->peak);
}

/* Walks from each process to its root, ending where an earlier walk went, so
 * that all walks together take a step a process. (Lack of memory is "no".) */
static int no_cycle(const struct smp_profile *p)
{
    uint32_t *walk = calloc(p->process_count + 1, sizeof *walk);
    int ok = walk != NULL;
    for (uint32_t i = 0; ok && i < p->process_count; i++) {
        uint32_t at = i;
        while (at != SMP_NONE && !walk[at]) {
            walk[at] = i + 1;
            at = p->processes[at].parent;
        }
        ok = at == SMP_NONE || walk[at] != i + 1; /* met itself */
    }
    free(walk);
    return ok;
}

static int processes_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->process_count; i++)
        if (!process_ok(p, &p->processes[i]))
            return 0;
    return no_cycle(p);
}

static int threads_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->thread_count; i++) {
        const struct smp_thread *t = &p->threads[i];
        if (t->process >= p->process_count || !is_text_or_none(p, t->name) ||
            t->main > 1 || t->python > 1 || !is_moment(t->start_s) ||
            !is_moment(t->end_s) || !is_time(t->cpu_s))
            return 0;
    }
    return 1;
}

static int samples_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->sample_count; i++) {
        const struct smp_sample *s = &p->samples[i];
        if (s->thread >= p->thread_count || s->stack >= p->stack_count ||
            s->bin >= SMP_BIN_LIMIT || s->kind >= SMP_KIND_COUNT || s->gc > 1 ||
            !is_time(s->seconds))
            return 0;
    }
    return 1;
}

static int tasks_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->task_count; i++) {
        const struct smp_task *t = &p->tasks[i];
        if (t->thread >= p->thread_count || !is_text(p, t->name) ||
            t->function >= p->function_count || !is_time(t->await_s) ||
            !is_time(t->wait_s) || !is_moment(t->cpu_s))
            return 0;
    }
    for (size_t i = 0; i < p->await_count; i++) {
        const struct smp_await *a = &p->awaits[i];
        if (a->task >= p->task_count || a->stack >= p->stack_count ||
            a->on >= SMP_AWAIT_COUNT || !is_time(a->await_s) ||
            !is_time(a->wait_s))
            return 0;
    }
    for (size_t i = 0; i < p->await_line_count; i++) {
        const struct smp_await_line *l = &p->await_lines[i];
        if (l->thread >= p->thread_count || l->function >= p->function_count ||
            l->line > INT32_MAX || !is_time(l->await_s) ||
            !is_time(l->present_s))
            return 0;
    }
    return 1;
}

/* --- memory --- */

static int is_variance(double v)
{
    return v >= 0 && v <= SMP_BYTES_LIMIT * SMP_BYTES_LIMIT;
}

static int is_place(const struct smp_profile *p, uint32_t thread,
                    uint32_t stack)
{
    return thread < p->thread_count && stack < p->stack_count;
}

static int allocations_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        int lives = a->end_bin == SMP_NONE;
        if (!is_place(p, a->thread, a->stack) ||
            a->bin >= SMP_MEMORY_BIN_LIMIT ||
            (!lives &&
             (a->end_bin < a->bin || a->end_bin >= SMP_MEMORY_BIN_LIMIT)) ||
            a->domain >= SMP_DOMAIN_COUNT || !is_bytes(a->bytes) ||
            !is_bytes(a->count) || !is_variance(a->variance) ||
            !is_bytes(a->largest))
            return 0;
    }
    return 1;
}

static int deallocations_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->deallocation_count; i++) {
        const struct smp_deallocation *d = &p->deallocations[i];
        if (!is_place(p, d->thread, d->stack) ||
            d->bin >= SMP_MEMORY_BIN_LIMIT || !is_bytes(d->bytes))
            return 0;
    }
    return 1;
}

static int highs_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->high_count; i++) {
        const struct smp_high *h = &p->highs[i];
        if (!is_place(p, h->thread, h->stack) ||
            h->bin >= SMP_MEMORY_BIN_LIMIT || h->domain >= SMP_DOMAIN_COUNT ||
            !is_bytes(h->bytes))
            return 0;
    }
    for (size_t i = 0; i < p->at_peak_count; i++) {
        const struct smp_at_peak *a = &p->at_peaks[i];
        if (!is_place(p, a->thread, a->stack) ||
            a->domain >= SMP_DOMAIN_COUNT || !is_bytes(a->bytes))
            return 0;
    }
    return 1;
}

static int copies_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->copy_count; i++) {
        const struct smp_copy *c = &p->copies[i];
        if (!is_place(p, c->thread, c->stack) ||
            c->bin >= SMP_MEMORY_BIN_LIMIT || !is_bytes(c->bytes) ||
            !is_variance(c->variance))
            return 0;
    }
    return 1;
}

static int footprints_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->footprint_count; i++) {
        const struct smp_footprint *f = &p->footprints[i];
        if (f->process >= p->process_count || f->bin >= SMP_MEMORY_BIN_LIMIT ||
            !is_bytes(f->rss) || !is_bytes(f->anon) || !is_bytes(f->file) ||
            !is_bytes(f->shmem) || !is_bytes(f->tracked) ||
            !is_bytes(f->arenas) || !is_bytes(f->arena_used))
            return 0;
    }
    return 1;
}

static int memory_ok(const struct smp_profile *p)
{
    return p->memory <= 1 && is_time(p->memory_bin_s) && p->memory_bin_s > 0 &&
           is_bytes(p->peak) && is_time(p->peak_s) && allocations_ok(p) &&
           deallocations_ok(p) && highs_ok(p) && copies_ok(p) &&
           footprints_ok(p);
}

/* --- what the program says of itself --- */

static int is_thread_or_none(const struct smp_profile *p, uint32_t thread)
{
    return thread == SMP_NONE || thread < p->thread_count;
}

static int said_ok(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->region_count; i++) {
        const struct smp_region *r = &p->regions[i];
        if (!is_text(p, r->name) || r->process >= p->process_count ||
            !is_thread_or_none(p, r->thread) || r->count > INT64_MAX ||
            r->nested > r->count || r->open > r->count ||
            !is_time(r->total_s) || !is_time(r->least_s) ||
            !is_time(r->most_s) || !is_moment(r->first_s) ||
            !is_moment(r->last_s))
            return 0;
    }
    for (size_t i = 0; i < p->mark_count; i++) {
        const struct smp_moment *m = &p->marks[i];
        if (!is_text(p, m->text) || m->process >= p->process_count ||
            !is_thread_or_none(p, m->thread) || !is_moment(m->at_s))
            return 0;
    }
    for (size_t i = 0; i < p->selected_count; i++)
        if (p->selected[i] >= p->function_count ||
            (i && p->selected[i] <= p->selected[i - 1]))
            return 0;
    return p->region_count <= SMP_REGION_LIMIT &&
           p->mark_count <= SMP_MARK_LIMIT && p->regions_lost <= INT64_MAX &&
           p->marks_lost <= INT64_MAX;
}

static int counts_ok(const struct smp_ledger *l)
{
#define SMP_X(field)                                                           \
    if (l->field > INT64_MAX)                                                  \
        return 0;
    SMP_LEDGER_COUNTS(SMP_X)
    SMP_LEDGER_MEMORY_COUNTS(SMP_X)
    SMP_LEDGER_TASK_COUNTS(SMP_X)
#undef SMP_X
    return 1;
}

static int run_ok(const struct smp_profile *p)
{
    const struct smp_ledger *l = &p->ledger;
    return is_text_or_none(p, p->program) && is_text_or_none(p, p->command) &&
           is_text_or_none(p, p->directory) &&
           is_text_or_none(p, p->platform) && is_text_or_none(p, p->version) &&
           is_moment(p->start_unix_s) && is_time(p->elapsed_s) &&
           is_time(p->off_s) && is_time(p->bin_s) && p->bin_s > 0 &&
           counts_ok(l) && is_time(l->interval_asked_s) &&
           is_time(l->interval_reached_s) && is_time(l->recorder_cpu_s) &&
           is_time(l->collector_cpu_s) && is_time(l->collector_rss_bytes) &&
           is_bytes(l->alloc_interval_least) &&
           is_bytes(l->alloc_interval_most);
}

int smp_profile_is_valid(const struct smp_profile *p)
{
    return strings_ok(p) && run_ok(p) && files_ok(p) && functions_ok(p) &&
           frames_ok(p) && stacks_ok(p) && processes_ok(p) && threads_ok(p) &&
           samples_ok(p) && said_ok(p) && tasks_ok(p) && memory_ok(p);
}
