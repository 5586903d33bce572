/* Single values of a JSON profile, each checked as it is taken. */
#include <stdarg.h>
#include <stdio.h>

#include "base/status.h"
#include "report/json_read.h"

int smp_json_fail(struct smp_json_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, 256, format, args);
    va_end(args);
    return SMP_EFORMAT;
}

int smp_json_no_memory(struct smp_json_reader *r)
{
    snprintf(r->why, 256, "%s", smp_status_text(SMP_ENOMEM));
    return SMP_ENOMEM;
}

int smp_json_take_int(struct smp_json_reader *r, const json_t *object,
                      const char *key, int64_t min, int64_t max, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return smp_json_fail(r, "\"%s\" is missing or not an integer", key);
    int64_t number = json_integer_value(value);
    if (number < min || number > max)
        return smp_json_fail(r, "\"%s\" is out of range", key);
    *out = number;
    return 0;
}

int smp_json_take_number(struct smp_json_reader *r, const json_t *object,
                         const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        return smp_json_fail(r, "\"%s\" is missing or not a number", key);
    *out = json_number_value(value);
    return 0;
}

int smp_json_take_flag(struct smp_json_reader *r, const json_t *object,
                       const char *key, uint8_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        return smp_json_fail(r, "\"%s\" is missing or not true or false", key);
    *out = json_is_true(value);
    return 0;
}

int smp_json_take_text(struct smp_json_reader *r, const json_t *object,
                       const char *key, const char **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return smp_json_fail(r, "\"%s\" is missing or not text", key);
    *out = json_string_value(value);
    return 0;
}

int smp_json_take_string(struct smp_json_reader *r, const json_t *object,
                         const char *key, uint32_t *out)
{
    const char *text = NULL;
    int status = smp_json_take_text(r, object, key, &text);
    if (status)
        return status;
    uint32_t string = smp_profile_string(r->p, text);
    if (string == SMP_NONE)
        return smp_json_no_memory(r);
    *out = string;
    return 0;
}

int smp_json_take_exit(struct smp_json_reader *r, const json_t *object,
                       int32_t *out)
{
    uint8_t running = 0;
    int64_t exit_status = 0;
    int status = smp_json_take_flag(r, object, "running", &running);
    if (status)
        return status;
    if (running || json_is_null(json_object_get(object, "exit_status"))) {
        *out = running ? SMP_EXIT_RUNNING : SMP_EXIT_UNKNOWN;
        return 0;
    }
    status = smp_json_take_int(r, object, "exit_status", SMP_EXIT_RUNNING + 1,
                               INT32_MAX, &exit_status);
    if (!status)
        *out = (int32_t)exit_status;
    return status;
}

int smp_json_take_array(struct smp_json_reader *r, const json_t *object,
                        const char *key, const json_t **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_array(value))
        return smp_json_fail(r, "\"%s\" is missing or not an array", key);
    if (json_array_size(value) >= SMP_NONE - 1)
        return smp_json_fail(r, "\"%s\" is too long", key);
    *out = value;
    return 0;
}

int smp_json_take_object(struct smp_json_reader *r, const json_t *object,
                         const char *key, const json_t **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_object(value))
        return smp_json_fail(r, "\"%s\" is missing or not an object", key);
    *out = value;
    return 0;
}
