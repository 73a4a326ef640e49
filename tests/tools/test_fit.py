# SPDX-License-Identifier: Apache-2.0
"""rec fit: parameters, files, the loss and its chart, interrupts."""

import os
import signal
import subprocess
import time
import xml.etree.ElementTree as xml

import harness
from harness import TRAIN, Case, csv, fit, path, planted, read, rec, start, write

SVG = '{http://www.w3.org/2000/svg}'


class Fit(Case):
    def test_json_describes_the_fit(self):
        about = self.ok(
            'fit', 'mf', 'train.csv', '-o', 'a.librec', '--json', '-p', 'factors=5', '-p', 'epochs=7'
        ).json
        self.assertEqual(about['algorithm'], 'mf')
        self.assertEqual(about['params']['factors'], 5)
        self.assertEqual(about['ratings'], len(TRAIN))
        self.assertEqual(about['users'], len({u for u, _, _ in TRAIN}))
        self.assertEqual(about['items'], len({i for _, i, _ in TRAIN}))
        self.assertEqual(about['epochs'], 7)
        self.assertGreater(about['fit_seconds'], 0)
        self.assertEqual(about['model'], 'a.librec')
        self.assertTrue(os.path.exists(path('a.librec')))

    def test_update_puts_later_ratings_in(self):
        fit('old.librec', 'ials')
        user, item = TRAIN[0][0], TRAIN[0][1]
        write('later.csv', f'user,item,rating\n{user},{item},5\nnewcomer,{item},4\n')
        about = self.ok('update', 'old.librec', 'later.csv', '-o', 'new.librec', '--json').json
        self.assertEqual((about['new_users'], about['new_items'], about['model']), (1, 0, 'new.librec'))
        history = self.ok('topk', 'old.librec', '--history', f'{item}=4', '--json').json
        known = self.ok('topk', 'new.librec', 'newcomer', '--json').json['users'][0]
        self.assertEqual(history['items'], known['items'])
        out = self.ok('update', 'old.librec', 'later.csv', '-o', 'new.librec').out
        self.assertEqual(out, '1 new user, 0 new items; saved to new.librec\n')
        write('item.csv', f'user,item,rating\n{user},novelty,5\n')
        about = self.ok('update', 'old.librec', 'item.csv', '--items', '-o', 'new.librec', '--json').json
        self.assertEqual((about['new_users'], about['new_items']), (0, 1))
        self.fails('update', 'old.librec', 'item.csv', '-o', 'none.librec', says=['"novelty"'])
        self.assertFalse(os.path.exists(path('none.librec')))

    def test_text_summary(self):
        out = self.ok('fit', 'popular', 'train.csv', '-o', 'a.librec').out
        self.assertRegex(
            out,
            r'^popular learned from \d,\d{3} ratings of 50 items by 80 users in .*s\nsaved to a.librec\n$',
        )

    def test_threads_do_not_change_a_byte(self):
        for algorithm in ['popular', 'baseline', 'mf']:
            fit('t1.librec', algorithm, '--threads', '1')
            for threads in ['2', '7']:
                fit('t2.librec', algorithm, '--threads', threads)
                first, other = harness.arrays('t1.librec'), harness.arrays('t2.librec')
                self.assertEqual(first, other, f'{algorithm} with {threads} threads')

    def test_seed_is_the_parameter(self):
        fit('s1.librec', 'mf', '--seed', '5')
        fit('s2.librec', 'mf', '-p', 'seed=5')
        fit('s3.librec', 'mf', '--seed', '6')
        self.assertEqual(read('s1.librec'), read('s2.librec'))
        self.assertNotEqual(
            harness.arrays('s1.librec')['item_vectors'], harness.arrays('s3.librec')['item_vectors']
        )

    def test_parameters_from_a_file(self):
        write('mf.params', '# tuned by hand\n\n  factors = 6\r\nepochs=9\n')
        fit('file.librec', 'mf', '-p', '@mf.params')
        fit('line.librec', 'mf', '-p', 'factors=6', '-p', 'epochs=9')
        self.assertEqual(read('file.librec'), read('line.librec'))

    def test_a_later_parameter_replaces_the_file(self):
        write('mf.params', 'factors=6\n')
        about = self.ok(
            'fit', 'mf', 'train.csv', '-o', 'a.librec', '-p', '@mf.params', '-p', 'factors=3', '--json'
        )
        self.assertEqual(about.json['params']['factors'], 3)

    def test_parameter_file_errors_name_file_and_line(self):
        write('bad.params', '# one\nfactors=6\nfactors\n')
        self.fails(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'no.librec',
            '-p',
            '@bad.params',
            says=['bad.params:3:', '"factors"'],
        )
        write('bad.params', 'factors=6\nlamda=1\n')
        self.fails(
            'fit', 'mf', 'train.csv', '-o', 'no.librec', '-p', '@bad.params', says=['bad.params:2:', 'lamda']
        )
        write('bad.params', 'factors=-1\n')
        self.fails(
            'fit', 'mf', 'train.csv', '-o', 'no.librec', '-p', '@bad.params', says=['bad.params:1:', '-1']
        )
        self.fails('fit', 'mf', 'train.csv', '-o', 'no.librec', '-p', '@none.params', says='none.params')
        self.assertFalse(os.path.exists(path('no.librec')))

    def test_several_files_are_one_set(self):
        write('first.csv', csv(TRAIN[:500]))
        write('second.csv', csv(TRAIN[500:]))
        rec('fit', 'baseline', 'first.csv', 'second.csv', '-o', 'two.librec')
        fit('one.librec', 'baseline')
        self.assertEqual(read('one.librec'), read('two.librec'))

    def test_duplicates_policy(self):
        write('twice.csv', 'u,a,1\nu,a,4\nv,b,2\n')
        for policy, expected in [('last', 4), ('sum', 5), ('mean', 2.5), ('greatest', 4)]:
            about = self.ok('info', 'twice.csv', '--duplicates', policy, '--json').json
            self.assertEqual(about['greatest'], expected, policy)
            self.assertEqual(about['ratings'], 2)

    def test_weights_count(self):
        write('weights.csv', csv([(u, i, 0.5 + 3 * (int(i[1:]) % 2)) for u, i, _ in TRAIN]))
        write('ones.csv', csv([(u, i, 1) for u, i, _ in TRAIN]))
        fit('plain.librec', 'mf')
        fit('ones.librec', 'mf', '--weights', 'ones.csv')
        fit('weighted.librec', 'mf', '--weights', 'weights.csv')
        self.assertEqual(read('plain.librec'), read('ones.librec'))
        self.assertNotEqual(read('plain.librec'), read('weighted.librec'))
        self.fails(
            'fit', 'baseline', 'train.csv', '-o', 'no.librec', '--weights', 'ones.csv', says='"baseline"'
        )
        write('weights.csv', 'u01,i01,-2\n')
        self.fails('fit', 'mf', 'train.csv', '-o', 'no.librec', '--weights', 'weights.csv', says=['-2', 'at least 0'])

    def test_start_goes_on(self):
        fit('three.librec', 'mf', '-p', 'solver=als', '-p', 'epochs=3')
        fit('more.librec', 'mf', '-p', 'solver=als', '-p', 'epochs=4', '--start', 'three.librec')
        fit('seven.librec', 'mf', '-p', 'solver=als', '-p', 'epochs=7')
        for name in ['user_vectors', 'item_vectors', 'user_biases', 'item_biases', 'offset']:
            self.assertEqual(harness.arrays('more.librec')[name], harness.arrays('seven.librec')[name], name)
        self.fails(
            'fit', 'popular', 'train.csv', '-o', 'no.librec', '--start', 'three.librec', says=['"mf"', '"popular"']
        )

    def test_without_ratings_is_smaller_and_says_so(self):
        fit('with.librec', 'mf')
        fit('bare.librec', 'mf', '--without-ratings')
        self.assertLess(len(read('bare.librec')), len(read('with.librec')))
        self.fails('explain', 'bare.librec', 'u01', 'i01', says='ratings')


