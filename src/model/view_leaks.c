/* Leaks: places whose memory grows and stays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/view_work.h"

#define HALF (SMP_LEAK_SNAPSHOTS / 2)
#define RATE_FROM 0.25 /* of the time: what the rate is measured in */
#define RATE_TO 0.95
#define LATEST 8
#define SIBLINGS_MOST 256 /* processes of a line: their siblings are found */

/* --- the rule --- */

/* The first snapshot at or after `s`; snapshot i is taken at (i + 1) / 20. */
static int snapshot_at(double s, double from_s, double to_s)
{
    double at =
        ceil((s - from_s) / (to_s - from_s) * SMP_LEAK_SNAPSHOTS - 1e-9) - 1;
    return at < 0 ? 0 : at < SMP_LEAK_SNAPSHOTS ? (int)at : SMP_LEAK_SNAPSHOTS;
}

/* What is alive at each snapshot. */
static void take_snapshots(double alive[SMP_LEAK_SNAPSHOTS],
                           const struct smp_life *lives, size_t n,
                           double from_s, double to_s)
{
    double change[SMP_LEAK_SNAPSHOTS + 1] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++) {
        change[snapshot_at(lives[i].born_s, from_s, to_s)] += lives[i].bytes;
        if (lives[i].died_s < to_s)
            change[snapshot_at(lives[i].died_s, from_s, to_s)] -=
                lives[i].bytes;
    }
    for (int i = 0; i < SMP_LEAK_SNAPSHOTS; i++)
        alive[i] = sum += change[i];
}

/* What is no larger than rounding leaves is no change. */
static int sign(double a, double b)
{
    double least = 1e-9 * fmax(fabs(a), fabs(b));
    return a > b + least ? 1 : a < b - least ? -1 : 0;
}

/* Mann-Kendall: S counts the pairs that grow less those that shrink; with ties
 * its variance is (n(n-1)(2n+5) - sum over ties t(t-1)(2t+5)) / 18. (H. B. Mann,
 * 1945; M. G. Kendall, Rank Correlation Methods.) */
static double mann_kendall(const double *x, int n)
{
    int s = 0;
    double variance = n * (n - 1.0) * (2 * n + 5);
    for (int i = 0; i < n; i++)
        for (int k = i + 1; k < n; k++)
            s += sign(x[k], x[i]);
    for (int i = 0; i < n; i++) {
        int ties = 1, first = 1;
        for (int k = 0; k < n; k++) {
            if (k == i || sign(x[k], x[i]))
                continue;
            ties++;
            first &= k > i;
        }
        if (first && ties > 1)
            variance -= ties * (ties - 1.0) * (2 * ties + 5);
    }
    return s > 0 && variance > 0 ? (s - 1) / sqrt(variance / 18) : 0;
}

/* The snapshots that tell whether it still grows: from FIRST on, in windows. */
#define FIRST 4
#define WINDOW 4
#define LAST (SMP_LEAK_SNAPSHOTS - 1)
/* At a steady pace 8 of so many samples come in the last window; one at most with a
 * chance of 0.3 %. */
#define PACE_SAMPLES 22

static uint64_t samples_for_pace(const struct smp_life *lives, size_t n,
                                 double from_s, double to_s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int at = snapshot_at(lives[i].born_s, from_s, to_s);
        sum += at > FIRST && at <= LAST - WINDOW && lives[i].died_s >= to_s
                   ? lives[i].samples
                   : 0;
    }
    return sum;
}

static int has_stopped(const struct smp_life *lives, size_t n, double from_s,
                       double to_s)
{
    double alive[SMP_LEAK_SNAPSHOTS];
    if (!(to_s > from_s) ||
        samples_for_pace(lives, n, from_s, to_s) < PACE_SAMPLES)
        return 0;
    take_snapshots(alive, lives, n, from_s, to_s);
    double pace = (alive[LAST - WINDOW] - alive[FIRST]) /
                  (LAST - WINDOW - FIRST) * SMP_LEAK_PACE * WINDOW;
    if (alive[LAST] - alive[LAST - WINDOW] >= pace)
        return 0;
    for (int i = FIRST; i + WINDOW <= LAST - WINDOW; i++)
        if (alive[i + WINDOW] - alive[i] < pace)
            return 0;
    return 1;
}

