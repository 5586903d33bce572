/* links: src/collector/native_image.c src/collector/native_maps.c
   src/collector/native_guard.c src/collector/native_cfi.c
   src/collector/native_expression.c src/collector/native_expression_decode.c
   src/collector/native_frames.c src/collector/native_rule.c
   src/collector/native_symbols.c src/collector/native_debug.c
   src/collector/native_demangle.c src/collector/native_functions.c
   src/collector/native_code.c src/base/buf.c src/base/map.c src/base/status.c
   -ldw -lelf -llzma -liberty */
/* Names: demangling, symbol tables, separate and packed debug files, and the
 * cache that keeps them. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/native_code.h"
#include "collector/native_demangle.h"
#include "collector/native_functions.h"
#include "collector/native_maps.h"
#include "collector/native_symbols.h"

static const char *plain(const char *symbol)
{
    static struct smp_buf b;
    smp_buf_clear(&b);
    smp_demangle(&b, symbol);
    return b.data;
}

static void test_marks_are_cut_off(void)
{
    CHECK_STR(plain("_PyEval_EvalFrameDefault.cold"),
              "_PyEval_EvalFrameDefault");
    CHECK_STR(plain("f.part.0"), "f");
    CHECK_STR(plain("f.isra.0.cold"), "f");
    CHECK_STR(plain("f.constprop.12.isra.3"), "f");
    CHECK_STR(plain("f.llvm.123456789"), "f");
    CHECK_STR(plain("memcpy@@GLIBC_2.14"), "memcpy");
    CHECK_STR(plain("f.lto_priv.0@VERSION"), "f");
    CHECK_STR(plain("main.func1"), "main.func1");
    CHECK_STR(plain("f.1234"), "f.1234");
    CHECK_STR(plain(".cold"), ".cold");
    CHECK_STR(plain("f."), "f.");
    CHECK_STR(plain("_"), "_");
}

static void test_cxx_names(void)
{
    CHECK_STR(plain("_ZN2at6native3addERKNS_6TensorES3_"), "at::native::add");
    CHECK_STR(plain("_ZNSt6vectorIiSaIiEE9push_backEOi"),
              "std::vector<int, std::allocator<int> >::push_back");
    CHECK_STR(plain("_ZN4NodeC2Ev"), "Node::Node");
    CHECK_STR(plain("_Z4sortIdEvPT_m.constprop.0"), "sort<double>");
    CHECK_STR(plain("_Znot_mangled"), "_Znot_mangled");
}

static void test_rust_names(void)
{
    CHECK_STR(plain("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE"),
              "core::fmt::Formatter::pad");
    CHECK_STR(plain("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
    CHECK_STR(plain("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.77"),
              "core::fmt::Formatter::pad");
}

static void test_very_long_names(void)
{
    char *symbol = malloc(20001);
    memset(symbol, 'a', 20000);
    symbol[20000] = '\0';
    CHECK_INT(strlen(plain(symbol)), 1024 + 3);
    memcpy(symbol, "_Z", 2);
    CHECK_INT(strlen(plain(symbol)), 1024 + 3);
    /* Nested deeper than any program's: no stack may overflow. */
    memset(symbol + 2, 'N', 7000);
    symbol[7002] = '\0';
    CHECK(strlen(plain(symbol)) > 0);
    free(symbol);
}

/* --- tables --- */

__attribute__((noinline, noclone)) static int local_function(int x)
{
    return x * 3 + getpid();
}

static char self[4096];
static struct smp_image image;

/* A running function's address as its file gives it. */
static uint64_t own_address(const void *function)
{
    struct smp_buf text = {0};
    struct smp_maps_line l;
    uint64_t at = (uint64_t)(uintptr_t)function, shift = 0;
    smp_buf_read_file(&text, "/proc/self/maps", 1 << 24);
    for (const char *p = text.data; (p = smp_maps_next(p, &l));)
        if (at >= l.start && at < l.end) {
            CHECK_INT(smp_image_address_shift(&image, l.offset, l.end - l.start,
                                              &shift),
                      0);
            at = at - l.start + l.offset + shift;
            break;
        }
    smp_buf_release(&text);
    return at;
}

