/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/reference/hash.py; do not edit. */
/* clang-format off */
static const struct {
    int64_t id;
    uint64_t hash;
} known_integers[] = {
    {INT64_C(0), UINT64_C(0x0000000000000000)},
    {INT64_C(1), UINT64_C(0xab169ebd5d0c32dc)},
    {INT64_C(2), UINT64_C(0xd6e2c15dbc6784e0)},
    {INT64_C(-1), UINT64_C(0x2a0a6c03d5502325)},
    {INT64_C(42), UINT64_C(0x0d2e2f1c53aa89ad)},
    {INT64_C(196), UINT64_C(0xc3a1cd6d288a3c3c)},
    {INT64_C(2147483648), UINT64_C(0x6006fc7327490d53)},
    {INT64_C(-2147483648), UINT64_C(0x01c189d6573adbab)},
    {INT64_C(9223372036854775807), UINT64_C(0xea652dff562a2cf1)},
    {INT64_C(-9223372036854775807), UINT64_C(0x6b7160aede33c270)},
};

static const struct {
    const char *id;
    uint64_t hash;
} known_texts[] = {
    {"", UINT64_C(0x0000000000000000)},
    {"a", UINT64_C(0xa943a8195440d7a1)},
    {"b", UINT64_C(0x76797321a7d29cce)},
    {"196", UINT64_C(0x4fee6d03ff1ef15d)},
    {"user-17", UINT64_C(0x90139f2622328e2f)},
    {"exactly8", UINT64_C(0x7a8a406f06474f3d)},
    {"just9byte", UINT64_C(0x67c913aace6a46cc)},
    {"Z\303\274rich", UINT64_C(0x71f8cc1202f36609)},
    {"sixteen letters!", UINT64_C(0x1a8f915f83de472c)},
    {"seventeen letters", UINT64_C(0x50c6667f92928d0d)},
};
