/* The heart of the terminal report: a table of lines and of functions a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_columns.h"
#include "report/text_numbers.h"
#include "report/text_source.h"
#include "report/width.h"

#define PARTS_LIMIT 3     /* functions told under a hot line */
#define PART_SHARE 0.01   /* of the whole, for a part to be told */
#define FUNCTION_LIMIT 20 /* rows of a file's functions */
#define PART_CELLS 34     /* for a part's name: its indent gives way */

/* One file on its way out. */
struct work {
    struct smp_text *t;
    const struct smp_file_cost *file;
    struct smp_text_layout layout;
    struct smp_listing listing;
    const struct smp_inside *inside;
    double threshold; /* share from which on a line is shown */
};

static int heat(const struct smp_text *t, const struct smp_cost *cost)
{
    double share = smp_text_share(t, smp_cost_all(cost));
    if (share >= SMP_HOT_SHARE)
        return SMP_STYLE_HOT;
    return share >= SMP_WARM_SHARE ? SMP_STYLE_WARM : SMP_STYLE_PLAIN;
}

static void title(struct work *w)
{
    const struct smp_profile *p = w->t->profile;
    char seconds[SMP_NUMBER_SIZE], percent[SMP_NUMBER_SIZE], remark[96];
    double all_s = smp_cost_all(&w->file->cost);
    smp_text_seconds(seconds, all_s);
    smp_text_percent_some(percent, smp_text_share(w->t, all_s));
    int n = snprintf(remark, sizeof remark, "%s of the time, %s",
                     all_s > 0 ? percent : "0%", seconds);
    if (w->t->memory && w->file->memory.peak_bytes > 0) {
        smp_text_bytes(percent, w->file->memory.peak_bytes);
        snprintf(remark + n, sizeof remark - (size_t)n, ", peak %s", percent);
    }
    smp_text_title(w->t, smp_text_string(w->t, p->files[w->file->file].path),
                   smp_report_path(p, w->file->file), remark);
}

/* Cells that the line's text stands to the right of the source's edge. */
static int indent_cells(const struct work *w, uint32_t line)
{
    struct smp_source_line it = smp_source_line(&w->listing.source, line);
    size_t n = smp_source_indent(&it), skip = w->listing.dedent;
    skip = skip < n ? skip : n;
    int cells = smp_width_text(it.text + skip, n - skip, w->t->pen.utf8);
    int most = w->t->pen.width - w->layout.text_at - PART_CELLS;
    most = most < 0 ? 0 : most;
    return cells < most ? cells : most;
}

/* A part of a hot line's time, and what that was. */
struct part {
    struct smp_cost cost;
    char *what; /* owned */
};

/* Functions, the collector, and each reason to wait. */
#define PART_ROOM (PARTS_LIMIT + 1 + SMP_KIND_COUNT - SMP_KIND_WAIT_IO)

struct parts {
    struct part part[PART_ROOM];
    size_t count;
    int failed; /* 1 after an allocation failed */
};

/* Adds a part that is large enough to be told; takes `what` over. */
static void add_part(struct work *w, struct parts *to, struct smp_cost cost,
                     char *what)
{
    if (!what)
        to->failed = 1;
    else if (smp_text_share(w->t, smp_cost_all(&cost)) >= PART_SHARE)
        to->part[to->count++] = (struct part){cost, what};
    else
        free(what);
}

/* The functions that ran in a line, most time first. Their waiting is told by
 * its reason. */
static void add_functions(struct work *w, struct parts *to, uint32_t line)
{
    size_t count;
    const struct smp_inside_entry *e =
        smp_inside_find(w->inside, w->file->file, line, &count);
    for (size_t i = 0; i < count && to->count < PARTS_LIMIT; i++) {
        struct smp_buf name = {0};
        struct smp_cost cost = {0};
        memcpy(cost.cpu_s, e[i].time.cpu_s, sizeof cost.cpu_s);
        smp_inside_name(&name, w->t->profile, e[i].function);
        add_part(w, to, cost, smp_buf_take(&name));
    }
}

