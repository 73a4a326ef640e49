/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting the rows of sparse features. */
#include "base/memory.h"
#include "store/assemble.h"
#include "store/features.h"

/* Room for the longest row. */
struct room {
    uint64_t *pairs;
    struct rec__sort_scratch scratch;
    int bits;
};

static rec_status make_room(struct room *room, const rec_features *features, const int64_t *start,
                            bool places)
{
    int64_t longest = 0;
    for (int32_t row = 0; row < features->count; row++)
        longest = start[row + 1] - start[row] > longest ? start[row + 1] - start[row] : longest;
    room->pairs = rec__allocate(longest, sizeof *room->pairs);
    room->scratch.pairs = rec__allocate(longest, sizeof *room->scratch.pairs);
    room->scratch.times = places ? rec__allocate(longest, sizeof *room->scratch.times) : NULL;
    while (room->bits < 31 && features->dimensions >> room->bits != 0)
        room->bits++;
    bool missing =
        room->pairs == NULL || room->scratch.pairs == NULL || (places && room->scratch.times == NULL);
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

/* Returns the entry that repeats a column, or -1. */
static int64_t sort_row(const struct room *room, const struct rec__sparse *sparse, int64_t *places,
                        int32_t row)
{
    int64_t from = sparse->row_start[row], n = sparse->row_start[row + 1] - from, repeated = -1;
    for (int64_t i = 0; i < n; i++)
        room->pairs[i] = rec__pair_pack(sparse->columns[from + i], sparse->values[from + i]);
    rec__sort_row(room->pairs, places == NULL ? NULL : places + from, n, room->bits, room->scratch);
    for (int64_t i = 0; i < n; i++) {
        sparse->columns[from + i] = rec__pair_item(room->pairs[i]);
        sparse->values[from + i] = rec__pair_rating(room->pairs[i]);
        if (repeated < 0 && i > 0 && sparse->columns[from + i] == sparse->columns[from + i - 1])
            repeated = from + i;
    }
    return repeated;
}

rec_status rec__features_sort(const rec_features *features, struct rec__sparse *sparse, int64_t *places,
                              int64_t *repeated)
{
    struct room room = {0};
    rec_status status = make_room(&room, features, sparse->row_start, places != NULL);
    *repeated = -1;
    for (int32_t row = 0; status == REC_OK && *repeated < 0 && row < features->count; row++)
        *repeated = sort_row(&room, sparse, places, row);
    rec__release(room.pairs);
    rec__release(room.scratch.pairs);
    rec__release(room.scratch.times);
    return status;
}
