/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "backends/edges.h"
#include "base/random.h"

enum { MOST = 3000 };

static int compare(const void *a, const void *b)
{
    const rec__edge *x = a, *y = b;
    float v = rec__edge_weight(*x), w = rec__edge_weight(*y);
    if (v > w || v < w)
        return v > w ? -1 : 1;
    return (rec__edge_row(*x) > rec__edge_row(*y)) - (rec__edge_row(*x) < rec__edge_row(*y));
}

/* n rows in random order with `distinct` weights over many octaves, chosen and sorted both ways, against a sort. */
static void check(int32_t n, int32_t most, int32_t distinct, uint64_t seed)
{
    static rec__edge edges[MOST], sorted[MOST], other[MOST];
    int64_t order[MOST];
    int32_t wanted = n < most ? n : most;
    rec__shuffle(seed, 1, order, n);
    for (int32_t i = 0; i < n; i++) {
        int32_t step = (int32_t)(order[i] * 7919 % distinct);
        float weight = (step % 3 == 0 ? 1e-6f : 0.3f) * (1.0f + (float)step);
        edges[i] = sorted[i] = rec__edge_of(weight, (int32_t)order[i] * 701);
        ck_assert(rec__edge_weight(edges[i]) == weight);
        ck_assert_int_eq(rec__edge_row(edges[i]), order[i] * 701);
    }
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    ck_assert_int_eq(rec__edges_choose(edges, other, n, most), wanted);
    rec__edges_sort_by_row(edges, other, wanted);
    for (int32_t i = 1; i < wanted; i++)
        ck_assert_int_lt(rec__edge_row(edges[i - 1]), rec__edge_row(edges[i]));
    rec__edges_sort(edges, other, wanted);
    for (int32_t i = 0; i < wanted; i++)
        ck_assert_uint_eq(edges[i], sorted[i]);
}

START_TEST(test_against_a_sort)
{
    static const int32_t sizes[] = {0, 1, 2, 17, 400, MOST}, keeps[] = {1, 2, 16, 200, MOST};
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++)
        for (size_t k = 0; k < sizeof keeps / sizeof *keeps; k++)
            for (int32_t distinct = 1; distinct <= 10000; distinct *= 10)
                check(sizes[n], keeps[k], distinct, 10 * n + k);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edges");
    TCase *tests = tcase_create("edges");
    tcase_add_test(tests, test_against_a_sort);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
