/* A profile from JSON: untrusted bytes in, a valid profile or one line out. */
#include "report/json_read.h"
#include "report/scalene_read.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* --- jansson's memory, bounded: "[[],[],..." takes 50 bytes for each of the
 * file's; the densest honest columns take 24. --- */

#define BUDGET_BASE ((size_t)16 << 20)
#define BUDGET_PER_BYTE 32
#define BUDGET_LIMIT ((size_t)4 << 30)

static struct {
    size_t left;
    int exceeded; /* more was asked for than there is */
    int refused;  /* the system had none */
} budget;

static void *take_memory(size_t size)
{
    if (size > budget.left) {
        budget.exceeded = 1;
        return NULL;
    }
    void *block = malloc(size);
    if (!block)
        budget.refused = 1;
    size_t real = malloc_usable_size(block);
    budget.left -= real < budget.left ? real : budget.left;
    return block;
}

static void give_memory(void *block)
{
    budget.left += malloc_usable_size(block);
    free(block);
}

static size_t budget_for(size_t length)
{
    size_t wanted = BUDGET_BASE + length * BUDGET_PER_BYTE;
    return wanted < BUDGET_LIMIT ? wanted : BUDGET_LIMIT;
}

/* --- the whole --- */

static int say(char why[256], int status, const char *words)
{
    snprintf(why, 256, "%s", words);
    return status;
}

/* Whose JSON is it? 0 where it is ours and of a version that we know. */
static int check_kind(const json_t *root, char why[256])
{
    const json_t *format = json_object_get(root, "format");
    const json_t *version = json_object_get(root, "schema_version");
    if (!json_is_string(format) || !json_is_integer(version) ||
        strcmp(json_string_value(format), "solvidia-mem-prof profile") != 0)
        return say(why, SMP_EFORMAT,
                   "this JSON is not a profile of solvidia-mem-prof");
    json_int_t number = json_integer_value(version);
    if (number >= 1 && number <= SMP_JSON_VERSION)
        return 0;
    snprintf(why, 256,
             "this profile has schema version %" JSON_INTEGER_FORMAT
             ", this program reads up to %d: update solvidia-mem-prof",
             number, SMP_JSON_VERSION);
    return SMP_EVERSION;
}

static int read_parts(struct smp_json_reader *r, const json_t *root)
{
    const json_t *facts = NULL;
    int s = smp_json_take_object(r, root, "facts", &facts);
    s = s ? s : smp_json_read_strings(r, facts);
    s = s ? s : smp_json_read_run(r, root);
    s = s ? s : smp_json_read_processes(r, root);
    s = s ? s : smp_json_read_tables(r, facts);
    s = s ? s : smp_json_read_said(r, facts);
    if (!s && !smp_profile_is_valid(r->p))
        return smp_json_fail(r, "its parts contradict each other: damaged");
    return s;
}

static int is_scalenes(const json_t *root)
{
    return !json_object_get(root, "format") && json_object_get(root, "files") &&
           json_object_get(root, "elapsed_time_sec");
}

static int read_root(struct smp_profile **out, const json_t *root,
                     char why[256])
{
    int scalenes = is_scalenes(root);
    int status = scalenes ? 0 : check_kind(root, why);
    if (status)
        return status;
    struct smp_json_reader r = {smp_profile_new(), why};
    if (!r.p)
        return smp_json_no_memory(&r);
    status = scalenes ? smp_scalene_read(&r, root) : read_parts(&r, root);
    if (status) {
        smp_profile_free(r.p);
        return status;
    }
    *out = r.p;
    return 0;
}

static int explain(const json_error_t *error, char why[256])
{
    if (budget.exceeded)
        return say(why, SMP_ERANGE, "the profile takes too much memory");
    if (budget.refused)
        return say(why, SMP_ENOMEM, smp_status_text(SMP_ENOMEM));
    snprintf(why, 256, "not JSON, or cut short: line %d: %.180s", error->line,
             error->text);
    for (char *c = why; *c; c++) /* jansson quotes bytes of the file */
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
            *c = '?';
    return SMP_EFORMAT;
}

int smp_report_json_read(struct smp_profile **out, const char *bytes,
                         size_t length, char why[256])
{
    json_malloc_t take;
    json_free_t give;
    json_error_t error;
    if (length > SMP_JSON_LIMIT)
        return say(why, SMP_ERANGE, "the profile is larger than 256 MiB");
    json_get_alloc_funcs(&take, &give);
    json_set_alloc_funcs(take_memory, give_memory);
    budget.left = budget_for(length);
    budget.exceeded = budget.refused = 0;
    json_t *root = json_loadb(bytes, length, 0, &error);
    /* Where its lexer got no memory, jansson drops a byte and reads on. */
    int whole = root && !budget.exceeded && !budget.refused;
    int status = whole ? read_root(out, root, why) : explain(&error, why);
    json_decref(root);
    json_set_alloc_funcs(take, give);
    return status;
}
