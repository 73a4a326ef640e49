/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting neighbours: the baseline of the mode, what similarities are centred by, and the graph. */
#include "backends/knn.h"
#include "backends/biases.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "backends/work.h"

#include <math.h>

enum {
    SIMILARITY_AUTO,
    COSINE,
    COMMON_COSINE,
    ADJUSTED_COSINE,
    MSD,
    PEARSON,
    PEARSON_BASELINE,
    JACCARD,
    ASYMMETRIC,
    TVERSKY,
    CONDITIONAL,
    LIFT,
    DOT
};

const struct rec__parameter rec__knn_parameters[REC_KNN_PARAMETERS] = {
    [REC_KNN_PARAMETER_MODE] =
        REC_CHOICE("mode", REC_KNN_AUTO, "auto|basic|means|zscore|baseline|sum", REC_KNN_SUM,
                   "what neighbours' ratings are measured from; sum: add up similarities, for implicit data; "
                   "auto: sum when all ratings are equal, else baseline"),
    [REC_KNN_PARAMETER_SIMILARITY] =
        REC_CHOICE("similarity", SIMILARITY_AUTO,
                   "auto|cosine|common_cosine|adjusted_cosine|msd|pearson|pearson_baseline|jaccard|"
                   "asymmetric|tversky|conditional|lift|dot",
                   DOT,
                   "how neighbours are compared; auto: cosine for the mode sum or weighted ratings, else "
                   "pearson_baseline"),
    [REC_KNN_PARAMETER_K] = REC_WHOLE("k", 40, 1, 1 << 30, "at most so many neighbours predict a rating"),
    [REC_KNN_PARAMETER_MIN_K] =
        REC_WHOLE("min_k", 1, 1, 1 << 30, "with fewer neighbours the baseline alone predicts"),
    [REC_KNN_PARAMETER_NEIGHBORS] = REC_WHOLE("neighbors", 500, 1, INT32_MAX,
                                              "nearest neighbours kept for each row, to choose the k from"),
    [REC_KNN_PARAMETER_SHRINKAGE] =
        REC_REAL("shrinkage", 100, 0, 1e9, "pulls similarities that rest on few ratings in common to zero"),
    [REC_KNN_PARAMETER_MIN_SUPPORT] =
        REC_WHOLE("min_support", 1, 1, 1 << 30, "neighbours have at least so many ratings in common"),
    [REC_KNN_PARAMETER_AMPLIFICATION] =
        REC_REAL("amplification", 1, 0.01, 100, "power that similarities are raised to"),
    [REC_KNN_PARAMETER_DAMPING] =
        REC_REAL("damping", 0.3, 0, 1e9,
                 "added to the sum of weights that is divided by: pulls predictions to the baseline"),
    [REC_KNN_PARAMETER_USER_REGULARIZATION] =
        REC_REAL("user_regularization", 6, 0, 1e9, "baseline: pulls users' biases to zero"),
    [REC_KNN_PARAMETER_ITEM_REGULARIZATION] =
        REC_REAL("item_regularization", 4, 0, 1e9, "baseline: pulls items' biases to zero"),
    [REC_KNN_PARAMETER_EPOCHS] = REC_WHOLE("epochs", 10, 1, 100000, "baseline: passes over the ratings"),
    [REC_KNN_PARAMETER_OWN] =
        REC_REAL("own", 0.5, 0, 10,
                 "power of the row's own length (asymmetric) or of the neighbour's count "
                 "(conditional); weight of what the row alone has (tversky)"),
    [REC_KNN_PARAMETER_OTHER] =
        REC_REAL("other", 0.5, 0, 10, "tversky: weight of what the neighbour alone has"),
    [REC_KNN_PARAMETER_WEIGHTING] = REC_CHOICE("weighting", REC_KNN_PLAIN, "none|tfidf|bm25", REC_KNN_BM25,
                                               "of ratings before they are compared, rows being documents"),
    [REC_KNN_PARAMETER_BM25_K1] = REC_REAL("bm25_k1", 1.2, 0, 1e6, "bm25: how slowly repeats stop to count"),
    [REC_KNN_PARAMETER_BM25_B] = REC_REAL("bm25_b", 0.75, 0, 1, "bm25: how much long rows count less"),
};

struct knn {
    struct rec__fit *fit;
    const rec_ratings *r;
    bool items; /* neighbours of items, else of users */
    enum rec__knn_mode mode;
    int similarity;
    float *b_u, *b_i; /* the baseline; NULL: 0 */
};

