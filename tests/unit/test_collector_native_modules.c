/* links: src/collector/native_unwind.c src/collector/native_maps.c
   src/collector/native_space.c src/collector/native_modules.c
   src/collector/native_image.c src/collector/native_guard.c
   src/collector/native_cfi.c src/collector/native_expression.c
   src/collector/native_expression_decode.c src/collector/native_frames.c
   src/collector/native_rule.c src/collector/native_symbols.c
   src/collector/native_debug.c src/collector/native_demangle.c
   src/collector/native_functions.c src/collector/native_code.c src/base/buf.c
   src/base/map.c src/base/status.c -ldw -lelf -llzma -liberty */
/* Files that change under the profiler: replaced, deleted, cut, damaged. A
 * name may be missing then; it is never a wrong one. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "collector/native_functions.h"
#include "collector/native_guard.h"
#include "collector/native_modules.h"

static struct smp_buf self; /* the bytes of this program's file */
static char path[64];       /* a copy of it */

__attribute__((noinline, noclone)) static int known_function(int x)
{
    return x * 7 + getpid();
}

static void write_copy(const char *to, size_t size)
{
    int fd = open(to, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    CHECK(write(fd, self.data, size) == (ssize_t)size);
    close(fd);
}

/* known_function, as an offset in this program's file. */
static uint64_t file_offset(void)
{
    struct smp_buf text = {0};
    struct smp_maps_line l;
    uint64_t at = (uint64_t)(uintptr_t)known_function, offset = 0;
    smp_buf_read_file(&text, "/proc/self/maps", 1 << 24);
    for (const char *p = text.data; (p = smp_maps_next(p, &l));)
        if (at >= l.start && at < l.end)
            offset = at - l.start + l.offset;
    smp_buf_release(&text);
    return offset;
}

/* The copy, mapped as code, as a program would have it. */
static uint8_t *map_copy(void)
{
    int fd = open(path, O_RDONLY);
    uint8_t *bytes =
        mmap(NULL, self.length, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    close(fd);
    return bytes;
}

/* How the copy of known_function that is mapped at `bytes` is named by a
 * store that learned of the mapping now. */
static const char *name_of(struct smp_space *s, const uint8_t *bytes)
{
    static char name[100];
    struct smp_native_frame f;
    uint64_t at = (uint64_t)(uintptr_t)bytes + file_offset() + 1;
    smp_native_name(s, at, &f);
    snprintf(name, sizeof name, "%s %s", f.name ? f.name : "-",
             strcmp(f.object, path) ? f.object : "copy");
    return name;
}

static void test_a_file_in_its_place(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    write_copy(path, self.length);
    uint8_t *bytes = map_copy();
    CHECK_INT(smp_space_read(s, getpid()), 0);
    CHECK_STR(name_of(s, bytes), "known_function copy");
    munmap(bytes, self.length);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_replaced_before_it_was_opened(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    char other[80];
    snprintf(other, sizeof other, "%s.new", path);
    write_copy(path, self.length);
    uint8_t *bytes = map_copy();
    CHECK_INT(smp_space_read(s, getpid()), 0);
    write_copy(other, self.length); /* another inode */
    rename(other, path);
    CHECK_STR(name_of(s, bytes), "- copy");
    munmap(bytes, self.length);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_rewritten_in_place(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    struct timespec times[2] = {{0, UTIME_OMIT}, {1000000000, 5}};
    write_copy(path, self.length);
    uint8_t *bytes = map_copy();
    CHECK_INT(smp_space_read(s, getpid()), 0);
    utimensat(AT_FDCWD, path, times, 0);
    CHECK_STR(name_of(s, bytes), "- copy");
    /* Who maps it from now on has the new one. */
    struct smp_space *later = smp_space_new(m);
    CHECK_INT(smp_space_read(later, getpid()), 0);
    CHECK_STR(name_of(later, bytes), "known_function copy");
    munmap(bytes, self.length);
    smp_space_free(later);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_deleted_before_it_was_known(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    write_copy(path, self.length);
    uint8_t *bytes = map_copy();
    unlink(path);
    CHECK_INT(smp_space_read(s, getpid()), 0);
    const char *name = name_of(s, bytes);
    /* map_files needs a privilege that a test may not have. */
    CHECK(!strcmp(name, "known_function copy") || !strcmp(name, "- copy"));
    /* Another file of that name is another module. */
    write_copy(path, self.length);
    CHECK_INT(smp_space_read(s, getpid()), 0);
    CHECK_STR(name_of(s, bytes), name);
    munmap(bytes, self.length);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_a_deleted_program_is_read_by_way_of_its_process(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    int ready[2], end[2];
    write_copy(path, self.length);
    CHECK(!pipe(ready) && !pipe(end));
    pid_t child = fork();
    if (child == 0) {
        dup2(end[0], 0);
        dup2(ready[1], 1);
        close(end[1]);
        execl(path, path, "wait", (char *)NULL);
        _exit(127);
    }
    close(end[0]);
    close(ready[1]);
    char at[32] = "";
    CHECK(read(ready[0], at, sizeof at - 1) > 0);
    unlink(path);
    CHECK_INT(smp_space_read(s, child), 0);
    struct smp_native_frame f;
    smp_native_name(s, strtoull(at, NULL, 16) + 1, &f);
    CHECK_STR(f.name, "known_function");
    CHECK_STR(f.object, path);
    close(end[1]);
    waitpid(child, NULL, 0);
    smp_native_name(s, strtoull(at, NULL, 16) + 2, &f); /* kept open */
    CHECK_STR(f.name, "known_function");
    smp_space_free(s);
    smp_modules_free(m);
    close(ready[0]);
}

static void test_more_files_than_may_be_open(void)
{
    enum { FILES = SMP_MODULES_OPEN + 40 };
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    uint8_t *bytes[FILES];
    char name[100];
    for (int k = 0; k < FILES; k++) {
        write_copy(path, self.length);
        bytes[k] = map_copy();
        snprintf(name, sizeof name, "%s.%d", path, k);
        CHECK(!rename(path, name));
    }
    CHECK_INT(smp_space_read(s, getpid()), 0);
    for (int round = 0; round < 2; round++)
        for (int k = 0; k < FILES; k++) {
            smp_code_make_room(&m->code, SMP_CODE_LIMIT); /* forgets names */
            CHECK(!strncmp(name_of(s, bytes[k]), "known_function ", 15));
            if (!CHECK(m->open <= SMP_MODULES_OPEN))
                break;
        }
    for (int k = 0; k < FILES; k++) {
        snprintf(name, sizeof name, "%s.%d", path, k);
        unlink(name);
        munmap(bytes[k], self.length);
    }
    smp_space_free(s);
    smp_modules_free(m);
}

/* --- damage --- */

static void test_a_file_that_is_cut_reads_as_zeros(void)
{
    unsigned long before = smp_guard_zeroed();
    struct smp_image i;
    write_copy(path, self.length);
    if (!CHECK_INT(smp_image_open(&i, path, NULL), 0))
        return;
    CHECK_INT(i.bytes[1], 'E');
    CHECK_INT(truncate(path, 0), 0);
    volatile unsigned sum = 0;
    for (size_t k = 0; k < i.size; k += 512)
        sum += i.bytes[k];
    CHECK_INT(sum, 0);
    CHECK(smp_guard_zeroed() > before);
    smp_image_release(&i);
}

static void touch_cut_file(void)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(!ftruncate(fd, 8192));
    volatile char *bytes = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(!ftruncate(fd, 0));
    _exit(bytes[5000]);
}

static void test_other_bus_errors_take_their_course(void)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        touch_cut_file();
    }
    waitpid(child, &status, 0);
    int bare = status;
    child = fork(); /* this one has the guard's handler */
    if (child == 0)
        touch_cut_file();
    waitpid(child, &status, 0);
    CHECK(bare != 0); /* death by signal, or by a sanitizer's handler */
    CHECK(status != 0);
}

/* All that is ever asked of a file, at many addresses. */
static void ask_everything(const uint8_t *bytes, size_t size)
{
    struct smp_image i;
    struct smp_frames frames;
    struct smp_symbols symbols;
    struct smp_expressions expressions = {0};
    struct smp_rule rule;
    if (smp_image_open_bytes(&i, bytes, size, SMP_IMAGE_LENT))
        return;
    smp_frames_open(&frames, &i);
    int have = smp_symbols_open(&symbols, &i, "/nowhere/file") == 0;
    for (uint64_t at = 0; at < size + 4096; at += size / 37 + 1) {
        uint64_t start = 0, entry;
        smp_cfi_compile(&frames, at, &expressions, &rule);
        smp_function_find(&i, at, &start, &entry);
        smp_image_address_shift(&i, at, 4096, &start);
        if (have)
            smp_symbols_find(&symbols, at, &start);
    }
    if (have)
        smp_symbols_release(&symbols);
    smp_expressions_release(&expressions);
    smp_image_release(&i);
}

static void test_truncated_files(void)
{
    for (size_t size = 0; size < self.length; size += self.length / 97 + 1) {
        uint8_t *exact = malloc(size + 1); /* so that tools see one too far */
        memcpy(exact, self.data, size);
        ask_everything(exact, size);
        free(exact);
    }
    CHECK(1);
}

/* Where damage hurts: the headers, and the two tables of unwind rules. */
static size_t sore_spot(size_t size)
{
    switch (rand() % 4) {
    case 0:
        return (size_t)rand() % 1024;
    case 1:
        return size - 1 - (size_t)rand() % 2600;
    default:
        return (size_t)rand() % size;
    }
}

static void test_random_damage(void)
{
    srand(11);
    uint8_t *bytes = malloc(self.length);
    for (int round = 0; round < 400; round++) {
        memcpy(bytes, self.data, self.length);
        for (int k = 0; k < 1 + round % 60; k++)
            bytes[sore_spot(self.length)] = (uint8_t)rand();
        ask_everything(bytes, self.length);
    }
    free(bytes);
    CHECK(1);
}

static int wait_as_child(void)
{
    char byte;
    printf("%llx\n", (unsigned long long)(uintptr_t)known_function);
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "wait"))
        return wait_as_child();
    snprintf(path, sizeof path, "/tmp/smp_native_copy_%d", (int)getpid());
    if (!CHECK_INT(smp_buf_read_file(&self, "/proc/self/exe", 1u << 28), 0))
        return check_summary();
    CHECK(known_function(1));
    RUN(test_a_file_in_its_place);
    RUN(test_replaced_before_it_was_opened);
    RUN(test_rewritten_in_place);
    RUN(test_deleted_before_it_was_known);
    RUN(test_a_deleted_program_is_read_by_way_of_its_process);
    RUN(test_more_files_than_may_be_open);
    RUN(test_a_file_that_is_cut_reads_as_zeros);
    RUN(test_other_bus_errors_take_their_course);
    RUN(test_truncated_files);
    RUN(test_random_damage);
    unlink(path);
    smp_buf_release(&self);
    return check_summary();
}
