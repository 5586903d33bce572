/* links: src/report/pprof.c src/report/protobuf.c src/report/names.c
   src/report/gzip.c src/report/sift.c src/model/view_scope.c
   src/model/profile.c src/model/profile_memory.c src/model/profile_rows.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/kind.c src/model/view.c src/model/view_charge.c
   src/model/view_cost.c src/model/view_files.c src/model/view_functions.c
   src/model/view_groups.c src/model/view_lines.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/base/map.c
   src/base/buf.c src/model/view_regions.c -lz -lm */
/* pprof files, read back by a decoder of our own that knows only the format. */
#include <zlib.h>

#include "report/report.h"
#include "shop_profile.h"

static const struct smp_filter all = {.scope = SMP_SCOPE_ALL};

/* The fields of a message, one after the other. */
struct reader {
    const unsigned char *at, *end;
    unsigned field;
    uint64_t number;            /* of a number field */
    const unsigned char *bytes; /* of a field of bytes; NULL: a number */
    size_t length;
    int damaged;
};

static uint64_t varint(struct reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
        value |= (uint64_t)(*r->at & 0x7F) << shift;
        if (*r->at++ < 0x80)
            return value;
    }
    r->damaged = 1;
    return 0;
}

static int next(struct reader *r)
{
    if (r->at >= r->end || r->damaged)
        return 0;
    uint64_t tag = varint(r);
    r->field = (unsigned)(tag >> 3);
    r->bytes = NULL;
    if ((tag & 7) == 0) {
        r->number = varint(r);
    } else if ((tag & 7) == 2) {
        r->length = (size_t)varint(r);
        if (r->length > (size_t)(r->end - r->at)) {
            r->damaged = 1;
            return 0;
        }
        r->bytes = r->at;
        r->at += r->length;
    } else {
        r->damaged = 1;
    }
    return !r->damaged;
}

static struct reader inside(const struct reader *r)
{
    return (struct reader){.at = r->bytes, .end = r->bytes + r->length};
}

#define ID_LIMIT 20000

/* A decoded file. Ids index the tables. */
static struct {
    struct smp_buf raw;
    char *strings[ID_LIMIT];
    size_t string_count;
    uint64_t function_name[ID_LIMIT];
    uint64_t location_function[ID_LIMIT], location_line[ID_LIMIT];
    uint64_t location_mapping[ID_LIMIT], mapping_file[ID_LIMIT];
    int64_t sums[8];
    size_t samples, types;
} file;

static void forget(void)
{
    for (size_t i = 0; i < file.string_count; i++)
        free(file.strings[i]);
    smp_buf_release(&file.raw);
    memset(&file, 0, sizeof file);
}

static void gunzip(const struct smp_buf *packed)
{
    unsigned char block[4096];
    z_stream z = {.next_in = (unsigned char *)packed->data,
                  .avail_in = (unsigned)packed->length};
    CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
    int status;
    do {
        z.next_out = block;
        z.avail_out = sizeof block;
        status = inflate(&z, Z_NO_FLUSH);
        smp_buf_add(&file.raw, block, sizeof block - z.avail_out);
    } while (status == Z_OK);
    CHECK_INT(status, Z_STREAM_END);
    CHECK_INT(z.avail_in, 0);
    inflateEnd(&z);
}

/* A number field of a message; 0: it has none. */
static uint64_t number_in(struct reader r, unsigned field)
{
    uint64_t value = 0;
    while (next(&r))
        if (r.field == field && !r.bytes)
            value = r.number;
    CHECK(!r.damaged);
    return value;
}

static uint64_t id_of(struct reader r)
{
    uint64_t id = number_in(r, 1);
    CHECK(id > 0 && id < ID_LIMIT);
    return id < ID_LIMIT ? id : 0;
}

