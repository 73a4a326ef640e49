/* SPDX-License-Identifier: Apache-2.0 */
/* Biases of the rows of one side. */
#include "backends/biases.h"
#include "base/threads.h"

enum { PARTS = 64 };

static void solve_row(const struct rec__biases *b, int32_t row)
{
    int64_t first = b->start[row], last = b->start[row + 1];
    double sum = 0.0, weight = b->lambda + (double)(last - first);
    for (int64_t e = first; e < last; e++)
        sum += (double)b->ratings[e] - b->mu - (b->fixed == NULL ? 0.0 : (double)b->fixed[b->others[e]]);
    b->solved[row] = (float)(weight > 0.0 ? sum / weight : 0.0);
}

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    const struct rec__biases *b = context;
    int32_t last = (int32_t)(b->n_rows * (part + 1) / PARTS);
    (void)worker;
    for (int32_t row = (int32_t)(b->n_rows * part / PARTS); row < last; row++)
        solve_row(b, row);
    return REC_OK;
}

void rec__biases_solve(const struct rec__biases *biases, int32_t threads)
{
    struct rec__biases copy = *biases;
    (void)rec__parallel(threads, PARTS, solve_part, &copy);
}
