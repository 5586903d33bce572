/* Scalene's table of files: sources, functions, and the lines that have figures. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/status.h"
#include "report/scalene_read.h"

#define LINE_LIMIT 10000000         /* a line's number */
#define GAP_LIMIT ((size_t)1 << 20) /* lines left out of a file, in all */
#define PERCENT_LIMIT 1e6           /* CPUs times 100, with room */
#define MB_LIMIT 1e9

/* A function of the file, while its lines are read. */
struct function {
    uint32_t line, index; /* index: of the profile */
    int indent;
};

struct file {
    uint32_t index;
    struct function *functions; /* in the order of their lines */
    size_t function_count;
    uint32_t module; /* what is in no function */
    struct smp_buf source;
    size_t lines, gaps;
};

static int indent_of(const char *text)
{
    int width = 0;
    for (; *text == ' ' || *text == '\t'; text++)
        width = *text == '\t' ? width / 8 * 8 + 8 : width + 1;
    return width;
}

static int is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\f")] == '\0';
}

/* The innermost function around a line, by indentation: the last that began before
 * it and stands further left. */
static uint32_t function_of(const struct file *f, uint32_t line, int indent)
{
    for (size_t i = f->function_count; i-- > 0;) {
        const struct function *it = &f->functions[i];
        if (it->line == line || (it->line < line && it->indent < indent))
            return it->index;
    }
    return f->module;
}

static int add_function(struct smp_scalene *s, struct file *f, const char *name,
                        uint32_t line, uint32_t *index)
{
    struct smp_profile *p = s->r.p;
    struct smp_function it = {.name = smp_profile_string(p, name),
                              .file = f->index,
                              .first_line = line};
    *index = it.name == SMP_NONE ? SMP_NONE : smp_profile_function(p, it);
    return *index == SMP_NONE ? smp_json_no_memory(&s->r) : 0;
}

