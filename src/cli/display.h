/* Whether a person sits here who can be shown a page. */
#ifndef SMP_CLI_DISPLAY_H
#define SMP_CLI_DISPLAY_H

/* 1 where there is a display (DISPLAY, WAYLAND_DISPLAY) of this machine (no ssh),
 * standard output is a terminal, and it is no continuous integration (CI). */
int smp_display_is_here(void);

#endif
