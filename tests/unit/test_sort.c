/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/random.h"
#include "base/sort.h"

struct element {
    int32_t key;
    char rest[60]; /* the largest element there may be */
};

static int compare_keys(const void *a, const void *b)
{
    int32_t x = ((const struct element *)a)->key, y = ((const struct element *)b)->key;
    return (x > y) - (x < y);
}

static int compare_rows(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* n numbers of `distinct` values in random order; each must come out as often as it went in. */
START_TEST(test_against_the_c_library)
{
    static int32_t ours[2000], theirs[2000];
    static const int32_t sizes[] = {0, 1, 2, 3, 4, 5, 16, 17, 100, 2000};
    for (int s = 0; s < 10; s++)
        for (int32_t distinct = 1; distinct <= 10000; distinct *= 10) {
            for (int32_t i = 0; i < sizes[s]; i++) {
                uint32_t bits[4];
                rec__random(5, (uint64_t)distinct, (uint64_t)i, bits);
                ours[i] = theirs[i] = (int32_t)(bits[0] % (uint32_t)distinct) - distinct / 2;
            }
            rec__sort(ours, sizes[s], sizeof *ours, compare_rows);
            qsort(theirs, (size_t)sizes[s], sizeof *theirs, compare_rows);
            ck_assert_mem_eq(ours, theirs, (size_t)sizes[s] * sizeof *ours);
        }
}
END_TEST

START_TEST(test_elements_move_whole)
{
    static struct element elements[300];
    for (int32_t i = 0; i < 300; i++) {
        elements[i].key = i * 7919 % 300;
        memset(elements[i].rest, elements[i].key % 256, sizeof elements[i].rest);
    }
    rec__sort(elements, 300, sizeof *elements, compare_keys);
    for (int32_t i = 0; i < 300; i++) {
        ck_assert_int_eq(elements[i].key, i);
        for (size_t b = 0; b < sizeof elements[i].rest; b++)
            ck_assert_int_eq((unsigned char)elements[i].rest[b], i % 256);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sort");
    TCase *tests = tcase_create("sort");
    tcase_add_test(tests, test_against_the_c_library);
    tcase_add_test(tests, test_elements_move_whole);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