static enum rec__knn_mode mode_of(const double *parameters, const rec_ratings *r)
{
    enum rec__knn_mode mode = (enum rec__knn_mode)parameters[REC_KNN_PARAMETER_MODE];
    if (mode != REC_KNN_AUTO)
        return mode;
    return r->least < r->greatest ? REC_KNN_BASELINE : REC_KNN_SUM;
}

static int similarity_of(const double *parameters, enum rec__knn_mode mode)
{
    int similarity = (int)parameters[REC_KNN_PARAMETER_SIMILARITY];
    if (similarity != SIMILARITY_AUTO)
        return similarity;
    bool plain = parameters[REC_KNN_PARAMETER_WEIGHTING] == REC_KNN_PLAIN;
    return mode == REC_KNN_SUM || !plain ? COSINE : PEARSON_BASELINE;
}

static enum rec__measure measure_of(int similarity)
{
    static const enum rec__measure measures[] = {
        [COSINE] = REC_MEASURE_COSINE,
        [COMMON_COSINE] = REC_MEASURE_COMMON_COSINE,
        [ADJUSTED_COSINE] = REC_MEASURE_COMMON_COSINE,
        [MSD] = REC_MEASURE_MSD,
        [PEARSON] = REC_MEASURE_PEARSON,
        [PEARSON_BASELINE] = REC_MEASURE_COMMON_COSINE,
        [JACCARD] = REC_MEASURE_JACCARD,
        [ASYMMETRIC] = REC_MEASURE_ASYMMETRIC,
        [TVERSKY] = REC_MEASURE_TVERSKY,
        [CONDITIONAL] = REC_MEASURE_CONDITIONAL,
        [LIFT] = REC_MEASURE_LIFT,
        [DOT] = REC_MEASURE_DOT,
    };
    return measures[similarity];
}

static struct rec__biases users_side(const rec_ratings *r, double lambda, const float *fixed, float *solved)
{
    return (struct rec__biases){r->user_start, r->user_items, r->user_ratings, r->n_users,
                                r->mean,       lambda,        fixed,           solved};
}

static struct rec__biases items_side(const rec_ratings *r, double lambda, const float *fixed, float *solved)
{
    return (struct rec__biases){r->item_start, r->item_users, r->item_ratings, r->n_items,
                                r->mean,       lambda,        fixed,           solved};
}

/* Biases of both sides by alternating least squares, as the baseline algorithm has them. */
static void solve_baseline(const struct knn *knn, float *b_u, float *b_i)
{
    const double *values = knn->fit->parameters;
    struct rec__biases items = items_side(knn->r, values[REC_KNN_PARAMETER_ITEM_REGULARIZATION], b_u, b_i);
    struct rec__biases users = users_side(knn->r, values[REC_KNN_PARAMETER_USER_REGULARIZATION], b_i, b_u);
    for (int32_t epoch = 0; epoch < (int32_t)values[REC_KNN_PARAMETER_EPOCHS]; epoch++) {
        rec__biases_solve(&items, knn->fit->threads);
        rec__biases_solve(&users, knn->fit->threads);
    }
}

/* The deviation of some ratings around their mean; 0 when they are all equal. */
static double deviation_of(const float *ratings, int64_t n)
{
    double sum = 0.0, squares = 0.0;
    for (int64_t e = 0; e < n; e++)
        sum += (double)ratings[e];
    for (int64_t e = 0; e < n; e++)
        squares += pow((double)ratings[e] - sum / (double)n, 2);
    return n > 0 ? sqrt(squares / (double)n) : 0.0;
}

/* A row whose ratings are all equal has the deviation of all ratings. */
static void find_spreads(const rec_ratings *r, bool items, float *spreads)
{
    const int64_t *start = items ? r->item_start : r->user_start;
    const float *ratings = items ? r->item_ratings : r->user_ratings;
    double overall = deviation_of(r->user_ratings, r->count);
    for (int32_t row = 0; row < (items ? r->n_items : r->n_users); row++) {
        double spread = deviation_of(ratings + start[row], start[row + 1] - start[row]);
        spreads[row] = (float)(spread > 0.0 ? spread : overall > 0.0 ? overall : 1.0);
    }
}

static rec_status add_means(struct knn *knn)
{
    const rec_ratings *r = knn->r;
    struct rec__arrays *arrays = knn->fit->arrays;
    float *means = knn->items ? rec__arrays_add_floats(arrays, "item_biases", r->n_items, 0)
                              : rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0);
    if (means == NULL)
        return REC_ERR_NO_MEMORY;
    struct rec__biases side = knn->items ? items_side(r, 0.0, NULL, means) : users_side(r, 0.0, NULL, means);
    rec__biases_solve(&side, knn->fit->threads);
    if (knn->mode != REC_KNN_ZSCORE)
        return REC_OK;
    float *spreads = knn->items ? rec__arrays_add_floats(arrays, "item_spreads", r->n_items, 0)
                                : rec__arrays_add_floats(arrays, "user_spreads", r->n_users, 0);
    if (spreads == NULL)
        return REC_ERR_NO_MEMORY;
    find_spreads(r, knn->items, spreads);
    return REC_OK;
}