class Loss(Case):
    def test_history_has_a_line_for_each_epoch(self):
        self.ok(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'a.librec',
            '-p',
            'epochs=11',
            '--history',
            'loss.csv',
            '--valid',
            'test.csv',
        )
        lines = read('loss.csv').decode().splitlines()
        self.assertEqual(lines[0], 'epoch,training,validation')
        rows = [list(map(float, line.split(','))) for line in lines[1:]]
        self.assertEqual([row[0] for row in rows], list(range(1, 12)))
        self.assertLess(rows[-1][1], rows[0][1])
        self.assertTrue(all(0 < value < 5 for row in rows for value in row[1:]))

    def test_history_without_validation_has_no_such_column(self):
        self.ok('fit', 'mf', 'train.csv', '-o', 'a.librec', '-p', 'epochs=3', '--history', 'loss.csv')
        self.assertEqual(read('loss.csv').decode().splitlines()[0], 'epoch,training')

    def test_history_ends_where_the_json_says(self):
        about = self.ok(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'a.librec',
            '-p',
            'epochs=30',
            '--history',
            'loss.csv',
            '--valid',
            'test.csv',
            '--json',
        ).json
        rows = [list(map(float, line.split(','))) for line in read('loss.csv').decode().splitlines()[1:]]
        self.assertEqual(len(rows), about['epochs'])
        self.assertAlmostEqual(rows[-1][2], about['validation'], places=7)
        best = min(range(len(rows)), key=lambda e: rows[e][2])
        self.assertEqual(about['best_epoch'], best + 1)
        self.assertAlmostEqual(about['least_validation'], rows[best][2], places=7)

    def curves(self, name):
        root = xml.fromstring(read(name))
        self.assertEqual(root.tag, SVG + 'svg')
        lines = {p.get('class'): p.get('points').split() for p in root.iter(SVG + 'polyline')}
        return root, {
            name: [tuple(map(float, p.split(','))) for p in points] for name, points in lines.items()
        }

    def test_plot_is_well_formed_and_has_every_epoch(self):
        write('a & <b>.csv', csv(harness.TEST))
        self.ok(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'a.librec',
            '-p',
            'epochs=23',
            '--plot',
            'loss.svg',
            '--history',
            'loss.csv',
            '--valid',
            'a & <b>.csv',
        )
        root, curves = self.curves('loss.svg')
        rows = [list(map(float, line.split(','))) for line in read('loss.csv').decode().splitlines()[1:]]
        self.assertEqual(
            {name: len(points) for name, points in curves.items()},
            {'training': len(rows), 'validation': len(rows)},
        )
        self.assertTrue(any('a & <b>.csv' in (t.text or '') for t in root.iter(SVG + 'text')))
        for column, name in [(1, 'training'), (2, 'validation')]:
            # One scale for both curves: heights are a falling linear function of the losses.
            heights = [y for _, y in curves[name]]
            slope = (heights[-1] - heights[0]) / (rows[-1][column] - rows[0][column])
            self.assertLess(slope, 0)
            for row, height in zip(rows, heights):
                self.assertAlmostEqual(
                    height, heights[0] + slope * (row[column] - rows[0][column]), delta=0.1
                )
        x = [x for x, _ in curves['training']]
        self.assertEqual(x, sorted(set(x)))

    def test_plot_marks_the_lowest_validation_loss(self):
        self.ok(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'a.librec',
            '-p',
            'epochs=40',
            '--plot',
            'loss.svg',
            '--valid',
            'test.csv',
        )
        root, curves = self.curves('loss.svg')
        (mark,) = [c for c in root.iter(SVG + 'circle') if c.get('class') == 'least']
        lowest = max(curves['validation'], key=lambda point: point[1])
        self.assertAlmostEqual(float(mark.get('cy')), lowest[1], delta=0.011)

    def test_algorithm_without_epochs_has_no_loss(self):
        for option, file in [('--plot', 'x.svg'), ('--history', 'x.csv'), ('--valid', 'test.csv')]:
            self.fails('fit', 'popular', 'train.csv', '-o', 'none.librec', option, file, says='popular')
        self.assertFalse(os.path.exists(path('none.librec')))
        self.assertFalse(os.path.exists(path('x.svg')))