struct survey {
    uint64_t early, early_alive; /* samples born in the second quarter */
    uint64_t late_alive;         /* born in the last half */
    double stayed, variance;     /* bytes that the rate is made of */
    uint64_t stayed_samples;
    double alive;
};

static struct survey survey(const struct smp_life *lives, size_t n,
                            double from_s, double to_s)
{
    struct survey v = {0};
    for (size_t i = 0; i < n; i++) {
        const struct smp_life *l = &lives[i];
        double at = (l->born_s - from_s) / (to_s - from_s);
        int stays = l->died_s >= to_s;
        /* A list that grows is copied: what goes at once says nothing of what
         * stays. */
        int lasts =
            l->died_s - l->born_s >= (to_s - from_s) / SMP_LEAK_SNAPSHOTS;
        if (at >= 0.25 && at < 0.5 && lasts) {
            v.early += l->samples;
            v.early_alive += stays ? l->samples : 0;
        }
        if (!stays)
            continue;
        v.alive += l->bytes;
        v.late_alive += at >= 0.5 ? l->samples : 0;
        if (at < RATE_FROM || at >= RATE_TO)
            continue;
        v.stayed += l->bytes;
        v.variance += l->variance;
        v.stayed_samples += l->samples;
    }
    return v;
}

int smp_leak_judge(struct smp_leak *out, const struct smp_life *lives, size_t n,
                   double from_s, double to_s, double active_s)
{
    double alive[SMP_LEAK_SNAPSHOTS];
    if (!(to_s > from_s))
        return 0;
    struct survey v = survey(lives, n, from_s, to_s);
    if (v.late_alive < SMP_LEAK_SURVIVORS || !v.early ||
        2 * v.early_alive <= v.early || v.alive < SMP_LEAK_LEAST)
        return 0;
    take_snapshots(alive, lives, n, from_s, to_s);
    double z = mann_kendall(alive + HALF, HALF);
    if (z <= SMP_LEAK_Z || has_stopped(lives, n, from_s, fmin(active_s, to_s)))
        return 0;
    double span_s = (RATE_TO - RATE_FROM) * (to_s - from_s);
    struct smp_bounds b =
        smp_memory_bounds(v.stayed, v.variance, v.stayed_samples);
    out->bytes_per_s = v.stayed / span_s;
    out->low = b.low / span_s;
    out->high = b.high / span_s;
    out->survival = (double)v.early_alive / (double)v.early;
    out->growth_z = z;
    out->live_bytes = v.alive;
    out->samples = v.stayed_samples;
    return 1;
}

double smp_leak_likelihood(const struct smp_leak *leak)
{
    return 0.5 * erfc(-leak->growth_z / sqrt(2)); /* the normal curve's */
}

/* --- the places of a profile --- */

/* A row of allocations and where it belongs. */
struct place {
    uint32_t line, process, stack, row; /* line: of the work, or SMP_NONE */
};

struct search {
    struct smp_view_work *w;
    struct smp_view *v;
    struct smp_life *lives; /* of the places in hand */
    size_t room;
    double
        *active_s; /* by thread: when it last allocated, or what it had went */
};

static int compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare_u32(a->line, b->line);
    order = order ? order : compare_u32(a->process, b->process);
    order = order ? order : compare_u32(a->stack, b->stack);
    return order ? order : compare_u32(a->row, b->row);
}

static int is_import(const struct smp_profile *p, uint32_t frame)
{
    const struct smp_function *f = &p->functions[p->frames[frame].function];
    return !strcmp(smp_profile_text(p, p->files[f->file].path),
                   "<frozen importlib._bootstrap>");
}

/* 1 for each stack with an import in it: what a module needs is there to stay.
 * Owned by the caller; NULL on lack of memory. */