static rec_status add_baseline(struct knn *knn)
{
    float *b_u = rec__arrays_add_floats(knn->fit->arrays, "user_biases", knn->r->n_users, 0);
    float *b_i = rec__arrays_add_floats(knn->fit->arrays, "item_biases", knn->r->n_items, 0);
    if (b_u == NULL || b_i == NULL)
        return REC_ERR_NO_MEMORY;
    solve_baseline(knn, b_u, b_i);
    return REC_OK;
}

/* What the mode predicts without neighbours, and how the graph is read. */
static rec_status add_mode(struct knn *knn)
{
    struct rec__arrays *arrays = knn->fit->arrays;
    const double *values = knn->fit->parameters;
    int32_t *rule = rec__arrays_add_rows(arrays, "graph_rule", 1);
    if (rule == NULL)
        return REC_ERR_NO_MEMORY;
    *rule = knn->mode == REC_KNN_SUM ? REC_GRAPH_SUM : REC_GRAPH_NEAREST;
    if (knn->mode == REC_KNN_SUM)
        return REC_OK;
    double *nearest = rec__arrays_add_doubles(arrays, "graph_nearest", 3);
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    if (nearest == NULL || offset == NULL)
        return REC_ERR_NO_MEMORY;
    nearest[0] = values[REC_KNN_PARAMETER_K];
    nearest[1] = values[REC_KNN_PARAMETER_MIN_K];
    nearest[2] = values[REC_KNN_PARAMETER_DAMPING];
    *offset = knn->r->mean;
    if (knn->mode == REC_KNN_BASIC)
        return REC_OK;
    return knn->mode == REC_KNN_BASELINE ? add_baseline(knn) : add_means(knn);
}

/* What ratings are centred by before they are compared: arrays of their own unless the baseline's serve. */
static rec_status add_centers(struct knn *knn)
{
    const rec_ratings *r = knn->r;
    struct rec__arrays *arrays = knn->fit->arrays;
    bool adjusted = knn->similarity == ADJUSTED_COSINE, residual = knn->similarity == PEARSON_BASELINE;
    if (!adjusted && (!residual || knn->mode == REC_KNN_BASELINE))
        return REC_OK;
    bool of_users = residual || knn->items, of_items = residual || !knn->items;
    float *users = of_users ? rec__arrays_add_floats(arrays, "user_centers", r->n_users, 0) : NULL;
    float *items = of_items ? rec__arrays_add_floats(arrays, "item_centers", r->n_items, 0) : NULL;
    if ((of_users && users == NULL) || (of_items && items == NULL))
        return REC_ERR_NO_MEMORY;
    if (residual) {
        solve_baseline(knn, users, items);
        return REC_OK;
    }
    struct rec__biases side = of_users ? users_side(r, 0.0, NULL, users) : items_side(r, 0.0, NULL, items);
    rec__biases_solve(&side, knn->fit->threads);
    return REC_OK;
}

/* The centers of a fitted model, if its similarity has them. */
static const float *centers_of(const struct rec__arrays *arrays, int similarity, bool items)
{
    const float *own = rec__arrays_floats(arrays, items ? "item_centers" : "user_centers");
    if (own != NULL || similarity != PEARSON_BASELINE)
        return own;
    return rec__arrays_floats(arrays, items ? "item_biases" : "user_biases");
}

