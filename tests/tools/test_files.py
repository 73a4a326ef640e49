# SPDX-License-Identifier: Apache-2.0
"""rec info, verify, convert."""

import json
import math
import os
import struct

import harness
from harness import TRAIN, Case, arrays, csv, fit, path, read, write


def rows(name):
    """The ratings of a csv file as a set of (user, item, rating)."""
    lines = read(name).decode().splitlines()[1:]
    return {(u, i, float(r)) for u, i, r in (line.split(',') for line in lines)}


class Info(Case):
    def test_model(self):
        about = self.ok('info', 'mf.librec', '--json').json
        self.assertEqual(about['kind'], 'model')
        self.assertIn('mf', about['metadata'].values())
        shapes = {a['name']: a for a in about['arrays']}
        self.assertEqual(shapes['item_vectors']['shape'], [50, 4])
        self.assertEqual(shapes['item_vectors']['type'], 'F32')
        self.assertEqual(shapes['item_vectors']['bytes'], 50 * 4 * 4)
        self.assertEqual(set(shapes), set(arrays('mf.librec')))
        text = self.ok('info', 'mf.librec').out
        self.assertRegex(text, r'(?m)^item_vectors +F32 +50 x 4 +800 bytes +[0-9a-f]{8}$')

    def test_text_ratings(self):
        about = self.ok('info', 'train.csv', '--json').json
        values = [r for _, _, r in TRAIN]
        self.assertEqual((about['ratings'], about['users'], about['items']), (len(TRAIN), 80, 50))
        self.assertEqual(
            (about['least'], about['greatest'], about['timed']), (min(values), max(values), False)
        )
        self.assertAlmostEqual(about['mean'], sum(values) / len(values), places=12)
        self.assertRegex(
            self.ok('info', 'train.csv').out, rf'(?m)^values +1 to 5, mean {sum(values) / len(values):.4f}$'
        )

    def test_times(self):
        write('timed.csv', 'u\ti\t3\t881250949\n')
        self.assertTrue(self.ok('info', 'timed.csv', '--json').json['timed'])

    def test_another_writers_file(self):
        header = json.dumps({'x': {'dtype': 'F32', 'shape': [2, 3], 'data_offsets': [0, 24]}}).encode()
        header += b' ' * (-len(header) % 8)
        write('other.safetensors', struct.pack('<Q', len(header)) + header + struct.pack('<6f', *range(6)))
        about = self.ok('info', 'other.safetensors', '--json').json
        self.assertEqual((about['kind'], about['arrays'][0]['shape']), ('arrays', [2, 3]))
        self.fails('verify', 'other.safetensors', says='checksum')

    def test_reading_options_are_for_text(self):
        self.misused('info', 'mf.librec', '--format', 'csv', says='mf.librec is a container')

    def test_missing(self):
        self.fails('info', 'nowhere', says='nowhere')


class Verify(Case):
    def test_whole(self):
        self.assertRegex(self.ok('verify', 'mf.librec').out, r'^mf\.librec: whole \(model, \d+ arrays, ')
        about = self.ok('verify', 'mf.librec', '--json').json
        self.assertEqual(
            (about['whole'], about['kind'], about['arrays']), (True, 'model', len(arrays('mf.librec')))
        )

    def test_one_changed_bit_names_the_array(self):
        data = bytearray(read('mf.librec'))
        (length,) = struct.unpack('<Q', data[:8])
        header = json.loads(data[8 : 8 + length])
        for name in ['item_vectors', 'user_biases']:
            damaged = bytearray(data)
            damaged[8 + length + header[name]['data_offsets'][0] + 2] ^= 1
            write('damaged.librec', bytes(damaged))
            self.fails('verify', 'damaged.librec', says=name)

    def test_truncated(self):
        write('cut.librec', read('mf.librec')[:-7])
        self.fails('verify', 'cut.librec', says='cut.librec')
        self.fails('info', 'cut.librec', says='cut.librec')

    def test_text_is_no_container(self):
        self.fails('verify', 'train.csv', says='train.csv')


