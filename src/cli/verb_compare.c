/* compare: what changed from one saved profile to another. */
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "report/compare.h"

#define EXIT_WORSE 1

static int write_report(const struct smp_comparison *c,
                        const struct smp_options *o)
{
    struct smp_buf out = {0};
    struct smp_text_options text = {.width = 0};
    int fd = smp_output_is_stdout(o->outfile) ? STDOUT_FILENO : -1;
    smp_terminal_fill(&text, fd, o);
    int status =
        o->json ? smp_compare_json(&out, c) : smp_compare_text(&out, c, &text);
    int code = status ? smp_say_usage("no report: %s", smp_status_text(status))
                      : smp_output_write(o->outfile, &out);
    smp_buf_release(&out);
    return code;
}

static int compare(const struct smp_profile *before,
                   const struct smp_profile *after, const struct smp_options *o)
{
    struct smp_comparison c;
    struct smp_filter filter;
    char *folder;
    int code = smp_show_filter(&filter, &folder, o);
    if (code)
        return code;
    int status =
        smp_compare_make(&c, before, after, &filter, o->compare_threshold);
    free(folder);
    if (status)
        return smp_say_usage("no report: %s", smp_status_text(status));
    code = write_report(&c, o);
    if (!code && smp_compare_is_worse(&c))
        code = EXIT_WORSE;
    smp_compare_release(&c);
    return code;
}

int smp_verb_compare(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    struct smp_profile *before = NULL, *after = NULL;
    if (call->word_count != 2)
        return smp_say_usage("compare takes two profiles: " SMP_CLI_NAME
                             " compare before.json after.json");
    int code = smp_output_check(o->outfile);
    code = code ? code : smp_load(&before, call->words[0]);
    code = code ? code : smp_load(&after, call->words[1]);
    code = code ? code : compare(before, after, o);
    smp_profile_free(before);
    smp_profile_free(after);
    return code;
}
