/* The terminal: how wide it is and what it can show. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST 20
#define WIDTH_MOST 1000
#define VTE_WITH_LINKS 5000       /* 0.50 */
#define KONSOLE_WITH_LINKS 201200 /* 20.12 */

/* A variable's text; "" where it is not set. */
static const char *env(const char *name)
{
    const char *text = getenv(name);
    return text ? text : "";
}

static int in_bounds(long width)
{
    return (int)(width < WIDTH_LEAST  ? WIDTH_LEAST
                 : width > WIDTH_MOST ? WIDTH_MOST
                                      : width);
}

static int width_of(int fd)
{
    struct winsize size = {0};
    if (fd >= 0 && isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0)
        return in_bounds(size.ws_col);
    long columns = strtol(env("COLUMNS"), NULL, 10);
    return columns > 0 ? in_bounds(columns) : WIDTH_DEFAULT;
}

static enum smp_color colors_of_term(void)
{
    const char *term = env("TERM"), *more = env("COLORTERM");
    if (strstr(term, "256") || strcmp(more, "truecolor") == 0 ||
        strcmp(more, "24bit") == 0)
        return SMP_COLOR_256;
    return SMP_COLOR_16;
}

static enum smp_color color_of(int fd, enum smp_when when)
{
    const char *term = env("TERM"), *force = env("FORCE_COLOR");
    if (when == SMP_WHEN_NEVER)
        return SMP_COLOR_NONE;
    if (when == SMP_WHEN_ALWAYS)
        return colors_of_term();
    if (*env("NO_COLOR"))
        return SMP_COLOR_NONE;
    if (*force && strcmp(force, "0") != 0)
        return colors_of_term();
    if (fd < 0 || !isatty(fd) || !*term || strcmp(term, "dumb") == 0)
        return SMP_COLOR_NONE;
    return colors_of_term();
}

/* The character set of the locale, by the order of precedence of setlocale. */
static int is_utf8(void)
{
    const char *locale = env("LC_ALL");
    if (!*locale)
        locale = env("LC_CTYPE");
    if (!*locale)
        locale = env("LANG");
    const char *set = strchr(locale, '.');
    return set && (strncasecmp(set + 1, "utf-8", 5) == 0 ||
                   strncasecmp(set + 1, "utf8", 4) == 0);
}

/* Terminals known to make OSC 8 a link; others may print it as rubbish, and
 * what sits between (tmux, screen) may cut it. */
static int knows_links(void)
{
    static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode",
                                           "ghostty"};
    if (*env("TMUX") || *env("STY"))
        return 0;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (strcmp(env("TERM_PROGRAM"), programs[i]) == 0)
            return 1;
    return strtol(env("VTE_VERSION"), NULL, 10) >= VTE_WITH_LINKS ||
           strtol(env("KONSOLE_VERSION"), NULL, 10) >= KONSOLE_WITH_LINKS ||
           *env("KITTY_WINDOW_ID") || *env("WT_SESSION");
}

void smp_terminal_fill(struct smp_text_options *text, int fd,
                       const struct smp_options *o)
{
    text->width = o->width ? o->width : width_of(fd);
    text->color = color_of(fd, (enum smp_when)o->color);
    text->utf8 = is_utf8();
    text->links =
        text->color != SMP_COLOR_NONE && fd >= 0 && isatty(fd) && knows_links();
}
