/* SPDX-License-Identifier: Apache-2.0 */
/* Heapsort (Williams 1964), sifting down as Floyd does. */
#include "base/sort.h"

#include <assert.h>
#include <string.h>

struct heap {
    char *elements;
    size_t size;
    int (*compare)(const void *, const void *);
};

static char *at(const struct heap *heap, int64_t i)
{
    return heap->elements + (size_t)i * heap->size;
}

/* Put `element` into the heap of n elements below the hole at i. */
static void sift_down(const struct heap *heap, int64_t i, int64_t n, const char *element)
{
    for (int64_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && heap->compare(at(heap, child), at(heap, child + 1)) < 0)
            child++;
        if (heap->compare(element, at(heap, child)) >= 0)
            break;
        memcpy(at(heap, i), at(heap, child), heap->size);
        i = child;
    }
    memcpy(at(heap, i), element, heap->size);
}

void rec__sort(void *elements, int64_t n, size_t size, int (*compare)(const void *, const void *))
{
    struct heap heap = {elements, size, compare};
    char element[REC_SORT_MOST];
    assert(size <= sizeof element);
    for (int64_t i = n / 2 - 1; i >= 0; i--) {
        memcpy(element, at(&heap, i), size);
        sift_down(&heap, i, n, element);
    }
    for (int64_t last = n - 1; last > 0; last--) {
        memcpy(element, at(&heap, last), size);
        memcpy(at(&heap, last), at(&heap, 0), size);
        sift_down(&heap, 0, last, element);
    }
}
