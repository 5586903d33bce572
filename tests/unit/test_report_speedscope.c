/* links: src/report/speedscope.c src/report/names.c src/report/sift.c
   src/model/view_scope.c src/model/profile.c src/model/profile_memory.c
   src/model/profile_rows.c src/model/profile_samples.c
   src/model/profile_valid.c src/model/utf8.c src/model/kind.c src/base/map.c
   src/base/buf.c -ljansson -lm */
/* speedscope files: what its schema asks for, and the sums. */
#include <jansson.h>

#include "report/report.h"
#include "shop_profile.h"

static const struct smp_filter all = {.scope = SMP_SCOPE_ALL};

static json_t *speedscope(const struct smp_profile *p,
                          const struct smp_filter *f)
{
    struct smp_buf b = {0};
    json_error_t error;
    CHECK_INT(smp_report_speedscope(&b, p, f), 0);
    json_t *root = json_loadb(b.data, b.length, JSON_REJECT_DUPLICATES, &error);
    if (!CHECK(root))
        printf("line %d: %s\n", error.line, error.text);
    smp_buf_release(&b);
    return root;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "(no text)";
}

static void check_frames(const json_t *frames)
{
    CHECK(json_is_array(frames));
    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *frame = json_array_get(frames, i);
        const json_t *line = json_object_get(frame, "line");
        CHECK(json_is_string(json_object_get(frame, "name")));
        CHECK(!line || json_integer_value(line) > 0);
    }
}

/* What the schema asks of a sampled profile; returns the sum of its weights. */
static double check_profile(const json_t *profile, size_t frames)
{
    const json_t *samples = json_object_get(profile, "samples");
    const json_t *weights = json_object_get(profile, "weights");
    double sum = 0;
    CHECK_STR(text(profile, "type"), "sampled");
    CHECK_STR(text(profile, "unit"), "seconds");
    CHECK(json_is_string(json_object_get(profile, "name")));
    CHECK_INT(json_array_size(samples), json_array_size(weights));
    for (size_t i = 0; i < json_array_size(samples); i++) {
        const json_t *stack = json_array_get(samples, i);
        for (size_t k = 0; k < json_array_size(stack); k++)
            if ((size_t)json_integer_value(json_array_get(stack, k)) >= frames)
                CHECK(0);
        sum += json_number_value(json_array_get(weights, i));
    }
    CHECK_NEAR(json_number_value(json_object_get(profile, "startValue")), 0, 0);
    CHECK_NEAR(json_number_value(json_object_get(profile, "endValue")), sum,
               1e-6);
    return sum;
}

static double check_file(const json_t *root)
{
    const json_t *profiles = json_object_get(root, "profiles");
    const json_t *frames =
        json_object_get(json_object_get(root, "shared"), "frames");
    double sum = 0;
    CHECK_STR(text(root, "$schema"),
              "https://www.speedscope.app/file-format-schema.json");
    check_frames(frames);
    CHECK(json_array_size(profiles) > 0);
    for (size_t i = 0; i < json_array_size(profiles); i++)
        sum +=
            check_profile(json_array_get(profiles, i), json_array_size(frames));
    return sum;
}

static int count_frames(const json_t *root, const char *name)
{
    const json_t *frames =
        json_object_get(json_object_get(root, "shared"), "frames");
    int count = 0;
    for (size_t i = 0; i < json_array_size(frames); i++)
        count += strcmp(text(json_array_get(frames, i), "name"), name) == 0;
    return count;
}

static void test_shop(void)
{
    struct shop s;
    shop_profile(&s);
    json_t *root = speedscope(s.p, &all);
    const json_t *profiles = json_object_get(root, "profiles");
    CHECK_NEAR(check_file(root), 23, 1e-6);
    CHECK_INT(json_array_size(profiles), 3);
    CHECK_STR(text(json_array_get(profiles, 0), "name"),
              "process 4711, MainThread (4711)");
    CHECK_STR(text(root, "name"), "shop.py");
    CHECK_STR(text(root, "exporter"), "solvidia-mem-prof 0.1.0");
    CHECK_INT(count_frames(root, "Shop.read (shop.py:19)"), 1);
    CHECK_INT(count_frames(root, "scan_once_unicode [_json.so]"), 1);
    CHECK_INT(count_frames(root, "[waiting: lock]"), 1);
    CHECK_INT(count_frames(root, "[kernel]"), 1);
    json_decref(root);
    smp_profile_free(s.p);
}

/* Root first, in order of time. */
static void test_order(void)
{
    struct shop s;
    shop_profile(&s);
    json_t *root = speedscope(s.p, &all);
    const json_t *frames =
        json_object_get(json_object_get(root, "shared"), "frames");
    const json_t *profile =
        json_array_get(json_object_get(root, "profiles"), 0);
    const json_t *stack =
        json_array_get(json_object_get(profile, "samples"), 0);
    static const char *const want[] = {"<module> (shop.py:47)",
                                       "main (shop.py:42)",
                                       "Shop.read (shop.py:17)",
                                       "[waiting: I/O]"};
    CHECK_INT(json_array_size(stack), 4);
    for (size_t i = 0; i < 4; i++) {
        size_t n = (size_t)json_integer_value(json_array_get(stack, i));
        CHECK_STR(text(json_array_get(frames, n), "name"), want[i]);
    }
    json_decref(root);
    smp_profile_free(s.p);
}

static void test_filter(void)
{
    struct shop s;
    struct smp_filter f = {.cpu_only = 1, .process_plus_1 = 2};
    shop_profile(&s);
    json_t *root = speedscope(s.p, &f);
    CHECK_NEAR(check_file(root), 1, 1e-6);
    CHECK_INT(json_array_size(json_object_get(root, "profiles")), 1);
    json_decref(root);
    f.from_s = 1000;
    root = speedscope(s.p, &f);
    CHECK_NEAR(check_file(root), 0, 0);
    json_decref(root);
    smp_profile_free(s.p);
}

static void test_random(void)
{
    for (uint64_t seed = 1; seed < 100; seed++) {
        struct smp_profile *p = random_profile(seed);
        double s = 0;
        for (size_t i = 0; i < p->sample_count; i++)
            s += p->samples[i].seconds;
        json_t *root = speedscope(p, &all);
        CHECK_NEAR(check_file(root), s, 1e-6);
        json_decref(root);
        smp_profile_free(p);
    }
}

int main(void)
{
    RUN(test_shop);
    RUN(test_order);
    RUN(test_filter);
    RUN(test_random);
    return check_summary();
}
