/* Private to the JSON reader: how its pieces take values and say what is wrong. */
#ifndef SMP_REPORT_JSON_READ_H
#define SMP_REPORT_JSON_READ_H

#include <jansson.h>

#include "report/report.h"

/* What is read is untrusted: each value's type and range are checked here,
 * the structure as a whole by smp_profile_is_valid at the end. Every function
 * returns 0, or SMP_EFORMAT or SMP_ENOMEM with `why` filled in. */
struct smp_json_reader {
    struct smp_profile *p; /* owned: what was read so far */
    char *why;             /* borrowed; 256 bytes */
};

int smp_json_fail(struct smp_json_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));         /* SMP_EFORMAT */
int smp_json_no_memory(struct smp_json_reader *r); /* SMP_ENOMEM */

/* Members of `object`. */
int smp_json_take_int(struct smp_json_reader *r, const json_t *object,
                      const char *key, int64_t min, int64_t max, int64_t *out);
int smp_json_take_number(struct smp_json_reader *r, const json_t *object,
                         const char *key, double *out);
int smp_json_take_flag(struct smp_json_reader *r, const json_t *object,
                       const char *key, uint8_t *out);
/* Borrowed from the JSON. */
int smp_json_take_text(struct smp_json_reader *r, const json_t *object,
                       const char *key, const char **out);
/* Text, as its string's index in the profile. */
int smp_json_take_string(struct smp_json_reader *r, const json_t *object,
                         const char *key, uint32_t *out);
int smp_json_take_exit(struct smp_json_reader *r, const json_t *object,
                       int32_t *out);
int smp_json_take_array(struct smp_json_reader *r, const json_t *object,
                        const char *key, const json_t **out);
int smp_json_take_object(struct smp_json_reader *r, const json_t *object,
                         const char *key, const json_t **out);

/* --- json_read_facts.c: tables of columns --- */

/* A column of integers, from min to max, into a field of the elements of an
 * array: `first` is the field of element 0, `step` the size of an element.
 * -1 becomes SMP_NONE where min allows it. */
struct smp_json_ints {
    const char *table, *key;
    void *first;
    size_t step, width; /* width: 1, 4 or 8 bytes */
    int64_t min, max;
};
#define SMP_JSON_INTS(table, key, array, field, min, max)                      \
    &(struct smp_json_ints)                                                    \
    {                                                                          \
        table, key, &(array)->field, sizeof *(array), sizeof(array)->field,    \
            min, max                                                           \
    }
int smp_json_read_ints(struct smp_json_reader *r, const json_t *table,
                       size_t count, const struct smp_json_ints *c);

/* The same of doubles. */
struct smp_json_numbers {
    const char *table, *key;
    double *first;
    size_t step;
};
#define SMP_JSON_NUMBERS(table, key, array, field)                             \
    &(struct smp_json_numbers)                                                 \
    {                                                                          \
        table, key, &(array)->field, sizeof *(array)                           \
    }
int smp_json_read_numbers(struct smp_json_reader *r, const json_t *table,
                          size_t count, const struct smp_json_numbers *c);

/* All columns of a table: arrays of pointers to the structs above. */
#define SMP_JSON_READ_COLUMNS(r, table, count, ints, numbers)                  \
    smp_json_read_columns(r, table, count, ints,                               \
                          sizeof(ints) / sizeof *(ints), numbers,              \
                          sizeof(numbers) / sizeof *(numbers))
int smp_json_read_columns(struct smp_json_reader *r, const json_t *table,
                          size_t count, const struct smp_json_ints *const *ints,
                          size_t int_count,
                          const struct smp_json_numbers *const *numbers,
                          size_t number_count);

/* The table `name`, and how many rows it has by its column `key`. */
int smp_json_take_table(struct smp_json_reader *r, const json_t *facts,
                        const char *name, const char *key, const json_t **table,
                        size_t *count);
int smp_json_take_column(struct smp_json_reader *r, const json_t *table,
                         const char *name, const char *key, size_t count,
                         const json_t **out);

/* An array of n elements, all 0, in place of *array; what old elements own is
 * not freed. */
int smp_json_replace(struct smp_json_reader *r, void *array, size_t n,
                     size_t size);

/* The parts, in this order. */
int smp_json_read_strings(struct smp_json_reader *r, const json_t *facts);
int smp_json_read_run(struct smp_json_reader *r, const json_t *root);
int smp_json_read_processes(struct smp_json_reader *r, const json_t *root);
int smp_json_read_tables(struct smp_json_reader *r, const json_t *facts);
int smp_json_read_said(struct smp_json_reader *r, const json_t *facts);
int smp_json_read_memory(struct smp_json_reader *r, const json_t *facts);
int smp_json_read_tasks(struct smp_json_reader *r, const json_t *facts);

#endif
