# SPDX-License-Identifier: Apache-2.0
"""rec evaluate, cross-validate, tune: every figure is worked out again here from the lists and scores of topk."""

import math
import os
import statistics

import harness
from harness import RATINGS, TEST, TRAIN, Case, csv, fit, read, rec, rmse, write

USERS = sorted({u for u, _, _ in TRAIN})


def scores(model):
    """{user: {item: score}} for every item, best first."""
    about = rec('topk', model, *USERS, '-k', '1000', '--with-seen', '--json').json
    return {u['user']: {e['item']: e['score'] for e in u['items']} for u in about['users']}


def rankings(model, k):
    about = rec('topk', model, *USERS, '-k', str(k), '--json').json
    return {u['user']: [e['item'] for e in u['items']] for u in about['users']}


class Terms(Case):
    """--only, --fold-in, --negatives, --strata."""

    def model(self):
        return fit('terms.librec', 'svd', '-p', 'factors=6')

    def test_only(self):
        model = self.model()
        some = sorted({i for _, i, _ in TRAIN})[::3]
        write('some.txt', '\n'.join(some) + '\n')
        about = self.ok('evaluate', model, '--test', 'test.csv', '--only', 'some.txt', '--metrics', 'recall@5', '--json').json
        lists = rec('topk', model, *USERS, '-k', '5', '--only', 'some.txt', '--json').json['users']
        wanted = {}
        for user, item, _ in TEST:
            if item in some:
                wanted.setdefault(user, set()).add(item)
        recalls = [len(wanted[u['user']] & {e['item'] for e in u['items']}) / len(wanted[u['user']]) for u in lists if u['user'] in wanted]
        self.assertAlmostEqual(about['metrics']['recall@5'], statistics.fmean(recalls), 12)
        self.assertEqual(about['pairs'], sum(map(len, wanted.values())))
        blend = self.ok('blend', model, '--blend-weights', '1', '--test', 'test.csv', '--only', 'some.txt', '--metrics', 'recall@5', '--json').json
        self.assertEqual(blend['metrics'], about['metrics'])

    def test_strata(self):
        words = ['evaluate', self.model(), '--test', 'test.csv', '--metrics', 'recall@5,rmse', '--strata', 'users=12,18', '--strata', 'head=50']
        about = self.ok(*words, '--json').json
        strata = {s['name']: s for s in about['strata']}
        self.assertEqual(list(strata), ['users 0-11', 'users 12-17', 'users 18 or more', 'items head', 'items tail'])
        whole = sum(s['metrics']['recall@5'] * s['users'] for s in about['strata'][:3]) / about['users']
        self.assertAlmostEqual(whole, about['metrics']['recall@5'])
        self.assertEqual(sum(s['pairs'] for s in about['strata'][3:]), about['pairs'])
        counts = {i: sum(item == i for _, item, _ in TRAIN) for i in {i for _, i, _ in TRAIN}}
        self.assertEqual(strata['items head']['items'] + strata['items tail']['items'], len(counts))
        top = sorted(counts.values(), reverse=True)[: strata['items head']['items']]
        self.assertTrue(sum(top) >= len(TRAIN) / 2 > sum(top[:-1]))
        table = self.ok(*words).out
        for name in strata:
            self.assertIn(name, table)

    def test_negatives(self):
        words = ['evaluate', self.model(), '--test', 'test.csv', '--metrics', 'hit@3,auc', '--negatives']
        about = self.ok(*words, '10', '--json').json
        self.assertEqual(list(about['metrics']), ['sampled_hit@3', 'sampled_auc'])
        self.assertEqual(about['sampled'], {'negatives': 10, 'drawn': 'uniform', 'seed': 0})
        again = self.ok(*words, '10:popular', '--seed', '5', '--threads', '3', '--json').json
        self.assertEqual(again['sampled'], {'negatives': 10, 'drawn': 'popular', 'seed': 5})
        self.assertNotEqual(again['metrics'], about['metrics'])
        self.assertEqual(again['metrics'], self.ok(*words, '10:popular', '--seed', '5', '--threads', '1', '--json').json['metrics'])
        self.assertIn('each test item among 10 others', self.ok(*words, '10').out)

    def test_fold_in(self):
        """A held-out user is ranked as topk ranks the same history."""
        held = USERS[:20]
        history = {u: [(i, r) for v, i, r in TRAIN if v == u] for u in held}
        write('most.csv', csv([t for t in TRAIN if t[0] not in held]))
        write('told.csv', csv([(u, i, r) for u in held for i, r in history[u]]))
        write('asked.csv', csv([t for t in TEST if t[0] in held]))
        for algorithm in ('svd', 'itemknn', 'ials'):
            model = fit(f'most-{algorithm}.librec', algorithm, ratings='most.csv')
            about = self.ok('evaluate', model, '--fold-in', 'told.csv', '--test', 'asked.csv', '--metrics', 'recall@5', '--json').json
            recalls = []
            for user in held:
                wanted = {i for u, i, _ in TEST if u == user}
                told = ','.join(f'{i}={r}' for i, r in history[user])
                if wanted:
                    ranked = rec('topk', model, '--history', told, '-k', '5', '--json').json['items']
                    recalls.append(len(wanted & {e['item'] for e in ranked}) / len(wanted))
            self.assertAlmostEqual(about['metrics']['recall@5'], statistics.fmean(recalls), 12, algorithm)
            plain = self.ok('evaluate', model, '--test', 'asked.csv', '--metrics', 'recall@5', '--json').json
            self.assertGreater(about['metrics']['recall@5'], plain['metrics']['recall@5'])

    def test_usage(self):
        base = ['evaluate', 'popular', '--train', 'train.csv', '--test', 'test.csv']
        self.misused(*base, '--negatives', '0', says='--negatives is "0"')
        self.misused(*base, '--negatives', '9:best', says='"9:best"')
        self.misused(*base, '--negatives', '9', '--only', 'x', says='exclude each other')
        self.misused(*base, '--negatives', '9', '--metrics', 'coverage@5', says='"coverage@5"')
        self.misused(*base, '--strata', 'users=5,5', says='users=5,5')
        self.misused(*base, '--strata', 'head=0', says='head=0')
        self.misused(*base, '--strata', 'items=5', says='--strata is "items=5"')
        self.misused(*base, '--strata', 'head=5', '--strata', 'head=6', says='each once')
        self.fails(*base, '--fold-in', 'nowhere.csv', says='nowhere.csv')
        write('none.txt', '\n')
        self.fails(*base, '--only', 'none.txt', says='names no items')
        write('alien.txt', 'alien\n')
        self.fails(*base, '--only', 'alien.txt', says='"alien"')
        self.misused('blend', 'm', '--blend-weights', '1', '--strata', 'head=50', says='--test FILE')


