/* The page in the browser: when it is shown, and by whom. */
#define _GNU_SOURCE
#include "cli/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/display.h"
#include "cli/find.h"
#include "cli/interpreter.h"
#include "cli/load.h"
#include "cli/say.h"

#define WORDS_FIXED 32 /* of the server's command line, but for lists */

/* 1 where one of the options that name a format or a place was given. */
static int is_said(const struct smp_options *o)
{
    const struct smp_option *html = smp_option_find("html", 4, 0);
    return o->cli || o->json || o->outfile ||
           o->level[html - smp_option_table] != SMP_LEVEL_DEFAULT;
}

int smp_page_is_unsaid(const struct smp_options *o)
{
    return !is_said(o) && SMP_LEVEL_OF(o, width) != SMP_LEVEL_COMMAND &&
           SMP_LEVEL_OF(o, color) != SMP_LEVEL_COMMAND;
}

int smp_page_is_served(const struct smp_options *o)
{
    if (is_said(o))
        return 0;
    if (SMP_LEVEL_OF(o, port) == SMP_LEVEL_COMMAND ||
        SMP_LEVEL_OF(o, no_browser) == SMP_LEVEL_COMMAND)
        return 1;
    return smp_page_is_unsaid(o) && smp_display_is_here();
}

/* A command line that grows; its words are borrowed, but for `texts`. */
struct words {
    char **items;
    size_t count;
    char *texts[3]; /* owned: numbers, written out */
    size_t text_count;
};

static void add(struct words *w, const char *word)
{
    w->items[w->count++] = (char *)word;
}

static void add_number(struct words *w, const char *format, double value)
{
    char *text = NULL;
    if (asprintf(&text, format, value) < 0)
        return;
    w->texts[w->text_count++] = text;
    add(w, text);
}

static void add_list(struct words *w, const char *option,
                     const struct smp_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        add(w, option);
        add(w, list->items[i]);
    }
}

/* The question that the options ask: the page begins with it. */
static void add_question(struct words *w, const struct smp_options *o)
{
    if (o->profile_all)
        add(w, "--profile-all");
    if (o->virtual_time)
        add(w, "--use-virtual-time");
    if (o->reduced)
        add(w, "--reduced-profile");
    if (o->program_path) {
        add(w, "--program-path");
        add(w, o->program_path);
    }
    add(w, "--cpu-percent-threshold");
    add_number(w, "%.10g", o->cpu_percent_threshold);
    add_list(w, "--profile-only", &o->only);
    add_list(w, "--profile-exclude", &o->exclude);
}

static int words_init(struct words *w, const struct smp_options *o)
{
    size_t lists = 2 * (o->only.count + o->exclude.count);
    *w = (struct words){.items = calloc(WORDS_FIXED + lists, sizeof(char *))};
    return w->items ? 0 : smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
}

static void words_release(struct words *w)
{
    for (size_t i = 0; i < w->text_count; i++)
        free(w->texts[i]);
    free(w->items);
}

static void add_server(struct words *w, const char *own, const char *profile,
                       const struct smp_options *o)
{
    add(w, "serve");
    add(w, "--exe");
    add(w, own);
    add(w, "--port");
    add_number(w, "%.0f", o->port);
    if (o->no_browser || !smp_display_is_here())
        add(w, "--no-browser");
    add(w, "--profile");
    add(w, profile);
}

static int serve(const char *profile, double since_s,
                 const struct smp_options *o)
{
    struct words w;
    char *own = NULL;
    int code = words_init(&w, o);
    if (code)
        return code;
    if (smp_find_own_file(&own) == 0) {
        add_server(&w, own, profile, o);
        if (since_s > 0) {
            add(&w, "--follow");
            add_number(&w, "%.6f", since_s);
        }
        add(&w, "--");
        add_question(&w, o);
        code = smp_interpreter_become(w.items, o->python);
    } else {
        code = smp_say_usage("this program does not find its own file");
    }
    free(own);
    words_release(&w);
    return code;
}

int smp_page_serve(const char *profile, const struct smp_options *o)
{
    if (!profile && access(SMP_PROFILE_FILE, F_OK) != 0)
        return smp_say_usage(SMP_NO_PROFILE);
    return serve(profile ? profile : SMP_PROFILE_FILE, 0, o);
}

int smp_page_follow(const char *profile, double since_s,
                    const struct smp_options *o)
{
    return serve(profile, since_s, o);
}

/* 1 where this folder takes the file, without a trace. */
static int can_write(const char *file)
{
    return access(file, F_OK) == 0 ? access(file, W_OK) == 0
                                   : access(".", W_OK | X_OK) == 0;
}

int smp_page_ends_run(const struct smp_options *o)
{
    return smp_page_is_unsaid(o) && !o->no_browser && smp_display_is_here() &&
           can_write(SMP_PROFILE_FILE) && can_write(SMP_PAGE_FILE);
}

/* Has the page written by another run of this executable. 1 where it was. */
static int make_page(const char *profile, const struct smp_options *o)
{
    struct words w;
    char *own = NULL;
    int status = -1;
    if (words_init(&w, o))
        return 0;
    if (smp_find_own_file(&own) == 0) {
        add(&w, own);
        add(&w, "view");
        add(&w, "--html");
        add(&w, "-o");
        add(&w, SMP_PAGE_FILE);
        add_question(&w, o);
        add(&w, "--");
        add(&w, profile);
        pid_t child = fork();
        if (child == 0) {
            execv(own, w.items);
            _exit(SMP_EXIT_NOT_RUN);
        }
        if (child > 0)
            while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
    }
    free(own);
    words_release(&w);
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int smp_page_open(const char *profile, const struct smp_options *o)
{
    char *words[] = {(char *)"open", (char *)SMP_PAGE_FILE, NULL};
    if (!make_page(profile, o))
        return 0;
    if (!smp_interpreter_ask(words, o->python)) {
        smp_say("no browser could be opened: the page is in " SMP_PAGE_FILE);
        return 0;
    }
    smp_say("the page is in " SMP_PAGE_FILE ", the profile in %s; " SMP_CLI_NAME
            " view shows it again",
            profile);
    return 1;
}