static struct rec__neighborhood neighborhood_of(const double *parameters, const struct rec__arrays *arrays,
                                                const rec_ratings *r, bool items)
{
    int similarity = similarity_of(parameters, mode_of(parameters, r));
    const float *user_centers = centers_of(arrays, similarity, false),
                *item_centers = centers_of(arrays, similarity, true);
    bool centered = user_centers != NULL || item_centers != NULL;
    const float *weighted = rec__arrays_floats(arrays, "graph_values");
    return (struct rec__neighborhood){.n_rows = items ? r->n_items : r->n_users,
                                      .start = items ? r->item_start : r->user_start,
                                      .columns = items ? r->item_users : r->user_items,
                                      .values = items ? r->item_ratings : r->user_ratings,
                                      .column_start = items ? r->user_start : r->item_start,
                                      .rows = items ? r->user_items : r->item_users,
                                      .column_values = weighted != NULL ? weighted
                                                       : items          ? r->user_ratings
                                                                        : r->item_ratings,
                                      .mean = centered ? r->mean : 0.0,
                                      .row_centers = items ? item_centers : user_centers,
                                      .column_centers = items ? user_centers : item_centers,
                                      .norms = rec__arrays_floats(arrays, "graph_norms"),
                                      .measure = measure_of(similarity),
                                      .own = parameters[REC_KNN_PARAMETER_OWN],
                                      .other = parameters[REC_KNN_PARAMETER_OTHER],
                                      .n_columns = items ? r->n_users : r->n_items,
                                      .shrinkage = parameters[REC_KNN_PARAMETER_SHRINKAGE],
                                      .amplification = parameters[REC_KNN_PARAMETER_AMPLIFICATION],
                                      .min_support = (int32_t)parameters[REC_KNN_PARAMETER_MIN_SUPPORT],
                                      .most = (int32_t)parameters[REC_KNN_PARAMETER_NEIGHBORS]};
}

/* The lengths that the measure divides by. */
static rec_status add_norms(const struct knn *knn, struct rec__neighborhood *n)
{
    if (!rec__measure_of_lengths(n->measure))
        return REC_OK;
    float *norms = rec__arrays_add_floats(knn->fit->arrays, "graph_norms", n->n_rows, 0);
    if (norms == NULL)
        return REC_ERR_NO_MEMORY;
    rec__neighbor_norms(n, knn->fit->threads, norms);
    n->norms = norms;
    return REC_OK;
}

static rec_status check_weighting(const struct knn *knn)
{
    bool centered = knn->similarity == ADJUSTED_COSINE || knn->similarity == PEARSON_BASELINE;
    if (!centered || knn->fit->parameters[REC_KNN_PARAMETER_WEIGHTING] == REC_KNN_PLAIN)
        return REC_OK;
    return rec__fail(
        REC_ERR_INVALID,
        "weighting is not none, and similarity is %s, which centres ratings; one without centres was "
        "expected, such as cosine",
        knn->similarity == ADJUSTED_COSINE ? "adjusted_cosine" : "pearson_baseline");
}

rec_status rec__knn_fit(struct rec__fit *fit, bool items)
{
    enum rec__knn_mode mode = mode_of(fit->parameters, fit->ratings);
    struct knn knn = {.fit = fit,
                      .r = fit->ratings,
                      .items = items,
                      .mode = mode,
                      .similarity = similarity_of(fit->parameters, mode)};
    float *weighted = NULL;
    rec_status status = check_weighting(&knn);
    if (status == REC_OK)
        status = add_mode(&knn);
    if (status == REC_OK)
        status = add_centers(&knn);
    if (status != REC_OK)
        return status;
    struct rec__neighborhood n = neighborhood_of(fit->parameters, fit->arrays, fit->ratings, items);
    if (fit->parameters[REC_KNN_PARAMETER_WEIGHTING] != REC_KNN_PLAIN) {
        status = rec__knn_weigh(fit, &n, &weighted);
        n.column_values = rec__arrays_floats(fit->arrays, "graph_values");
        n.values = weighted;
    }
    bool centered = n.row_centers != NULL || n.column_centers != NULL;
    n.alike = !centered && weighted == NULL && fit->ratings->least == fit->ratings->greatest;
    if (status == REC_OK)
        status = add_norms(&knn, &n);
    bool by_row = items && mode == REC_KNN_SUM;
    if (status == REC_OK)
        status = rec__neighbors_fit(fit, &n, by_row ? REC_BY_ROW : REC_NEAREST_FIRST);
    rec__release(weighted);
    return status;
}

/* What a similarity needs of a file that nobody else reads. */
static rec_status check_neighborhood(const struct rec__neighborhood *n, const struct rec__arrays *arrays,
                                     const rec_ratings *ratings)
{
    const rec_array *values = rec__arrays_find(arrays, "graph_values");
    if (rec__measure_of_lengths(n->measure) && n->norms == NULL)
        return rec__fail(REC_ERR_CORRUPT, "array \"graph_norms\" is missing; cosines divide by it");
    if (values != NULL && values->rows != ratings->count)
        return rec__fail(REC_ERR_CORRUPT,
                         "array \"graph_values\" has %lld numbers; %lld were expected, one a rating",
                         (long long)values->rows, (long long)ratings->count);
    return REC_OK;
}

