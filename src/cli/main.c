/* The launcher: keeps 0, 1 and 2 safe, reads the command line, runs the verb. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/parse.h"
#include "cli/verb.h"

/* Where the caller closed standard descriptors, no file of ours may take their
 * numbers: /dev/null holds them here, and exec closes them again, so that the
 * program finds them closed, as without us. */
static void hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

static int print_version(void)
{
    return printf("solvidia-mem-prof %s\n", SMP_VERSION) < 0;
}

int main(int argc, char **argv)
{
    struct smp_call call;
    hold_standard_descriptors();
    int code = smp_parse(&call, argc, argv);
    if (!code && call.options.version)
        code = print_version();
    else if (!code && call.options.help)
        code = smp_verb_help(&call);
    else if (!code)
        code = call.verb->carry_out(&call);
    smp_call_release(&call);
    return code;
}
