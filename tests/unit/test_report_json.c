/* links: src/report/json_write.c src/report/json_write_cost.c
   src/report/json_write_cut.c src/report/json_write_facts.c
   src/report/json_write_tasks.c src/report/json_read_tasks.c
   src/model/view_tasks.c src/model/profile_tasks.c
   src/report/json_write_files.c src/report/json_write_processes.c
   src/report/process_name.c
   src/report/json_write_stacks.c src/report/json_write_text.c
   src/report/json_read.c src/report/json_read_facts.c
   src/report/scalene_read.c src/report/scalene_lines.c src/report/scalene_facts.c
   src/report/json_read_run.c src/report/json_read_values.c
   src/report/json_write_memory.c src/report/json_write_memory_facts.c
   src/report/json_read_memory.c src/model/kind.c src/model/profile.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/view.c src/model/view_charge.c src/model/view_cost.c
   src/model/view_files.c src/model/view_functions.c src/model/view_groups.c
   src/model/view_lines.c src/model/view_scope.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_restack.c
   src/model/profile_memory.c src/model/profile_rows.c src/base/map.c
   src/base/buf.c src/base/status.c src/model/view_regions.c
   src/report/json_write_said.c src/report/json_read_said.c -ljansson */
/* The JSON profile: the figures in it, and that it is safe to embed. */
#include <jansson.h>
#include <locale.h>

#include "base/status.h"
#include "check.h"
#include "profiles.h"
#include "report/report.h"

static const struct smp_json_options plain = {.stacks = 1, .sources = 1};

