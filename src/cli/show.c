/* The report of a profile, as the options want it. */
#include "cli/show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/terminal.h"
#include "report/report.h"

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

int smp_show_plan(struct smp_show *show, const struct smp_options *o,
                  const char *file)
{
    show->path = o->outfile;
    show->json = o->json;
    if (o->outfile && !o->json && !o->cli) {
        show->json = ends_with(o->outfile, ".json");
        if (ends_with(o->outfile, ".html"))
            return smp_say_usage("--outfile %s: the HTML page comes with a "
                                 "later version: use --cli or --json",
                                 o->outfile);
    }
    if (!show->path && show->json && !o->cli)
        show->path = file;
    return smp_output_check(show->path);
}

int smp_show_filter(struct smp_filter *f, char **folder,
                    const struct smp_options *o)
{
    struct stat st;
    *folder = NULL;
    *f = (struct smp_filter){
        .scope = o->profile_all ? SMP_SCOPE_ALL : SMP_SCOPE_PROGRAM,
        .only = o->only.items,
        .only_count = o->only.count,
        .exclude = o->exclude.items,
        .exclude_count = o->exclude.count,
        .cpu_only = o->virtual_time,
    };
    if (!o->program_path)
        return 0;
    /* Profiles hold absolute paths. One from another machine may name a
     * folder that is not here: then the text must be right as it is. */
    if (stat(o->program_path, &st) == 0 && !S_ISDIR(st.st_mode))
        return smp_say_usage("--program-path %s: not a folder",
                             o->program_path);
    *folder = realpath(o->program_path, NULL);
    if (!*folder && o->program_path[0] != '/')
        return smp_say_usage("--program-path %s: no such folder",
                             o->program_path);
    f->program_path = *folder ? *folder : o->program_path;
    return 0;
}

static int make_json(struct smp_buf *out, const struct smp_profile *p,
                     const struct smp_options *o, const struct smp_filter *f)
{
    struct smp_json_options json = {
        .filter = *f,
        .cpu_percent_threshold = o->cpu_percent_threshold,
        .malloc_threshold = o->malloc_threshold,
        .reduced = o->reduced,
        .stacks = o->stacks != 0,
        .sources = 1,
    };
    return smp_report_json(out, p, &json);
}

static int make_text(struct smp_buf *out, const struct smp_profile *p,
                     const struct smp_options *o, const struct smp_filter *f,
                     int fd)
{
    struct smp_text_options text = {
        .filter = *f,
        .cpu_percent_threshold = o->cpu_percent_threshold,
        .malloc_threshold = o->malloc_threshold,
        .reduced = o->reduced,
        .stacks = o->stacks == 1,
    };
    smp_terminal_fill(&text, fd, o);
    return smp_report_text(out, p, &text);
}

int smp_show(const struct smp_show *show, const struct smp_profile *p,
             const struct smp_options *o)
{
    struct smp_filter filter;
    struct smp_buf out = {0};
    char *folder;
    int code = smp_show_filter(&filter, &folder, o);
    if (code)
        return code;
    int fd = smp_output_is_stdout(show->path) ? STDOUT_FILENO : -1;
    int status = show->json ? make_json(&out, p, o, &filter)
                            : make_text(&out, p, o, &filter, fd);
    if (!status && out.failed)
        status = SMP_ENOMEM;
    if (status)
        code = smp_say_usage("no report: %s", smp_status_text(status));
    else
        code = smp_output_write(show->path, &out);
    smp_buf_release(&out);
    free(folder);
    return code;
}
