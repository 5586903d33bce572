/* links: src/report/tokens.c src/report/source.c src/base/buf.c */
/* Syntax colours, and sources divided into lines. */
#include "base/buf.h"
#include "check.h"
#include "report/source.h"
#include "report/tokens.h"

/* A letter for each byte: what kind of token it belongs to. */
static const char letters[] = ".kbd@nsc";

static smp_token_state state;

static const char *kinds(const char *line, smp_token_state before)
{
    static char out[256];
    struct smp_tokens t;
    struct smp_token token;
    size_t at = 0;
    memset(out, 0, sizeof out);
    smp_tokens_init(&t, line, strlen(line), before);
    while (smp_tokens_next(&t, &token)) {
        CHECK_INT(token.start, at);
        CHECK(token.length > 0);
        memset(out + at, letters[token.kind], token.length);
        at += token.length;
    }
    CHECK_INT(at, strlen(line));
    CHECK_INT(t.state, smp_tokens_skip(line, strlen(line), before));
    state = t.state;
    return out;
}

static void test_words(void)
{
    CHECK_STR(kinds("def f(x):", 0), "kkk.d....");
    CHECK_STR(kinds("class Big:", 0), "kkkkk.ddd.");
    CHECK_STR(kinds("return len(a)", 0), "kkkkkk.bbb...");
    CHECK_STR(kinds("a.len = x.def_", 0), "..............");
    CHECK_STR(kinds("iffy = notify", 0), ".............");
    CHECK_STR(kinds("\xc3\xa9t\xc3\xa9 in x", 0), "......kk..");
}

static void test_soft_keywords(void)
{
    CHECK_STR(kinds("match x:", 0), "kkkkk...");
    CHECK_STR(kinds("    case 1:", 0), "....kkkk.n.");
    CHECK_STR(kinds("match = 1", 0), "........n");
    CHECK_STR(kinds("x = match", 0), ".........");
}

static void test_decorators(void)
{
    CHECK_STR(kinds("@app.get(1)", 0), "@@@@@@@@.n.");
    CHECK_STR(kinds("  @x", 0), "..@@");
    CHECK_STR(kinds("a @ b", 0), ".....");
}

static void test_numbers(void)
{
    CHECK_STR(kinds("1+0x1F_FF", 0), "n.nnnnnnn");
    CHECK_STR(kinds("1.5e-3j-2", 0), "nnnnnnn.n");
    CHECK_STR(kinds("x1 .5", 0), "...nn");
    CHECK_STR(kinds("0xe+1", 0), "nnn.n");
}

static void test_strings(void)
{
    CHECK_STR(kinds("x = 'a' + \"b\"", 0), "....sss...sss");
    CHECK_STR(kinds("'it\\'s' x", 0), "sssssss..");
    CHECK_STR(kinds("rb'a' Rb\"b\" u'' xr'a'", 0), "sssss.sssss.sss...sss");
    CHECK_STR(kinds("'open # x", 0), "sssssssss");
    CHECK_INT(state, 0);
    CHECK_STR(kinds("# 'x'", 0), "ccccc");
    CHECK_STR(kinds("a # b", 0), "..ccc");
}

static void test_format_strings(void)
{
    CHECK_STR(kinds("f'{d[\"a\"]}' x", 0), "sssssssssss..");
    CHECK_STR(kinds("f'{d['a']}' x", 0), "sssssssssss..");
    CHECK_STR(kinds("f'{{' x '", 0), "sssss...s");
}

static void test_strings_over_lines(void)
{
    CHECK_STR(kinds("x = \"\"\"a", 0), "....ssss");
    CHECK(state != 0);
    smp_token_state inside = state;
    CHECK_STR(kinds("def f(): '''", inside), "ssssssssssss");
    CHECK_INT(state, inside);
    CHECK_STR(kinds("b\"\"\" + 1", inside), "ssss...n");
    CHECK_INT(state, 0);
    CHECK_STR(kinds("'a\\", 0), "sss");
    CHECK(state != 0);
    CHECK_STR(kinds("b' if", state), "ss.kk");
    CHECK_STR(kinds("'a\\", 0), "sss");
    CHECK_STR(kinds("", state), "");
    CHECK_INT(state, 0);
    CHECK_STR(kinds("\"\"\"\"\"\" x", 0), "ssssss..");
    CHECK_STR(kinds("'''a''b'''", 0), "ssssssssss");
}

/* Any bytes: every byte is in one token, and it ends. */
static void test_random_bytes(void)
{
    static const char some[] = "'\"\\{}#@f.x1 \t\xc3\0:";
    unsigned seed = 7;
    smp_token_state before = 0;
    for (int round = 0; round < 20000; round++) {
        char line[24];
        struct smp_tokens t;
        struct smp_token token;
        size_t at = 0, n = seed % sizeof line;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245 + 12345;
            line[i] = some[(seed >> 16) % sizeof some];
        }
        smp_tokens_init(&t, line, n, before);
        for (; smp_tokens_next(&t, &token); at += token.length)
            if (token.start != at || !token.length)
                CHECK_INT(round, -1);
        if (at != n)
            CHECK_INT(round, -2);
        before = t.state;
        seed = seed * 1103515245 + 12345;
    }
    CHECK(1);
}

static struct smp_source source_of(char *text)
{
    struct smp_file file = {.source = text,
                            .source_length = text ? strlen(text) : 0};
    struct smp_source s = {0};
    CHECK_INT(smp_source_make(&s, &file), 0);
    return s;
}

static void test_source_lines(void)
{
    char text[] = "a\r\nbc\n\rd = '''\n'''";
    struct smp_source s = source_of(text);
    CHECK_INT(s.count, 5);
    CHECK_INT(smp_source_line(&s, 1).length, 1);
    CHECK_INT(smp_source_line(&s, 2).length, 2);
    CHECK_INT(smp_source_line(&s, 3).length, 0);
    CHECK_INT(smp_source_line(&s, 4).length, 7);
    CHECK(smp_source_line(&s, 5).state != 0);
    CHECK_INT(smp_source_line(&s, 0).length, 0);
    CHECK_INT(smp_source_line(&s, 6).length, 0);
    smp_source_release(&s);
    s = source_of(NULL);
    CHECK_INT(s.count, 0);
    smp_source_release(&s);
}

static void test_enclosing(void)
{
    char text[] = "class A:\n" /* 1 */
                  "    @property\n"
                  "    def f(self):\n" /* 3 */
                  "        '''\n"
                  "def no\n"
                  "        '''\n"
                  "        if 1:\n"    /* 7 */
                  "            pass\n" /* 8 */
                  "    x = 1\n"        /* 9 */
                  "y = 2\n";           /* 10 */
    struct smp_source s = source_of(text);
    CHECK_INT(smp_source_enclosing(&s, 8), 3);
    CHECK_INT(smp_source_enclosing(&s, 3), 1);
    CHECK_INT(smp_source_enclosing(&s, 9), 1);
    CHECK_INT(smp_source_enclosing(&s, 10), 0);
    CHECK_INT(smp_source_enclosing(&s, 99), 0);
    smp_source_release(&s);
}

int main(void)
{
    RUN(test_words);
    RUN(test_soft_keywords);
    RUN(test_decorators);
    RUN(test_numbers);
    RUN(test_strings);
    RUN(test_format_strings);
    RUN(test_strings_over_lines);
    RUN(test_random_bytes);
    RUN(test_source_lines);
    RUN(test_enclosing);
    return check_summary();
}
