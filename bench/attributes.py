#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What attributes and context add to ratings: RMSE of fm and cmf with them beside mf and fm without.

    bench/attributes.py build/tools/rec [FOLDER]

Anime, ratings with genres, types and names of the titles: nine tenths of the ratings, drawn with seed 7, are learned from; the rest are
predicted, and once more those of titles with fewer than five ratings left. Context: 60,000 drawn ratings of users and items whose tastes follow the
time of day (of odd items more by day, of even ones more by night), and MovieLens 100K, u1 to u5, with its times. With the hours shuffled, context
carries nothing. Parameters were chosen on a tenth of the training part.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

DATA = os.path.abspath(os.environ.get('REC_DATA_DIR', '../shared/data'))
HERE = os.path.dirname(os.path.abspath(__file__))
TITLES = ['--item-text', os.path.join(DATA, 'anime', 'anime_info.dat'), '--text-columns', 'genre,type,name']


def rmse(algorithm, train, test, *words):
    command = [REC, 'evaluate', algorithm, '--train', train, '--test', test, '--metrics', 'rmse', '--json', *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: {done.stderr}')
    return json.loads(done.stdout)['metrics']['rmse']


def params(name):
    return ['-p', '@' + os.path.join(HERE, 'params', name + '.params')]


def write(name, rows):
    with open(name, 'w') as out:
        out.writelines(','.join(map(str, row)) + '\n' for row in rows)


def anime():
    draw, train, test, counts = random.Random(7), [], [], {}
    with open(os.path.join(DATA, 'anime', 'anime_ratings.dat')) as lines:
        for row in [line.split() for line in lines][1:]:
            (test if draw.random() < 0.1 else train).append(row)
    for row in train:
        counts[row[1]] = counts.get(row[1], 0) + 1
    write('anime-train.csv', train)
    write('anime-test.csv', test)
    write('anime-few.csv', [row for row in test if counts.get(row[1], 0) < 5])
    print('| Anime, RMSE | all | fewer than five ratings |\n| --- | --- | --- |')
    for label, algorithm, words in (('mf, ratings alone', 'mf', []), ('fm, ratings alone', 'fm', params('anime-fm')),
                                    ('fm, with attributes', 'fm', params('anime-fm') + TITLES),
                                    ('fm, with attributes, field-aware', 'fm', params('anime-fm-aware') + TITLES),
                                    ('fm, with attributes, 128 factors', 'fm', params('anime-fm') + ['-p', 'factors=128', '-p', 'regularization=0.13'] + TITLES),
                                    ('fm, solver=als, with attributes', 'fm', params('anime-fm-als') + TITLES),
                                    ('fm, solver=gibbs, ratings alone', 'fm', params('anime-fm-gibbs')),
                                    ('fm, solver=gibbs, with attributes', 'fm', params('anime-fm-gibbs') + TITLES),
                                    ('cmf, ratings alone', 'cmf', params('anime-cmf')),
                                    ('cmf, with attributes', 'cmf', params('anime-cmf') + TITLES)):
        figures = [rmse(algorithm, 'anime-train.csv', f'anime-{part}.csv', *words) for part in ('test', 'few')]
        print(f'| {label} | ' + ' | '.join(f'{x:.4f}' for x in figures) + ' |', flush=True)


def daytimes():
    draw, rows = random.Random(11), []
    for user in range(1500):
        for item in draw.sample(range(400), 40):
            hour = draw.randrange(24)
            time = 1500000000 // 86400 * 86400 + draw.randrange(200) * 86400 + hour * 3600 + draw.randrange(3600)
            suits = (item % 2 == 1) == (8 <= hour < 20)
            taste = (user * 7 % 5 - 2) / 5 + (item * 11 % 7 - 3) / 7 + (0.6 if item % 3 == user % 3 else -0.3)
            rows.append((user, item, round(2 * (3 + taste + (0.7 if suits else -0.7) + draw.gauss(0, 0.5))) / 2, time))
    draw.shuffle(rows)
    write('day-train.csv', rows[6000:])
    write('day-test.csv', rows[:6000])
    shuffled = [row[3] for row in rows]
    draw.shuffle(shuffled)
    rows = [row[:3] + (time,) for row, time in zip(rows, shuffled)]
    write('none-train.csv', rows[6000:])
    write('none-test.csv', rows[:6000])


def context():
    daytimes()
    print('\n| Context, RMSE of fm | without | with |\n| --- | --- | --- |')
    hour = ['-p', 'hour=true', '-p', 'weekday=true']
    for label, name in (('tastes by time of day', 'day'), ('the same, times shuffled', 'none')):
        figures = [rmse('fm', f'{name}-train.csv', f'{name}-test.csv', *words) for words in ([], hour)]
        print(f'| {label} | {figures[0]:.4f} | {figures[1]:.4f} |', flush=True)
    sums = [0.0, 0.0]
    for fold in range(1, 6):
        for place, name in enumerate(('ml-100k-fm', 'ml-100k-fm-context')):
            base = os.path.join(DATA, 'ml-100k', f'u{fold}')
            sums[place] += rmse('fm', base + '.base', base + '.test', *params(name)) / 5
    print(f'| MovieLens 100K, mean of u1 to u5 | {sums[0]:.4f} | {sums[1]:.4f} |')


REC = os.path.abspath(sys.argv[1])
folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
anime()
context()
