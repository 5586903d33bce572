/* What reports call things. */
#include "report/names.h"

#include <string.h>

/* Behind the last "/" of a path; the path itself where it ends with one. */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* The path behind a directory name that ends with "/", or NULL. */
static const char *behind(const char *path, const char *directory)
{
    const char *found = strstr(path, directory);
    return found && found[strlen(directory)] ? found + strlen(directory) : NULL;
}

/* A library file from its package on: behind site-packages/ or lib/python3.x/. */
static const char *in_package(const char *path)
{
    const char *rest = behind(path, "/site-packages/");
    if (!rest)
        rest = behind(path, "/dist-packages/");
    if (rest)
        return rest;
    rest = behind(path, "/lib/python");
    const char *slash = rest ? strchr(rest, '/') : NULL;
    return slash && slash[1] ? slash + 1 : path;
}

static const char *in_directory(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    while (n && directory[n - 1] == '/')
        n--;
    if (n && strncmp(path, directory, n) == 0 && path[n] == '/' && path[n + 1])
        return path + n + 1;
    return path;
}

const char *smp_report_path(const struct smp_profile *p, uint32_t file)
{
    if (file >= p->file_count)
        return "";
    const struct smp_file *f = &p->files[file];
    const char *path = smp_profile_text(p, f->path);
    if (f->kind == SMP_FILE_NATIVE)
        return last_part(path);
    if (f->kind == SMP_FILE_SYNTHETIC)
        return path;
    if (f->library)
        return in_package(path);
    return in_directory(path, smp_profile_text(p, p->directory));
}

static const struct smp_function *function_of(const struct smp_profile *p,
                                              uint32_t frame)
{
    uint32_t f = frame < p->frame_count ? p->frames[frame].function : SMP_NONE;
    return f < p->function_count ? &p->functions[f] : NULL;
}

static int is_native(const struct smp_profile *p, const struct smp_function *f)
{
    return f->file < p->file_count && p->files[f->file].kind == SMP_FILE_NATIVE;
}

int smp_report_frame_is_native(const struct smp_profile *p, uint32_t frame)
{
    const struct smp_function *f = function_of(p, frame);
    return f && is_native(p, f);
}

int smp_report_is_unnamed(const struct smp_profile *p, uint32_t function)
{
    const struct smp_function *f = &p->functions[function];
    return is_native(p, f) && smp_profile_text(p, f->name)[0] == '[';
}

static void native_name(struct smp_buf *out, const struct smp_profile *p,
                        const struct smp_function *f)
{
    const char *name = smp_profile_text(p, f->name);
    const char *path = smp_report_path(p, f->file);
    smp_buf_puts(out, name);
    if (name[0] != '[') /* else the object is in the name already */
        smp_buf_printf(out, *path == '[' ? " %s" : " [%s]", path); /* [vdso] */
}

static void python_name(struct smp_buf *out, const struct smp_profile *p,
                        const struct smp_function *f, uint32_t line)
{
    smp_buf_printf(out, "%s (%s", smp_profile_text(p, f->name),
                   smp_report_path(p, f->file));
    if (line)
        smp_buf_printf(out, ":%u", (unsigned)line);
    smp_buf_putc(out, ')');
}

void smp_report_frame_name(struct smp_buf *out, const struct smp_profile *p,
                           uint32_t frame)
{
    const struct smp_function *f = function_of(p, frame);
    if (!f)
        smp_buf_puts(out, "[unknown]");
    else if (is_native(p, f))
        native_name(out, p, f);
    else
        python_name(out, p, f, p->frames[frame].line);
}

void smp_report_function_name(struct smp_buf *out, const struct smp_profile *p,
                              uint32_t function)
{
    if (function >= p->function_count)
        smp_buf_puts(out, "[unknown]");
    else if (is_native(p, &p->functions[function]))
        native_name(out, p, &p->functions[function]);
    else
        python_name(out, p, &p->functions[function], 0);
}

const char *smp_report_leaf(const struct smp_sample *s)
{
    static const char *const leaves[] = {
        [SMP_KIND_PYTHON] = NULL,
        [SMP_KIND_NATIVE] = NULL,
        [SMP_KIND_SYSTEM] = "[kernel]",
        [SMP_KIND_WAIT_IO] = "[waiting: I/O]",
        [SMP_KIND_WAIT_LOCK] = "[waiting: lock]",
        [SMP_KIND_WAIT_GIL] = "[waiting: GIL]",
        [SMP_KIND_WAIT_SLEEP] = "[waiting: sleep]",
        [SMP_KIND_WAIT_CHILD] = "[waiting: child process]",
        [SMP_KIND_WAIT_CPU] = "[waiting: CPU queue]",
        [SMP_KIND_WAIT_OTHER] = "[waiting: other]",
    };
    _Static_assert(sizeof leaves / sizeof *leaves == SMP_KIND_COUNT,
                   "a new kind of time needs its leaf here");
    if (s->gc && SMP_KIND_IS_CPU(s->kind))
        return "[garbage collector]";
    return leaves[s->kind];
}

void smp_report_thread_name(struct smp_buf *out, const struct smp_profile *p,
                            uint32_t thread)
{
    const struct smp_thread *t = &p->threads[thread];
    const char *name = smp_profile_text(p, t->name);
    if (!*name)
        name = t->main ? "MainThread" : "thread";
    smp_buf_printf(out, "%s (%d)", name, (int)t->tid);
}