class Convert(Case):
    expected = {(u, i, float(r)) for u, i, r in TRAIN}

    def test_to_a_container_and_back(self):
        self.assertRegex(
            self.ok('convert', 'train.csv', 'a.librec').out,
            r'^a\.librec: 1,\d{3} ratings of 50 items by 80 users\n$',
        )
        self.assertEqual(self.ok('info', 'a.librec', '--json').json['kind'], 'ratings')
        self.ok('verify', 'a.librec')
        self.ok('convert', 'a.librec', 'a.csv')
        self.assertEqual(rows('a.csv'), self.expected)

    def test_a_container_fits_as_its_text_does(self):
        self.ok('convert', 'train.csv', 'b.safetensors')
        fit('text.librec', 'baseline')
        fit('fast.librec', 'baseline', ratings='b.safetensors')
        self.assertEqual(read('text.librec'), read('fast.librec'))

    def test_of_a_model_its_ratings(self):
        self.ok('convert', 'mf.librec', 'c.csv')
        self.assertEqual(rows('c.csv'), self.expected)
        fit('bare.librec', 'mf', '--without-ratings')
        self.fails('convert', 'bare.librec', 'd.csv', says=['bare.librec', 'without its ratings'])
        self.assertFalse(os.path.exists(path('d.csv')))

    def test_matrix_market(self):
        about = self.ok('convert', 'train.csv', 'm.mtx', '--json').json
        self.assertEqual(
            about, {'file': 'm.mtx', 'format': 'mtx', 'users': 80, 'items': 50, 'ratings': len(TRAIN)}
        )
        self.assertEqual(self.ok('info', 'm.mtx', '--json').json['ratings'], len(TRAIN))
        self.assertTrue(read('m.mtx').startswith(b'%%MatrixMarket matrix coordinate'))

    def test_lists(self):
        write('ones.csv', csv([(u, i, 1) for u, i, _ in TRAIN]))
        self.ok('convert', 'ones.csv', 'lists.txt', '--to', 'lists')
        pairs = {
            (words[0], item)
            for words in map(str.split, read('lists.txt').decode().splitlines())
            for item in words[1:]
        }
        self.assertEqual(pairs, {(u, i) for u, i, _ in TRAIN})
        self.assertEqual(
            self.ok('info', 'lists.txt', '--format', 'lists', '--json').json['ratings'], len(TRAIN)
        )

    def test_lists_do_not_drop_ratings(self):
        self.fails('convert', 'train.csv', 'no.txt', '--to', 'lists', says=['no.txt', 'ratings'])
        self.assertFalse(os.path.exists(path('no.txt')))

    def test_duplicates(self):
        write('twice.csv', 'u,a,1\nu,a,4\nv,b,2\n')
        self.ok('convert', 'twice.csv', 'once.csv', '--duplicates', 'sum')
        self.assertEqual(rows('once.csv'), {('u', 'a', 5.0), ('v', 'b', 2.0)})

    def test_features(self):
        write('genres.csv', 'i00,drama,1\ni00,war,2\ni01,comedy,1\n')
        self.ok('convert', 'genres.csv', 'genres.librec', '--features')
        self.assertEqual(self.ok('info', 'genres.librec', '--json').json['kind'], 'features')
        fit('text.librec', 'content', '--item-features', 'genres.csv')
        fit('fast.librec', 'content', '--item-features', 'genres.librec')
        self.assertEqual(arrays('text.librec'), arrays('fast.librec'))
        self.fails('convert', 'genres.librec', 'back.csv', says='features are written as a container only')

    def test_item_text(self):
        write('plots.csv', 'item,title,plot\ni00,The Tale,war and war\ni01,Tales,"love, and a war"\ni02,Other,love story\n')
        given = ['--item-text', 'plots.csv', '--text', 'stop_words=english', '--text', 'norm=none', '-p', 'weighting=none']
        fit('words.librec', 'content', *given, '--text-columns', 'plot')
        # love, story, war
        self.assertEqual(len(arrays('words.librec')['back_start']), 3 + 1)
        fit('all.librec', 'content', *given)
        self.assertEqual(len(arrays('all.librec')['back_start']), 5 + 1)
        command = ['fit', 'content', 'train.csv', '-o', 'x.librec']
        self.misused(*command, '--item-text', 'plots.csv', '--text', 'ngrams=2', says=['ngrams', 'ngram_max'])
        self.misused(*command, '--item-text', 'plots.csv', '--text', 'ngram_max', says='NAME=VALUE')
        self.misused(*command, '--text', 'ngram_max=2', says='--item-text')
        self.fails(*command, '--item-text', 'plots.csv', '--text-columns', 'plots', says=['plots.csv', '"plots"'])

    def test_new_items_by_text(self):
        write('plots.csv', 'item,plot\ni00,war and war\ni01,"love, and a war"\ni02,a love story\ni03,ships at sea\n')
        write('later.csv', 'item,plot\ni03,ignored\nnew1,the sea and its ships\nnew2,a story of a story\n')
        for name, algorithm, *given in (('c', 'content'), ('r', 'content', '-p', 'factors=3'), ('v', 'ials', '-p', 'factors=4')):
            fit(f'{name}.librec', algorithm, '--item-text', 'plots.csv', *given)
            added = self.ok('add', f'{name}.librec', '--item-text', 'later.csv', '-o', 'more.librec', '--json').json
            self.assertEqual(added['added'], 2)
            # The vectorizer goes on with the model.
            if name != 'v':
                found = self.ok('similar', 'more.librec', '--text', 'ships', '-k', '2', '--json').json['similar']
                self.assertEqual({e['item'] for e in found}, {'i03', 'new1'})
        found = self.ok('similar', 'c.librec', '--text', 'Ships of the SEA', '-k', '3', '--json').json
        self.assertEqual((found['text'], found['similar'][0]['item']), ('Ships of the SEA', 'i03'))
        self.assertAlmostEqual(found['similar'][1]['score'], 0)
        # Both words of i03, "at" apart: all have the same idf.
        self.assertAlmostEqual(found['similar'][0]['score'], math.sqrt(2 / 3), places=5)

    def test_texts_that_are_refused(self):
        write('plots.csv', 'item,plot\ni00,war and war\ni01,"love, and a war"\n')
        fit('c.librec', 'content', '--item-text', 'plots.csv')
        self.fails('similar', 'c.librec', '--text', 'submarine', says='"submarine"')
        self.fails('similar', 'mf.librec', '--text', 'war', says=['vectorizer', '--item-text'])
        self.fails('add', 'mf.librec', '--item-text', 'plots.csv', '-o', 'x.librec', says=['vectorizer', '--item-text'])
        self.misused('similar', 'c.librec', says='ITEM')
        self.misused('similar', 'c.librec', 'i00', '--text', 'war', says='--text alone')
        self.misused('similar', 'c.librec', '--users', '--text', 'war', says='--text alone')
        self.misused('add', 'c.librec', '-o', 'x.librec', says='--item-text')
        self.misused('add', 'c.librec', '--item-text', 'a', '--item-features', 'b', '-o', 'x.librec', says='one of them')

    def test_unknown_target(self):
        self.misused('convert', 'train.csv', 'data.xyz', says=['data.xyz', '--to'])

    def test_options_that_would_be_ignored(self):
        self.ok('convert', 'train.csv', 'e.librec')
        self.misused('convert', 'e.librec', 'f.csv', '--format', 'csv', says='e.librec is a container')
        write('genres.csv', 'i00,drama\n')
        self.misused(
            'convert', 'genres.csv', 'g.librec', '--features', '--duplicates', 'sum', says='--duplicates'
        )

    def test_a_failure_keeps_the_target(self):
        write('keep.librec', b'precious')
        write('bad.csv', 'u,i,3\nv,j,x\n')
        self.fails('convert', 'bad.csv', 'keep.librec', says=['bad.csv', '2'])
        self.assertEqual(read('keep.librec'), b'precious')


