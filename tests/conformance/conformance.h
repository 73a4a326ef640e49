/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One suite run over every registered algorithm, through the public headers alone. A test is a loop test of
 * Check whose index is the algorithm's; an algorithm added to the registry is under test without a line here.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <check.h>
#include <librec/librec.h>
#include <stdbool.h>

/** Planted data: two tastes. Users and items of the same parity suit each other; some users and items have
 * few ratings. */
enum { USERS = 90, ITEMS = 60 };

void must(rec_status status);
/** Describe the algorithm of case number `index`. */
rec_algorithm algorithm_at(int index);
/** Ratings of the planted data: `test` false for those to learn from, true for those held out. */
rec_ratings *planted_ratings(bool test);
/** A model of an algorithm on `threads` threads, with features where it needs them, not fitted. */
rec_model *make_model(int index, int threads, int32_t n_items);
/** The same, fitted to the planted ratings. */
rec_model *fit_model(int index, int threads);
/** Both models hold the same arrays, byte for byte. */
void assert_same_arrays(const rec_model *first, const rec_model *second);
/** The number in a row's id: "i17" is 17. Rows are in order of first appearance, numbers say the taste. */
int number_of(const rec_ids *ids, int32_t row);
/** rec_last_error() says something and mentions `word` (may be NULL). */
void assert_sentence(const char *word);
/** Ratings of n triples (user, item, rating). */
rec_ratings *ratings_of(int32_t n_users, int32_t n_items, int64_t n, const int32_t *users,
                        const int32_t *items, const float *ratings);

void add_life_tests(Suite *suite, int n);
void add_same_tests(Suite *suite, int n);
void add_answer_tests(Suite *suite, int n);
void add_trouble_tests(Suite *suite, int n);

#endif
