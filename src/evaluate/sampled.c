/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each test item among a few others drawn for it (He, Liao, Zhang, Nie, Hu and Chua, "Neural collaborative filtering", WWW 2017). A draw
 * is a function of the seed, the user and the test item. What such figures are worth: Krichene and Rendle, "On sampled metrics for
 * item recommendation", KDD 2020.
 */
#include "evaluate/negatives.h"
#include "evaluate/standing.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/rank.h"

#include <math.h>

enum { USERS_A_TASK = 32 };

struct job {
    const struct rec__matched *matched;
    const struct rec__terms *terms;
    struct rec__weights weights;
    rec_workspace *workspaces; /* a thread each */
    struct rec__standings standings;
    struct rec__gains gains;
};

/* A test item, its others, and their scores: one of each after another. */
struct contest {
    int32_t *items;
    double *scores;
    int64_t n; /* others of a test item */
};

static void draw_others(const struct job *job, const struct rec__judged *judged,
                        const struct rec__eligible *eligible, struct contest *contest)
{
    const int32_t *known = job->matched->known + judged->first_known;
    for (int32_t j = 0; j < judged->n_known; j++) {
        int32_t *items = contest->items + j * (contest->n + 1);
        uint64_t counter = (uint64_t)(uint32_t)judged->user << 32 | (uint32_t)known[j];
        items[0] = known[j];
        for (int64_t d = 0; d < contest->n; d++) {
            double u =
                rec__uniform(job->terms->options.seed, REC_STREAM_NEGATIVES | (uint64_t)d << 8, counter);
            items[d + 1] = rec__eligible_at(eligible, (int64_t)(u * (double)eligible->weight));
        }
    }
}

/* As in every list: falling score, and of equal scores the smaller row first. */
static void place_item(const struct job *job, const int32_t *items, const double *scores, int64_t at)
{
    int64_t wins = 0;
    int32_t rank = 1;
    for (int64_t d = 1; d <= job->terms->options.negatives; d++) {
        wins += 2 * (scores[d] < scores[0]) + (scores[d] == scores[0]);
        rank += scores[d] > scores[0] || (scores[d] == scores[0] && items[d] < items[0]);
    }
    job->standings.wins[at] = wins;
    job->standings.ranks[at] = rank;
}

static rec_status hold_contest(const struct job *job, const struct rec__judged *judged,
                               const struct rec__eligible *eligible, rec_workspace *workspace)
{
    struct contest contest = {.n = job->terms->options.negatives};
    int64_t n = judged->n_known * (contest.n + 1);
    contest.items = rec__scratch(workspace, REC_SCRATCH_ONLY, n, sizeof *contest.items);
    contest.scores = rec__scratch(workspace, REC_SCRATCH_STANDING, n, sizeof *contest.scores);
    if (contest.items == NULL || contest.scores == NULL)
        return REC_ERR_NO_MEMORY;
    draw_others(job, judged, eligible, &contest);
    struct rec__told told = rec__matched_told(job->matched, judged);
    struct rec__asked asked = {.items = contest.items, .n = n, .factors = job->terms->options.item_factors};
    rec_status status =
        rec__score_sums(job->matched->model, judged->user, &told, &asked, workspace, contest.scores);
    for (int32_t j = 0; status == REC_OK && j < judged->n_known; j++)
        place_item(job, contest.items + j * (contest.n + 1), contest.scores + j * (contest.n + 1),
                   judged->first_known + j);
    return status;
}

static rec_status measure_user(const struct job *job, int64_t index, rec_workspace *workspace)
{
    const struct rec__judged *judged = &job->matched->judged[index];
    struct rec__rows barred;
    struct rec__eligible eligible;
    rec_status status = rec__judged_barred(job->matched, judged, workspace, &barred);
    if (status != REC_OK)
        return status;
    int64_t *removed = rec__scratch(workspace, REC_SCRATCH_REMOVED, barred.n + 1, sizeof *removed);
    if (removed == NULL)
        return REC_ERR_NO_MEMORY;
    rec__eligible_set(&eligible, &job->weights, &barred, removed);
    job->standings.others[index] = eligible.weight > 0 ? job->terms->options.negatives : 0;
    return eligible.weight > 0 ? hold_contest(job, judged, &eligible, workspace) : REC_OK;
}

