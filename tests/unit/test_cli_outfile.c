/* links: src/cli/outfile.c src/cli/options.c src/cli/option_table.c
 * src/cli/suggest.c src/base/buf.c src/base/status.c */
/* Placeholders in the name of the report. */
#include "cli/outfile.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static const char *const ranks[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                    "PMI_RANK", "SLURM_PROCID", "RANK"};

static void becomes(const char *name, const char *wanted)
{
    struct smp_buf b = {0};
    smp_outfile_expand(&b, name);
    CHECK_STR(b.data ? b.data : "", wanted);
    smp_buf_release(&b);
}

static void no_rank(void)
{
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        unsetenv(ranks[i]);
}

static void test_words(void)
{
    char pid[32], host[256] = "", wanted[512];
    no_rank();
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    becomes("p.json", "p.json");
    becomes("{pid}", pid);
    becomes("{rank}", pid);
    becomes("{x}-{pid-{", "{x}-{pid-{");
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    snprintf(wanted, sizeof wanted, "/tmp/%s.%s.html", host, pid);
    becomes("/tmp/{host}.{pid}.html", wanted);
}

static void test_ranks(void)
{
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        no_rank();
        setenv(ranks[i], "12", 1);
        becomes("r{rank}", "r12");
        setenv(ranks[i], "../12", 1);
        CHECK(getenv(ranks[i]) != NULL);
        struct smp_buf b = {0};
        smp_outfile_expand(&b, "{rank}");
        CHECK(!strchr(b.data, '.')); /* no number: not a rank */
        smp_buf_release(&b);
    }
    no_rank();
}

static void test_option(void)
{
    struct smp_options o;
    char why[SMP_WHY];
    smp_options_init(&o);
    CHECK_INT(smp_outfile_fill(&o), 0);
    CHECK(o.outfile == NULL);
    smp_option_set(&o, smp_option_find("outfile", 7, 0), "r{rank}.json",
                   SMP_LEVEL_COMMAND, why);
    setenv("RANK", "7", 1);
    CHECK_INT(smp_outfile_fill(&o), 0);
    CHECK_STR(o.outfile, "r7.json");
    smp_options_release(&o);
}

int main(void)
{
    RUN(test_words);
    RUN(test_ranks);
    RUN(test_option);
    return check_summary();
}