def setup():
    fit('mf.librec', 'mf', '-p', 'factors=4')


class Embeddings(Case):
    def test_npy_with_ids(self):
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
        numbers = struct.pack('<6f', 1, 0, 0.9, 0.1, 0, 1)
        write('e.npy', b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + numbers)
        write('ids.txt', 'i00\ni01\ni02\n')
        out = self.ok('convert', '--features', '--ids', 'ids.txt', 'e.npy', 'e.librec').out
        self.assertIn('3 rows of 2 features', out)
        write('few.csv', 'u,i00,5\nv,i01,5\nv,i02,1\n')
        self.ok('fit', 'content', 'few.csv', '--item-features', 'e.librec', '-o', 'e-model.librec')
        similar = self.ok('similar', 'e-model.librec', 'i00', '-k', '2', '--json').json['similar']
        self.assertEqual([e['item'] for e in similar], ['i01', 'i02'])
        write('ids.txt', 'i00\ni01\n')
        self.fails('convert', '--features', '--ids', 'ids.txt', 'e.npy', 'e.librec', says='3 rows and 2 ids')
        self.misused('convert', '--ids', 'ids.txt', 'few.csv', 'x.librec', says='--features')

    def test_texts_by_word_vectors(self):
        write('words.txt', '3 2\nwhale 1 0\nship 0.9 0.2\ncastle 0 1\n')
        write('plots.csv', 'id,plot\na,the whale\nb,a ship\nc,a castle\n')
        out = self.ok('convert', '--features', '--item-text', 'plots.csv', 'words.txt', 'plots.librec').out
        self.assertIn('3 rows of 2 features', out)


if __name__ == '__main__':
    harness.main(setup)
