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
    *show = (struct smp_show){.html = o->html,
                              .json = o->json && !o->html,
                              .path = o->outfile};
    if (o->outfile && !o->json && !o->cli && !o->html) {
        show->json = ends_with(o->outfile, ".json");
        show->html = ends_with(o->outfile, ".html");
    }
    if (!show->path && show->html) {
        show->path = SMP_HTML_FILE;
        show->beside = file;
    }
    if (!show->path && show->json && !o->cli)
        show->path = file;
    int code = smp_output_check(show->path);
    return code || !show->beside ? code : smp_output_check(show->beside);
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

/* The page and JSON are asked the same. */
int smp_show_make(struct smp_buf *out, const struct smp_profile *p,
                  const struct smp_options *o, const struct smp_filter *f,
                  int html)
{
    struct smp_json_options json = {
        .filter = *f,
        .cpu_percent_threshold = o->cpu_percent_threshold,
        .malloc_threshold = o->malloc_threshold,
        .reduced = o->reduced,
        .stacks = o->stacks != 0,
        .sources = 1,
    };
    return html ? smp_report_html(out, p, &json)
                : smp_report_json(out, p, &json);
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

static int show_one(const struct smp_show *show, const struct smp_profile *p,
                    const struct smp_options *o)
{
    struct smp_filter filter;
    struct smp_buf out = {0};
    char *folder;
    int code = smp_show_filter(&filter, &folder, o);
    if (code)
        return code;
    int fd = smp_output_is_stdout(show->path) ? STDOUT_FILENO : -1;
    int status = show->json || show->html
                     ? smp_show_make(&out, p, o, &filter, show->html)
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

int smp_show(const struct smp_show *show, const struct smp_profile *p,
             const struct smp_options *o)
{
    struct smp_show beside = {.json = 1, .path = show->beside};
    int code = show_one(show, p, o);
    if (!code && show->beside)
        code = show_one(&beside, p, o);
    if (!code && show->html && !o->outfile)
        smp_say(show->beside ? "the page is in %s, the profile in %s"
                             : "the page is in %s",
                show->path, show->beside);
    return code;
}
