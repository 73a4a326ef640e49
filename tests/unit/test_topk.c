/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/random.h"
#include "kernels/topk.h"

enum { MOST = 3000 };

static int compare(const void *a, const void *b)
{
    const struct rec__candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* n scores of which only `distinct` differ, in random order, against a sort. */
static void check(int32_t n, int32_t k, int32_t distinct, uint64_t seed)
{
    static struct rec__candidate all[MOST], room[2 * MOST + 32];
    static int32_t items[MOST];
    static float scores[MOST];
    int64_t order[MOST];
    struct rec__topk topk = rec__topk_start(room, k);
    rec__shuffle(seed, 1, order, n);
    for (int32_t i = 0; i < n; i++) {
        double score = (double)(order[i] * 7919 % distinct) - distinct / 3;
        all[i] = (struct rec__candidate){score, (int32_t)order[i]};
        rec__topk_offer(&topk, score, (int32_t)order[i]);
    }
    qsort(all, (size_t)n, sizeof *all, compare);
    int32_t found = rec__topk_finish(&topk, items, scores);
    ck_assert_int_eq(found, n < k ? n : k);
    for (int32_t i = 0; i < found; i++) {
        ck_assert_int_eq(items[i], all[i].item);
        ck_assert(scores[i] == (float)all[i].score);
    }
}

START_TEST(test_against_a_sort)
{
    static const int32_t sizes[] = {0, 1, 2, 31, 33, 100, 2999};
    static const int32_t wanted[] = {1, 2, 5, 32, 100, 3000};
    for (int s = 0; s < 7; s++)
        for (int w = 0; w < 6; w++)
            for (int32_t distinct = 1; distinct <= MOST; distinct *= 6)
                check(sizes[s], wanted[w], distinct, (uint64_t)(s * 100 + w));
}
END_TEST

START_TEST(test_what_is_no_number)
{
    struct rec__candidate room[34];
    int32_t items[1];
    struct rec__topk topk = rec__topk_start(room, 1);
    rec__topk_offer(&topk, (double)NAN, 3);
    ck_assert_int_eq(rec__topk_finish(&topk, items, NULL), 0);
    rec__topk_offer(&topk, -(double)INFINITY, 4);
    rec__topk_offer(&topk, -1e300, 5);
    ck_assert_int_eq(rec__topk_finish(&topk, items, NULL), 1);
    ck_assert_int_eq(items[0], 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topk");
    TCase *tests = tcase_create("topk");
    tcase_add_test(tests, test_against_a_sort);
    tcase_add_test(tests, test_what_is_no_number);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
