/* Symbols as people write them. */
#include "collector/native_demangle.h"

#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#define MANGLED_LIMIT 8192 /* bytes: the demangler's work grows with it */
#define NAME_LIMIT 1024    /* bytes of a name that are shown */

/* Marks that compilers put behind a dot, some with a number behind another.
 * Only these: Go and others have dots in the names proper. */
static const char *const marks[] = {
    "cold",       "part", "isra",  "constprop", "lto_priv",
    "localalias", "llvm", "clone", "__uniq",
};

/* Where the last word of name[0..n) begins, behind its dot; 0: no dot. */
static size_t last_word(const char *name, size_t n)
{
    while (n > 0 && name[n - 1] != '.')
        n--;
    return n > 1 ? n : 0;
}

static int is_mark(const char *word, size_t n)
{
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
        if (strlen(marks[k]) == n && !memcmp(marks[k], word, n))
            return 1;
    return 0;
}

static int is_number(const char *word, size_t n)
{
    return n > 0 && strspn(word, "0123456789") >= n;
}

/* The number of bytes that remain once marks are cut off the end. */
static size_t without_marks(const char *name, size_t n)
{
    for (;;) {
        size_t word = last_word(name, n), end = n;
        if (word && is_number(name + word, n - word)) {
            end = word - 1;
            word = last_word(name, end);
        }
        if (!word || !is_mark(name + word, end - word))
            return n;
        n = word - 1;
    }
}

static char *demangled(const char *symbol)
{
    char *name = NULL;
    if (symbol[0] != '_')
        return NULL;
    if (symbol[1] == 'R' || symbol[1] == 'Z') /* Rust used both */
        name = rust_demangle(symbol, DMGL_NO_OPTS);
    if (!name && symbol[1] == 'Z')
        name = cplus_demangle_v3(symbol, DMGL_ANSI);
    return name;
}

static void add_short(struct smp_buf *out, const char *name)
{
    size_t n = strlen(name);
    if (n <= NAME_LIMIT) {
        smp_buf_add(out, name, n);
        return;
    }
    n = NAME_LIMIT;
    /* Longer than NAME_LIMIT, so name[n] is there. NOLINTNEXTLINE(clang-analyzer-core.*) */
    while (n && ((unsigned char)name[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a UTF-8 character */
    smp_buf_add(out, name, n);
    smp_buf_puts(out, "...");
}

void smp_demangle(struct smp_buf *out, const char *symbol)
{
    char plain[MANGLED_LIMIT];
    size_t n = strcspn(symbol, "@");
    n = without_marks(symbol, n);
    if (n >= sizeof plain) {
        add_short(out, symbol);
        return;
    }
    memcpy(plain, symbol, n);
    plain[n] = '\0';
    char *name = demangled(plain);
    add_short(out, name ? name : plain);
    free(name);
}
