/* SPDX-License-Identifier: Apache-2.0 */
/* Blocked as in LAPACK's potrf, trtri and lauum (Anderson et al., LAPACK Users' Guide, 1999), for which CBLAS alone suffices. */
#include "kernels/inverse.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <string.h>

enum { BLOCK = 384 };

struct inversion {
    float *a, *small; /* small: BLOCK x BLOCK */
    int32_t n;
    int64_t blocks, done;
    rec__inverse_tell tell;
    void *context;
};

/* Rows and columns from those of two blocks up to those of two others, which are left out. */
static struct rec__block part(const struct inversion *v, int64_t row, int64_t row_end, int64_t column,
                              int64_t column_end)
{
    int64_t n = v->n, rows = (row_end * BLOCK < n ? row_end * BLOCK : n) - row * BLOCK;
    int64_t columns = (column_end * BLOCK < n ? column_end * BLOCK : n) - column * BLOCK;
    return (struct rec__block){v->a + row * BLOCK * n + column * BLOCK, n, (int32_t)rows, (int32_t)columns};
}

static rec_status tell(struct inversion *v)
{
    v->done++;
    return v->tell == NULL ? REC_OK : v->tell(v->context, v->done, 3 * v->blocks);
}

/* A = U'U: block k of rows, then what it leaves for the rest. */
static rec_status factor(struct inversion *v, int64_t k)
{
    struct rec__block diagonal = part(v, k, k + 1, k, k + 1), row = part(v, k, k + 1, k + 1, v->blocks),
                      rest = part(v, k + 1, v->blocks, k + 1, v->blocks);
    int32_t failed = rec__kernels()->cholesky(diagonal.data, diagonal.rows, v->n);
    if (failed != 0)
        return rec__fail(REC_ERR_DIVERGED,
                         "the %d x %d matrix is not positive definite in single precision (row %lld); more "
                         "regularization was expected",
                         v->n, v->n, (long long)(k * BLOCK + failed - 1));
    if (k + 1 < v->blocks) {
        rec__blas_solve(REC_TRIANGLE_LEFT_TRANSPOSE, 1.0f, &diagonal, &row);
        rec__blas_square_of_transpose(-1.0f, &row, &rest);
    }
    return tell(v);
}

/* The upper triangle of `small`, as large as the block, goes to it. */
static void put_triangle(const float *small, const struct rec__block *block)
{
    for (int32_t i = 0; i < block->rows; i++)
        memcpy(block->data + i * block->stride + i, small + (int64_t)i * block->rows + i,
               (size_t)(block->rows - i) * sizeof *small);
}

/* V = U^-1: column block k, those before it being done. */
static rec_status invert_triangle(struct inversion *v, int64_t k)
{
    struct rec__block diagonal = part(v, k, k + 1, k, k + 1), above = part(v, 0, k, k, k + 1),
                      before = part(v, 0, k, 0, k),
                      small = {v->small, diagonal.rows, diagonal.rows, diagonal.rows};
    if (k > 0) {
        rec__blas_multiply(REC_TRIANGLE_LEFT, 1.0f, &before, &above);
        rec__blas_solve(REC_TRIANGLE_RIGHT, -1.0f, &diagonal, &above);
    }
    memset(v->small, 0, (size_t)small.rows * (size_t)small.rows * sizeof *v->small);
    for (int32_t i = 0; i < small.rows; i++)
        v->small[(int64_t)i * small.rows + i] = 1.0f;
    rec__blas_solve(REC_TRIANGLE_LEFT, 1.0f, &diagonal, &small);
    put_triangle(v->small, &diagonal);
    return tell(v);
}

/* A^-1 = V V': column block k, from rows of V that those before it have left alone. */
static rec_status multiply_triangle(struct inversion *v, int64_t k)
{
    struct rec__block diagonal = part(v, k, k + 1, k, k + 1), above = part(v, 0, k, k, k + 1),
                      row = part(v, k, k + 1, k + 1, v->blocks), rest = part(v, 0, k, k + 1, v->blocks),
                      small = {v->small, diagonal.rows, diagonal.rows, diagonal.rows};
    memset(v->small, 0, (size_t)small.rows * (size_t)small.rows * sizeof *v->small);
    for (int32_t i = 0; i < small.rows; i++)
        memcpy(v->small + (int64_t)i * small.rows + i, diagonal.data + i * diagonal.stride + i,
               (size_t)(small.rows - i) * sizeof *v->small);
    if (k > 0)
        rec__blas_multiply(REC_TRIANGLE_RIGHT_TRANSPOSE, 1.0f, &diagonal, &above);
    rec__blas_multiply(REC_TRIANGLE_RIGHT_TRANSPOSE, 1.0f, &diagonal, &small);
    put_triangle(v->small, &diagonal);
    if (k + 1 < v->blocks) {
        if (k > 0)
            rec__blas_product_by_transpose(1.0f, &rest, &row, 1.0f, &above);
        rec__blas_square(1.0f, &row, &diagonal);
    }
    return tell(v);
}

rec_status rec__inverse(float *a, int32_t n, rec__inverse_tell tell_step, void *context)
{
    struct inversion v = {
        .a = a, .n = n, .blocks = ((int64_t)n + BLOCK - 1) / BLOCK, .tell = tell_step, .context = context};
    v.small = rec__allocate((int64_t)BLOCK * BLOCK, sizeof *v.small);
    rec_status status = v.small == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int64_t k = 0; status == REC_OK && k < v.blocks; k++)
        status = factor(&v, k);
    for (int64_t k = 0; status == REC_OK && k < v.blocks; k++)
        status = invert_triangle(&v, k);
    for (int64_t k = 0; status == REC_OK && k < v.blocks; k++)
        status = multiply_triangle(&v, k);
    rec__release(v.small);
    return status;
}
