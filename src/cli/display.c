/* Whether a person sits here who can be shown a page. */
#include "cli/display.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static int is_set(const char *name)
{
    const char *text = getenv(name);
    return text && *text;
}

int smp_display_is_here(void)
{
    static const char *const away[] = {"SSH_CONNECTION", "SSH_CLIENT",
                                       "SSH_TTY", "CI"};
    for (size_t i = 0; i < sizeof away / sizeof *away; i++)
        if (is_set(away[i]))
            return 0;
    return (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) &&
           isatty(STDOUT_FILENO);
}