class Plan(Case):
    def test_plan(self):
        about = self.ok('plan', 'ials', 'train.csv', '-p', 'factors=16', '-p', 'epochs=3', '--threads', '2', '--json').json
        self.assertEqual((about['algorithm'], about['epochs'], about['threads']), ('ials', 3, 2))
        self.assertEqual(about['ratings'], len(TRAIN))
        self.assertAlmostEqual(about['seconds'], about['first_seconds'] + 3 * about['epoch_seconds'])
        self.assertGreater(about['epoch_seconds'], 0)
        self.assertGreaterEqual(about['fit_bytes'], 4 * 16 * (about['users'] + about['items']))
        out = self.ok('plan', 'ials', 'train.csv', '-p', 'epochs=3').out
        self.assertRegex(out, r'^ials on [0-9,]+ ratings of 50 items by 80 users, .*\ntime    about .* before 3 epochs of .*\nmemory  about ')
        self.fails('plan', 'ials', 'nowhere.csv', says='nowhere.csv')
        self.misused('plan', 'ials', 'train.csv', '-p', 'factor=3', says='did you mean factors?')


class Blend(Case):
    def models(self):
        fit('walks.librec', 'p3alpha')
        fit('spectrum.librec', 'svd', '-p', 'factors=6')
        return ['walks.librec', 'spectrum.librec']

    def test_weights_found_are_no_worse_than_one_model(self):
        models = self.models()
        about = self.ok('blend', *models, '--valid', 'test.csv', '--metric', 'recall@5', '--json').json
        self.assertEqual(list(about['weights']), models)
        self.assertAlmostEqual(sum(about['weights'].values()), 1)
        self.assertEqual(about['metric'], 'recall@5')
        alone = [self.ok('evaluate', m, '--test', 'test.csv', '--metrics', 'recall@5', '--json').json for m in models]
        equal = self.ok('blend', *models, '--blend-weights', '1,1', '--test', 'test.csv', '--metrics', 'recall@5', '--json').json
        self.assertGreaterEqual(about['valid'], equal['metrics']['recall@5'])
        weights = ','.join(repr(w) for w in about['weights'].values())
        again = self.ok('blend', *models, '--blend-weights', weights, '--test', 'test.csv', '--metrics', 'recall@5', '--json').json
        self.assertAlmostEqual(again['metrics']['recall@5'], about['valid'])
        self.assertTrue(all(0 <= a['metrics']['recall@5'] <= 1 for a in alone))

    def test_all_the_weight_on_one_is_that_one(self):
        models = self.models()
        for by in ('sum', 'ranks'):
            blend = self.ok('blend', *models, '--by', by, '--blend-weights', '0,1', '--test', 'test.csv', '--metrics', 'ndcg@5,hit@3', '--json').json
            alone = self.ok('evaluate', models[1], '--test', 'test.csv', '--metrics', 'ndcg@5,hit@3', '--json').json
            self.assertEqual(blend['metrics'], alone['metrics'])

    def test_saved_it_is_a_model_as_any_other(self):
        models = self.models()
        for by in ('sum', 'ranks'):
            made = self.ok('blend', *models, '--by', by, '--blend-weights', '0.4,0.6', '--test', 'test.csv', '--metrics', 'ndcg@5', '--json', '-o', 'blend.librec').json
            again = self.ok('evaluate', 'blend.librec', '--test', 'test.csv', '--metrics', 'ndcg@5', '--json').json
            self.assertEqual(again['metrics'], made['metrics'])
            self.assertEqual(again['algorithm'], 'blend')
            self.ok('verify', 'blend.librec')
            self.assertIn('blend', self.ok('info', 'blend.librec').out)
            listed = self.ok('topk', 'blend.librec', 'u03', '-k', '3', '--json').json
            self.assertEqual(len(listed['users'][0]['items']), 3)

    def test_usage(self):
        model = self.models()[0]
        for words, sentence in (
            ([], 'is missing'),
            (['--blend-weights', '1', '--without-ratings'], '--output'),
            (['--blend-weights', '1,2'], '1 numbers'),
            (['--blend-weights', 'x'], '"x"'),
            (['--blend-weights', '1', '--valid', 'test.csv'], 'exclude'),
            (['--blend-weights', '1', '--metric', 'ndcg@5'], '--valid'),
            (['--blend-weights', '1', '--metrics', 'ndcg@5'], '--test'),
        ):
            result = rec('blend', model, *words)
            self.assertEqual(result.status, 2, words)
            self.assertIn(sentence, result.err)