/* The name that the file at `path` gives to this program's local_function. */
static const char *name_in(const char *path)
{
    static char name[200];
    struct smp_image i;
    struct smp_symbols s;
    uint64_t start = 0;
    uint64_t at = own_address((const void *)(uintptr_t)local_function);
    strcpy(name, "(unreadable)");
    if (smp_image_open(&i, path, NULL))
        return name;
    CHECK_INT(smp_symbols_open(&s, &i, path), 0);
    const char *found = smp_symbols_find(&s, at + 2, &start);
    snprintf(name, sizeof name, "%s", found ? found : "(none)");
    if (found)
        CHECK_INT(start, at);
    smp_symbols_release(&s);
    smp_image_release(&i);
    return name;
}

static void test_symtab(void)
{
    CHECK_STR(name_in(self), "local_function");
}

static void test_addresses_outside_any_symbol(void)
{
    struct smp_symbols s;
    uint64_t start = 77;
    CHECK_INT(smp_symbols_open(&s, &image, self), 0);
    CHECK(!smp_symbols_find(&s, 0, &start));
    CHECK(!smp_symbols_find(&s, UINT64_MAX, &start));
    CHECK_INT(start, 77);
    smp_symbols_release(&s);
}

static void test_function_starts(void)
{
    uint64_t at = own_address((const void *)(uintptr_t)local_function),
             start = 0, entry;
    CHECK_INT(smp_function_find(&image, at, &start, &entry), 0);
    CHECK_INT(start, at);
    CHECK_INT(smp_function_find(&image, at + 3, &start, &entry), 0);
    CHECK_INT(start, at);
    CHECK_INT(smp_function_find(&image, 0, &start, &entry), SMP_ENOENT);
}

/* --- files whose symbols were stripped, made with binutils --- */

static char folder[] = "/tmp/smp_native_XXXXXX";

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
    char command[3 * 4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[2][4096];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static int have_build_id(void)
{
    return run("readelf -n '%s' 2>&1 | grep -q 'Build ID'", self) == 0;
}

static void test_debug_link(void)
{
    if (run("objcopy --only-keep-debug '%s' '%s/a.debug' && "
            "objcopy --strip-all '%s' '%s/a'",
            self, folder, self, folder) ||
        !have_build_id()) {
        printf("skipped: no binutils, or no build-id\n");
        return;
    }
    CHECK_STR(name_in(in_folder("a")), "(none)");
    CHECK_INT(run("cd %s && objcopy --add-gnu-debuglink=a.debug a b", folder),
              0);
    CHECK_STR(name_in(in_folder("b")), "local_function");
    CHECK_INT(run("cd %s && mkdir .debug && mv a.debug .debug", folder), 0);
    CHECK_STR(name_in(in_folder("b")), "local_function");
}

static void test_debug_files_of_other_builds_are_refused(void)
{
    if (access(in_folder("b"), R_OK))
        return;
    CHECK_INT(run("cd %s/.debug && objcopy --remove-section .note.gnu.build-id "
                  "'%s' a.debug",
                  folder, self),
              0);
    CHECK_STR(name_in(in_folder("b")), "(none)");
    CHECK_INT(run("printf garbage > %s/.debug/a.debug", folder), 0);
    CHECK_STR(name_in(in_folder("b")), "(none)");
}

static int pack(const char *from, const char *to)
{
    struct smp_buf raw = {0};
    if (smp_buf_read_file(&raw, from, 1u << 28))
        return 0;
    size_t room = lzma_stream_buffer_bound(raw.length), n = 0;
    uint8_t *packed = malloc(room);
    int ok =
        lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (uint8_t *)raw.data,
                                raw.length, packed, &n, room) == LZMA_OK;
    FILE *f = fopen(to, "w");
    ok = ok && f && fwrite(packed, 1, n, f) == n;
    if (f)
        fclose(f);
    free(packed);
    smp_buf_release(&raw);
    return ok;
}

