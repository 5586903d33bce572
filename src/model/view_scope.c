/* What a filter keeps: files in scope, samples, the thread that is "main". */
#include <stdlib.h>
#include <string.h>

#include "model/view.h"

static int contains_one(const char *path, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i] && *parts[i] && strstr(path, parts[i]))
            return 1;
    return 0;
}

/* Empty parts say nothing: "--profile-only=" is no filter. */
static int has_text(const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i] && *parts[i])
            return 1;
    return 0;
}

/* What follows `folder` in `path`, NULL where path is not under it. */
static const char *below(const char *path, const char *folder, size_t n)
{
    while (n > 1 && folder[n - 1] == '/')
        n--;
    if (strncmp(path, folder, n) != 0)
        return NULL;
    if (n == 1 && *folder == '/')
        return path + 1;
    return path[n] == '/' ? path + n + 1 : path[n] ? NULL : path + n;
}

/* A folder given without "/" in front is meant from the working directory. */
static int is_under(const char *path, const char *folder, const char *directory)
{
    if (*folder == '/')
        return below(path, folder, strlen(folder)) != NULL;
    const char *rest = below(path, directory, strlen(directory));
    while (!strncmp(folder, "./", 2))
        folder += 2;
    if (!*folder || !strcmp(folder, "."))
        return rest != NULL;
    return rest && below(rest, folder, strlen(folder)) != NULL;
}

static int is_program(const struct smp_profile *p, const struct smp_file *file,
                      const struct smp_filter *f)
{
    if (!f->program_path || !*f->program_path ||
        file->kind == SMP_FILE_SYNTHETIC) /* it lies in no folder */
        return file->program;
    return file->kind == SMP_FILE_SOURCE && !file->library &&
           is_under(smp_profile_text(p, file->path), f->program_path,
                    smp_profile_text(p, p->directory));
}

int smp_view_file_in_scope(const struct smp_profile *p, uint32_t file,
                           const struct smp_filter *f)
{
    const struct smp_file *it = &p->files[file];
    const char *path = smp_profile_text(p, it->path);
    if (it->kind == SMP_FILE_NATIVE ||
        contains_one(path, f->exclude, f->exclude_count))
        return 0;
    if (has_text(f->only, f->only_count))
        return contains_one(path, f->only, f->only_count);
    if (f->scope == SMP_SCOPE_ALL)
        return 1;
    return is_program(p, it, f);
}

/* A decorated function's file, which need not be the program's. */
static int file_allows(const struct smp_profile *p, uint32_t file,
                       const struct smp_filter *f)
{
    struct smp_filter any = *f;
    any.scope = SMP_SCOPE_ALL;
    return smp_view_file_in_scope(p, file, &any);
}

uint8_t *smp_view_functions_in_scope(const struct smp_profile *p,
                                     const struct smp_filter *f)
{
    uint8_t *in = calloc(p->function_count + 1, 1);
    uint8_t *files = calloc(p->file_count + 1, 1);
    int selected = f->scope == SMP_SCOPE_PROGRAM && p->selected_count;
    for (uint32_t i = 0; files && i < p->file_count; i++)
        files[i] = (uint8_t)(selected ? file_allows(p, i, f)
                                      : smp_view_file_in_scope(p, i, f));
    for (size_t i = 0; in && files && !selected && i < p->function_count; i++)
        in[i] = files[p->functions[i].file];
    for (size_t i = 0; in && files && selected && i < p->selected_count; i++)
        in[p->selected[i]] = files[p->functions[p->selected[i]].file];
    if (!files) {
        free(in);
        in = NULL;
    }
    free(files);
    return in;
}

int smp_filter_keeps_thread(const struct smp_profile *p,
                            const struct smp_filter *f, uint32_t thread)
{
    if (f->thread_plus_1 && thread != f->thread_plus_1 - 1)
        return 0;
    return !f->process_plus_1 ||
           p->threads[thread].process == f->process_plus_1 - 1;
}

int smp_filter_keeps_bin(const struct smp_filter *f, uint32_t bin, double bin_s)
{
    double middle_s = (bin + 0.5) * bin_s;
    return middle_s >= f->from_s && (f->to_s <= 0 || middle_s < f->to_s);
}

int smp_filter_keeps(const struct smp_profile *p, const struct smp_filter *f,
                     const struct smp_sample *s)
{
    if (f->cpu_only && !SMP_KIND_IS_CPU(s->kind))
        return 0;
    return smp_filter_keeps_thread(p, f, s->thread) &&
           smp_filter_keeps_bin(f, s->bin, p->bin_s);
}

static uint32_t main_process(const struct smp_profile *p)
{
    uint32_t best = SMP_NONE;
    double longest_s = 0;
    for (uint32_t i = 0; i < p->process_count; i++) {
        const struct smp_process *it = &p->processes[i];
        double life_s = it->end_s - it->start_s;
        if (it->parent != SMP_NONE || (best != SMP_NONE && life_s <= longest_s))
            continue;
        best = i;
        longest_s = life_s;
    }
    return best;
}

uint32_t smp_view_main_process(const struct smp_profile *p,
                               const struct smp_filter *f)
{
    uint32_t process = main_process(p);
    if (f->thread_plus_1)
        process = f->thread_plus_1 - 1 < p->thread_count
                      ? p->threads[f->thread_plus_1 - 1].process
                      : SMP_NONE;
    else if (f->process_plus_1)
        process = f->process_plus_1 - 1;
    return process < p->process_count ? process : SMP_NONE;
}

uint32_t smp_view_main_thread(const struct smp_profile *p,
                              const struct smp_filter *f)
{
    if (f->thread_plus_1)
        return f->thread_plus_1 - 1 < p->thread_count ? f->thread_plus_1 - 1
                                                      : SMP_NONE;
    uint32_t process =
        f->process_plus_1 ? f->process_plus_1 - 1 : main_process(p);
    for (uint32_t i = 0; process != SMP_NONE && i < p->thread_count; i++)
        if (p->threads[i].process == process && p->threads[i].main)
            return i;
    return SMP_NONE;
}