class Evaluate(Case):
    def evaluate(self, *words):
        return self.ok('evaluate', *words, '--test', 'test.csv', '--json').json

    def test_has_what_a_program_wants(self):
        about = self.evaluate('mf', '--train', 'train.csv', '-p', 'factors=4')
        self.assertEqual(
            set(about),
            {
                'algorithm',
                'params',
                'metrics',
                'users',
                'pairs',
                'unknown',
                'fit_seconds',
                'score_seconds',
                'peak_rss_bytes',
            },
        )
        self.assertEqual(about['algorithm'], 'mf')
        self.assertEqual(about['params']['factors'], 4)
        names = {p['name'] for p in self.ok('algorithms', 'mf', '--json').json['parameters']}
        self.assertEqual(set(about['params']), names)
        self.assertEqual(about['pairs'], len(TEST))
        self.assertEqual(about['users'], len({u for u, _, _ in TEST}))
        self.assertEqual(about['unknown'], 0)
        self.assertGreater(about['fit_seconds'], 0)
        self.assertGreater(about['peak_rss_bytes'], 1 << 20)
        self.assertLess(about['peak_rss_bytes'], 1 << 30)

    def test_rmse_and_mae(self):
        known = scores('mf.librec')
        pairs = [(min(5, max(1, known[u][i])), r) for u, i, r in TEST]
        metrics = self.evaluate('mf.librec', '--metrics', 'rmse,mae')['metrics']
        self.assertEqual(list(metrics), ['rmse', 'mae'])
        self.assertAlmostEqual(metrics['rmse'], rmse(pairs), places=5)
        self.assertAlmostEqual(metrics['mae'], math.fsum(abs(a - b) for a, b in pairs) / len(pairs), places=5)

    def test_ranking_metrics(self):
        lists = rankings('mf.librec', 10)
        wanted = {u: {i for v, i, _ in TEST if v == u} for u in {u for u, _, _ in TEST}}
        recall = precision = ndcg = 0.0
        for user, items in wanted.items():
            hits = [rank for rank, item in enumerate(lists[user]) if item in items]
            recall += len(hits) / len(items)
            precision += len(hits) / 10
            ndcg += sum(1 / math.log2(h + 2) for h in hits) / sum(
                1 / math.log2(h + 2) for h in range(min(10, len(items)))
            )
        metrics = self.evaluate('mf.librec', '--metrics', 'recall@10,precision@10,ndcg@10')['metrics']
        self.assertAlmostEqual(metrics['recall@10'], recall / len(wanted), places=9)
        self.assertAlmostEqual(metrics['precision@10'], precision / len(wanted), places=9)
        self.assertAlmostEqual(metrics['ndcg@10'], ndcg / len(wanted), places=9)

    def test_model_and_algorithm_agree(self):
        fitted = self.evaluate('mf.librec', '--metrics', 'rmse,recall@5')
        fresh = self.evaluate('mf', '--train', 'train.csv', '-p', 'factors=4', '--metrics', 'rmse,recall@5')
        self.assertEqual(fitted['metrics'], fresh['metrics'])
        self.assertEqual(fitted['params'], fresh['params'])
        self.assertEqual(fitted['fit_seconds'], 0)

    def test_metrics_chosen_by_what_the_algorithm_predicts(self):
        for algorithm in [a for a in self.ok('algorithms', '--json').json if not a['needs_item_features']]:
            about = self.evaluate(algorithm['name'], '--train', 'train.csv')
            expected = ['rmse', 'mae'] if algorithm['predicts_ratings'] else ['recall@20', 'ndcg@20']
            self.assertEqual(list(about['metrics']), expected, algorithm['name'])

    def test_several_training_files(self):
        write('a.csv', csv(TRAIN[:700]))
        write('b.csv', csv(TRAIN[700:]))
        whole = self.evaluate('baseline', '--train', 'train.csv')['metrics']
        self.assertEqual(self.evaluate('baseline', '--train', 'a.csv', '--train', 'b.csv')['metrics'], whole)

    def test_unknown_pairs_are_counted(self):
        write('more.csv', csv(TEST + [('stranger', 'i01', 3), ('u01', 'novelty', 4)]))
        about = self.ok('evaluate', 'mf.librec', '--test', 'more.csv', '--json').json
        self.assertEqual((about['unknown'], about['pairs']), (2, len(TEST) + 2))
        self.assertIn(
            '(2 with an unknown user or item)', self.ok('evaluate', 'mf.librec', '--test', 'more.csv').out
        )

    def test_learns_something(self):
        mean = math.fsum(r for _, _, r in TRAIN) / len(TRAIN)
        plain = rmse([(mean, r) for _, _, r in TEST])
        baseline = self.evaluate('baseline', '--train', 'train.csv')['metrics']['rmse']
        factors = self.evaluate('mf', '--train', 'train.csv', '-p', 'factors=4')['metrics']['rmse']
        self.assertLess(baseline, 0.98 * plain)
        self.assertLess(factors, 0.9 * baseline)

    def test_threads_do_not_change_figures(self):
        every = 'rmse,mae,mse,rmse_raw,mae_raw,r2,fcp,recall@5,ndcg@5,map@5,mrr@5,hit@5,auc,coverage@5,novelty@5,gini@5'
        one = self.evaluate('mf.librec', '--metrics', every, '--threads', '1')['metrics']
        self.assertEqual(self.evaluate('mf.librec', '--metrics', every, '--threads', '5')['metrics'], one)
        self.assertEqual(list(one), every.split(','))

    def test_text(self):
        out = self.ok('evaluate', 'mf.librec', '--test', 'test.csv', '--metrics', 'rmse').out
        value = self.evaluate('mf.librec', '--metrics', 'rmse')['metrics']['rmse']
        self.assertRegex(out, rf'(?m)^rmse +{value:.4f}$')

    def test_unknown_metric_is_refused_before_the_fit(self):
        self.misused(
            'evaluate',
            'mf',
            '--train',
            'nowhere.csv',
            '--test',
            'x',
            '--metrics',
            'rcall@5',
            says=['rcall@5', 'recall@'],
        )
        self.misused('evaluate', 'mf.librec', '--test', 'test.csv', '--metrics', 'recall@0', says='recall@0')

    def test_options_of_a_fit_need_an_algorithm(self):
        for option in ['--train', '-p', '--seed', '--item-features', '--weights', '--start']:
            self.misused(
                'evaluate', 'mf.librec', '--test', 'test.csv', option, '1', says='mf.librec is a model file'
            )

    def test_algorithm_needs_training(self):
        self.misused('evaluate', 'mf', '--test', 'test.csv', says='--train FILE is missing')
        self.misused('evaluate', 'mg', '--test', 'test.csv', says='did you mean mf?')

    def test_missing_test_file(self):
        self.fails('evaluate', 'mf.librec', '--test', 'nowhere.csv', says='nowhere.csv')