static void read_location(struct reader r)
{
    uint64_t id = id_of(r);
    file.location_mapping[id] = number_in(r, 2);
    while (next(&r))
        if (r.field == 4) {
            file.location_function[id] = number_in(inside(&r), 1);
            file.location_line[id] = number_in(inside(&r), 2);
        }
}

static void read_sample(struct reader r)
{
    int n = 0;
    file.samples++;
    while (next(&r)) {
        struct reader values = inside(&r);
        if (r.field == 2)
            for (; values.at < values.end; n++) {
                int64_t value = (int64_t)varint(&values);
                if (n < 8)
                    file.sums[n] += value;
            }
    }
    CHECK_INT(n, file.types);
}

static void read_string(const struct reader *r)
{
    char *copy = calloc(r->length + 1, 1);
    memcpy(copy, r->bytes, r->length);
    if (file.string_count < ID_LIMIT)
        file.strings[file.string_count++] = copy;
}

static struct reader whole(void)
{
    const unsigned char *data = (const unsigned char *)file.raw.data;
    return (struct reader){.at = data, .end = data + file.raw.length};
}

static void read_fields(void)
{
    struct reader r = whole();
    while (next(&r)) {
        struct reader in = r.bytes ? inside(&r) : r;
        if (r.field == 1)
            file.types++;
        else if (r.field == 2)
            read_sample(in);
        else if (r.field == 3)
            file.mapping_file[id_of(in)] = number_in(in, 5);
        else if (r.field == 4)
            read_location(in);
        else if (r.field == 5)
            file.function_name[id_of(in)] = number_in(in, 2);
        else if (r.field == 6)
            read_string(&r);
    }
    CHECK(!r.damaged);
}

static void decode(const struct smp_profile *p, const struct smp_filter *f)
{
    struct smp_buf packed = {0};
    forget();
    CHECK_INT(smp_report_pprof(&packed, p, f), 0);
    gunzip(&packed);
    smp_buf_release(&packed);
    read_fields();
    CHECK_STR(file.strings[0], "");
    CHECK_INT(file.types, p->memory ? 8 : 3);
}

static const char *string(uint64_t number)
{
    return number < file.string_count ? file.strings[number] : "(damaged)";
}

static const char *location_name(uint64_t id)
{
    return id < ID_LIMIT
               ? string(file.function_name[file.location_function[id]])
               : "(damaged)";
}

/* The label's text or, as text, its number. */
static const char *label(struct reader sample, const char *key)
{
    static char number[32];
    while (next(&sample)) {
        if (sample.field != 3)
            continue;
        struct reader in = inside(&sample);
        if (strcmp(string(number_in(in, 1)), key) != 0)
            continue;
        snprintf(number, sizeof number, "%d", (int)number_in(in, 3));
        return number_in(in, 2) ? string(number_in(in, 2)) : number;
    }
    return "(no label)";
}

/* The sample whose innermost location has this name; damaged: none. */
static struct reader sample_in(const char *name)
{
    struct reader r = whole();
    while (next(&r)) {
        struct reader in = r.bytes ? inside(&r) : r, found = in;
        if (r.field != 2)
            continue;
        while (next(&in))
            if (in.field == 1) {
                struct reader ids = inside(&in);
                if (strcmp(location_name(varint(&ids)), name) == 0)
                    return found;
            }
    }
    return (struct reader){.damaged = 1};
}

static void test_sums(void)
{
    struct shop s;
    shop_profile(&s);
    decode(s.p, &all);
    CHECK_INT(file.sums[0], 2300);
    CHECK_NEAR((double)file.sums[1], 10e9, 100);
    CHECK_NEAR((double)file.sums[2], 13e9, 100);
    CHECK_STR(string(number_in(whole(), 14)), "cpu");
    CHECK_INT(number_in(whole(), 12), 10000000);
    CHECK_INT(number_in(whole(), 10), 11400000000);
    CHECK_INT(number_in(whole(), 9), 1700000000000000000);
    struct smp_filter f = {.cpu_only = 1, .process_plus_1 = 2};
    decode(s.p, &f);
    CHECK_NEAR((double)file.sums[1], 1e9, 100);
    CHECK_INT(file.sums[2], 0);
    smp_profile_free(s.p);
    forget();
}