static const char *const waiting[SMP_KIND_COUNT] = {
    [SMP_KIND_WAIT_IO] = "waiting for I/O",
    [SMP_KIND_WAIT_LOCK] = "waiting for a lock",
    [SMP_KIND_WAIT_GIL] = "waiting for the GIL",
    [SMP_KIND_WAIT_SLEEP] = "sleeping",
    [SMP_KIND_WAIT_CHILD] = "waiting for a child process",
    [SMP_KIND_WAIT_OTHER] = "waiting for something else",
    /* SMP_KIND_WAIT_CPU: no part of any share */
};

static void add_waits(struct work *w, struct parts *to,
                      const struct smp_cost *cost)
{
    for (int kind = SMP_KIND_WAIT_IO; kind < SMP_KIND_COUNT; kind++) {
        struct smp_cost part = {.wait_s = cost->wait_by_s[kind]};
        struct smp_buf what = {0};
        if (!waiting[kind])
            continue;
        smp_buf_puts(&what, waiting[kind]);
        add_part(w, to, part, smp_buf_take(&what));
    }
}

static void add_collector(struct work *w, struct parts *to,
                          const struct smp_cost *cost)
{
    struct smp_cost part = {.cpu_s = {[SMP_KIND_NATIVE] = cost->gc_s}};
    struct smp_buf what = {0};
    smp_buf_puts(&what, "garbage collection");
    add_part(w, to, part, smp_buf_take(&what));
}

static void part_row(struct work *w, uint32_t line, const struct part *part,
                     int last)
{
    struct smp_pen *pen = &w->t->pen;
    struct smp_text_row row = {.cost = &part->cost, .style = SMP_STYLE_DIM};
    enum smp_mark mark = last ? SMP_MARK_LAST : SMP_MARK_BRANCH;
    smp_text_layout_row(w->t, &w->layout, &row);
    smp_pen_blank(pen, indent_cells(w, line));
    smp_pen_printf(pen, SMP_STYLE_DIM, "%s %s", smp_pen_mark(pen, mark),
                   part->what);
    smp_pen_line(pen);
}

/* The rows under a hot line. */
static void part_rows(struct work *w, const struct smp_line_cost *line)
{
    struct parts parts = {.count = 0};
    if (smp_text_share(w->t, smp_cost_all(&line->cost)) < SMP_WARM_SHARE ||
        !smp_text_layout_has_kinds(&w->layout))
        return;
    add_functions(w, &parts, line->line);
    add_collector(w, &parts, &line->cost);
    add_waits(w, &parts, &line->cost);
    for (size_t i = 0; i < parts.count; i++) {
        part_row(w, line->line, &parts.part[i], i + 1 == parts.count);
        free(parts.part[i].what);
    }
    w->t->pen.out->failed |= parts.failed;
}

static void line_row(struct work *w, uint32_t number,
                     const struct smp_line_cost *line)
{
    struct smp_text *t = w->t;
    int shown =
        line && smp_text_share(t, smp_cost_all(&line->cost)) >= w->threshold;
    int style = shown ? heat(t, &line->cost) : SMP_STYLE_PLAIN;
    struct smp_text_row row = {.cost = line ? &line->cost : NULL,
                               .line = number,
                               .style = style,
                               .memory = line ? &line->memory : NULL,
                               .shown = shown};
    smp_text_layout_row(t, &w->layout, &row);
    if (number >= 1 && number <= w->listing.source.count)
        smp_listing_draw(t, &w->listing, number,
                         style == SMP_STYLE_HOT ? style : SMP_STYLE_PLAIN,
                         line);
    else if (!number)
        smp_pen_text(&t->pen, SMP_STYLE_DIM, "(line not known)");
    smp_pen_line(&t->pen);
    if (shown)
        part_rows(w, line);
}

static void fold_row(struct work *w)
{
    smp_text_layout_blank(w->t, &w->layout,
                          smp_pen_mark(&w->t->pen, SMP_MARK_ELLIPSIS));
    smp_pen_line(&w->t->pen);
}