class CrossValidate(Case):
    def test_covers_every_rating_once(self):
        about = self.ok('cross-validate', 'baseline', 'all.csv', '--folds', '4', '--json').json
        self.assertEqual((about['folds'], about['pairs']), (4, len(RATINGS)))
        self.assertEqual(list(about['metrics']), ['rmse', 'mae'])
        self.assertEqual(list(about['deviations']), ['rmse', 'mae'])
        self.assertTrue(0 < about['deviations']['rmse'] < about['metrics']['rmse'])
        self.assertGreater(about['fit_seconds'], 0)

    def test_seed_decides_the_folds(self):
        def metrics(*words):
            return self.ok('cross-validate', 'baseline', 'all.csv', '--json', *words).json['metrics']

        first = metrics('--seed', '1')
        self.assertEqual(metrics('--seed', '1', '--threads', '1'), first)
        self.assertNotEqual(metrics('--seed', '2'), first)
        self.assertEqual(self.ok('cross-validate', 'baseline', 'all.csv', '--json').json['folds'], 5)

    def test_text(self):
        out = self.ok('cross-validate', 'popular', 'all.csv', '--folds', '3', '--metrics', 'recall@5').out
        self.assertRegex(out, r'^popular, 3 folds: ')
        self.assertRegex(out, r'(?m)^recall@5 +0\.\d{4} +0\.\d{4}$')

    def test_one_fold_is_none(self):
        self.misused('cross-validate', 'mf', 'all.csv', '--folds', '1', says='at least 2')
        self.misused('cross-validate', 'mf', 'all.csv', '--folds', '0', says='from 1 to')

    def validate(self, *words):
        return self.ok('cross-validate', 'baseline', *words, '--json').json

    def test_each_fold_and_their_mean_and_deviation(self):
        about = self.validate('all.csv', '--folds', '3', '--repeats', '2', '--metrics', 'rmse,recall@5')
        self.assertEqual((about['split'], about['folds'], len(about['each'])), ('shuffled', 6, 6))
        self.assertEqual(sum(fold['pairs'] for fold in about['each'][:3]), len(RATINGS))
        self.assertEqual(sum(fold['pairs'] for fold in about['each'][3:]), len(RATINGS))
        for name in ['rmse', 'recall@5']:
            values = [fold['metrics'][name] for fold in about['each']]
            self.assertEqual(len(set(values)), 6)
            self.assertAlmostEqual(about['metrics'][name], statistics.fmean(values), places=12)
            self.assertAlmostEqual(about['deviations'][name], statistics.stdev(values), places=12)
        for name in ['fit_seconds', 'score_seconds']:
            values = [fold[name] for fold in about['each']]
            self.assertAlmostEqual(about[name], math.fsum(values), places=9)
            self.assertAlmostEqual(about[f'{name}_mean'], statistics.fmean(values), places=9)
            self.assertAlmostEqual(about[f'{name}_deviation'], statistics.stdev(values), places=9)

    def test_given_folds_are_evaluations(self):
        about = self.validate('--train', 'train.csv', '--test', 'test.csv', '--train', 'test.csv', '--test', 'train.csv')
        self.assertEqual((about['split'], about['folds']), ('given', 2))
        for fold, (train, test) in zip(about['each'], [('train', 'test'), ('test', 'train')]):
            alone = self.ok('evaluate', 'baseline', '--train', f'{train}.csv', '--test', f'{test}.csv', '--json').json
            self.assertEqual(fold['metrics'], alone['metrics'])

    def test_one_left_out(self):
        about = self.validate('all.csv', '--split', 'leave-one-out', '--repeats', '2')
        self.assertEqual([fold['pairs'] for fold in about['each']], [len({u for u, _, _ in RATINGS})] * 2)
        self.assertNotEqual(about['each'][0]['metrics'], about['each'][1]['metrics'])

    def test_by_time(self):
        write('timed.csv', ''.join(f'{u},{i},{r},{n * 7919 % 1009}\n' for n, (u, i, r) in enumerate(RATINGS)))
        about = self.validate('timed.csv', '--split', 'time', '--folds', '3')
        self.assertEqual(about['folds'], 3)
        self.assertAlmostEqual(about['pairs'], len(RATINGS) * 3 / 4, delta=20)
        last = self.validate('timed.csv', '--split', 'leave-last')
        self.assertEqual((last['folds'], last['pairs']), (1, len({u for u, _, _ in RATINGS})))
        for split in ['time', 'leave-last']:
            self.fails('cross-validate', 'baseline', 'all.csv', '--split', split, says='the ratings have no times')

    def test_folds_as_text(self):
        out = self.ok('cross-validate', 'popular', 'all.csv', '--folds', '3', '--metrics', 'recall@5,hit@5').out
        self.assertRegex(out, r'(?m)^fold +recall@5 +hit@5 +fit +scoring$')
        self.assertRegex(out, r'(?m)^ *3 +0\.\d{4} +0\.\d{4} +\S+ \S+ +\S+ \S+$')
        self.assertRegex(out, r'(?m)^fit .* a fold .*\(deviation .*\)$')

    def test_wrong_folds(self):
        self.misused('cross-validate', 'mf', says='RATINGS is missing')
        self.misused('cross-validate', 'mf', '--train', 'a', says='--train is given 1 times and --test 0 times')
        self.misused('cross-validate', 'mf', 'b', '--train', 'a', '--test', 'c', says='"b" is to be divided')
        self.misused('cross-validate', 'mf', '--train', 'a', '--test', 'c', '--folds', '3', says='--folds is for')
        self.misused('cross-validate', 'mf', 'a', '--split', 'leave-last', '--folds', '3', says='--folds goes with')
        self.misused('cross-validate', 'mf', 'a', '--split', 'time', '--repeats', '3', says='--repeats goes with')
        self.misused('cross-validate', 'mf', 'a', '--split', 'half', says='leave-one-out')


