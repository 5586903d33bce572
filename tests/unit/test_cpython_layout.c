/* links: src/base/status.c */
/* Layouts by version, and _Py_DebugOffsets that are damaged. That the rows are
 * true is checked in tests/e2e/test_recorder_layout.py. */
#include "fake_python.h"

#include "check.h"

#define V313 0x030d00f0u
#define LAST D_WORDS

/* What a 3.13 says of itself: the row's values, as the table has them. */
static void make_words(uint64_t d[LAST])
{
    const struct smp_layout *l = &rows[2].layout;
    memset(d, 0, LAST * sizeof *d);
    memcpy(d, SMP_DEBUG_OFFSETS_COOKIE, 8);
    d[D_VERSION] = V313;
    d[D_INTERPRETERS_HEAD] = l->runtime_interpreters;
    d[D_INTERP_NEXT] = l->interp_next;
    d[D_THREADS_HEAD] = l->interp_threads;
    d[D_INTERP_GC] = l->interp_gc_collecting - 8;
    d[D_GC_COLLECTING] = 8;
    d[D_CEVAL_GIL] = l->interp_gil;
    d[D_THREAD_NEXT] = l->thread_next;
    d[D_THREAD_INTERP] = l->thread_interp;
    d[D_CURRENT_FRAME] = l->thread_frame;
    d[D_NATIVE_THREAD_ID] = l->thread_native_id;
    d[D_FRAME_PREVIOUS] = l->frame_previous;
    d[D_FRAME_EXECUTABLE] = l->frame_code;
    d[D_FRAME_INSTR_PTR] = l->frame_ip;
    d[D_FRAME_OWNER] = l->frame_owner;
    d[D_CODE_FILENAME] = l->code_filename;
    d[D_CODE_QUALNAME] = l->code_qualname;
    d[D_CODE_LINETABLE] = l->code_linetable;
    d[D_CODE_FIRST_LINE] = l->code_first_line;
    d[D_CODE_ADAPTIVE] = l->code_instructions;
    d[D_BYTES_SIZE] = l->bytes_size;
    d[D_BYTES_SVAL] = l->bytes_data;
    d[D_TEXT_STATE] = l->text_state;
    d[D_TEXT_LENGTH] = l->text_length;
    d[D_TEXT_ASCII_SIZE] = l->text_ascii_data;
}

static int find(struct smp_layout *out, const uint64_t *words)
{
    return smp_layout_find(out, V313, words, LAST * sizeof *words);
}

static void test_versions(void)
{
    static const uint32_t unknown[] = {0,          0x02071200, 0x030a0df0,
                                       0x030e0000, 0x030f0000, 0x040b0000,
                                       UINT32_MAX};
    struct smp_layout l;
    CHECK_INT(smp_layout_find(&l, 0x030b07f0, NULL, 0), 0);
    CHECK_INT(l.frame_owner, 69);
    CHECK_INT(smp_layout_find(&l, 0x030c00a1, NULL, 0), 0);
    CHECK_INT(l.frame_owner, 70);
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_INT(smp_layout_find(&l, unknown[i], NULL, 0), SMP_EVERSION);
}

static void test_debug_offsets(void)
{
    uint64_t d[LAST];
    struct smp_layout l;
    make_words(d);
    CHECK_INT(find(&l, d), 0);
    CHECK(!memcmp(&l, &rows[2].layout, sizeof l));
    /* They win over the row. */
    d[D_CURRENT_FRAME] = 80;
    d[D_CODE_ADAPTIVE] = 208;
    CHECK_INT(find(&l, d), 0);
    CHECK_INT(l.thread_frame, 80);
    CHECK_INT(l.code_first_traceable, 192);
    CHECK_INT(l.code_bytes, 208);
}

static void refused(const uint64_t *words, int status)
{
    struct smp_layout l, before;
    memset(&l, 0x5a, sizeof l);
    before = l;
    CHECK_INT(find(&l, words), status);
    CHECK(!memcmp(&l, &before, sizeof l)); /* untouched */
}

