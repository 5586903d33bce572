/* help: all of it, on standard output. */
#include "cli/help.h"
#include "cli/output.h"
#include "cli/verb.h"

int smp_verb_help(struct smp_call *call)
{
    struct smp_buf out = {0};
    (void)call;
    smp_help(&out);
    int code = smp_output_write(NULL, &out);
    smp_buf_release(&out);
    return code;
}
