# SPDX-License-Identifier: Apache-2.0
"""Runs the rec command as a user would, on small files with planted tastes. Standard library only."""

import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

REC = None
WORK = None


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)


def default_signals():
    """A test runner in the background may have interrupts ignored; a terminal has not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rec(*words, said='', **options):
    """Run rec; standard output and error as text. said: what it reads on its standard input."""
    done = subprocess.run(
        [REC, *map(str, words)],
        cwd=WORK,
        input=said.encode(),
        timeout=120,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,
        **options,
    )
    return Result(done.returncode, done.stdout.decode('utf-8'), done.stderr.decode('utf-8', 'replace'))


def start(*words, **options):
    return subprocess.Popen(
        [REC, *map(str, words)], cwd=WORK, stdin=subprocess.DEVNULL, preexec_fn=default_signals, **options
    )


def path(name):
    return os.path.join(WORK, name)


def write(name, text):
    data = text if isinstance(text, bytes) else text.encode()
    with open(path(name), 'wb') as file:
        file.write(data)
    return name


def read(name):
    with open(path(name), 'rb') as file:
        return file.read()


def planted(users=80, items=50, density=0.4, seed=7):
    """Ratings 1 to 5 of readers whose tastes have three dimensions: [(user, item, rating)]."""
    dice = random.Random(seed)
    taste = [[dice.gauss(0, 0.8) for _ in range(3)] for _ in range(users)]
    kind = [[dice.gauss(0, 0.8) for _ in range(3)] for _ in range(items)]
    worth = [dice.gauss(0, 0.5) for _ in range(items)]
    ratings = []
    for u in range(users):
        for i in range(items):
            if dice.random() >= density * (1.5 if i < items // 4 else 0.8):
                continue
            score = 3.2 + worth[i] + sum(a * b for a, b in zip(taste[u], kind[i])) + dice.gauss(0, 0.3)
            ratings.append((f'u{u:02}', f'i{i:02}', min(5, max(1, round(score)))))
    dice.shuffle(ratings)
    return ratings


def csv(ratings):
    return 'user,item,rating\n' + ''.join(f'{u},{i},{r}\n' for u, i, r in ratings)


RATINGS = planted()
TEST = RATINGS[:240]
TRAIN = RATINGS[240:]


def seen(user):
    return {i for u, i, _ in TRAIN if u == user}


def arrays(name):
    """The arrays of a container, read as any safetensors reader would: {name: rows of numbers}."""
    data = read(name)
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8 : 8 + length])
    codes = {'F32': ('f', 4), 'F64': ('d', 8), 'I32': ('i', 4), 'I64': ('q', 8), 'U8': ('B', 1)}
    found = {}
    for key, about in header.items():
        if key == '__metadata__':
            continue
        code, size = codes[about['dtype']]
        begin, end = about['data_offsets']
        values = struct.unpack(f'<{(end - begin) // size}{code}', data[8 + length + begin : 8 + length + end])
        columns = about['shape'][1] if len(about['shape']) == 2 else 0
        found[key] = (
            [values[r : r + columns] for r in range(0, len(values), columns)] if columns else list(values)
        )
    return found


class Case(unittest.TestCase):
    maxDiff = None

    def ok(self, *words, **options):
        result = rec(*words, **options)
        self.assertEqual((result.status, result.err), (0, ''), f'rec {words}: {result.out}{result.err}')
        return result

    def fails(self, *words, says=(), status=1, **options):
        """Fails with the status and one sentence that has every one of the words `says`."""
        result = rec(*words, **options)
        self.assertEqual(result.status, status, f'rec {words}: {result.out}{result.err}')
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 2 if status == 2 else 1, result.err)
        self.assertTrue(lines[0].startswith('rec: '), result.err)
        if status == 2:
            self.assertTrue(lines[1].startswith('usage: rec '), result.err)
        for word in [says] if isinstance(says, str) else says:
            self.assertIn(word, lines[0])
        self.assertEqual(result.out, '')
        return result

    def misused(self, *words, says=()):
        return self.fails(*words, says=says, status=2)


def fit(name, algorithm, *options, ratings='train.csv'):
    """Fit a model that the tests of a file share."""
    result = rec('fit', algorithm, ratings, '-o', name, *options)
    if result.status:
        raise RuntimeError(result.err)
    return name


def main(setup=lambda: None):
    global REC, WORK
    REC = os.path.abspath(sys.argv.pop(1))
    WORK = tempfile.mkdtemp(prefix='rec-')
    try:
        write('all.csv', csv(RATINGS))
        write('train.csv', csv(TRAIN))
        write('test.csv', csv(TEST))
        setup()
        unittest.main(module='__main__', exit=True)
    finally:
        shutil.rmtree(WORK)


def rmse(pairs):
    return math.sqrt(math.fsum((a - b) ** 2 for a, b in pairs) / len(pairs))
