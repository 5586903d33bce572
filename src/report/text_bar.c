/* A bar that shows how much time there is and of which kinds. */
#include "report/text_bar.h"

#include <math.h>

#define PARTS 4 /* Python, native, system, waiting */

struct part {
    int style;
    char shade;  /* last byte of the UTF-8 block E2 96 xx, without colour */
    char letter; /* without colour or UTF-8 */
};

static const struct part parts[PARTS] = {
    {SMP_STYLE_PYTHON, '\x88', 'P'},
    {SMP_STYLE_NATIVE, '\x93', 'n'},
    {SMP_STYLE_SYSTEM, '\x92', 's'},
    {SMP_STYLE_WAIT, '\x91', 'w'},
};

/* Seconds of the bar's part, in the order in which they are drawn. */
static double part_s(const struct smp_cost *c, int part)
{
    return part < 3 ? c->cpu_s[part] : c->wait_s;
}

/* The part that has the most of the seconds from `from` to `to`. */
static int part_between(const struct smp_cost *c, double from, double to)
{
    double begin = 0, most = -1;
    int best = 0;
    for (int i = 0; i < PARTS; i++) {
        double end = begin + part_s(c, i);
        double within = fmin(end, to) - fmax(begin, from);
        if (within > most) {
            most = within;
            best = i;
        }
        begin = end;
    }
    return best;
}

/* One cell, of which this many eighths are full. */
static void draw_cell(struct smp_pen *pen, const struct part *part, int eighths)
{
    int plain = pen->color == SMP_COLOR_NONE;
    char block[] = {'\xE2', '\x96', (char)(0x90 - eighths), 0};
    char letter[] = {plain ? part->letter : '#', 0};
    if (!pen->utf8) {
        smp_pen_text(pen, part->style, eighths >= 4 ? letter : "");
        return;
    }
    if (plain && eighths >= 4)
        block[2] = part->shade;
    smp_pen_text(pen, part->style, block);
}

void smp_text_bar(struct smp_text *t, const struct smp_cost *cost, int cells)
{
    int end = t->pen.width - smp_pen_room(&t->pen) + cells;
    double all_s = smp_cost_all(cost);
    double cell_s = t->bar_s / cells;
    long eighths = cell_s > 0 ? lround(8 * all_s / cell_s) : 0;
    if (eighths > 8L * cells)
        eighths = 8L * cells;
    if (eighths == 0 && smp_text_share(t, all_s) >= 0.005)
        eighths = 1;
    for (int i = 0; i < cells && eighths > 8L * i; i++) {
        long left = eighths - 8L * i;
        int part =
            part_between(cost, i * cell_s, fmin(all_s, (i + 1) * cell_s));
        draw_cell(&t->pen, &parts[part], left < 8 ? (int)left : 8);
    }
    smp_pen_to(&t->pen, end);
}
