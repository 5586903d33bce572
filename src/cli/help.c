/* The help, made from the tables of verbs and options. */
#include "cli/help.h"

#include <string.h>

#include "cli/parse.h"
#include "cli/say.h"

#define INDENT 2
#define HELP_COLUMN 26 /* where an option's sentence begins */

static const struct {
    enum smp_option_group group;
    const char *title;
} groups[] = {
    {SMP_GROUP_REPORT, "What to show"},
    {SMP_GROUP_OUTPUT, "Where it goes and how it looks"},
    {SMP_GROUP_MEASURE, "What to measure"},
    {SMP_GROUP_CODE, "Which code to report"},
    {SMP_GROUP_RUN, "How to run"},
    {SMP_GROUP_ASK, "Proposals (suggest)"},
    {SMP_GROUP_OTHER, "Help"},
};

static void spaces(struct smp_buf *out, size_t n)
{
    while (n--)
        smp_buf_putc(out, ' ');
}

/* Adds the text's words from `column` on, in lines that begin at `indent`. */
static void wrap(struct smp_buf *out, const char *text, size_t column,
                 size_t indent)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column + n > SMP_HELP_WIDTH && column > indent) {
            out->length -= out->data[out->length - 1] == ' ';
            smp_buf_putc(out, '\n');
            spaces(out, indent);
            column = indent;
        }
        smp_buf_add(out, text, n);
        text += n;
        column += n;
        if (*text == ' ') {
            text++;
            column++;
            smp_buf_putc(out, ' ');
        }
    }
    smp_buf_putc(out, '\n');
}

/* One entry: its left side, then its sentence in a column of its own. */
static void entry(struct smp_buf *out, const char *left, const char *help)
{
    size_t n = INDENT + strlen(left);
    spaces(out, INDENT);
    smp_buf_puts(out, left);
    if (n + 2 > HELP_COLUMN) {
        smp_buf_putc(out, '\n');
        n = 0;
    }
    spaces(out, HELP_COLUMN - n);
    wrap(out, help, HELP_COLUMN, HELP_COLUMN);
}

static void option_entry(struct smp_buf *out, const struct smp_option *option)
{
    struct smp_buf left = {0}, help = {0};
    if (option->letter)
        smp_buf_printf(&left, "-%c, ", option->letter);
    smp_buf_printf(&left, "--%s", option->name);
    if (option->argument)
        smp_buf_printf(&left, " %s", option->argument);
    if (option->type == SMP_TYPE_LATER)
        smp_buf_printf(&help, "Comes with a later version: %s.", option->help);
    else
        smp_buf_puts(&help, option->help);
    if (left.failed || help.failed)
        out->failed = 1;
    else
        entry(out, left.data, help.data);
    smp_buf_release(&left);
    smp_buf_release(&help);
}

static void option_group(struct smp_buf *out, enum smp_option_group group)
{
    for (size_t i = 0; i < smp_option_count; i++)
        if (smp_option_table[i].group == group)
            option_entry(out, &smp_option_table[i]);
}

static void usage_lines(struct smp_buf *out)
{
    for (size_t i = 0; i < smp_verb_count; i++)
        if (smp_verb_table[i].help)
            smp_buf_printf(out, "%s" SMP_CLI_NAME " %s\n",
                           i ? "       " : "usage: ", smp_verb_table[i].usage);
}

static void verbs(struct smp_buf *out)
{
    smp_buf_puts(out, "\nVerbs:\n");
    for (size_t i = 0; i < smp_verb_count; i++)
        if (smp_verb_table[i].help)
            entry(out, smp_verb_table[i].name, smp_verb_table[i].help);
}

static const char programs[] =
    "\nPROGRAM is one of\n"
    "  prog.py, a folder or zip file with __main__.py\n"
    "  -m MODULE, -c CODE, - (standard input), as python takes them\n"
    "  any command: gunicorn app:app, pytest, ./script, python -O prog.py\n"
    "What follows the program belongs to it. --- (or --) ends our options, "
    "for\n"
    "a program whose name is like a verb's: " SMP_CLI_NAME " --- view\n";

static const char config[] =
    "\nAn option without a value has a --no- form: --no-profile-all.\n"
    "Options for a whole project stand in its pyproject.toml, in this folder "
    "or\n"
    "one above, under [tool." SMP_CLI_NAME "]; the names are the same:\n"
    "  profile-exclude = [\"tests\"]\n"
    "The command line wins over --config, and that over pyproject.toml.\n";

static const char examples[] =
    "\nExamples:\n"
    "  " SMP_CLI_NAME " prog.py --its-option      report in the terminal\n"
    "  " SMP_CLI_NAME " --json -o p.json prog.py  keep the profile\n"
    "  " SMP_CLI_NAME " view p.json --profile-all show it with libraries\n"
    "  " SMP_CLI_NAME " convert p.json --to speedscope -o p.speedscope.json\n"
    "  " SMP_CLI_NAME " compare a.json b.json       what changed; a gate in "
    "CI\n"
    "  " SMP_CLI_NAME " --- -m pytest tests       profile a test run\n";

void smp_help(struct smp_buf *out)
{
    usage_lines(out);
    smp_buf_puts(out,
                 "\nProfiles Python programs that nobody changed: time and "
                 "memory by line,\nfunction and stack.\n");
    verbs(out);
    smp_buf_puts(out, programs);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        smp_buf_printf(out, "\n%s:\n", groups[i].title);
        option_group(out, groups[i].group);
    }
    smp_buf_puts(out, config);
    smp_buf_puts(out, examples);
}

void smp_help_usage(struct smp_buf *out)
{
    usage_lines(out);
    smp_buf_puts(out, SMP_CLI_NAME " --help tells more\n");
}
