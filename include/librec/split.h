/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing ratings into a part to learn from and a part to test on. Both share the ids, so rows mean the same
 * in both. */
#ifndef LIBREC_SPLIT_H
#define LIBREC_SPLIT_H

#include <librec/ratings.h>

REC_BEGIN_DECLS

/**
 * rec_split_random    each rating goes to test with probability `fraction`, by a random number keyed by
 *                     (seed, position)
 * rec_split_per_user  of each user with n ratings, round(fraction n) random ones go to test
 * rec_split_one       one random rating of each user with at least two goes to test
 * rec_split_last      the last n ratings of each user by time go to test (ties: the greater item row is
 *                     later); a user with n ratings or fewer keeps all of them in train
 * rec_split_fold      fold number `fold` of `folds` equal parts of the shuffled ratings is test, the rest
 *                     train: the folds of one seed are disjoint and cover everything
 * rec_split_time      the ratings in order of time make folds + 1 equal slices: slice fold + 1 is test, all
 *                     before it train, what comes after is in neither. Equal times stay together, in the later
 *                     slice; ratings without a time come first
 *
 * train, test  create: free each with rec_ratings_free
 *
 * Threads  const.
 * Errors   REC_ERR_INVALID (NULL; fraction not in (0, 1); n < 1; folds < 2, by time < 1; fold not in
 *          [0, folds)), REC_ERR_UNSUPPORTED (rec_split_last, rec_split_time without times), REC_ERR_EMPTY (a
 *          part would be empty), REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_split_random(const rec_ratings *ratings, double fraction, uint64_t seed,
                                                rec_ratings **train, rec_ratings **test);
REC_API REC_CHECKED rec_status rec_split_per_user(const rec_ratings *ratings, double fraction, uint64_t seed,
                                                  rec_ratings **train, rec_ratings **test);
REC_API REC_CHECKED rec_status rec_split_last(const rec_ratings *ratings, int32_t n, rec_ratings **train,
                                              rec_ratings **test);
REC_API REC_CHECKED rec_status rec_split_fold(const rec_ratings *ratings, int32_t folds, int32_t fold,
                                              uint64_t seed, rec_ratings **train, rec_ratings **test);
REC_API REC_CHECKED rec_status rec_split_one(const rec_ratings *ratings, uint64_t seed, rec_ratings **train,
                                             rec_ratings **test);
REC_API REC_CHECKED rec_status rec_split_time(const rec_ratings *ratings, int32_t folds, int32_t fold,
                                              rec_ratings **train, rec_ratings **test);

/**
 * Hold users out, for strong generalization (Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative filtering", WWW
 * 2018): `users` users, drawn at random from those with at least two ratings, are in no part of train. Of each one's n ratings,
 * round(fraction n), at least 1 and at most n - 1, random ones go to test, and the others to histories, to be folded in
 * (rec_evaluate_options.histories). Their rows stay among the ids, without ratings in train. Divide train again for users to choose
 * parameters by.
 *
 * train, histories, test  create: free each with rec_ratings_free
 *
 * Threads  const.
 * Errors   as above; REC_ERR_INVALID (users < 1), REC_ERR_EMPTY (fewer users with two ratings, or none would be left to learn from).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_split_users(const rec_ratings *ratings, int32_t users, double fraction,
                                               uint64_t seed, rec_ratings **train, rec_ratings **histories,
                                               rec_ratings **test);

REC_END_DECLS

#endif