static void test_packed_symbols(void)
{
    if (access(in_folder("a"), R_OK))
        return;
    CHECK(pack(self, in_folder("packed.xz")));
    CHECK_INT(run("cd %s && objcopy --add-section .gnu_debugdata=packed.xz a c",
                  folder),
              0);
    CHECK_STR(name_in(in_folder("c")), "local_function");
    CHECK_INT(run("cd %s && head -c 1000 packed.xz > cut.xz && "
                  "objcopy --add-section .gnu_debugdata=cut.xz a d",
                  folder),
              0);
    CHECK_STR(name_in(in_folder("d")), "(none)");
}

static void test_what_is_no_elf_file(void)
{
    struct smp_image i = {0};
    CHECK_INT(smp_image_open(&i, "/nonexistent/file", NULL), SMP_ENOENT);
    CHECK_INT(smp_image_open(&i, "/proc/self/maps", NULL), SMP_EFORMAT);
    CHECK_INT(smp_image_open(&i, "/", NULL), SMP_EFORMAT);
    CHECK_INT(smp_image_open_bytes(&i, "\177ELF", 4, SMP_IMAGE_LENT),
              SMP_EFORMAT);
    CHECK(!i.elf);
    smp_image_release(&i);
}

/* --- the cache --- */

static void test_names_are_kept_once(void)
{
    struct smp_code_cache c = {0};
    const char *a = smp_code_keep_name(&c, "f.cold");
    const char *b = smp_code_keep_name(&c, "f.part.0");
    CHECK_STR(a, "f");
    CHECK(a == b);
    CHECK(smp_code_keep_name(&c, "g") != a);
    CHECK(!smp_code_keep_name(&c, NULL));
    smp_code_cache_release(&c);
}

static void test_the_cache_is_bounded(void)
{
    struct smp_code_cache c = {0};
    size_t most = 0;
    for (uint64_t at = 0; at < 10 * SMP_CODE_LIMIT; at++) {
        CHECK_INT(smp_code_make_room(&c, 1), 0);
        struct smp_code *found = smp_code_find(&c, 1 + (uint32_t)(at & 1), at);
        if (!CHECK(found != NULL))
            break;
        CHECK(!found->has_rule);
        found->has_rule = 1;
        CHECK(smp_code_find(&c, found->module, at) == found);
        most = c.count > most ? c.count : most;
    }
    CHECK_INT(most, SMP_CODE_LIMIT);
    CHECK_INT(c.clears, 9);
    smp_code_cache_release(&c);
}

static void test_long_names_do_not_fill_memory(void)
{
    struct smp_code_cache c = {0};
    char symbol[1000];
    for (int k = 0; k < 20000; k++) {
        smp_code_make_room(&c, 1);
        memset(symbol, 'x', sizeof symbol);
        snprintf(symbol + 900, 100, "%d", k);
        CHECK(smp_code_keep_name(&c, symbol) != NULL);
        if (!CHECK(c.name_bytes < SMP_CODE_NAME_BYTES + 2000))
            break;
    }
    CHECK(c.clears > 0);
    smp_code_cache_release(&c);
}

int main(void)
{
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    if (!CHECK(mkdtemp(folder)) ||
        !CHECK_INT(smp_image_open(&image, self, NULL), 0))
        return check_summary();
    CHECK(local_function(1));
    RUN(test_marks_are_cut_off);
    RUN(test_cxx_names);
    RUN(test_rust_names);
    RUN(test_very_long_names);
    RUN(test_symtab);
    RUN(test_addresses_outside_any_symbol);
    RUN(test_function_starts);
    RUN(test_debug_link);
    RUN(test_debug_files_of_other_builds_are_refused);
    RUN(test_packed_symbols);
    RUN(test_what_is_no_elf_file);
    RUN(test_names_are_kept_once);
    RUN(test_the_cache_is_bounded);
    RUN(test_long_names_do_not_fill_memory);
    smp_image_release(&image);
    run("rm -rf '%s'", folder);
    return check_summary();
}