class Compare(Case):
    sides = ['mf', 'baseline', '--train', 'train.csv', '--test', 'test.csv', '--param-a', 'factors=4']

    def test_sides_are_evaluations(self):
        about = self.ok('compare', *self.sides, '--metrics', 'rmse,recall@5,mae', '--json').json
        self.assertEqual(list(about['metrics']), ['rmse', 'recall@5', 'mae'])
        self.assertEqual((about['pairs'], about['unit'], about['resamples']), (len(TEST), 'user', 2000))
        self.assertEqual((about['a']['params']['factors'], about['confidence']), (4, 0.95))
        words = ['--train', 'train.csv', '--test', 'test.csv', '--metrics', 'rmse,recall@5,mae', '--json']
        a = self.ok('evaluate', 'mf', '-p', 'factors=4', *words).json['metrics']
        b = self.ok('evaluate', 'baseline', *words).json['metrics']
        for name, row in about['metrics'].items():
            self.assertAlmostEqual(row['a'], a[name], places=12)
            self.assertAlmostEqual(row['b'], b[name], places=12)
            self.assertAlmostEqual(row['difference'], a[name] - b[name], places=12)
            low, high = row['difference_interval']
            self.assertTrue(low <= row['difference'] <= high)
            self.assertEqual(row['units'], len({u for u, _, _ in TEST}))
        self.assertLess(about['metrics']['rmse']['t_probability'], 0.05)
        self.assertLess(about['metrics']['rmse']['flip_probability'], 0.05)

    def test_t_of_pairs(self):
        known = [scores(model) for model in ['mf.librec', 'other.librec']]
        each = [[abs(min(5, max(1, k[u][i])) - r) for u, i, r in TEST] for k in known]
        away = [a - b for a, b in zip(*each)]
        t = statistics.fmean(away) / (statistics.stdev(away) / math.sqrt(len(away)))
        words = ['mf.librec', 'other.librec', '--test', 'test.csv', '--metrics', 'mae']
        about = self.ok('compare', *words, '--unit', 'pair', '--json').json
        self.assertEqual((about['unit'], about['metrics']['mae']['units']), ('pair', len(TEST)))
        self.assertAlmostEqual(about['metrics']['mae']['t'], t, places=3)
        self.assertEqual(about['a']['file'], 'mf.librec')
        self.assertNotEqual(self.ok('compare', *words, '--json').json['metrics']['mae']['t'], t)

    def test_draws(self):
        words = ['compare', *self.sides, '--resamples', '300', '--json']
        first = self.ok(*words).json['metrics']
        self.assertEqual(self.ok(*words, '--threads', '3').json['metrics'], first)
        wide, narrow = (
            self.ok(*words, '--confidence', percent).json['metrics']['rmse']['difference_interval'] for percent in ['99', '50']
        )
        self.assertTrue(wide[0] < narrow[0] < narrow[1] < wide[1])
        files = ['compare', 'mf.librec', 'other.librec', '--test', 'test.csv', '--json']
        self.assertNotEqual(self.ok(*files, '--seed', '5').json['metrics'], self.ok(*files).json['metrics'])

    def test_text(self):
        out = self.ok('compare', *self.sides, '--metrics', 'rmse').out
        self.assertRegex(out, r'(?m)^metric +units +a +b +a - b +95 % interval +t +p of t +p of flips$')
        self.assertRegex(out, r'(?m)^rmse +\d+ +\d\.\d{4} +\d\.\d{4} +-0\.\d{4} +-0\.\d{4} to -0\.\d{4} ')

    def test_wrong_usage(self):
        test = ['--test', 'test.csv']
        self.misused('compare', 'mf', *test, says='B is missing')
        self.misused('compare', 'mf', 'baseline', *test, says='--train FILE is missing')
        self.misused('compare', 'mf', 'basline', *test, says='did you mean baseline?')
        self.misused('compare', 'mf.librec', 'mf', *test, '--param-a', 'factors=2', says='mf.librec is a model file')
        self.misused('compare', 'mf.librec', 'mf.librec', *test, '-p', 'factors=2', says='both are model files')
        self.misused('compare', *self.sides, '--param-b', 'factors=2', says='factors')
        self.misused('compare', *self.sides, '--metrics', 'coverage@5', says=['coverage@5', 'no mean'])
        self.misused('compare', *self.sides, '--unit', 'item', says='user|pair')
        self.misused('compare', *self.sides, '--confidence', '100', says='from 1 to 99')


