/* SPDX-License-Identifier: Apache-2.0 */
/**
 * librec: a recommender engine that a program links.
 *
 * A tour, easiest first:
 *
 *   model.h      choose an algorithm, set parameters, fit, predict, rank, explain, save and open
 *   ratings.h    the rating store: from files, arrays, or one rating at a time
 *   ids.h        external ids to rows and back
 *   algorithm.h  what algorithms there are, and their parameters
 *   features.h   vectors for items: embeddings, genres, words
 *   text.h       text to features: words, TF-IDF, BM25
 *   contexts.h   in what circumstances ratings were given
 *   split.h      training and test parts
 *   evaluate.h   RMSE, recall, NDCG and the others; cross-validation
 *   compare.h    two models on the same test ratings: differences, tests, intervals
 *   elicit.h     which items to ask somebody new about
 *   blend.h      several fitted models as one, with weights that suit the data
 *   tune.h       which parameters suit the data
 *   plan.h       what a fit will cost, before it begins
 *   file.h       a look into a saved file
 *   status.h     what calls answer, and the sentence behind it
 *   host.h       lend the library an allocator and a log
 *
 * A program that learns from a file and recommends (link with `pkg-config --libs librec`):
 *
 *   #include <librec/librec.h>
 *   #include <stdio.h>
 *
 *   int main(void)
 *   {
 *       rec_ratings *ratings = NULL;
 *       rec_model *model = NULL;
 *       int32_t items[10], n = 0;
 *       if (rec_ratings_read(&ratings, "ratings.csv", NULL) || rec_model_create(&model, "mf") ||
 *           rec_fit(model, ratings) || rec_topk(model, 0, NULL, 10, items, NULL, &n))
 *           return fprintf(stderr, "%s\n", rec_last_error()), 1;
 *       for (int32_t i = 0; i < n; i++) {
 *           char id[64];
 *           if (rec_ids_text(rec_model_item_ids(model), items[i], id, sizeof id, NULL) == REC_OK)
 *               puts(id);
 *       }
 *       rec_model_free(model);
 *       rec_ratings_free(ratings);
 *       return 0;
 *   }
 *
 * Rules that hold everywhere. Every call that can fail answers a rec_status; rec_last_error() then has a
 * sentence. *creates*: the caller frees with the matching _free, which accepts NULL; after a failure the
 * handle is NULL. *copies*: the caller may reuse the argument at once. *borrows*, *view*: a pointer that
 * stays its owner's. *fills*: the caller's array. A const handle may be used by any number of threads at
 * once.
 */
#ifndef LIBREC_H
#define LIBREC_H

#include <librec/algorithm.h>
#include <librec/blend.h>
#include <librec/compare.h>
#include <librec/contexts.h>
#include <librec/elicit.h>
#include <librec/evaluate.h>
#include <librec/features.h>
#include <librec/file.h>
#include <librec/host.h>
#include <librec/ids.h>
#include <librec/model.h>
#include <librec/plan.h>
#include <librec/ratings.h>
#include <librec/split.h>
#include <librec/status.h>
#include <librec/text.h>
#include <librec/tune.h>
#include <librec/version.h>

#endif
