/* Placeholders in the name of the report. */
#define _GNU_SOURCE
#include "cli/outfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

static void add_pid(struct smp_buf *out)
{
    smp_buf_printf(out, "%d", (int)getpid());
}

static void add_host(struct smp_buf *out)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) || !*name)
        strcpy(name, "localhost");
    smp_buf_add(out, name, strcspn(name, "./"));
}

static void add_rank(struct smp_buf *out)
{
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                            "PMI_RANK", "SLURM_PROCID", "RANK"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value && !value[strspn(value, "0123456789")]) {
            smp_buf_puts(out, value);
            return;
        }
    }
    add_pid(out);
}

static const struct {
    const char *word;
    void (*add)(struct smp_buf *out);
} words[] = {{"{pid}", add_pid}, {"{host}", add_host}, {"{rank}", add_rank}};

void smp_outfile_expand(struct smp_buf *out, const char *name)
{
    while (*name) {
        size_t i = 0, count = sizeof words / sizeof *words;
        while (i < count &&
               strncmp(name, words[i].word, strlen(words[i].word)) != 0)
            i++;
        if (i < count) {
            words[i].add(out);
            name += strlen(words[i].word);
        } else {
            smp_buf_putc(out, *name++);
        }
    }
}

int smp_outfile_fill(struct smp_options *o)
{
    struct smp_buf name = {0};
    const struct smp_option *option;
    char why[SMP_WHY];
    if (!o->outfile || !strchr(o->outfile, '{'))
        return 0;
    smp_outfile_expand(&name, o->outfile);
    option = smp_option_find("outfile", strlen("outfile"), 0);
    int status = name.failed ? SMP_ENOMEM
                             : smp_option_set(o, option, name.data,
                                              SMP_LEVEL_OF(o, outfile), why);
    smp_buf_release(&name);
    return status;
}