static int by_line(const void *a, const void *b)
{
    const struct function *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

static int read_functions(struct smp_scalene *s, struct file *f,
                          const json_t *file)
{
    const json_t *all = json_object_get(file, "functions");
    size_t n = json_array_size(all);
    f->functions = calloc(n + 1, sizeof *f->functions);
    if (!f->functions)
        return smp_json_no_memory(&s->r);
    int status = add_function(s, f, "<module>", 1, &f->module);
    for (size_t i = 0; i < n && !status; i++) {
        const json_t *it = json_array_get(all, i);
        const char *name = NULL;
        double line = 0;
        status = smp_json_take_text(&s->r, it, "line", &name);
        if (!status)
            status = smp_scalene_number(s, it, "lineno", LINE_LIMIT, &line);
        if (status || strcmp(name, "<module>") == 0)
            continue;
        struct function *to = &f->functions[f->function_count++];
        to->line = (uint32_t)line;
        status = add_function(s, f, name, to->line, &to->index);
    }
    qsort(f->functions, f->function_count, sizeof *f->functions, by_line);
    return status;
}

/* The source, line by line; lines that a reduced profile left out are empty. */
static int add_source(struct smp_scalene *s, struct file *f, uint32_t line,
                      const char *text)
{
    size_t n = strcspn(text, "\r\n");
    for (; f->lines + 1 < line; f->lines++, f->gaps++) {
        if (f->gaps > GAP_LIMIT)
            return smp_json_fail(&s->r, "a file of Scalene's has too many "
                                        "lines: damaged");
        smp_buf_puts(&f->source, "\n");
    }
    if (f->lines + 1 > line)
        return smp_json_fail(&s->r, "Scalene's lines are not in order: "
                                    "damaged");
    smp_buf_add(&f->source, text, n);
    smp_buf_puts(&f->source, "\n");
    f->lines = line;
    return 0;
}

static int read_figures(struct smp_scalene *s, const json_t *it,
                        struct smp_scalene_line *to)
{
    static const char *const shares[] = {"n_cpu_percent_python",
                                         "n_cpu_percent_c", "n_sys_percent"};
    int status = 0;
    for (int k = 0; k < 3 && !status; k++) {
        status = smp_scalene_number(s, it, shares[k], PERCENT_LIMIT,
                                    &to->seconds[k]);
        to->seconds[k] *= s->elapsed_s / 100;
    }
    struct {
        const char *key;
        double *to, most, unit;
    } rest[] = {
        {"n_malloc_mb", &to->alloc, MB_LIMIT, SMP_SCALENE_MIB},
        {"n_peak_mb", &to->peak, MB_LIMIT, SMP_SCALENE_MIB},
        {"n_growth_mb", &to->growth, MB_LIMIT, SMP_SCALENE_MIB},
        {"n_copy_mb_s", &to->copy, MB_LIMIT, SMP_SCALENE_MIB * s->elapsed_s},
        {"n_mallocs", &to->allocations, 1e15, 1},
        {"n_python_fraction", &to->python, 1.001, 1},
    };
    for (size_t i = 0; i < sizeof rest / sizeof *rest && !status; i++) {
        status =
            smp_scalene_number(s, it, rest[i].key, rest[i].most, rest[i].to);
        *rest[i].to *= rest[i].unit;
    }
    to->times = json_object_get(it, "cpu_samples_list");
    if (!json_array_size(to->times))
        to->times = NULL;
    return status;
}

static int has_figures(const struct smp_scalene_line *l)
{
    return l->seconds[0] + l->seconds[1] + l->seconds[2] + l->alloc + l->peak +
               l->copy >
           0;
}

static int keep(struct smp_scalene *s, const struct smp_scalene_line *line)
{
    if (s->line_count == s->line_room) {
        size_t room = s->line_room * 2 + 64;
        void *lines = realloc(s->lines, room * sizeof *s->lines);
        if (!lines)
            return smp_json_no_memory(&s->r);
        s->lines = lines;
        s->line_room = room;
    }
    s->lines[s->line_count++] = *line;
    return 0;
}

static int read_line(struct smp_scalene *s, struct file *f, const json_t *it)
{
    struct smp_scalene_line line = {.file = f->index};
    const char *text = NULL;
    double number = 0;
    int status = smp_json_take_text(&s->r, it, "line", &text);
    if (!status)
        status = smp_scalene_number(s, it, "lineno", LINE_LIMIT, &number);
    line.line = (uint32_t)number;
    if (!status && line.line == 0)
        status = smp_json_fail(&s->r, "Scalene's \"lineno\" is out of range");
    if (!status)
        status = add_source(s, f, line.line, text);
    if (!status)
        status = read_figures(s, it, &line);
    if (status || !has_figures(&line))
        return status;
    s->has_times |= line.times != NULL;
    line.function =
        function_of(f, line.line, is_blank(text) ? 0 : indent_of(text));
    return keep(s, &line);
}

/* A function's own indentation is that of its first line. */
static void find_indents(struct file *f, const json_t *lines)
{
    size_t at = 0, i;
    const json_t *it;
    json_array_foreach(lines, i, it)
    {
        json_int_t line = json_integer_value(json_object_get(it, "lineno"));
        const char *text = json_string_value(json_object_get(it, "line"));
        while (at < f->function_count && f->functions[at].line < line)
            at++;
        for (size_t k = at;
             k < f->function_count && text && f->functions[k].line == line; k++)
            f->functions[k].indent = indent_of(text);
    }
}

static int read_file(struct smp_scalene *s, struct file *f, const json_t *file)
{
    const json_t *lines = NULL;
    int status = smp_json_take_array(&s->r, file, "lines", &lines);
    if (!status)
        status = read_functions(s, f, file);
    if (!status)
        find_indents(f, lines);
    for (size_t i = 0; i < json_array_size(lines) && !status; i++)
        status = read_line(s, f, json_array_get(lines, i));
    if (!status && f->source.failed)
        return smp_json_no_memory(&s->r);
    return status;
}

static int add_file(struct smp_scalene *s, const char *path, const json_t *it)
{
    struct smp_profile *p = s->r.p;
    struct file f = {0};
    uint32_t name = smp_profile_string(p, path);
    f.index = name == SMP_NONE
                  ? SMP_NONE
                  : smp_profile_file(p, name,
                                     path[0] == '<' ? SMP_FILE_SYNTHETIC
                                                    : SMP_FILE_SOURCE);
    if (f.index == SMP_NONE)
        return smp_json_no_memory(&s->r);
    p->files[f.index].program = 1;
    int status = read_file(s, &f, it);
    char *text = status || !f.lines ? NULL : malloc(f.source.length + 1);
    if (text) {
        memcpy(text, f.source.data, f.source.length);
        text[f.source.length] = '\0';
        smp_profile_set_source(p, f.index, text, f.source.length, NULL);
    }
    smp_buf_release(&f.source);
    free(f.functions);
    return status;
}

int smp_scalene_read_files(struct smp_scalene *s, const json_t *root)
{
    const json_t *files = NULL;
    int status = smp_json_take_object(&s->r, root, "files", &files);
    void *at = json_object_iter((json_t *)files);
    for (; at && !status; at = json_object_iter_next((json_t *)files, at))
        status =
            add_file(s, json_object_iter_key(at), json_object_iter_value(at));
    return status;
}
