/* option-table: the table of options for programs, so that a notebook's magics read
 * command lines by it: one line each, "NAME LETTER VALUE VERBS"; "-" for none. */
#include "base/buf.h"
#include "base/status.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/verb.h"

/* Whether it says something to the measurement (m), to the report (r), or to
 * neither. What says where a report goes is for whoever makes it. */
static const char *use_of(const struct smp_option *o)
{
    int run = (o->verbs & SMP_FOR_RUN) != 0,
        view = (o->verbs & SMP_FOR_VIEW) != 0;
    return run && view ? "mr" : run ? "m" : view ? "r" : "-";
}

int smp_verb_option_table(struct smp_call *call)
{
    struct smp_buf out = {0};
    (void)call;
    for (size_t i = 0; i < smp_option_count; i++) {
        const struct smp_option *o = &smp_option_table[i];
        char letter[] = {o->letter ? o->letter : '-', '\0'};
        smp_buf_printf(&out, "%s %s %s %s\n", o->name, letter,
                       o->argument ? o->argument : "-", use_of(o));
    }
    int code = out.failed ? smp_say_usage("%s", smp_status_text(SMP_ENOMEM))
                          : smp_output_write("-", &out);
    smp_buf_release(&out);
    return code;
}
