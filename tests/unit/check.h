/* Checks for unit tests: print both values, count failures, survive NDEBUG. */
#ifndef SMP_TESTS_CHECK_H
#define SMP_TESTS_CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A check that fails is printed and the test goes on; main ends with
 * `return check_summary();`. Arguments are evaluated once. */

struct check_state {
    const char *test; /* the test that runs now */
    int checks, failures, tests;
};

static struct check_state check_state = {.test = "(outside RUN)"};

static inline void check_failed(const char *file, int line)
{
    check_state.failures++;
    printf("FAIL %s:%d in %s: ", file, line, check_state.test);
}

static inline int check_true(int ok, const char *text, const char *file,
                             int line)
{
    check_state.checks++;
    if (!ok) {
        check_failed(file, line);
        printf("%s\n", text);
    }
    return ok;
}

static inline int check_int(intmax_t a, intmax_t b, const char *text,
                            const char *file, int line)
{
    check_state.checks++;
    if (a != b) {
        check_failed(file, line);
        printf("%s: %" PRIdMAX " != %" PRIdMAX "\n", text, a, b);
    }
    return a == b;
}

static inline int check_str(const char *a, const char *b, const char *text,
                            const char *file, int line)
{
    int same = a && b ? strcmp(a, b) == 0 : a == b;
    check_state.checks++;
    if (!same) {
        check_failed(file, line);
        printf("%s:\n  \"%s\"\n  \"%s\"\n", text, a ? a : "(null)",
               b ? b : "(null)");
    }
    return same;
}

/* A NaN on either side fails. */
static inline int check_near(double a, double b, double tol, const char *text,
                             const char *file, int line)
{
    int near = fabs(a - b) <= tol;
    check_state.checks++;
    if (!near) {
        check_failed(file, line);
        printf("%s: %.17g and %.17g differ by more than %g\n", text, a, b, tol);
    }
    return near;
}

static inline int check_summary(void)
{
    printf("%d tests, %d checks, %d failed\n", check_state.tests,
           check_state.checks, check_state.failures);
    return check_state.failures ? 1 : 0;
}

/* Each is also an expression: 1 where it held, so that a test can stop early
 * (`if (!CHECK(p)) return;`). CHECK_INT takes any integer that intmax_t holds. */
#define CHECK(cond) check_true((cond) ? 1 : 0, #cond, __FILE__, __LINE__)
#define CHECK_INT(a, b)                                                        \
    check_int((intmax_t)(a), (intmax_t)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) check_str((a), (b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_NEAR(a, b, tol)                                                  \
    check_near((a), (b), (tol), #a " ~ " #b, __FILE__, __LINE__)

/* Runs a `static void test_name(void)`. */
#define RUN(fn)                                                                \
    do {                                                                       \
        check_state.test = #fn;                                                \
        check_state.tests++;                                                   \
        fn();                                                                  \
        fflush(stdout);                                                        \
    } while (0)

#endif
