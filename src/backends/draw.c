/* SPDX-License-Identifier: Apache-2.0 */
/* Random rows, in parallel. */
#include "backends/draw.h"
#include "base/threads.h"

enum { ROWS_A_TASK = 64 };

struct job {
    const struct rec__draw *draw;
    float *rows;
};

static rec_status draw_task(void *context, int64_t task, int32_t worker)
{
    const struct job *job = context;
    const struct rec__draw *draw = job->draw;
    (void)worker;
    for (int64_t row = task * ROWS_A_TASK; row < (task + 1) * ROWS_A_TASK && row < draw->n; row++) {
        float *x = job->rows + row * draw->width;
        if (draw->start != NULL && draw->start[row] == draw->start[row + 1])
            continue;
        rec__normal_row(draw->seed, draw->stream, (uint64_t)row, (float)draw->deviation, x, draw->width);
        for (int32_t k = 0; k < draw->width; k++)
            x[k] += draw->mean;
    }
    return REC_OK;
}

void rec__draw_rows(const struct rec__draw *draw, int32_t threads, float *rows)
{
    struct job job = {draw, rows};
    (void)rec__parallel(threads, ((int64_t)draw->n + ROWS_A_TASK - 1) / ROWS_A_TASK, draw_task, &job);
}