class Tune(Case):
    grid = ['--train', 'train.csv', '--valid', 'test.csv']

    def test_lists_the_best_first_and_agrees_with_evaluate(self):
        about = self.ok(
            'tune',
            'mf',
            *self.grid,
            '--grid',
            'factors=1,3',
            '--grid',
            'epochs=2,25',
            '--metric',
            'rmse',
            '--json',
        ).json
        values = [p['value'] for p in about['points']]
        self.assertEqual(values, sorted(values))
        self.assertEqual(
            {(p['params']['factors'], p['params']['epochs']) for p in about['points']},
            {(1, 2), (1, 25), (3, 2), (3, 25)},
        )
        for point in about['points']:
            fresh = self.ok(
                'evaluate',
                'mf',
                '--train',
                'train.csv',
                '--test',
                'test.csv',
                '--json',
                '-p',
                f'factors={point["params"]["factors"]:g}',
                '-p',
                f'epochs={point["params"]["epochs"]:g}',
            ).json
            self.assertEqual(fresh['metrics']['rmse'], point['value'])

    def test_greatest_ranking_first(self):
        about = self.ok(
            'tune', 'mf', *self.grid, '--grid', 'epochs=1,5,25', '--metric', 'ndcg@10', '--json'
        ).json
        values = [p['value'] for p in about['points']]
        self.assertEqual(values, sorted(values, reverse=True))

    def test_ties_keep_the_order_of_the_grid(self):
        for metric in ['recall@5', 'rmse']:
            about = self.ok(
                'tune', 'popular', *self.grid, '--grid', 'seed=9,3,7,1,5', '--metric', metric, '--json'
            ).json
            self.assertEqual([p['params']['seed'] for p in about['points']], [9, 3, 7, 1, 5])

    def test_best_parameters_feed_a_fit(self):
        about = self.ok(
            'tune',
            'mf',
            *self.grid,
            '-p',
            'epochs=12',
            '--seed',
            '4',
            '--grid',
            'factors=2,5',
            '--metric',
            'rmse',
            '-o',
            'best.params',
            '--json',
        ).json
        lines = read('best.params').decode().splitlines()
        self.assertRegex(lines[0], r'^# mf, rmse \d\.\d+ on test\.csv$')
        self.assertEqual(lines[1:3], ['epochs=12', 'seed=4'])
        self.assertEqual(lines[3], f'factors={about["points"][0]["params"]["factors"]:g}')
        fit('best.librec', 'mf', '-p', '@best.params')
        again = self.ok('evaluate', 'best.librec', '--test', 'test.csv', '--metrics', 'rmse', '--json').json
        self.assertEqual(again['metrics']['rmse'], about['points'][0]['value'])

    def test_table(self):
        lines = self.ok(
            'tune', 'mf', *self.grid, '--grid', 'factors=2,3', '--metric', 'rmse'
        ).out.splitlines()
        self.assertEqual(lines[0].split(), ['rank', 'factors', 'rmse', 'fit'])
        self.assertEqual([line.split()[0] for line in lines[1:]], ['1', '2'])

    def test_diverged_points_come_last(self):
        greatest = next(
            p['greatest']
            for p in self.ok('algorithms', 'mf', '--json').json['parameters']
            if p['name'] == 'learning_rate'
        )
        words = ['tune', 'mf', *self.grid, '-p', 'solver=sgd', '-p', 'epochs=300', '--metric', 'rmse']
        about = self.ok(*words, '--grid', f'learning_rate={greatest:g},0.01', '--json').json
        self.assertEqual([p['diverged'] for p in about['points']], [False, True])
        self.assertIsNone(about['points'][1]['value'])
        self.fails(*words, '--grid', f'learning_rate={greatest:g}', says='every point diverged')

    def test_wrong_grids(self):
        base = ['tune', 'mf', '--train', 'nowhere.csv', '--valid', 'x', '--metric', 'rmse']
        self.misused(*base, '--grid', 'factors', says='expected NAME=A,B,...')
        self.misused(*base, '--grid', 'factors=2,,3', says='a value is empty')
        self.misused(*base, '--grid', 'factors=2', '--grid', 'factors=3', says='factors is given twice')
        self.misused(*base, '--grid', 'factor=2', says='did you mean factors?')
        self.misused(*base, '--grid', 'factors=2,0', says='factors is 0')
        self.misused(
            'tune',
            'mf',
            *self.grid,
            '--grid',
            'factors=2',
            '--metric',
            'rmse,mae',
            says='expected one metric',
        )

    def tuned(self, *words):
        return self.ok('tune', 'mf', *words, '--json').json

    def test_folds_agree_with_cross_validate(self):
        for words in [[], ['--folds', '3', '--repeats', '2'], ['--split', 'leave-one-out']]:
            about = self.tuned(
                'train.csv', *words, '--grid', 'factors=2,5', '--metric', 'mae', '--seed', '3'
            )
            for point in about['points']:
                alone = self.ok(
                    'cross-validate',
                    'mf',
                    'train.csv',
                    *words,
                    *['--metrics', 'mae', '--seed', '3', '--json'],
                    *['-p', f'factors={point["params"]["factors"]:g}'],
                ).json
                self.assertEqual(alone['metrics']['mae'], point['value'])
                self.assertEqual(alone['deviations']['mae'], point['deviation'])

    def test_metric_suits_the_algorithm(self):
        self.assertEqual(self.tuned('train.csv', '--grid', 'factors=2')['metric'], 'rmse')
        about = self.ok('tune', 'popular', 'train.csv', '--grid', 'seed=1', '--json').json
        self.assertEqual(about['metric'], 'ndcg@20')

    def test_holdout(self):
        about = self.tuned(
            'train.csv', '--holdout', '30', '--grid', 'factors=2,5', '--seed', '3', '-o', 'best.params'
        )
        self.assertEqual({p['deviation'] for p in about['points']}, {0.0})
        self.assertRegex(read('best.params').decode(), r'^# mf, rmse \d\.\d+ on 30% of train\.csv\nseed=3\n')
        other = self.tuned('train.csv', '--holdout', '30', '--grid', 'factors=2,5', '--seed', '4')
        self.assertNotEqual(about['points'][0]['value'], other['points'][0]['value'])

    ranges = ['--range', 'regularization=0.001..0.5:log', '--range', 'factors=2..9']

    def test_random_draws_within_ranges(self):
        about = self.tuned(*self.grid, *self.ranges, '--points', '12', '-p', 'epochs=3')
        self.assertEqual(about['method'], 'random')
        params = [p['params'] for p in about['points']]
        self.assertEqual(len({(p['regularization'], p['factors']) for p in params}), 12)
        for p in params:
            self.assertTrue(0.001 <= p['regularization'] <= 0.5)
            self.assertIn(p['factors'], range(2, 10))
        values = [p['value'] for p in about['points']]
        self.assertEqual(values, sorted(values))
        self.assertEqual(len(self.tuned(*self.grid, *self.ranges, '-p', 'epochs=1')['points']), 27)

    def test_drawn_best_feeds_a_fit(self):
        """What is drawn is written with all its digits."""
        about = self.tuned(
            *self.grid, *self.ranges, '--grid', 'solver=als,sgd', '--points', '5', '-o', 'best.params'
        )
        fit('best.librec', 'mf', '-p', '@best.params')
        again = self.ok('evaluate', 'best.librec', '--test', 'test.csv', '--metrics', 'rmse', '--json').json
        self.assertEqual(again['metrics']['rmse'], about['points'][0]['value'])
        self.assertIn(f'solver={about["points"][0]["params"]["solver"]}', read('best.params').decode())

    def test_halving(self):
        words = [*self.grid, *self.ranges, '--method', 'halving', '--points', '9', '-p', 'epochs=12']
        about = self.tuned(*words)
        self.assertEqual(about['resource'], 'epochs')
        self.assertEqual([p['rounds'] for p in about['points']], [3, 2, 2, 1, 1, 1, 1, 1, 1])
        self.assertEqual([p['resource'] for p in about['points']], [12, 4, 4, 1, 1, 1, 1, 1, 1])
        for point in about['points'][:4]:
            alone = self.ok(
                'evaluate',
                'mf',
                *['--train', 'train.csv', '--test', 'test.csv', '--json'],
                *['-p', f'epochs={point["resource"]}'],
                *['-p', f'regularization={point["params"]["regularization"]!r}'],
                *['-p', f'factors={point["params"]["factors"]}'],
            ).json
            self.assertEqual(alone['metrics']['rmse'], point['value'])
        lines = self.ok('tune', 'mf', *words, '--factor', '9').out.splitlines()
        self.assertEqual(lines[0].split(), ['rank', 'regularization', 'factors', 'rmse', 'epochs', 'fit'])
        self.assertEqual([line.split()[4] for line in lines[1:]], ['12'] + ['1'] * 8)

    def test_path(self):
        """Along a path every fit begins where the one before has ended."""
        values = ['0.02', '0.5', '0.1']
        about = self.tuned(
            *self.grid,
            *['--grid', 'regularization=' + ','.join(values), '--path', 'regularization', '-p', 'epochs=3'],
        )
        by_value = {p['params']['regularization']: p['value'] for p in about['points']}
        start = []
        for value in ['0.5', '0.1', '0.02']:
            self.ok(
                'fit',
                'mf',
                'train.csv',
                *['-o', f'path-{value}.librec', '-p', 'epochs=3', '-p', f'regularization={value}', *start],
            )
            start = ['--start', f'path-{value}.librec']
            alone = self.ok('evaluate', start[1], '--test', 'test.csv', '--metrics', 'rmse', '--json').json
            self.assertEqual(alone['metrics']['rmse'], by_value[float(value)])

    def test_any_threads(self):
        def figures(*words):
            points = self.tuned('train.csv', *self.ranges, '--points', '6', '-p', 'epochs=2', *words)['points']
            return [(p['number'], p['value'], p['deviation']) for p in points]

        expected = figures('--threads', '1')
        self.assertEqual(figures('--threads', '4'), expected)
        self.assertEqual(figures('--threads', '4', '--at-once', '2'), expected)

    def test_wrong_ranges(self):
        base = ['tune', 'mf', 'nowhere.csv']
        for text in ['factors=2', 'factors=2..', 'factors=..2', 'factors=2..x', 'factors=2..9:ln', 'factors']:
            self.misused(*base, '--range', text, says='expected NAME=LOW..HIGH')
        self.misused(*base, '--range', 'factors=0..9', says='factors is 0')
        self.misused(*base, '--range', 'factors=9..2', says='rising')
        self.misused(*base, '--range', 'solver=0..1', says='its values')
        self.misused(*base, '--range', 'seed=0..9:log', says='more than 0')
        self.misused(*base, '--range', 'factor=2..9', says='did you mean factors?')

    def test_options_that_do_not_go_together(self):
        base, grid = ['tune', 'mf', 'nowhere.csv'], ['--grid', 'factors=2,3']
        self.misused(*base, says='expected --grid NAME=A,B,... or --range')
        self.misused(*base, '--range', 'factors=2..3', '--method', 'grid', says='a grid needs values')
        self.misused(*base, *grid, '--points', '3', says='a grid draws none')
        self.misused(*base, *grid, '--factor', '3', says='--method halving')
        self.misused(*base, *grid, '--method', 'random', '--resource', 'epochs', says='--method halving')
        self.misused(*base, *grid, '--method', 'random', '--path', 'factors', says='on no path')
        self.misused(*base, *grid, '--path', 'epochs', says='a parameter of a --grid')
        self.misused(*base, *grid, '--holdout', '20', '--folds', '3', says='--holdout makes one division')
        self.misused(*base, *grid, '--split', 'leave-last', '--folds', '3', says='not leave-last')
        self.misused(*base, *grid, '--valid', 'x', says='--train FILE is missing')
        self.misused(*base, *grid, '--valid', 'x', '--train', 'y', says='"nowhere.csv" is to be divided')
        self.misused('tune', 'mf', *grid, '--train', 'y', says='--valid FILE is missing')
        self.misused('tune', 'mf', *grid, says='RATINGS is missing')
        self.misused(
            *['tune', 'mf', *grid, '--train', 'y', '--valid', 'x', '--holdout', '9'], says='--holdout is for'
        )
        path = ['tune', 'popular', 'train.csv', '--grid', 'seed=1,2', '--path', 'seed']
        self.fails(*path, says='"popular" cannot start')

    def test_target_is_checked_first(self):
        self.fails(
            'tune',
            'mf',
            *self.grid,
            '--grid',
            'factors=2',
            '--metric',
            'rmse',
            '-o',
            'nowhere/best',
            says='nowhere/best',
        )