static uint8_t *find_imports(const struct smp_profile *p)
{
    uint8_t *found = smp_work_zeroed(p->stack_count, 1);
    for (size_t i = 1; found && i < p->stack_count; i++)
        found[i] =
            found[p->stacks[i].parent] || is_import(p, p->stacks[i].frame);
    return found;
}

static struct place *make_places(const struct smp_view_work *w, size_t *count)
{
    const struct smp_profile *p = w->p;
    struct place *all = smp_work_zeroed(p->allocation_count, sizeof *all);
    uint8_t *imports = find_imports(p);
    *count = 0;
    for (size_t i = 0; all && imports && i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        uint32_t frame = w->charged[a->stack];
        if (imports[a->stack] || !smp_filter_keeps_thread(p, w->f, a->thread))
            continue;
        all[(*count)++] =
            (struct place){frame == SMP_NONE ? SMP_NONE
                                             : w->sites[w->site_of[frame]].line,
                           p->threads[a->thread].process, a->stack,
                           (uint32_t)i};
    }
    if (all && *count)
        qsort(all, *count, sizeof *all, compare_places);
    if (!imports) {
        free(all);
        all = NULL;
    }
    free(imports);
    return all;
}

/* The time that a process's rows are judged in. */
static void time_of(const struct search *s, uint32_t process, double *from_s,
                    double *to_s)
{
    const struct smp_profile *p = s->w->p;
    const struct smp_process *it = &p->processes[process];
    const struct smp_memory_work *m = &s->w->memory;
    *from_s = fmax(it->start_s, m->from_bin * p->memory_bin_s);
    *to_s = m->to_bin * p->memory_bin_s;
    if (it->end_s > it->start_s && it->exit_status != SMP_EXIT_RUNNING)
        *to_s = fmin(*to_s, it->end_s);
}

/* The lives of n places of one process, from its life [k] on: their times less
 * from_s, in units of unit_s. */
static void set_lives(const struct search *s, const struct place *places,
                      size_t n, size_t k, double from_s, double unit_s)
{
    const struct smp_profile *p = s->w->p;
    double bin_s = p->memory_bin_s;
    for (size_t i = 0; i < n; i++) {
        const struct smp_allocation *a = &p->allocations[places[i].row];
        double born = ((a->bin + 0.5) * bin_s - from_s) / unit_s;
        double died = a->end_bin == SMP_NONE
                          ? (double)HUGE_VAL
                          : ((a->end_bin + 0.5) * bin_s - from_s) / unit_s;
        s->lives[k + i] =
            (struct smp_life){born, died, a->bytes, a->variance, a->samples};
    }
}

static uint32_t thread_of(const struct search *s, const struct place *place)
{
    return s->w->p->allocations[place->row].thread;
}

/* 1 where the n places of one process leak, with the figures. */
static int judge(const struct search *s, const struct place *places, size_t n,
                 struct smp_leak *out)
{
    double from_s, to_s, active_s = 0;
    time_of(s, places[0].process, &from_s, &to_s);
    for (size_t i = 0; i < n; i++)
        active_s = fmax(active_s,
                        s->active_s[(size_t)thread_of(s, &places[i]) * LATEST]);
    if (to_s - from_s < SMP_LEAK_SNAPSHOTS * s->w->p->memory_bin_s)
        return 0;
    set_lives(s, places, n, 0, 0, 1);
    return smp_leak_judge(out, s->lives, n, from_s, to_s, active_s);
}

static int are_siblings(const struct smp_profile *p, uint32_t a, uint32_t b)
{
    const struct smp_process *x = &p->processes[a], *y = &p->processes[b];
    return x->parent == y->parent && x->command == y->command;
}

/* 1 where what stays of these n lives was born over a quarter of the time and more:
 * what each worker loads once, sooner or later, is no leak of them together. */
static int keeps_on(const struct smp_life *lives, size_t n)
{
    double first = 1, last = 0;
    for (size_t i = 0; i < n; i++) {
        if (lives[i].died_s < 1)
            continue;
        first = fmin(first, lives[i].born_s);
        last = fmax(last, lives[i].born_s);
    }
    return last - first >= 0.25;
}

