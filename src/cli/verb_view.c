/* view: a saved profile, shown again with other options. */
#include "cli/load.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"

int smp_verb_view(struct smp_call *call)
{
    struct smp_show show;
    struct smp_profile *profile = NULL;
    if (call->word_count > 1)
        return smp_say_usage("%s takes one profile, not also %s",
                             call->verb->name, call->words[1]);
    int code = smp_show_plan(&show, &call->options, NULL);
    if (!code)
        code = smp_load(&profile, call->words[0]);
    if (!code)
        code = smp_show(&show, profile, &call->options);
    smp_profile_free(profile);
    return code;
}
