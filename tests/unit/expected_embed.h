/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tests/reference/embed.py. */
/* clang-format off */
static const double expected_plain[] = {0.833333333333, 1, 0, 1.75, -0.375, 1.5, 2.5, 0.6875, 0.5, 0, 0, 0};
static const double expected_sif[] = {0.0100826057826, 0.343045059423, -0.116743007714, -0.111108850005, -0.331482424725, 0.313296160767, 0.102331419985, 0.165536515977, -0.249108734942, 0, 0, 0};