/* The same of one line in workers that do the same (siblings of the first place's
 * process, not before it): each has too little to tell. Each one's time is 0 to 1. */
static int judge_siblings(const struct search *s, const struct place *places,
                          size_t first, size_t n, struct smp_leak *out)
{
    const struct smp_profile *p = s->w->p;
    uint32_t members = 0;
    size_t lives = 0;
    double spans_s = 0;
    for (size_t from = first, to = first; from < n; from = to) {
        uint32_t process = places[from].process;
        double from_s, to_s;
        while (to < n && places[to].process == process)
            to++;
        time_of(s, process, &from_s, &to_s);
        if (!are_siblings(p, places[first].process, process) ||
            to_s - from_s < SMP_LEAK_SNAPSHOTS * p->memory_bin_s)
            continue;
        set_lives(s, places + from, to - from, lives, from_s, to_s - from_s);
        if (!keeps_on(s->lives + lives, to - from))
            continue;
        lives += to - from;
        spans_s += to_s - from_s;
        members++;
    }
    if (members < 2 || !smp_leak_judge(out, s->lives, lives, 0, 1, 1))
        return 0;
    const struct smp_allocation *most = NULL;
    for (size_t i = first; i < n; i++) {
        const struct smp_allocation *a = &p->allocations[places[i].row];
        if (a->end_bin == SMP_NONE && (!most || a->bytes > most->bytes) &&
            are_siblings(p, places[first].process, places[i].process))
            most = a;
    }
    out->stack = most ? most->stack : places[first].stack;
    double per_s = members / spans_s;
    out->bytes_per_s *= per_s;
    out->low *= per_s;
    out->high *= per_s;
    return 1;
}

static int add_leak(struct search *s, const struct smp_leak *leak)
{
    struct smp_view *v = s->v;
    if (v->leak_count == s->room) {
        size_t room = s->room ? 2 * s->room : 8;
        void *grown = realloc(v->leaks, room * sizeof *v->leaks);
        if (!grown)
            return SMP_ENOMEM;
        v->leaks = grown;
        s->room = room;
    }
    v->leaks[v->leak_count++] = *leak;
    return 0;
}

/* A line that leaks in several processes, or in some of its stacks. */
static void merge_leak(struct smp_leak *to, const struct smp_leak *from)
{
    if (from->bytes_per_s > to->bytes_per_s)
        to->stack = from->stack;
    to->bytes_per_s += from->bytes_per_s;
    to->low += from->low;
    to->high += from->high;
    to->survival = fmin(to->survival, from->survival);
    to->growth_z = fmax(to->growth_z, from->growth_z);
    to->live_bytes += from->live_bytes;
    to->samples += from->samples;
}

static void name_leak(const struct search *s, uint32_t line,
                      struct smp_leak *leak)
{
    const struct smp_profile *p = s->w->p;
    uint32_t frame = s->w->charged[leak->stack];
    leak->file = leak->function = SMP_NONE;
    leak->line = 0;
    if (frame == SMP_NONE)
        return;
    leak->file = s->w->lines[line].file;
    leak->line = s->w->lines[line].result.line;
    leak->function = p->frames[frame].function;
}

static int take_leak(struct search *s, uint32_t line, struct smp_leak *leak)
{
    struct smp_leak *last =
        s->v->leak_count ? &s->v->leaks[s->v->leak_count - 1] : NULL;
    name_leak(s, line, leak);
    if (last && leak->file != SMP_NONE && last->file == leak->file &&
        last->line == leak->line) {
        merge_leak(last, leak);
        return 0;
    }
    return add_leak(s, leak);
}

static double alive_in(const struct smp_profile *p, const struct place *places,
                       size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (p->allocations[places[i].row].end_bin == SMP_NONE)
            sum += p->allocations[places[i].row].bytes;
    return sum;
}

/* The places of one line and process. Where the line as a whole does not leak,
 * one of its callers may: each stack is judged by itself. */