static rec_status measure_users(void *context, int64_t task, int32_t worker)
{
    const struct job *job = context;
    int64_t first = task * USERS_A_TASK, n = job->matched->n_judged;
    int64_t last = first + USERS_A_TASK < n ? first + USERS_A_TASK : n;
    rec_status status = REC_OK;
    for (int64_t j = first; status == REC_OK && j < last; j++)
        status = measure_user(job, j, &job->workspaces[worker]);
    return status;
}

/* The mean over a user's test items, each being the only one of its list; what the model lacks is a miss. */
static double value_of(const struct job *job, const struct rec__part *whole, const struct rec__part *part,
                       int32_t j, const struct rec__wanted *wanted)
{
    const struct rec__judged *judged = &part->matched.judged[j];
    double sum = 0.0;
    for (int32_t i = 0; i < judged->n_known; i++) {
        int32_t *rank = &job->standings.ranks[rec__standings_place(whole, part, j, i)];
        struct rec__hits hits = {.ranks = rank, .n = 1, .relevant = 1, .gains = &job->gains};
        sum += wanted->metric->of_hits(&hits, wanted->k);
    }
    return sum / judged->relevant;
}

static rec_status average(const struct job *job, const struct rec__measurement *measurement,
                          const struct rec__part *part, int32_t m)
{
    double sum = 0.0;
    int32_t users = 0;
    for (int32_t j = 0; j < part->matched.n_judged; j++) {
        if (job->standings.others[rec__part_place(part, j)] == 0)
            continue;
        sum += value_of(job, &measurement->parts[0], part, j, &measurement->metrics->wanted[m]);
        users++;
    }
    if (users == 0)
        return rec__fail(REC_ERR_EMPTY,
                         "no test user has an item left to draw, that is neither a test nor a training item, "
                         "so there is no \"%s\"; one was expected",
                         measurement->metrics->wanted[m].name);
    part->values[m] = sum / users;
    return REC_OK;
}

static rec_status finish(const struct job *job, const struct rec__measurement *measurement)
{
    rec_status status = REC_OK;
    for (int32_t m = 0; m < measurement->metrics->count; m++)
        for (int32_t p = 0; status == REC_OK && p < measurement->n_parts; p++) {
            const struct rec__part *part = &measurement->parts[p];
            if (measurement->metrics->wanted[m].metric->of_hits != NULL)
                status = rec__part_settle(part, average(job, measurement, part, m), m);
        }
    return status == REC_OK ? rec__standings_finish(&job->standings, measurement) : status;
}

static void free_job(struct job *job, int32_t threads)
{
    for (int32_t t = 0; job->workspaces != NULL && t < threads; t++)
        rec__scratch_clear(&job->workspaces[t]);
    rec__release(job->workspaces);
    rec__standings_clear(&job->standings);
    rec__gains_clear(&job->gains);
}

rec_status rec__measure_sampled(const struct rec__measurement *measurement)
{
    const struct rec__matched *matched = &measurement->parts[0].matched;
    const struct rec__terms *terms = measurement->terms;
    const rec_ratings *training = matched->model->result->ratings;
    int32_t threads = rec__model_threads(matched->model);
    struct job job = {.matched = matched, .terms = terms, .weights = {NULL, training->n_items}};
    job.weights.start = terms->options.sampling == REC_NEGATIVES_POPULAR ? training->item_start : NULL;
    job.workspaces = rec__allocate_zeroed(threads, sizeof *job.workspaces);
    rec_status status = job.workspaces == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        status = rec__standings_create(&job.standings, matched, true);
    if (status == REC_OK)
        status = rec__gains_create(&job.gains, (int64_t)terms->options.negatives + 1);
    if (status == REC_OK)
        status = rec__parallel(threads, ((int64_t)matched->n_judged + USERS_A_TASK - 1) / USERS_A_TASK,
                               measure_users, &job);
    if (status == REC_OK)
        status = finish(&job, measurement);
    free_job(&job, threads);
    return status;
}