/* The lines of which there is text, with folds between them. */
static void source_rows(struct work *w)
{
    const struct smp_listing *l = &w->listing;
    size_t next = 0;
    uint32_t last = 0;
    for (uint32_t i = 1; i <= l->source.count; i++) {
        if (!l->show[i])
            continue;
        while (next < w->file->line_count && w->file->lines[next].line < i)
            next++;
        int has_time =
            next < w->file->line_count && w->file->lines[next].line == i;
        if (last && i > last + 1 && !w->t->options->reduced)
            fold_row(w);
        line_row(w, i, has_time ? &w->file->lines[next] : NULL);
        last = i;
    }
}

/* Lines that have time but no text: a source not found, or not this one. */
static void other_rows(struct work *w)
{
    struct smp_text *t = w->t;
    for (size_t i = 0; i < w->file->line_count; i++) {
        const struct smp_line_cost *it = &w->file->lines[i];
        int has_text = it->line && it->line <= w->listing.source.count;
        if (!has_text && smp_text_shows_line(t, it, w->threshold))
            line_row(w, it->line, it);
    }
}

static int is_shown(const struct smp_text *t, const struct smp_function_cost *f)
{
    return smp_text_share(t, smp_cost_all(&f->self)) >= t->threshold ||
           smp_text_share(t, smp_cost_all(&f->total)) >= t->threshold ||
           smp_text_memory_matters(t, &f->memory);
}

static size_t count_shown(const struct work *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->file->function_count; i++)
        count += is_shown(w->t, &w->file->functions[i]) != 0;
    return count;
}

static void function_row(struct work *w, const struct smp_function_cost *f)
{
    const struct smp_function *function =
        &w->t->profile->functions[f->function];
    int style = heat(w->t, &f->self);
    struct smp_text_row row = {.cost = &f->self,
                               .total = &f->total,
                               .memory = &f->memory,
                               .line = function->first_line,
                               .style = style};
    row.shown = smp_text_share(w->t, smp_cost_all(&f->self)) >= w->t->threshold;
    smp_text_layout_row(w->t, &w->layout, &row);
    smp_pen_text(&w->t->pen, style == SMP_STYLE_HOT ? style : SMP_STYLE_PLAIN,
                 smp_text_string(w->t, function->name));
    smp_pen_line(&w->t->pen);
}

/* A lone function would only repeat the file's own figures. */
static void functions(struct work *w)
{
    size_t shown = count_shown(w), written = 0;
    if (shown < 2)
        return;
    struct smp_text_layout above = w->layout;
    smp_text_layout_make(&w->layout, w->t, SMP_TABLE_FUNCTIONS, &above);
    smp_pen_line(&w->t->pen);
    smp_text_layout_titles(w->t, &w->layout, SMP_TABLE_FUNCTIONS, "functions");
    for (size_t i = 0; i < w->file->function_count; i++) {
        if (!is_shown(w->t, &w->file->functions[i]) ||
            written == FUNCTION_LIMIT)
            continue;
        function_row(w, &w->file->functions[i]);
        written++;
    }
    if (written < shown) {
        smp_text_layout_blank(w->t, &w->layout, "");
        smp_pen_printf(&w->t->pen, SMP_STYLE_DIM, "and %zu more",
                       shown - written);
        smp_pen_line(&w->t->pen);
    }
}

static int write_file(struct work *w)
{
    const char *text = "source";
    smp_text_layout_make(&w->layout, w->t, SMP_TABLE_LINES, NULL);
    int room = w->t->pen.width - w->layout.text_at;
    if (smp_listing_make(&w->listing, w->t, w->file, w->threshold, room))
        return SMP_ENOMEM;
    if (!w->listing.source.count)
        text = "source not found";
    title(w);
    smp_text_layout_titles(w->t, &w->layout, SMP_TABLE_LINES, text);
    source_rows(w);
    other_rows(w);
    functions(w);
    smp_listing_release(&w->listing);
    return 0;
}

int smp_text_files(struct smp_text *t)
{
    struct smp_inside inside;
    int status = smp_inside_make(&inside, t);
    if (status)
        return status;
    for (size_t i = 0; i < t->view.file_count && !status; i++) {
        struct work w = {.t = t, .file = &t->view.files[i], .inside = &inside};
        w.threshold = smp_text_line_threshold(t, w.file);
        if (smp_text_shows_file(t, i))
            status = write_file(&w);
    }
    smp_inside_release(&inside);
    return status;
}