class RealData(Case):
    """MovieLens 100K, where REC_DATA_DIR has it."""

    folder = os.path.join(os.environ.get('REC_DATA_DIR', ''), 'ml-100k')

    def setUp(self):
        if not os.path.exists(os.path.join(self.folder, 'u1.base')):
            self.skipTest('REC_DATA_DIR has no ml-100k')

    def test_official_folds(self):
        total = {'baseline': 0.0, 'mf': 0.0}
        for fold in range(1, 6):
            for algorithm in total:
                about = self.ok(
                    'evaluate',
                    algorithm,
                    '--train',
                    f'{self.folder}/u{fold}.base',
                    '--test',
                    f'{self.folder}/u{fold}.test',
                    '--metrics',
                    'rmse,mae',
                    '--json',
                ).json
                self.assertEqual(about['pairs'], 20000)
                total[algorithm] += about['metrics']['rmse'] / 5
        self.assertLessEqual(total['baseline'], 0.944)
        self.assertLessEqual(total['mf'], 0.925)

    def test_titles(self):
        fit('films.librec', 'popular', ratings=f'{self.folder}/u.data')
        result = self.ok(
            'topk',
            'films.librec',
            '--history',
            '1',
            '--names',
            f'{self.folder}/u.item',
            '-k',
            '1682',
            '--json',
        )
        titles = {e['item']: e['title'] for e in result.json['items']}
        self.assertEqual(titles['50'], 'Star Wars (1977)')
        self.assertEqual(titles['1633'], '\u00c1 k\u00f6ldum klaka (Cold Fever) (1994)')


def setup():
    fit('mf.librec', 'mf', '-p', 'factors=4')
    fit('other.librec', 'mf', '-p', 'factors=2')


if __name__ == '__main__':
    harness.main(setup)
