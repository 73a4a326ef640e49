#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What given contexts add: fm that learns them, and filters before and after, on tastes that change with device and part of the day.

    bench/contexts.py build/tools/rec [FOLDER]

800 users rate 30 of 240 items each, drawn with seed 17: a rating is 3, a taste of two latent kinds, and a part that depends on the item and the device
(mobile, tv, desk), of the place nothing. A user meets an item on the device that suits it with a probability of three fifths. A fifth of the
ratings are held out. RMSE is of all of them in their contexts; recall@10 is of those of at least 4 in rankings made for their device, one
for each user and device that has some (rec evaluate --in-context, --where, --reweigh). With the devices shuffled among all ratings, context carries nothing.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

DEVICES, PLACES = ('mobile', 'tv', 'desk'), ('home', 'work', 'away')
HEAD = 'user,item,rating,time,device,place\n'
FM = ['-p', 'factors=16', '-p', 'regularization=0.05']
AWARE = ['-p', 'field_aware=true']
IALS = ['-p', 'factors=8']


def rec(*words):
    done = subprocess.run([REC, *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'rec {" ".join(words)}: {done.stderr}')
    return done.stdout


def events(draw):
    rows = []
    tastes = [[draw.gauss(0, 0.5) for _ in range(2)] for _ in range(800)]
    kinds = [[draw.gauss(0, 1) for _ in range(2)] for _ in range(240)]
    for user, taste in enumerate(tastes):
        for item in draw.sample(range(240), 30):
            suited = item % 3
            device = suited if draw.random() < 0.4 else draw.randrange(3)
            likes = sum(a * b for a, b in zip(taste, kinds[item])) + (0.8 if device == suited else -0.6)
            rating = min(5, max(1, round(2 * (3 + likes + draw.gauss(0, 0.4))) / 2))
            hour = draw.choice((7, 12, 18)) if device == 0 else draw.choice((20, 22)) if device == 1 else draw.choice((9, 15))
            time = 1600000000 // 86400 * 86400 + draw.randrange(150) * 86400 + hour * 3600
            rows.append((user, item, rating, time, DEVICES[device], draw.choice(PLACES)))
    draw.shuffle(rows)
    return rows


def write(name, rows):
    with open(name, 'w') as out:
        out.write(HEAD)
        out.writelines(','.join(map(str, row)) + '\n' for row in rows)


def measure_with(metric, *words):
    return json.loads(rec('evaluate', *words, '--metrics', metric, '--json', '-q'))


def rmse(name, *words):
    return measure_with('rmse', 'fm', '--train', f'{name}-train.csv', '--test', f'{name}-test.csv', *FM, *words)['metrics']['rmse']


def in_context(name, model):
    return measure_with('recall@10', model, '--test', f'{name}-liked.csv', '--context', 'device', '--in-context')['metrics']['recall@10']


def by_device(name, words_of):
    """The mean over users and devices, from that over users of each device."""
    found = [measure_with('recall@10', *words_of(device), '--test', f'{name}-liked.csv') for device in DEVICES]
    return sum(each['metrics']['recall@10'] * each['users'] for each in found) / sum(each['users'] for each in found)


def measure(name):
    train, context = f'{name}-train.csv', ['--context', 'device,place']
    for label, words in (('plain', ['fm', *FM]), ('all', ['fm', *FM, *context]), ('aware', ['fm', *FM, *context, *AWARE]),
                         ('ials', ['ials', *IALS])):
        rec('fit', words[0], train, '-o', f'{name}-{label}', *words[1:])
    before = lambda *words: by_device(name, lambda device: [*words, '--train', train, '--where', f'device={device}'])
    after = lambda label: by_device(name, lambda device: [f'{name}-{label}', '--reweigh', f'device={device}', '--events', train])
    return {
        'fm': (rmse(name), in_context(name, f'{name}-plain')),
        'fm, hour': (rmse(name, '-p', 'hour=true'), None),
        'fm, device and place': (rmse(name, *context), in_context(name, f'{name}-all')),
        'fm, device and place, field-aware': (rmse(name, *context, *AWARE), in_context(name, f'{name}-aware')),
        'fm, learned from the device alone': (None, before('fm', *FM)),
        'fm, reweighed': (None, after('plain')),
        'ials': (None, in_context(name, f'{name}-ials')),
        'ials, learned from the device alone': (None, before('ials', *IALS)),
        'ials, reweighed': (None, after('ials')),
    }


def main():
    draw = random.Random(17)
    rows = events(draw)
    devices = [row[3:] for row in rows]
    draw.shuffle(devices)
    sets = {'device': rows, 'shuffled': [row[:3] + device for row, device in zip(rows, devices)]}
    figures = {}
    for name, of in sets.items():
        write(f'{name}-train.csv', of[len(of) // 5:])
        write(f'{name}-test.csv', of[:len(of) // 5])
        write(f'{name}-liked.csv', [row for row in of[:len(of) // 5] if row[2] >= 4])
        figures[name] = measure(name)
    print('| | RMSE | recall@10 | shuffled: RMSE | recall@10 |\n| --- | --- | --- | --- | --- |')
    for method in figures['device']:
        cells = [figure for name in sets for figure in figures[name][method]]
        print(f'| {method} | ' + ' | '.join('' if cell is None else f'{cell:.4f}' for cell in cells) + ' |')


REC = os.path.abspath(sys.argv[1])
folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
main()
