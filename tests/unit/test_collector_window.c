/* links: src/collector/window.c src/collector/library.c src/model/profile.c
   src/model/utf8.c src/base/buf.c src/base/map.c */
/* Windows: sums, the peak and its lines, what was there before, what lies in
 * libraries, bounds. */
#include "base/status.h"
#include "check.h"
#include "collector/state.h"

#define MB 1e6

/* A program's function that calls a library's: two stacks. */
struct world {
    struct smp_collector c;
    struct smp_run_options options;
    uint32_t outer, inner, other;
};

static uint32_t stack(struct smp_profile *p, uint32_t parent, const char *path,
                      const char *name, uint32_t line)
{
    uint32_t file =
        smp_profile_file(p, smp_profile_string(p, path), SMP_FILE_SOURCE);
    struct smp_function f = {smp_profile_string(p, name), file, 1};
    struct smp_frame frame = {.function = smp_profile_function(p, f),
                              .line = line};
    return smp_profile_stack(p, parent, smp_profile_frame(p, frame));
}

static void begin(struct world *w)
{
    *w = (struct world){.options.memory = 1};
    w->c.options = &w->options;
    struct smp_profile *p = w->c.profile = smp_profile_new();
    w->outer = stack(p, 0, "/home/me/test_shop.py", "test_order", 7);
    w->inner =
        stack(p, w->outer, "/usr/lib/python3/json/decoder.py", "decode", 300);
    w->other = stack(p, 0, "/home/me/shop.py", "say \"x\"", 9);
}

static void end(struct world *w)
{
    smp_windows_release(&w->c.windows);
    smp_profile_free(w->c.profile);
}

static int ask(struct world *w, const char *text, uint64_t now, char *out,
               size_t room)
{
    struct smp_buf b = {0};
    int status = smp_window_request(&w->c, 0, text, now, &b);
    snprintf(out, room, "%s", b.data ? b.data : "");
    smp_buf_release(&b);
    return status;
}

static void alloc(struct world *w, uint32_t at, uint64_t born, double bytes)
{
    smp_window_allocate(&w->c, 0, at, bytes, 1);
    smp_window_change(&w->c, 0, at, born, bytes, 0);
}

static void test_figures(void)
{
    struct world w;
    char text[4096];
    begin(&w);
    CHECK_INT(ask(&w, "begin", 100, text, sizeof text), 0);
    smp_window_cpu(&w.c, 0, w.inner, SMP_KIND_NATIVE, 1000000100, 500000000);
    smp_window_cpu(&w.c, 0, w.other, SMP_KIND_PYTHON, 250000100, 900000000);
    smp_window_cpu(&w.c, 0, w.other, SMP_KIND_WAIT_IO, 300, 9); /* no CPU */
    smp_window_cpu(&w.c, 0, w.other, SMP_KIND_PYTHON, 99, 9);   /* before */
    smp_window_cpu(&w.c, 1, w.other, SMP_KIND_PYTHON, 300,
                   9); /* another process */
    alloc(&w, w.inner, 110, 10 * MB);
    alloc(&w, w.other, 120, 5 * MB); /* the peak: 15 MB */
    smp_window_change(&w.c, 0, w.inner, 110, -10 * MB, 0);
    alloc(&w, w.other, 130, 2 * MB);
    smp_window_change(&w.c, 0, w.outer, 50, -80 * MB, 0); /* from before */
    CHECK_INT(ask(&w, "end 5", 100 + 2000000000, text, sizeof text), 0);
    CHECK_STR(text,
              "{\"elapsed_s\":2.000000000,\"cpu_python_s\":0.250000,"
              "\"cpu_native_s\":0.500000,\"cpu_system_s\":0.000000,"
              "\"cpu_samples\":2,\"alloc_bytes\":17000000,\"alloc_count\":3,"
              "\"alloc_samples\":3,\"live_bytes\":7000000,\"live_error\":0,"
              "\"peak_bytes\":15000000,\"peak_error\":0,\"lines\":["
              "{\"file\":\"/home/me/test_shop.py\",\"function\":\"test_order\","
              "\"line\":7,\"cpu_s\":0.500000,\"alloc_bytes\":10000000,"
              "\"live_bytes\":0,\"at_peak_bytes\":10000000},"
              "{\"file\":\"/home/me/shop.py\",\"function\":\"say \\\"x\\\"\","
              "\"line\":9,\"cpu_s\":0.250000,\"alloc_bytes\":7000000,"
              "\"live_bytes\":7000000,\"at_peak_bytes\":5000000}]}\n");
    end(&w);
}

static void test_second_window_begins_anew(void)
{
    struct world w;
    char text[4096];
    begin(&w);
    ask(&w, "begin", 100, text, sizeof text);
    alloc(&w, w.other, 110, MB);
    ask(&w, "end 1", 200, text, sizeof text);
    ask(&w, "begin", 300, text, sizeof text);
    smp_window_change(&w.c, 0, w.other, 110, -MB, 0);
    CHECK_INT(ask(&w, "end 1", 400, text, sizeof text), 0);
    CHECK(strstr(text, "\"peak_bytes\":0,") != NULL);
    CHECK(strstr(text, "\"lines\":[]") != NULL);
    end(&w);
}

static void test_error_of_the_peak(void)
{
    struct world w;
    char text[4096];
    begin(&w);
    ask(&w, "begin", 100, text, sizeof text);
    smp_window_change(&w.c, 0, w.other, 110, 9 * MB, 1e10); /* sigma 100 kB */
    smp_window_change(&w.c, 0, w.other, 110, -9 * MB, -1e10);
    CHECK_INT(ask(&w, "end 0", 200, text, sizeof text), 0);
    CHECK(strstr(text, "\"peak_error\":196000") != NULL);
    CHECK(strstr(text, "\"live_error\":0") != NULL);
    end(&w);
}

static void test_refusals(void)
{
    struct world w;
    char text[4096];
    begin(&w);
    CHECK_INT(ask(&w, "end 5", 1, text, sizeof text), SMP_ENOENT);
    CHECK_INT(ask(&w, "begin", 1, text, sizeof text), 0);
    CHECK_INT(ask(&w, "end", 1, text, sizeof text), SMP_EINVAL);
    CHECK_INT(ask(&w, "end 1000", 1, text, sizeof text), SMP_EINVAL);
    CHECK_INT(ask(&w, "fly", 1, text, sizeof text), SMP_EINVAL);
    CHECK_STR(text, "");
    CHECK_INT(ask(&w, "end 5", 2, text, sizeof text), 0);
    CHECK_INT(ask(&w, "end 5", 3, text, sizeof text), SMP_ENOENT);
    end(&w);
}

static void test_many_processes(void)
{
    struct world w;
    struct smp_buf b = {0};
    begin(&w);
    for (uint32_t n = 0; n < SMP_WINDOWS_MAX; n++)
        CHECK_INT(smp_window_request(&w.c, n, "begin", 1, &b), 0);
    CHECK_INT(smp_window_request(&w.c, SMP_WINDOWS_MAX, "begin", 1, &b),
              SMP_EFULL);
    CHECK_INT(smp_window_request(&w.c, 7, "begin", 2, &b), 0);
    end(&w);
}

int main(void)
{
    RUN(test_figures);
    RUN(test_second_window_begins_anew);
    RUN(test_error_of_the_peak);
    RUN(test_refusals);
    RUN(test_many_processes);
    return check_summary();
}
