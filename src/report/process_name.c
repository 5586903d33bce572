/* What a process is called in a report. */
#define _GNU_SOURCE
#include "report/process_name.h"

#include <string.h>

/* How the standard library and joblib start what is no program of the user's. */
static const struct {
    const char *part, *name;
} machinery[] = {
    {"from multiprocessing.spawn import", "multiprocessing worker (spawn)"},
    {"from multiprocessing.forkserver import", "multiprocessing fork server"},
    {"from multiprocessing.resource_tracker import",
     "multiprocessing resource tracker"},
    {"loky.backend.resource_tracker import", "loky resource tracker"},
};

#define LOKY_OPTION "--process-name "

/* Without the folders of the interpreter and of an installed command, which are
 * the same in all rows and push the rest out of the table. */
static const char *skip_folder(const char *word, int only_bin)
{
    size_t n = strcspn(word, " ");
    const char *slash = *word == '/' ? memrchr(word, '/', n) : NULL;
    if (!slash || slash + 1 == word + n ||
        (only_bin && (slash - word < 4 || memcmp(slash - 4, "/bin", 4) != 0)))
        return word;
    return slash + 1;
}

static void add_command(struct smp_buf *out, const char *text)
{
    const char *word = skip_folder(text, 0);
    size_t n = strcspn(word, " ");
    n += word[n] == ' ';
    smp_buf_add(out, word, n);
    smp_buf_puts(out, skip_folder(word + n, 1));
}

/* The name that loky gave its worker; NULL: it is none. Sets its length. */
static const char *loky_name(const char *command, size_t *length)
{
    const char *at = strstr(command, "loky.backend.popen_loky");
    at = at ? strstr(at, LOKY_OPTION) : NULL;
    if (!at)
        return NULL;
    at += sizeof LOKY_OPTION - 1;
    *length = strcspn(at, " ");
    return at;
}

static const char *machinery_name(const char *command)
{
    for (size_t i = 0; i < sizeof machinery / sizeof *machinery; i++)
        if (strstr(command, machinery[i].part))
            return machinery[i].name;
    return NULL;
}

/* The parent, where this process has the parent's command: forked from it, or
 * started by it once more, as reloaders do. */
static const struct smp_process *same_as(const struct smp_profile *p,
                                         const struct smp_process *it)
{
    const struct smp_process *parent =
        it->parent < p->process_count ? &p->processes[it->parent] : NULL;
    return parent && it->command && parent->command == it->command ? parent
                                                                   : NULL;
}

static void add_name(struct smp_buf *out, const struct smp_profile *p,
                     const struct smp_process *it)
{
    const char *command = smp_profile_text(p, it->command);
    const char *known = machinery_name(command);
    size_t length = 0;
    const char *loky = loky_name(command, &length);
    if (loky)
        smp_buf_printf(out, "%.*s", (int)length, loky);
    else if (known)
        smp_buf_puts(out, known);
    else
        add_command(out, command);
}

static void add_same(struct smp_buf *out, const struct smp_process *parent)
{
    smp_buf_printf(out, "child of %d, same command", (int)parent->pid);
}

void smp_report_process_name(struct smp_buf *out, const struct smp_profile *p,
                             uint32_t process)
{
    const struct smp_process *it = &p->processes[process];
    const struct smp_process *parent = same_as(p, it);
    if (parent)
        add_same(out, parent);
    else
        add_name(out, p, it);
}

void smp_report_process_kind(struct smp_buf *out, const struct smp_profile *p,
                             uint32_t process)
{
    const struct smp_process *it = &p->processes[process];
    const struct smp_process *parent = same_as(p, it);
    struct smp_buf name = {0};
    if (parent) {
        add_same(out, parent);
        return;
    }
    add_name(&name, p, it);
    const char *text = name.data ? name.data : "";
    size_t word = strcspn(text, " "); /* "python3" */
    smp_buf_add(out, text, word);
    smp_report_pattern(out, text + word);
    out->failed |= name.failed;
    smp_buf_release(&name);
}

int smp_report_process_is_tracker(const struct smp_profile *p, uint32_t process)
{
    const char *name =
        machinery_name(smp_profile_text(p, p->processes[process].command));
    return name && strstr(name, "resource tracker") != NULL;
}

void smp_report_pattern(struct smp_buf *out, const char *text)
{
    for (int after_digit = 0; *text; text++) {
        int digit = *text >= '0' && *text <= '9';
        if (!digit || !after_digit)
            smp_buf_putc(out, digit ? '#' : *text);
        after_digit = digit;
    }
}
