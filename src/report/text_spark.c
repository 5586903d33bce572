/* Sparklines: a timeline in a few cells. */
#include <math.h>

#include "report/text_report.h"

#define LEVELS 8 /* of a cell: the lower eighth block to the full one */

/* The greatest of the points that cell `i` of `cells` stands for. */
static double cell_value(const float *points, size_t n, int i, int cells)
{
    size_t from = (size_t)i * n / (size_t)cells;
    size_t to = ((size_t)i + 1) * n / (size_t)cells;
    double most = points[from < n ? from : n - 1];
    for (size_t k = from; k < to; k++)
        most = fmax(most, points[k]);
    return most;
}

static void draw_cell(struct smp_pen *pen, int style, int level)
{
    static const char ascii[LEVELS + 1] = " .:-=+*#@";
    char block[] = {'\xE2', '\x96', (char)(0x80 + level), 0};
    char letter[] = {ascii[level], 0};
    if (pen->utf8)
        smp_pen_text(pen, style, level ? block : " ");
    else
        smp_pen_text(pen, style, letter);
}

/* What is more than nothing shows. */
void smp_text_spark(struct smp_text *t, const float *points, size_t n,
                    double most, int cells, int style)
{
    for (int i = 0; i < cells && n && most > 0; i++) {
        double value = cell_value(points, n, i, cells);
        int level = (int)ceil(LEVELS * value / most - 0.5);
        level = level < LEVELS ? level : LEVELS;
        draw_cell(&t->pen, style, level > 0 ? level : value > 0 ? 1 : 0);
    }
}
