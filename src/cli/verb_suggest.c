/* suggest: a language model's proposal for a place of a saved profile. */
#include "cli/interpreter.h"
#include "cli/load.h"
#include "cli/say.h"
#include "cli/verb.h"

#define WORDS_MOST 32 /* of the Python part's command line */

/* Adds "--name value" where there is a value. */
static char **add(char **at, const char *name, const char *value)
{
    if (!value)
        return at;
    *at++ = (char *)name;
    *at++ = (char *)value;
    return at;
}

static char **add_flag(char **at, const char *name, int is_set)
{
    if (is_set)
        *at++ = (char *)name;
    return at;
}

int smp_verb_suggest(struct smp_call *call)
{
    static const char *const goals[] = {NULL, "time", "memory", "both"};
    const struct smp_options *o = &call->options;
    char *words[WORDS_MOST] = {(char *)"suggest"}, **at = words + 1;
    if (call->word_count > 2)
        return smp_say_usage("suggest takes a profile and a place, not also %s",
                             call->words[2]);
    at = add(at, "--provider", o->provider);
    at = add(at, "--model", o->model);
    at = add(at, "--base-url", o->base_url);
    at = add(at, "--goal", goals[o->goal]);
    at = add(at, "--notes", o->notes);
    at = add(at, "--test-command", o->test_command);
    at = add_flag(at, "--print-prompt", o->print_prompt);
    at = add_flag(at, "--verify", o->verify);
    at = add_flag(at, "--apply", o->apply);
    *at++ = (char *)"--";
    *at++ = call->words[0] ? call->words[0] : (char *)SMP_PROFILE_FILE;
    *at = call->words[0] ? call->words[1] : NULL;
    return smp_interpreter_become(words, o->python);
}