static void test_not_offsets(void)
{
    uint64_t d[LAST];
    struct smp_layout l;
    make_words(d);
    CHECK_INT(smp_layout_find(&l, V313, NULL, 0), SMP_EFORMAT);
    CHECK_INT(smp_layout_find(&l, V313, d, sizeof d - 1), SMP_EFORMAT);
    ((char *)d)[3] ^= 1; /* the cookie */
    refused(d, SMP_EFORMAT);
    make_words(d);
    d[D_VERSION] = 0x030e0000; /* another minor's table */
    refused(d, SMP_EFORMAT);
    make_words(d);
    d[D_FREE_THREADED] = 1;
    refused(d, SMP_EVERSION);
}

/* Each word in turn is what no offset can be. */
static void test_implausible_offsets(void)
{
    static const int words[] = {
        D_INTERPRETERS_HEAD, D_INTERP_NEXT,      D_THREADS_HEAD,
        D_INTERP_GC,         D_CEVAL_GIL,        D_THREAD_NEXT,
        D_THREAD_INTERP,     D_CURRENT_FRAME,    D_NATIVE_THREAD_ID,
        D_FRAME_PREVIOUS,    D_FRAME_EXECUTABLE, D_FRAME_INSTR_PTR,
        D_FRAME_OWNER,       D_CODE_FILENAME,    D_CODE_QUALNAME,
        D_CODE_LINETABLE,    D_CODE_FIRST_LINE,  D_CODE_ADAPTIVE,
        D_BYTES_SIZE,        D_BYTES_SVAL,       D_TEXT_STATE,
        D_TEXT_LENGTH,       D_TEXT_ASCII_SIZE,  D_GC_COLLECTING};
    static const uint64_t bad[] = {1u << 20, UINT64_MAX, UINT64_C(1) << 32,
                                   UINT64_C(0x7f0000000000)};
    for (unsigned w = 0; w < sizeof words / sizeof *words; w++)
        for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) {
            uint64_t d[LAST];
            make_words(d);
            d[words[w]] = bad[b];
            refused(d, SMP_EFORMAT);
        }
}

static void test_misaligned_offsets(void)
{
    static const int words[] = {D_INTERPRETERS_HEAD, D_THREADS_HEAD,
                                D_CURRENT_FRAME,     D_FRAME_PREVIOUS,
                                D_FRAME_INSTR_PTR,   D_CODE_FILENAME,
                                D_CODE_FIRST_LINE,   D_CODE_ADAPTIVE};
    for (unsigned w = 0; w < sizeof words / sizeof *words; w++) {
        uint64_t d[LAST];
        make_words(d);
        d[words[w]] += 1;
        refused(d, SMP_EFORMAT);
    }
}

/* What is read of a code object ends where its instructions begin. */
static void test_fields_behind_the_code(void)
{
    uint64_t d[LAST];
    make_words(d);
    d[D_CODE_ADAPTIVE] = 0;
    refused(d, SMP_EFORMAT);
    d[D_CODE_ADAPTIVE] = 8;
    refused(d, SMP_EFORMAT);
    d[D_CODE_ADAPTIVE] = rows[2].layout.code_linetable;
    refused(d, SMP_EFORMAT);
    make_words(d);
    d[D_TEXT_STATE] = d[D_TEXT_ASCII_SIZE];
    refused(d, SMP_EFORMAT);
    make_words(d);
    d[D_TEXT_LENGTH] = d[D_TEXT_ASCII_SIZE];
    refused(d, SMP_EFORMAT);
}

int main(void)
{
    RUN(test_versions);
    RUN(test_debug_offsets);
    RUN(test_not_offsets);
    RUN(test_implausible_offsets);
    RUN(test_misaligned_offsets);
    RUN(test_fields_behind_the_code);
    return check_summary();
}
