# SPDX-License-Identifier: Apache-2.0
"""The hash table of a list of ids as docs/container.md defines it; prints what tests/unit/test_ids.c expects."""

MASK = (1 << 64) - 1
MULTIPLIER = 0x9E3779B97F4A7C15


def mix(h):
    h ^= h >> 32
    h = h * MULTIPLIER & MASK
    return h ^ h >> 29


def hash_text(text):
    h = len(text) * MULTIPLIER & MASK
    for at in range(0, len(text), 8):
        word = int.from_bytes(text[at : at + 8], "little")
        h = mix((h ^ word) * MULTIPLIER & MASK)
    return h


def hash_integer(number):
    return mix((number & MASK) * MULTIPLIER & MASK)


def slots(hashes):
    size = 1
    while size * 2 <= 3 * len(hashes):
        size *= 2
    table = [-1] * size
    for row, h in enumerate(hashes):
        slot = h % size
        while table[slot] != -1:
            slot = (slot + 1) % size
        table[slot] = row
    return table


TEXTS = ["a", "b", "ab", "12345678", "123456789", "The Time Machine", "\u00e9t\u00e9", "c", "d", "e", "f"]
INTEGERS = [0, 1, -1, 42, 2**63 - 1, -(2**63), 7, 1000000007]

print("text    ", slots([hash_text(t.encode()) for t in TEXTS]))
print("integers", slots([hash_integer(i) for i in INTEGERS]))