static void test_sample(void)
{
    static const char *const names[] = {
        "scan_once_unicode [_json.so]",
        "JSONDecoder.raw_decode (json/decoder.py)",
        "loads (json/__init__.py)",
        "Shop.read (shop.py)",
        "main (shop.py)",
        "<module> (shop.py)"};
    static const uint64_t lines[] = {0, 353, 346, 19, 42, 47};
    struct shop s;
    shop_profile(&s);
    decode(s.p, &all);
    struct reader sample = sample_in("scan_once_unicode [_json.so]");
    CHECK_STR(label(sample, "kind"), "native");
    CHECK_STR(label(sample, "pid"), "4711");
    CHECK_STR(label(sample, "thread"), "MainThread (4711)");
    struct reader r = sample;
    size_t n = 0;
    while (next(&r)) {
        struct reader ids = r.bytes ? inside(&r) : r;
        for (; r.field == 1 && ids.at < ids.end && n < 6; n++) {
            uint64_t id = varint(&ids);
            CHECK_STR(location_name(id), names[n]);
            CHECK_INT(file.location_line[id], lines[n]);
            CHECK_STR(string(file.mapping_file[file.location_mapping[id]]),
                      n ? "shop.py"
                        : "/usr/lib/python3.12/lib-dynload/_json.so");
        }
    }
    CHECK_INT(n, 6);
    smp_profile_free(s.p);
    forget();
}

static void test_leaves(void)
{
    struct shop s;
    shop_profile(&s);
    uint32_t stack = push(s.p, 0, s.best, 30);
    smp_profile_add(s.p, 1,
                    (struct smp_sample){.thread = s.main_thread,
                                        .stack = stack,
                                        .gc = 1,
                                        .count = 1,
                                        .seconds = 1});
    decode(s.p, &all);
    CHECK_STR(label(sample_in("[waiting: I/O]"), "kind"), "io");
    CHECK_STR(label(sample_in("[kernel]"), "kind"), "system");
    CHECK_STR(label(sample_in("[garbage collector]"), "kind"), "python");
    CHECK(sample_in("[waiting: GIL]").damaged);
    smp_profile_free(s.p);
    forget();
}

static void test_random(void)
{
    for (uint64_t seed = 1; seed < 100; seed++) {
        struct smp_profile *p = random_profile(seed);
        double s = 0;
        for (size_t i = 0; i < p->sample_count; i++)
            s += p->samples[i].seconds;
        decode(p, &all);
        CHECK_NEAR((double)(file.sums[1] + file.sums[2]) / 1e9, s, 1e-6);
        smp_profile_free(p);
    }
    forget();
}

/* Memory's sample types beside those of time. */
static void test_memory(void)
{
    struct shop s;
    struct smp_filter f = {.scope = SMP_SCOPE_ALL};
    shop_profile(&s);
    shop_memory(&s);
    decode(s.p, &f);
    CHECK_INT(file.types, 8);
    CHECK_NEAR((double)file.sums[1], 10e9, 1e3);
    CHECK_INT(file.sums[3], 600 + 90 + 400 + 1);
    CHECK_NEAR((double)file.sums[4], 2984 * SHOP_MB, 100);
    CHECK_NEAR((double)file.sums[5], 220 * SHOP_MB, 100);
    CHECK_NEAR((double)file.sums[6], 243.7 * SHOP_MB, 100);
    CHECK_NEAR((double)file.sums[7], 8 * SHOP_MB, 0);
    smp_profile_free(s.p);
    forget();
}

int main(void)
{
    RUN(test_sums);
    RUN(test_sample);
    RUN(test_leaves);
    RUN(test_random);
    RUN(test_memory);
    return check_summary();
}