/* The profile as JSON, parsed. */
static json_t *json_of(const struct smp_profile *p,
                       const struct smp_json_options *o)
{
    struct smp_buf b = {0};
    json_error_t error = {.text = ""};
    CHECK_INT(smp_report_json(&b, p, o), 0);
    json_t *root = json_loadb(b.data, b.length, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        CHECK_STR(error.text, "");
    smp_buf_release(&b);
    return root;
}

/* The value at a path such as "files|/app/a.py|lines|0|line". */
static json_t *at(json_t *root, const char *path)
{
    char key[256];
    while (root && *path) {
        size_t n = strcspn(path, "|");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        root = json_is_array(root) ? json_array_get(root, (size_t)atoi(key))
                                   : json_object_get(root, key);
        path += n + (path[n] == '|');
    }
    return root;
}

static double number(json_t *root, const char *path)
{
    json_t *value = at(root, path);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text(json_t *root, const char *path)
{
    return json_string_value(at(root, path));
}

/* main.py: f on lines 2 and 4; a library called from line 4; 100 s in all:
 * main thread 40 s of CPU and 20 s of waiting, a worker 40 s of CPU. */
static struct smp_profile *known_program(void)
{
    struct smp_profile *p = smp_profile_new();
    uint32_t file = add_file(p, "/app/main.py", SMP_FILE_SOURCE, 1);
    uint32_t lib = add_file(p, "/lib/l.py", SMP_FILE_SOURCE, 0);
    uint32_t f = add_function(p, "f", file, 1),
             g = add_function(p, "g", lib, 7);
    uint32_t two = push(p, 0, f, 2), four = push(p, 0, f, 4);
    uint32_t called = push(p, four, g, 8);
    uint32_t process = add_process(p, 10, SMP_NONE);
    uint32_t main_thread = add_thread(p, process, 10, 1);
    uint32_t worker = add_thread(p, process, 11, 0);
    p->program = smp_profile_string(p, "main.py");
    p->command = smp_profile_string(p, "python main.py 'a b' \"c\"d\\ e");
    p->cpus = 2;
    p->elapsed_s = 60;
    const char *source = "def f():\n    x()\r\n\n    y() # <b>&</b>";
    smp_profile_set_source(p, file, owned_text(source), strlen(source), "ab12");
    add_sample(p, 0, main_thread, two, SMP_KIND_PYTHON, 10);
    add_sample(p, 1, main_thread, two, SMP_KIND_NATIVE, 5);
    add_sample(p, 2, main_thread, called, SMP_KIND_PYTHON, 15);
    add_sample(p, 3, main_thread, four, SMP_KIND_SYSTEM, 10);
    add_sample(p, 4, main_thread, four, SMP_KIND_WAIT_IO, 20);
    add_sample(p, 5, worker, two, SMP_KIND_NATIVE, 40);
    add_sample(p, 6, worker, two, SMP_KIND_WAIT_LOCK, 1000);
    return p;
}

static void lines_have_scalenes_names_and_seconds(void)
{
    struct smp_profile *p = known_program();
    json_t *j = json_of(p, &plain);
    json_t *two = at(j, "files|/app/main.py|lines|1");
    json_t *four = at(j, "files|/app/main.py|lines|3");
    CHECK_NEAR(number(j, "whole_s"), 100, 1e-6);
    CHECK_NEAR(number(two, "lineno"), 2, 0);
    CHECK_STR(text(two, "line"), "    x()\n");
    CHECK_NEAR(number(two, "n_cpu_percent_python"), 10, 1e-6);
    CHECK_NEAR(number(two, "n_cpu_percent_c"), 45, 1e-6);
    CHECK_NEAR(number(two, "n_sys_percent"), 0, 1e-6);
    CHECK_NEAR(number(two, "cpu_native_s"), 45, 1e-6);
    CHECK_NEAR(number(two, "other_wait_s"), 1000, 1e-6);
    CHECK_NEAR(number(two, "wait_s"), 0, 1e-6);
    CHECK_STR(text(four, "line"), "    y() # <b>&</b>");
    CHECK_NEAR(number(four, "n_cpu_percent_python"), 15, 1e-6);
    CHECK_NEAR(number(four, "n_sys_percent"), 30, 1e-6);
    CHECK_NEAR(number(four, "wait|io"), 20, 1e-6);
    CHECK(number(four, "cpu_python_s_ci|0") < 15);
    CHECK(number(four, "cpu_python_s_ci|1") > 15);
    CHECK(!at(four, "wait_s_ci"));
    CHECK_NEAR(number(four, "cpu_samples_list|0"), 2, 0.01);
    CHECK_INT(json_array_size(at(four, "cpu_samples_list")), 2);
    json_decref(j);
    smp_profile_free(p);
}

static void files_functions_and_the_whole(void)
{
    struct smp_profile *p = known_program();
    json_t *j = json_of(p, &plain);
    json_t *file = at(j, "files|/app/main.py");
    CHECK_NEAR(number(file, "percent_cpu_time"), 100, 1e-6);
    CHECK_INT(json_array_size(at(file, "lines")), 4);
    CHECK_STR(text(file, "functions|0|line"), "f");
    CHECK_NEAR(number(file, "functions|0|lineno"), 1, 0);
    CHECK_NEAR(number(file, "functions|0|total|cpu_python_s"), 25, 1e-6);
    CHECK_NEAR(number(j, "cpu_python_s"), 25, 1e-6);
    CHECK_NEAR(number(j, "cpu_native_s"), 45, 1e-6);
    CHECK_NEAR(number(j, "cpu_system_s"), 10, 1e-6);
    CHECK_NEAR(number(j, "in_scope|cpu_python_s"), 25, 1e-6);
    CHECK_NEAR(number(j, "main_thread"), 0, 0);
    CHECK_NEAR(number(j, "threads|1|wait_s"), 1000, 1e-6);
    CHECK_NEAR(number(j, "threads|1|top_wait|lineno"), 2, 0);
    CHECK_NEAR(number(j, "processes|0|other_wait_s"), 1000, 1e-6);
    CHECK_NEAR(number(j, "processes|0|wait_s"), 20, 1e-6);
    CHECK(json_is_null(at(j, "processes|0|parent")));
    CHECK_STR(text(j, "filename"), "/app/main.py");
    CHECK_INT(json_array_size(at(j, "args")), 4);
    CHECK_STR(text(j, "args|2"), "a b");
    CHECK_STR(text(j, "args|3"), "cd e");
    CHECK(json_is_false(at(j, "memory")) && json_is_false(at(j, "gpu")));
    json_decref(j);
    smp_profile_free(p);
}

/* Seconds of waiting have the CPU queue, percentages have not. */
static void the_cpu_queue_is_in_seconds_only(void)
{
    struct smp_profile *p = known_program();
    add_sample(p, 7, 0, 2, SMP_KIND_WAIT_CPU, 300);
    json_t *j = json_of(p, &plain);
    json_t *four = at(j, "files|/app/main.py|lines|3");
    CHECK_NEAR(number(j, "whole_s"), 100, 1e-6);
    CHECK_NEAR(number(four, "wait_s"), 320, 1e-6);
    CHECK_NEAR(number(four, "wait|cpu"), 300, 1e-6);
    CHECK_NEAR(number(four, "n_sys_percent"), 30, 1e-6);
    json_decref(j);
    smp_profile_free(p);
}

static void what_was_not_measured_is_absent(void)
{
    struct smp_profile *p = known_program();
    struct smp_json_options o = plain;
    o.filter.cpu_only = 1;
    json_t *j = json_of(p, &o);
    CHECK_NEAR(number(j, "whole_s"), 80, 1e-6);
    CHECK(!at(j, "wait_s") && !at(j, "wait"));
    CHECK(!at(j, "files|/app/main.py|lines|0|wait_s"));
    CHECK(!at(j, "max_footprint_mb"));
    CHECK(!at(j, "files|/app/main.py|lines|1|n_malloc_mb"));
    json_decref(j);
    smp_profile_free(p);
}

static void reduced_and_threshold(void)
{
    struct smp_profile *p = known_program();
    struct smp_json_options o = plain;
    o.reduced = 1;
    json_t *j = json_of(p, &o);
    CHECK_INT(json_array_size(at(j, "files|/app/main.py|lines")), 2);
    json_decref(j);
    o.cpu_percent_threshold = 50;
    j = json_of(p, &o);
    CHECK_INT(json_array_size(at(j, "files|/app/main.py|lines")), 1);
    json_decref(j);
    o.filter.scope = SMP_SCOPE_ALL; /* main.py has 85 %, l.py 15 % */
    j = json_of(p, &o);
    CHECK_INT(json_object_size(at(j, "files")), 1);
    json_decref(j);
    o.cpu_percent_threshold = 1;
    j = json_of(p, &o);
    CHECK_INT(json_object_size(at(j, "files")), 2);
    json_decref(j);
    smp_profile_free(p);
}

static void sources_stay_out_when_asked(void)
{
    struct smp_profile *p = known_program();
    struct smp_json_options o = plain;
    struct smp_buf b = {0};
    o.sources = 0;
    CHECK_INT(smp_report_json(&b, p, &o), 0);
    CHECK(!strstr(b.data, "x()"));
    CHECK(strstr(b.data, "\"ab12\"") != NULL);
    smp_buf_release(&b);
    smp_profile_free(p);
}

static void hot_stacks_in_scalenes_shape(void)
{
    struct smp_profile *p = known_program();
    json_t *j = json_of(p, &plain);
    CHECK_INT(json_array_size(at(j, "stacks")), 3);
    CHECK_STR(text(j, "stacks|0|0|0"), "/app/main.py f:2;");
    CHECK_NEAR(number(j, "stacks|0|1|c_time"), 45 / 80.0, 1e-6);
    CHECK_STR(text(j, "stacks|1|0|1"), "/lib/l.py g:8;");
    CHECK_NEAR(number(j, "stacks|1|1|python_time"), 15 / 80.0, 1e-6);
    json_decref(j);
    smp_profile_free(p);
}

static void nothing_can_end_a_script_element(void)
{
    for (uint64_t seed = 1; seed < 40; seed++) {
        struct smp_profile *p = random_profile(seed);
        struct smp_json_options o = {.filter.scope = SMP_SCOPE_ALL,
                                     .stacks = 1,
                                     .sources = 1};
        struct smp_buf b = {0};
        CHECK_INT(smp_report_json(&b, p, &o), 0);
        CHECK(!memchr(b.data, '<', b.length));
        for (size_t i = 0; i + 1 < b.length; i++)
            if (!CHECK((unsigned char)b.data[i] >= 0x20))
                break;
        smp_buf_release(&b);
        smp_profile_free(p);
    }
}

static void an_invalid_profile_is_refused(void)
{
    struct smp_profile *p = known_program();
    struct smp_buf b = {0};
    p->samples[0].stack = 1000000;
    CHECK_INT(smp_report_json(&b, p, &plain), SMP_EINVAL);
    CHECK_INT(b.length, 0);
    p->samples[0].stack = 0;
    smp_profile_free(p);
}

static void numbers_do_not_follow_the_locale(void)
{
    struct smp_profile *p = known_program();
    p->elapsed_s = 1.0 / 3;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        printf("(no de_DE.UTF-8 locale here: tried in C only)\n");
    json_t *j = json_of(p, &plain);
    setlocale(LC_NUMERIC, "C");
    CHECK(number(j, "elapsed_time_sec") == 1.0 / 3);
    json_decref(j);
    smp_profile_free(p);
}

/* 250,000 samples and 100,000 stacks with sources: some 10 MB. */
static void a_large_profile_is_fast(void)
{
    struct smp_profile *p = known_program();
    uint64_t seed = 5;
    char name[40];
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "function_number_%u", i % 3000);
        uint32_t f = add_function(p, name, i % 2, i % 3000);
        push(p, random_below(&seed, (uint32_t)p->stack_count), f, i % 1000);
    }
    for (uint32_t i = 0; i < 800000; i++)
        add_sample(p, i * 0.00005, i % 2, random_below(&seed, 100000),
                   (enum smp_kind)(i % 4), 0.01 + i % 3 * 1e-17);
    struct smp_buf b = {0};
    double start_s = cpu_now_s();
    CHECK_INT(smp_report_json(&b, p, &plain), 0);
    double took_s = cpu_now_s() - start_s;
    printf("%zu samples, %.1f MB of JSON in %.3f s\n", p->sample_count,
           (double)b.length / 1e6, took_s);
    CHECK(took_s < 5); /* well below 1 s without sanitizers */
    smp_buf_release(&b);
    smp_profile_free(p);
}

int main(void)
{
    RUN(lines_have_scalenes_names_and_seconds);
    RUN(files_functions_and_the_whole);
    RUN(the_cpu_queue_is_in_seconds_only);
    RUN(what_was_not_measured_is_absent);
    RUN(reduced_and_threshold);
    RUN(sources_stay_out_when_asked);
    RUN(hot_stacks_in_scalenes_shape);
    RUN(nothing_can_end_a_script_element);
    RUN(an_invalid_profile_is_refused);
    RUN(numbers_do_not_follow_the_locale);
    RUN(a_large_profile_is_fast);
    return check_summary();
}