static int look(struct search *s, const struct place *places, size_t n)
{
    struct smp_leak leak = {.stack = places[0].stack}, one;
    int whole = places[0].line != SMP_NONE && judge(s, places, n, &leak);
    double most = -1;
    for (size_t from = 0, to = 0; from < n; from = to) {
        while (to < n && places[to].stack == places[from].stack)
            to++;
        double alive = alive_in(s->w->p, places + from, to - from);
        if (whole && alive > most) {
            most = alive;
            leak.stack = places[from].stack;
        }
        if (whole || alive < SMP_LEAK_LEAST)
            continue;
        one = (struct smp_leak){.stack = places[from].stack};
        if (judge(s, places + from, to - from, &one) &&
            take_leak(s, places[0].line, &one))
            return SMP_ENOMEM;
    }
    return whole ? take_leak(s, places[0].line, &leak) : 0;
}

/* The places of one line, where no process of them leaks by itself. */
static int look_at_siblings(struct search *s, const struct place *places,
                            size_t n)
{
    const struct smp_profile *p = s->w->p;
    size_t processes = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && places[i].process == places[i - 1].process)
            continue;
        int seen = 0;
        for (size_t k = 0; k < i && !seen; k++)
            seen = are_siblings(p, places[k].process, places[i].process);
        struct smp_leak leak = {0};
        if (!seen && judge_siblings(s, places, i, n, &leak))
            return take_leak(s, places[0].line, &leak);
        if (++processes == SIBLINGS_MOST)
            break;
    }
    return 0;
}

/* The places of one line: process by process, then together. */
static int look_at_line(struct search *s, const struct place *places, size_t n)
{
    size_t before = s->v->leak_count;
    for (size_t from = 0, to = 0; from < n; from = to) {
        while (to < n && places[to].process == places[from].process)
            to++;
        int status = look(s, places + from, to - from);
        if (status)
            return status;
    }
    return s->v->leak_count > before || places[0].line == SMP_NONE
               ? 0
               : look_at_siblings(s, places, n);
}

static int compare_leaks(const void *left, const void *right)
{
    const struct smp_leak *a = left, *b = right;
    if (a->bytes_per_s != b->bytes_per_s)
        return a->bytes_per_s > b->bytes_per_s ? -1 : 1;
    return compare_u32(a->stack, b->stack);
}

/* Keeps the LATEST latest times, the earliest of them first: 0 where this is none. */
static int note_latest(double *last, double at_s)
{
    int k = 0;
    if (at_s <= last[0])
        return 0;
    for (; k + 1 < LATEST && last[k + 1] < at_s; k++)
        last[k] = last[k + 1];
    last[k] = at_s;
    return 1;
}

/* The end of a thread may allocate a little, after it has waited for long. */
static void find_active(const struct search *s)
{
    const struct smp_profile *p = s->w->p;
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        double *last = &s->active_s[(size_t)a->thread * LATEST];
        for (uint32_t k = 0; k < a->samples && k < LATEST; k++)
            if (!note_latest(last, (a->bin + 1.0) * p->memory_bin_s))
                break;
    }
}

int smp_work_leaks(struct smp_view_work *w, struct smp_view *v)
{
    struct search s = {.w = w, .v = v};
    size_t n, to;
    if (!w->p->memory)
        return 0;
    struct place *places = make_places(w, &n);
    s.lives = smp_work_zeroed(w->p->allocation_count, sizeof *s.lives);
    s.active_s = smp_work_zeroed((size_t)w->p->thread_count * LATEST,
                                 sizeof *s.active_s);
    int status = places && s.lives && s.active_s ? 0 : SMP_ENOMEM;
    if (!status)
        find_active(&s);
    for (size_t from = 0; !status && from < n; from = to) {
        for (to = from; to < n && places[to].line == places[from].line;)
            to++;
        status = look_at_line(&s, places + from, to - from);
    }
    if (!status && v->leak_count)
        qsort(v->leaks, v->leak_count, sizeof *v->leaks, compare_leaks);
    free(places);
    free(s.lives);
    free(s.active_s);
    return status;
}
