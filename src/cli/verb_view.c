/* view: a saved profile, shown again: its page, or in the terminal. */
#include <string.h>

#include "base/buf.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/page.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "report/report.h"

/* The report as text or JSON, where the options want it. */
static int show_report(struct smp_call *call)
{
    struct smp_show show;
    struct smp_profile *profile = NULL;
    int code = smp_show_plan(&show, &call->options, NULL);
    if (!code)
        code = smp_load(&profile, call->words[0]);
    if (!code)
        code = smp_show(&show, profile, &call->options);
    smp_profile_free(profile);
    return code;
}

/* The page alone, which opens any profile that is dropped on it. */
static int write_empty(const struct smp_options *o)
{
    struct smp_buf out = {0};
    int code = smp_report_html_empty(&out) ? SMP_EXIT_USAGE
                                           : smp_output_write(o->outfile, &out);
    smp_buf_release(&out);
    return code;
}

int smp_verb_view(struct smp_call *call)
{
    const char *file = call->words[0];
    int is_view = strcmp(call->verb->name, "view") == 0;
    if (call->options.empty)
        return write_empty(&call->options);
    if (call->word_count > 1)
        return smp_say_usage("%s takes one profile, not also %s",
                             call->verb->name, call->words[1]);
    if (is_view && smp_page_is_served(&call->options))
        return smp_page_serve(file, &call->options);
    int code = show_report(call);
    if (!code && is_view && smp_page_is_unsaid(&call->options))
        smp_say("no display here: for the page, " SMP_CLI_NAME
                " view --no-browser %s serves it",
                file && strcmp(file, "-") != 0 ? file : SMP_PROFILE_FILE);
    return code;
}
