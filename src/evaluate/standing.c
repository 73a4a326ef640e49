/* SPDX-License-Identifier: Apache-2.0 */
/* From counts of competitors beaten to areas under curves, of the whole and of groups. */
#include "evaluate/standing.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"

rec_status rec__standings_create(struct rec__standings *standings, const struct rec__matched *matched,
                                 bool ranked)
{
    int64_t n_known = 0;
    for (int32_t j = 0; j < matched->n_judged; j++)
        n_known += matched->judged[j].n_known;
    standings->wins = rec__allocate(n_known, sizeof *standings->wins);
    standings->others = rec__allocate(matched->n_judged, sizeof *standings->others);
    standings->ranks = ranked ? rec__allocate(n_known, sizeof *standings->ranks) : NULL;
    bool missing =
        standings->wins == NULL || standings->others == NULL || (ranked && standings->ranks == NULL);
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec__standings_clear(struct rec__standings *standings)
{
    rec__release(standings->wins);
    rec__release(standings->others);
    rec__release(standings->ranks);
    *standings = (struct rec__standings){0};
}

int64_t rec__standings_place(const struct rec__part *whole, const struct rec__part *part, int32_t judged,
                             int32_t i)
{
    const struct rec__judged *of_part = &part->matched.judged[judged];
    const struct rec__judged *of_whole = &whole->matched.judged[rec__part_place(part, judged)];
    const int32_t *known = whole->matched.known + of_whole->first_known;
    int32_t row = part->matched.known[of_part->first_known + i];
    return of_whole->first_known + rec__first_not_below(known, of_whole->n_known, row);
}

double rec__standings_area(const struct rec__standings *standings, const struct rec__part *whole,
                           const struct rec__part *part, int32_t judged)
{
    const struct rec__judged *of_part = &part->matched.judged[judged];
    int64_t others = standings->others[rec__part_place(part, judged)], wins = 0;
    for (int32_t i = 0; others > 0 && i < of_part->n_known; i++)
        wins += standings->wins[rec__standings_place(whole, part, judged, i)];
    return others == 0 ? -1.0 : (double)wins / 2.0 / ((double)others * (double)of_part->n_known);
}

/* The mean of a part's areas; those of the whole are observed. */
static rec_status average(const struct rec__standings *standings, const struct rec__measurement *measurement,
                          const struct rec__part *part, int32_t m)
{
    const struct rec__matched *matched = &part->matched;
    const struct rec__observed *observed = part->places == NULL ? measurement->observed : NULL;
    double sum = 0.0;
    int32_t users = 0;
    for (int32_t j = 0; j < matched->n_judged; j++) {
        double area = rec__standings_area(standings, &measurement->parts[0], part, j);
        if (area < 0.0)
            continue;
        sum += area;
        users++;
        if (observed != NULL)
            observed->values[m][matched->judged[j].test_row] = area;
    }
    if (users == 0)
        return rec__fail(REC_ERR_EMPTY,
                         "no test user has an item that is neither a test nor a training item, "
                         "so there is no \"%s\"; one was expected",
                         measurement->metrics->wanted[m].name);
    part->values[m] = sum / users;
    return REC_OK;
}

rec_status rec__standings_finish(const struct rec__standings *standings,
                                 const struct rec__measurement *measurement)
{
    rec_status status = REC_OK;
    for (int32_t m = 0; m < measurement->metrics->count; m++)
        for (int32_t p = 0; status == REC_OK && p < measurement->n_parts; p++) {
            const struct rec__part *part = &measurement->parts[p];
            if (rec__metric_of_scores(measurement->metrics->wanted[m].metric))
                status = rec__part_settle(part, average(standings, measurement, part, m), m);
        }
    return status;
}
