/* profile: switches a running program's profile on or off. */
#include "cli/say.h"
#include "cli/verb.h"

int smp_verb_profile(struct smp_call *call)
{
    (void)call;
    return smp_say_usage("profile --on|--off --pid comes with a later version: "
                         "this version measures the whole run");
}
