/* SPDX-License-Identifier: Apache-2.0 */
/* Draws the loss of each epoch as an SVG chart. */
#ifndef REC_TOOL_PLOT_H
#define REC_TOOL_PLOT_H

#include <stdint.h>

struct plot {
    const char *title, *subtitle, *loss; /* loss: what is drawn */
    const double *training, *validation; /* n losses each; NULL: no such curve */
    int64_t n;
};

/** Write the chart. Returns 0, or the exit status after reporting. */
int plot_write(const struct plot *plot, const char *path);

#endif
