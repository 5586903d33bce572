/* A profile that Scalene wrote (1.5 and 2.x), as far as it holds what ours do.
 *
 * Its shares become seconds of the elapsed time, charged to the same lines and
 * functions. Its "system" is the elapsed time that was not CPU time: the kernel
 * and waiting together, shown as waiting for something that is not known. Which
 * process and thread it was, columns, and the certainty of the shares are not in
 * it and so not in the profile. */
#define _GNU_SOURCE
#include "report/scalene_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define LEAKS_NAMED 3

int smp_scalene_number(struct smp_scalene *s, const json_t *object,
                       const char *key, double most, double *out)
{
    const json_t *value = json_object_get(object, key);
    double number = json_is_number(value) ? json_number_value(value) : 0;
    if (value && !json_is_number(value) && !json_is_null(value))
        return smp_json_fail(&s->r, "Scalene's \"%s\" is not a number", key);
    if (!(number >= 0 && number <= most))
        return smp_json_fail(&s->r, "Scalene's \"%s\" is out of range", key);
    *out = number;
    return 0;
}

static void add_word(struct smp_buf *out, const char *word)
{
    if (out->length)
        smp_buf_puts(out, " ");
    smp_buf_puts(out, word);
}

static uint32_t take(struct smp_scalene *s, const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return smp_profile_string(s->r.p, text ? text : "");
}

/* Its `args` begin with the program; some versions have them without it. */
static uint32_t command_of(struct smp_scalene *s, const json_t *root)
{
    struct smp_buf words = {0};
    const json_t *args = json_object_get(root, "args"), *word;
    size_t i;
    json_array_foreach(args, i, word)
    {
        if (json_is_string(word))
            add_word(&words, json_string_value(word));
    }
    uint32_t string =
        words.length && !words.failed
            ? smp_profile_string_n(s->r.p, words.data, words.length)
            : take(s, root, "program");
    smp_buf_release(&words);
    return string;
}

/* Leaks that it suspects, in words: the evidence for ours is not in its file. */
static void add_leaks(struct smp_buf *out, const json_t *root)
{
    void *files = json_object_iter(json_object_get(root, "files"));
    const json_t *all = json_object_get(root, "files");
    size_t count = 0;
    for (; files; files = json_object_iter_next((json_t *)all, files)) {
        const char *path = json_object_iter_key(files);
        const char *name = strrchr(path, '/');
        const char *line;
        json_t *leak;
        json_t *leaks = json_object_get(json_object_iter_value(files), "leaks");
        json_object_foreach(leaks, line, leak)
        {
            char text[160];
            if (count++ >= LEAKS_NAMED)
                continue;
            snprintf(text, sizeof text, "%s%.80s:%.12s (%.1f MB/s)",
                     count > 1 ? ", " : "; it suspects leaks at ",
                     name ? name + 1 : path, line,
                     json_number_value(json_object_get(leak, "velocity_mb_s")));
            smp_buf_puts(out, text);
        }
    }
}

static uint32_t note_of(struct smp_scalene *s, const json_t *root)
{
    struct smp_buf note = {0};
    smp_buf_puts(&note, "Written by Scalene: kernel time and waiting are one "
                        "figure there, shown as waiting");
    if (!s->has_times)
        smp_buf_puts(&note, "; it does not tell when lines ran");
    if (json_is_true(json_object_get(root, "gpu")))
        smp_buf_puts(&note, "; its GPU figures are not shown");
    add_leaks(&note, root);
    uint32_t string =
        note.failed ? SMP_NONE
                    : smp_profile_string_n(s->r.p, note.data, note.length);
    smp_buf_release(&note);
    return string;
}

static int read_run(struct smp_scalene *s, const json_t *root)
{
    struct smp_profile *p = s->r.p;
    int status =
        smp_scalene_number(s, root, "elapsed_time_sec", 1e9, &s->elapsed_s);
    if (!status)
        status = smp_scalene_number(s, root, "start_time_absolute", 1e11,
                                    &p->start_unix_s);
    p->elapsed_s = s->elapsed_s;
    p->program = take(s, root, "program");
    p->directory = take(s, root, "entrypoint_dir");
    p->version = smp_profile_string(p, "Scalene");
    p->command = command_of(s, root);
    p->exit_status = SMP_EXIT_UNKNOWN;
    p->memory = json_is_true(json_object_get(root, "memory"));
    struct smp_process process = {.parent = SMP_NONE,
                                  .command = p->command,
                                  .interpreter = 0,
                                  .recording = SMP_RECORDED_PARTLY,
                                  .end_s = s->elapsed_s,
                                  .exit_status = SMP_EXIT_UNKNOWN};
    s->process = smp_profile_process(p, process);
    struct smp_thread thread = {.process = s->process,
                                .name = smp_profile_string(p, "all threads"),
                                .main = 1,
                                .python = 1,
                                .end_s = s->elapsed_s};
    s->thread = smp_profile_thread(p, thread);
    if (!status && (s->process == SMP_NONE || s->thread == SMP_NONE))
        return smp_json_no_memory(&s->r);
    return status;
}

int smp_scalene_read(struct smp_json_reader *r, const json_t *root)
{
    struct smp_scalene s = {.r = *r};
    int status = read_run(&s, root);
    if (!status)
        status = smp_scalene_read_files(&s, root);
    if (!status)
        status = smp_scalene_add_facts(&s, root);
    if (!status) {
        r->p->processes[s.process].note = note_of(&s, root);
        if (!smp_profile_is_valid(r->p))
            status = smp_json_fail(r, "Scalene's figures contradict each "
                                      "other: damaged");
    }
    free(s.lines);
    return status;
}
