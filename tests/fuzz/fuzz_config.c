/* links: src/cli/config_toml.c src/cli/config_yaml.c src/cli/config.c
 * src/cli/options.c src/cli/option_table.c src/cli/suggest.c src/base/buf.c
 * src/base/status.c -lyaml */
/* Fuzzes the readers of config files: any bytes as pyproject.toml and YAML. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/say.h"

/* In place of cli/say.c: what would be said is made and thrown away. */
int smp_say_usage(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return SMP_EXIT_USAGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct smp_options options;
    struct smp_buf text = {0};
    struct smp_config c = {&options, "/folder/file", SMP_LEVEL_FILE};
    smp_buf_add(&text, bytes, n);
    if (text.data) {
        smp_options_init(&options);
        smp_config_toml(&c, &text);
        smp_options_release(&options);
        smp_options_init(&options);
        smp_config_yaml(&c, &text);
        smp_options_release(&options);
    }
    smp_buf_release(&text);
    return 0;
}
