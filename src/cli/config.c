/* Config files: which ones are read, and what a key in one means. */
#include "cli/config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/say.h"
#include "cli/suggest.h"

#define PROJECT_FILE "pyproject.toml"

static int unknown_key(const struct smp_config *c, int line, const char *key)
{
    struct smp_suggestion s;
    smp_suggest_init(&s, key, strlen(key));
    for (size_t i = 0; i < smp_option_count; i++)
        if (smp_option_table[i].config &&
            smp_option_table[i].group != SMP_GROUP_HIDDEN)
            smp_suggest_try(&s, smp_option_table[i].name);
    if (s.best)
        return smp_say_usage("%s:%d: unknown key '%s'; did you mean '%s'?",
                             c->path, line, key, s.best);
    return smp_say_usage("%s:%d: unknown key '%s'; the keys are the names of "
                         "the options of " SMP_CLI_NAME " --help",
                         c->path, line, key);
}

/* A path in a config file is meant from the file's folder. The name of a
 * command ("python3.12"), which is looked up in PATH, stays as it is. */
static int from_folder(const struct smp_config *c,
                       const struct smp_option *option, const char *text,
                       struct smp_buf *out)
{
    const char *slash = strrchr(c->path, '/');
    int command = option->offset == offsetof(struct smp_options, python) &&
                  !strchr(text, '/');
    if (option->type != SMP_TYPE_PATH || !slash || *text == '/' || !*text ||
        command)
        return 0;
    smp_buf_add(out, c->path, (size_t)(slash - c->path) + 1);
    smp_buf_puts(out, text);
    return out->failed ? SMP_ENOMEM : 1;
}

int smp_config_key(struct smp_config *c, int line, const char *key,
                   const char *text)
{
    const struct smp_option *option = smp_option_find(key, strlen(key), 1);
    if (!option)
        return unknown_key(c, line, key);
    struct smp_buf path = {0};
    char why[SMP_WHY] = "out of memory";
    int status = from_folder(c, option, text, &path);
    if (status >= 0)
        status = smp_option_set(c->options, option, status ? path.data : text,
                                c->level, why);
    smp_buf_release(&path);
    if (!status)
        return 0;
    return smp_say_usage("%s:%d: %s %s", c->path, line, option->name, why);
}

/* The nearest pyproject.toml, in `path`: 1 where there is one. */
static int find_project(char path[PATH_MAX])
{
    char directory[PATH_MAX];
    if (!getcwd(directory, sizeof directory) || directory[0] != '/')
        return 0;
    for (;;) {
        struct stat st;
        int n = snprintf(path, PATH_MAX, "%s/" PROJECT_FILE,
                         directory[1] ? directory : "");
        if (n < PATH_MAX && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return 1;
        char *slash = strrchr(directory, '/');
        if (!directory[1])
            return 0;
        slash[slash == directory] = '\0';
    }
}

/* A project's file belongs to other tools as well: where it can't be read
 * there are simply no options in it. */
static int read_project(struct smp_options *o)
{
    char path[PATH_MAX];
    struct smp_buf text = {0};
    struct smp_config c = {o, path, SMP_LEVEL_PROJECT};
    int code = 0;
    if (find_project(path) &&
        smp_buf_read_file(&text, path, SMP_CONFIG_LIMIT) == 0 && text.data)
        code = smp_config_toml(&c, &text);
    smp_buf_release(&text);
    return code;
}

static int read_file(struct smp_options *o)
{
    struct smp_buf text = {0};
    struct smp_config c = {o, o->config, SMP_LEVEL_FILE};
    int status = smp_buf_read_file(&text, o->config, SMP_CONFIG_LIMIT);
    int code = 0;
    if (status)
        code = smp_say_usage("config file %s: %s", o->config,
                             smp_status_text(status));
    else if (text.data)
        code = smp_config_yaml(&c, &text);
    smp_buf_release(&text);
    return code;
}

int smp_config_read(struct smp_options *o)
{
    int code = read_project(o);
    if (!code && o->config)
        code = read_file(o);
    return code;
}
