# SPDX-License-Identifier: Apache-2.0
"""Splits of the ratings of tests/unit/test_split.c, from Philox4x32-10 as its paper has it; prints what the test expects.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import math

LOW = (1 << 32) - 1
SPLIT = 4
BY_RATING, BY_USER, BY_FOLD, BY_ONE, BY_HELD, BY_HISTORY = 0, 1, 2, 3, 4, 5


def philox(key, counter):
    k, c = list(key), list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & LOW, a >> 32 ^ c[3] ^ k[1], a & LOW]
        k = [k[0] + 0x9E3779B9 & LOW, k[1] + 0xBB67AE85 & LOW]
    return c


# Known answer of the reference implementation (Random123, kat_vectors).
assert philox((0xA4093822, 0x299F31D0), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)) == [
    0xD16CFE09,
    0x94FDCCEB,
    0x5001E420,
    0x24126EA1,
]


def words(seed, kind, counter):
    stream = SPLIT | kind << 8
    return philox((seed & LOW, seed >> 32), (counter & LOW, counter >> 32, stream & LOW, stream >> 32))


def uniform(seed, kind, counter):
    w = words(seed, kind, counter)
    return ((w[0] << 32 | w[1]) >> 11) * 2.0**-53


def shuffle(seed, n, kind=BY_FOLD):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        w = words(seed, kind, i)
        j = (w[0] << 32 | w[1]) % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def half_up(x):
    return math.floor(x + 0.5)


LENGTHS = [5, 0, 1, 3, 12, 2, 7]
COUNT = sum(LENGTHS)
SEED = 20190
LARGE_SEED = 0xFEDCBA9876543210

def main():
    print("random  ", [i for i in range(COUNT) if uniform(SEED, BY_RATING, i) < 0.3])
    print("large   ", [i for i in range(COUNT) if uniform(LARGE_SEED, BY_RATING, i) < 0.3])

    chosen, start = [], 0
    for n in LENGTHS:
        wanted = half_up(0.4 * n)
        for i in range(start, start + n):
            if wanted > 0 and uniform(SEED, BY_USER, i) * (start + n - i) < wanted:
                chosen.append(i)
                wanted -= 1
        start += n
    print("per user", chosen)

    order = shuffle(SEED, COUNT)
    sizes = [COUNT // 4 + (fold < COUNT % 4) for fold in range(4)]
    for fold in range(4):
        print("fold", fold, " ", sorted(order[sum(sizes[:fold]) : sum(sizes[: fold + 1])]))

    starts = [sum(LENGTHS[:user]) for user in range(len(LENGTHS))]
    print("one     ", [s + math.floor(uniform(SEED, BY_ONE, user) * n) for user, (s, n) in enumerate(zip(starts, LENGTHS)) if n > 1])

    divisible = [user for user, n in enumerate(LENGTHS) if n > 1]
    for users, fraction in ((2, 0.3), (3, 0.01)):
        test, told = [], []
        for user in [divisible[at] for at in shuffle(SEED, len(divisible), BY_HELD)[:users]]:
            s, n = starts[user], LENGTHS[user]
            wanted = min(max(1, half_up(fraction * n)), n - 1)
            for i in range(s, s + n):
                hit = uniform(SEED, BY_HISTORY, i) * (s + n - i) < wanted
                wanted -= hit
                (test if hit else told).append(i)
        print("users   ", users, fraction, sorted(told), sorted(test))

    times = [i * 7 % 30 // 3 for i in range(COUNT)]
    rising = sorted(times)
    sizes = [COUNT // 4 + (slice < COUNT % 4) for slice in range(4)]
    bounds = [rising[sum(sizes[:slice])] for slice in range(4)] + [math.inf]
    for fold in range(3):
        print("time", fold, " ", [i for i in range(COUNT) if times[i] < bounds[fold + 1]],
              [i for i in range(COUNT) if bounds[fold + 1] <= times[i] < bounds[fold + 2]])


if __name__ == "__main__":
    main()