rec_status rec__knn_check(const struct rec__fitted *fitted, bool items)
{
    struct rec__expected of_users = {REC_F32, 1, fitted->n_users, 1},
                         of_items = {REC_F32, 1, fitted->n_items, 1}, one = {REC_F64, 1, 1, 1};
    bool weighted = rec__arrays_find(fitted->arrays, "graph_values") != NULL;
    struct {
        const char *name;
        struct rec__expected expected;
        bool required;
    } wanted[] = {
        {"user_centers", of_users, false},
        {"item_centers", of_items, false},
        {"graph_norms", items ? of_items : of_users, false},
        {"graph_idf", items ? of_users : of_items, weighted},
        {"graph_length", one, weighted},
    };
    rec_status status = REC_OK;
    for (size_t i = 0; status == REC_OK && i < sizeof wanted / sizeof *wanted; i++)
        status = rec__arrays_check(fitted->arrays, wanted[i].name, wanted[i].expected, wanted[i].required);
    return status;
}

/* The mean of a row's ratings less mu and the other side's biases, pulled to 0 by lambda. */
static double bias_of(const struct rec__history *row, double mu, const float *others, double lambda)
{
    double sum = 0.0, weight = lambda + (double)row->n;
    for (int64_t j = 0; j < row->n; j++)
        sum += (double)row->ratings[j] - mu - (others == NULL ? 0.0 : (double)others[row->items[j]]);
    return weight > 0.0 ? sum / weight : 0.0;
}

/* The names of the arrays of one side, the other's biases, and what pulls its own to zero. */
struct names {
    const char *biases, *other_biases, *spreads;
    int lambda;
};
static const struct names of_users = {"user_biases", "item_biases", "user_spreads",
                                      REC_KNN_PARAMETER_USER_REGULARIZATION};
static const struct names of_items = {"item_biases", "user_biases", "item_spreads",
                                      REC_KNN_PARAMETER_ITEM_REGULARIZATION};

/* A row's bias where the mode has one: with the other side's biases it is that of the baseline, without them a mean. */
static void fold_in(const struct rec__fitted *fitted, const struct rec__history *row,
                    const struct names *side, struct rec__user_state *state)
{
    const struct rec__arrays *arrays = fitted->arrays;
    const rec_array *offset = rec__arrays_find(arrays, "offset");
    const float *others = rec__arrays_floats(arrays, side->other_biases);
    double mu = offset == NULL ? 0.0 : *(const double *)offset->data;
    if (rec__arrays_floats(arrays, side->biases) != NULL)
        state->bias = bias_of(row, mu, others, others == NULL ? 0.0 : fitted->parameters[side->lambda]);
    double spread = deviation_of(row->ratings, row->n);
    if (rec__arrays_floats(arrays, side->spreads) != NULL)
        state->spread = spread > 0.0 ? spread : 1.0;
}

void rec__knn_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                      struct rec__user_state *state)
{
    fold_in(fitted, history, &of_users, state);
}

void rec__knn_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                           struct rec__user_state *state)
{
    fold_in(fitted, raters, &of_items, state);
}

/* What the ratings of a new row are centred by when it is compared with others. */
static float center_of(const struct rec__fitted *fitted, const struct rec__neighborhood *n, bool items,
                       const struct rec__history *row)
{
    double lambda = fitted->parameters[items ? of_items.lambda : of_users.lambda];
    return n->row_centers == NULL ? 0.0f : (float)bias_of(row, n->mean, n->column_centers, lambda);
}

rec_status rec__knn_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings, bool items,
                              const struct rec__history *row, struct rec__neighbors *out)
{
    struct rec__neighborhood n = neighborhood_of(fitted->parameters, fitted->arrays, ratings, items);
    rec_status status = check_neighborhood(&n, fitted->arrays, ratings);
    bool plain = rec__arrays_find(fitted->arrays, "graph_values") == NULL;
    if (status != REC_OK || plain)
        return status != REC_OK ? status : rec__neighbors_of(&n, row, center_of(fitted, &n, items, row), out);
    float *weighted = rec__allocate(row->n, sizeof *weighted);
    if (weighted == NULL && row->n > 0)
        return REC_ERR_NO_MEMORY;
    struct rec__history as_weighed = {row->items, weighted, row->n, NULL};
    rec__knn_weigh_row(fitted, row, weighted);
    status = rec__neighbors_of(&n, &as_weighed, 0.0f, out);
    rec__release(weighted);
    return status;
}

void rec__knn_work(const struct rec__fit *fit, bool users, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double n = (double)r->count;
    int32_t rows = users ? r->n_users : r->n_items;
    work->once.steps = 1.5 * rec__work_pairs(r, users) + 40.0 * n;
    work->held = 8.0 * n + 12.0 * rec__work_edges(rows, fit->parameters[REC_KNN_PARAMETER_NEIGHBORS]);
}