class Failures(Case):
    def setUp(self):
        self.before = set(os.listdir(harness.WORK))

    def tearDown(self):
        self.assertEqual(set(os.listdir(harness.WORK)) - self.before, set(), 'files left behind')

    def refuses(self, text, says, *options):
        write('bad.csv', text)
        self.before.add('bad.csv')
        self.fails('fit', 'mf', 'bad.csv', '-o', 'no.librec', *options, says=says)

    def test_bad_ratings_name_file_and_line(self):
        self.refuses('u,i,3\nu,j,four\n', ['bad.csv', '2', 'four'])
        self.refuses('u,i,3\nv,j,nan\n', ['bad.csv', '2', 'nan'])
        self.refuses('u,i,3\nv,j,inf\n', ['bad.csv', '2', 'inf'])

    def test_empty_file(self):
        self.refuses('', 'bad.csv')

    def test_wrong_format(self):
        self.refuses('u,i,3\n', 'bad.csv', '--format', 'mtx')
        self.refuses('u i j\n', 'bad.csv', '--format', 'counted-lists')

    def test_missing_file(self):
        self.fails('fit', 'mf', 'nowhere.csv', '-o', 'no.librec', says='nowhere.csv')

    def test_target_folder_missing(self):
        self.fails('fit', 'mf', 'train.csv', '-o', 'nowhere/m.librec', says='nowhere/m.librec')

    def test_target_that_is_no_file(self):
        os.makedirs(path('folder'), exist_ok=True)
        self.before.add('folder')
        self.fails('fit', 'mf', 'train.csv', '-o', 'folder', says='not a regular file')
        self.fails('fit', 'mf', 'train.csv', '-o', '/dev/null', says='not a regular file')

    def test_chart_that_cannot_be_written(self):
        for option in ['--plot', '--history']:
            self.fails(
                'fit', 'mf', 'train.csv', '-o', 'm.librec', option, 'nowhere/loss', says='nowhere/loss'
            )

    def test_full_disk_under_the_chart(self):
        self.before.add('m.librec')
        self.fails('fit', 'mf', 'train.csv', '-o', 'm.librec', '--history', '/dev/full', says='/dev/full')
        self.assertTrue(os.path.exists('/dev/full'))

    def test_failed_fit_keeps_the_old_model(self):
        write('old.librec', b'precious')
        self.before.add('old.librec')
        self.fails('fit', 'content', 'train.csv', '-o', 'old.librec', says='features')
        self.assertEqual(read('old.librec'), b'precious')

    def test_interrupt_cancels_and_leaves_no_file(self):
        write('large.csv', csv(planted(600, 400, 0.3)))
        self.before.add('large.csv')
        job = start(
            'fit',
            'mf',
            'large.csv',
            '-o',
            'cut.librec',
            '-p',
            'epochs=10000',
            '-p',
            'factors=64',
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(1.0)
        self.assertIsNone(job.poll(), 'the fit is too short to be interrupted')
        job.send_signal(signal.SIGINT)
        out, err = job.communicate(timeout=60)
        self.assertEqual((job.returncode, out), (130, b''))
        self.assertEqual(err, b'rec: interrupted; nothing was written\n')


if __name__ == '__main__':
    harness.main()
