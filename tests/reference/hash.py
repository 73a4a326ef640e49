#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hashes of docs/container.md in another language: writes tests/unit/expected_hash.h.

    python3 tests/reference/hash.py > tests/unit/expected_hash.h
"""
MULTIPLIER = 0x9E3779B97F4A7C15
WORD = (1 << 64) - 1


def mix(h):
    h ^= h >> 32
    h = h * MULTIPLIER & WORD
    return h ^ h >> 29


def hash_integer(value):
    return mix(value * MULTIPLIER & WORD)


def hash_bytes(data):
    h = len(data) * MULTIPLIER & WORD
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start:start + 8], 'little')
        h = mix((h ^ word) * MULTIPLIER & WORD)
    return h


INTEGERS = [0, 1, 2, -1, 42, 196, 1 << 31, -(1 << 31), (1 << 63) - 1, -(1 << 63) + 1]
TEXTS = ['', 'a', 'b', '196', 'user-17', 'exactly8', 'just9byte', 'Zürich', 'sixteen letters!', 'seventeen letters']


def main():
    print('/* SPDX-License-Identifier: Apache-2.0 */')
    print('/* Written by tests/reference/hash.py; do not edit. */')
    print('/* clang-format off */')
    print('static const struct {\n    int64_t id;\n    uint64_t hash;\n} known_integers[] = {')
    for value in INTEGERS:
        print(f'    {{INT64_C({value}), UINT64_C(0x{hash_integer(value):016x})}},')
    print('};\n')
    print('static const struct {\n    const char *id;\n    uint64_t hash;\n} known_texts[] = {')
    for text in TEXTS:
        data = text.encode()
        quoted = ''.join(chr(b) if b < 128 else f'\\{b:03o}' for b in data)
        print(f'    {{"{quoted}", UINT64_C(0x{hash_bytes(data):016x})}},')
    print('};')


if __name__ == '__main__':
    main()
