/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tests/reference/backends.py: do not edit. */
static const double expected_mu[1] = {2.76923077};
static const double expected_user_biases[6] = {0.177366751,  -0.118322854, -0.108347535,
                                               -0.118322854, 0.226964212,  0};
static const double expected_item_biases[5] = {0.0151172357, -0.720735147, 0.667935006, 0.156358348, 0};
static const double expected_count[5] = {4, 3, 1, 5, 0};
static const double expected_mean[5] = {2.75, 1.66666667, 5, 3, 2.76923077};
static const double expected_damped[5] = {2.75824176, 2.21794872, 3.32692308, 2.91346154, 2.76923077};
static const double expected_decayed[5] = {1.42991748, 1.41077121, 0.870550563, 2.73963093, 0};
static const double expected_content[30] = {
    0.857492926, 0.514495755, 0.961255427, 0, 0.685994341, 1, 0, 0.774596669, 0, 0.8,
    0.707106781, 0.707106781, 0.955970848, 0, 0.565685425, 1, 0, 0.774596669, 0, 0.8,
    0.687089137, 0.689531658, 0.989453463, 0, 0.687089137, 0, 0, 0,           0, 0};
static const double expected_content_idf[30] = {
    0.857492926, 0.514495755, 0.952897082, 0, 0.685994341, 1, 0, 0.722181834, 0, 0.8,
    0.707106781, 0.707106781, 0.969191992, 0, 0.565685425, 1, 0, 0.722181834, 0, 0.8,
    0.633545232, 0.744327018, 0.991040316, 0, 0.633545232, 0, 0, 0,           0, 0};
static const double expected_fold_in[3] = {-0.13588171, -0.725584513, 0.50140836};
static const double expected_parts[3] = {-0.534132874, -0.629483817, 0.179885597};
