/* Sources: which files are the user's program, and the texts of files. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/zip.h"
#include "collector/state.h"

#define SOURCE_BYTES_MAX (8u << 20)  /* of one file */
#define LIBRARY_BYTES_MAX (8u << 20) /* of all files that are not the program */

static int is_under(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    if (!n || strncmp(path, directory, n))
        return 0;
    return path[n] == '/' || path[n] == '\0' || (n == 1 && directory[0] == '/');
}

/* Servers are told where the code lies (gunicorn --chdir, uvicorn --app-dir,
 * PYTHONPATH): where nothing of the program's own place ran, all that is no
 * library is the program. */
static void mark_elsewhere(struct smp_profile *p)
{
    for (size_t n = 0; n < p->file_count; n++)
        if (p->files[n].program)
            return;
    for (size_t n = 0; n < p->file_count; n++)
        p->files[n].program =
            p->files[n].kind == SMP_FILE_SOURCE && !p->files[n].library;
}

void smp_source_mark(struct smp_collector *c)
{
    struct smp_profile *p = c->profile;
    /* A program that lives among the libraries (run from site-packages) is
     * still the program. */
    int inside = smp_is_library(c->program_dir);
    for (size_t n = 0; n < p->file_count; n++) {
        struct smp_file *f = &p->files[n];
        const char *path = smp_profile_text(p, f->path);
        if (f->kind == SMP_FILE_NATIVE)
            continue;
        int under =
            f->kind == SMP_FILE_SOURCE && is_under(path, c->program_dir);
        f->library = (uint8_t)(smp_is_library(path) && !(inside && under));
        f->program = (uint8_t)(f->program || (under && !f->library));
    }
    mark_elsewhere(p);
}

/* The encoding that a source declares (PEP 263), or UTF-8. */
static void encoding_of(const char *text, size_t n, char out[64])
{
    strcpy(out, "UTF-8");
    size_t at = 0;
    for (int line = 0; line < 2 && at < n; line++) {
        size_t end = at;
        while (end < n && text[end] != '\n')
            end++;
        const char *word = memchr(text + at, '#', end - at);
        const char *coding =
            word ? memmem(word, (size_t)(text + end - word), "coding", 6)
                 : NULL;
        if (coding && (coding[6] == ':' || coding[6] == '=')) {
            coding += 7;
            while (*coding == ' ' || *coding == '\t')
                coding++;
            size_t length = 0;
            while (length < 63 && coding + length < text + end &&
                   (isalnum((unsigned char)coding[length]) ||
                    strchr("-_.", coding[length])))
                length++;
            memcpy(out, coding, length);
            out[length] = '\0';
            /* Python's names that iconv does not know. */
            if (!strncasecmp(out, "latin-1", 7) ||
                !strcasecmp(out, "latin_1") || !strcasecmp(out, "iso-latin-1"))
                strcpy(out, "ISO-8859-1");
            return;
        }
        at = end + 1;
    }
}

/* The text as UTF-8, owned; the bytes as they are where they cannot be told. */
static char *to_utf8(const char *text, size_t n, size_t *length)
{
    char encoding[64];
    if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
        n -= 3;
    }
    encoding_of(text, n, encoding);
    iconv_t convert = iconv_open("UTF-8", encoding);
    char *out = malloc(n * 4 + 1), *to = out, *from = (char *)(uintptr_t)text;
    size_t room = n * 4, left = n;
    if (!out) {
        if (convert != (iconv_t)-1)
            iconv_close(convert);
        return NULL;
    }
    if (convert == (iconv_t)-1 || !strcasecmp(encoding, "utf-8") ||
        !strcasecmp(encoding, "utf8")) {
        memcpy(out, text, n);
        to += n;
    } else {
        /* Also where an encoding makes more of a byte than there is room for. */
        while (left && iconv(convert, &from, &left, &to, &room) == (size_t)-1 &&
               left && room) {
            *to++ = '?';
            from++;
            left--;
            room--;
        }
    }
    if (convert != (iconv_t)-1)
        iconv_close(convert);
    *to = '\0';
    *length = (size_t)(to - out);
    return out;
}

#define ARCHIVE_BYTES_MAX (64u << 20)

/* The bytes of a source: a file, or a member of the archive that is one of the
 * folders in its path (zipimport). 0 or a status. */
static int read_source(struct smp_buf *b, const char *path)
{
    char archive[4096];
    size_t n = strlen(path);
    int status = smp_buf_read_file(b, path, SOURCE_BYTES_MAX);
    if (status != SMP_ENOENT || n >= sizeof archive)
        return status;
    memcpy(archive, path, n + 1);
    for (char *slash; (slash = strrchr(archive, '/')) && slash != archive;) {
        *slash = '\0';
        status = smp_zip_read(b, archive, path + (slash - archive) + 1,
                              ARCHIVE_BYTES_MAX);
        if (status != SMP_ENOENT)
            return status;
    }
    return SMP_ENOENT;
}

static size_t load(struct smp_profile *p, uint32_t file)
{
    struct smp_buf b = {0};
    char hash[65];
    const char *path = smp_profile_text(p, p->files[file].path);
    size_t length = 0;
    if (!read_source(&b, path) && b.data) {
        char *text = to_utf8(b.data, b.length, &length);
        smp_sha256_hex(b.data, b.length, hash);
        if (text)
            smp_profile_set_source(p, file, text, length, hash);
    }
    smp_buf_release(&b);
    return length;
}

/* Files that some sample's innermost Python frame is in. */
static uint8_t *files_that_count(const struct smp_profile *p)
{
    uint8_t *counts = calloc(p->file_count + 1, 1);
    for (size_t n = 0; counts && n < p->sample_count; n++)
        for (uint32_t s = p->samples[n].stack; s; s = p->stacks[s].parent) {
            uint32_t file =
                p->functions[p->frames[p->stacks[s].frame].function].file;
            if (file < p->file_count &&
                p->files[file].kind == SMP_FILE_SOURCE) {
                counts[file] = 1;
                break;
            }
        }
    return counts;
}

void smp_source_load(struct smp_collector *c)
{
    struct smp_profile *p = c->profile;
    uint8_t *counts = files_that_count(p);
    size_t library = 0;
    for (uint32_t n = 0; counts && n < p->file_count; n++) {
        const struct smp_file *f = &p->files[n];
        if (f->kind != SMP_FILE_SOURCE || f->source)
            continue;
        if (f->program)
            load(p, n);
        else if (counts[n] && library < LIBRARY_BYTES_MAX)
            library += load(p, n);
    }
    free(counts);
}
