# SPDX-License-Identifier: Apache-2.0
"""rec topk, predict, similar, explain: their numbers against ones worked out here from ratings and arrays."""

import math

import harness
from harness import RATINGS, TRAIN, Case, arrays, csv, fit, read, rec, seen, write

ITEMS = list(dict.fromkeys(i for _, i, _ in TRAIN))  # in order of first appearance, as the rows are
USERS = list(dict.fromkeys(u for u, _, _ in TRAIN))
COUNT = {i: sum(1 for _, j, _ in TRAIN if i == j) for i in ITEMS}


def by_count(items):
    return sorted(items, key=lambda i: (-COUNT[i], ITEMS.index(i)))


def popular_list(result, user=0):
    return [entry['item'] for entry in result.json['users'][user]['items']]


class TopK(Case):
    def test_popular_ranks_by_count_without_the_seen(self):
        result = self.ok('topk', 'popular.librec', 'u03', 'u44', '-k', '12', '--json')
        for row, user in enumerate(['u03', 'u44']):
            self.assertEqual(result.json['users'][row]['user'], user)
            self.assertEqual(popular_list(result, row), by_count(set(ITEMS) - seen(user))[:12])
            self.assertEqual(
                [e['score'] for e in result.json['users'][row]['items']],
                [COUNT[i] for i in popular_list(result, row)],
            )

    def test_with_seen(self):
        self.assertEqual(
            popular_list(self.ok('topk', 'popular.librec', 'u03', '--with-seen', '--json')),
            by_count(ITEMS)[:10],
        )

    def test_k_beyond_the_catalogue(self):
        result = self.ok('topk', 'popular.librec', 'u03', '-k', '2000000000', '--json')
        self.assertEqual(popular_list(result), by_count(set(ITEMS) - seen('u03')))

    def test_only(self):
        wanted = ['i01', 'i07', 'i31', 'i40']
        write('only.txt', 'i40\n\ni07  \r\ni01\ni31\n')
        result = self.ok('topk', 'popular.librec', 'u03', '--only', 'only.txt', '--with-seen', '--json')
        self.assertEqual(popular_list(result), by_count(wanted))

    def test_except(self):
        away = by_count(set(ITEMS) - seen('u03'))[:5]
        write('away.txt', '\n'.join(away) + '\nno-such-item')
        result = self.ok('topk', 'popular.librec', 'u03', '--except', 'away.txt', '--json')
        self.assertEqual(popular_list(result), by_count(set(ITEMS) - seen('u03') - set(away))[:10])

    def test_only_and_except_together(self):
        write('only.txt', 'i40\ni07\ni01\n')
        write('away.txt', 'i07\n')
        result = self.ok(
            'topk',
            'popular.librec',
            'u03',
            '--only',
            'only.txt',
            '--except',
            'away.txt',
            '--with-seen',
            '--json',
        )
        self.assertEqual(popular_list(result), by_count(['i40', 'i01']))

    def test_only_of_nothing_ranks_nothing(self):
        write('only.txt', '\n')
        self.assertEqual(
            popular_list(self.ok('topk', 'popular.librec', 'u03', '--only', 'only.txt', '--json')), []
        )

    def test_unknown_item_in_only_names_file_and_line(self):
        write('only.txt', 'i01\nmissing\n')
        self.fails('topk', 'popular.librec', 'u03', '--only', 'only.txt', says=['only.txt:2:', '"missing"'])
        self.fails('topk', 'popular.librec', 'u03', '--only', 'nowhere.txt', says='nowhere.txt')

    def test_unknown_user(self):
        self.fails('topk', 'mf.librec', 'u01', 'nobody', says=['"nobody"', '80 users'])

    def test_user_or_history(self):
        self.misused('topk', 'mf.librec', says='USER is missing')
        self.misused('topk', 'mf.librec', 'u01', '--history', 'i01', says='exclude each other')

    def test_table(self):
        lines = self.ok('topk', 'popular.librec', 'u03', '-k', '2').out.splitlines()
        best = by_count(set(ITEMS) - seen('u03'))
        self.assertEqual(lines[0].split(), ['user', 'rank', 'item', 'score'])
        self.assertEqual(
            [line.split() for line in lines[1:]],
            [['u03', str(n + 1), best[n], f'{COUNT[best[n]]:.4f}'] for n in range(2)],
        )

    def test_threads_do_not_change_the_answer(self):
        one = self.ok('topk', 'mf.librec', *USERS, '--threads', '1', '--json').out
        self.assertEqual(self.ok('topk', 'mf.librec', *USERS, '--threads', '3', '--json').out, one)

    def test_mf_ranks_by_its_arrays(self):
        learned = arrays('mf.librec')
        row = USERS.index('u10')
        score = {
            item: learned['user_biases'][row]
            + learned['item_biases'][i]
            + learned['offset'][0]
            + math.fsum(a * b for a, b in zip(learned['user_vectors'][row], learned['item_vectors'][i]))
            for i, item in enumerate(ITEMS)
        }
        best = sorted(set(ITEMS) - seen('u10'), key=lambda i: -score[i])[:10]
        found = self.ok('topk', 'mf.librec', 'u10', '--json').json['users'][0]['items']
        self.assertEqual([entry['item'] for entry in found], best)
        for entry in found:
            self.assertAlmostEqual(entry['score'], score[entry['item']], places=5)


class History(Case):
    def test_what_is_in_the_history_is_left_out(self):
        best = by_count(ITEMS)
        result = self.ok('topk', 'content.librec', '--history', f'{best[0]},{best[2]}', '--json').json
        self.assertEqual([entry['item'] for entry in result['history']], [best[0], best[2]])
        self.assertTrue(all('rating' not in entry for entry in result['history']))
        self.assertFalse({best[0], best[2]} & {entry['item'] for entry in result['items']})

    def test_content_is_the_cosine_with_the_history(self):
        found = self.ok('topk', 'content.librec', '--history', 'i04=5,i09=2', '-k', '50', '--json').json[
            'items'
        ]
        mean = [5 * a + 2 * b for a, b in zip(unit(KINDS['i04']), unit(KINDS['i09']))]
        for entry in found:
            self.assertAlmostEqual(entry['score'], cosine(mean, KINDS[entry['item']]), places=5, msg=entry)
        self.assertEqual(len(found), len(ITEMS) - 2)

    def test_ratings_matter(self):
        first = self.ok('topk', 'mf.librec', '--history', 'i01=5,i02=1,i03=5', '-k', '40', '--json').json[
            'items'
        ]
        other = self.ok('topk', 'mf.librec', '--history', 'i01=1,i02=5,i03=1', '-k', '40', '--json').json[
            'items'
        ]
        self.assertNotEqual([e['item'] for e in first], [e['item'] for e in other])

    def test_a_missing_rating_is_the_greatest(self):
        some = self.ok('topk', 'mf.librec', '--history', 'i01,i02=2', '--json').json
        self.assertEqual([e['rating'] for e in some['history']], [5, 2])
        full = self.ok('topk', 'mf.librec', '--history', 'i01=5,i02=2', '--json').json
        self.assertEqual(some['items'], full['items'])
        none = self.ok('topk', 'mf.librec', '--history', 'i01,i02', '--json').json
        best = self.ok('topk', 'mf.librec', '--history', 'i01=5,i02=5', '--json').json
        self.assertEqual(none['items'], best['items'])

    def test_table_has_no_user(self):
        head = self.ok('topk', 'mf.librec', '--history', 'i01').out.splitlines()[0]
        self.assertEqual(head.split(), ['rank', 'item', 'score'])

    def test_bad_histories(self):
        self.fails('topk', 'mf.librec', '--history', 'i01,zzz', says=['item "zzz"', '50 items'])
        self.misused('topk', 'mf.librec', '--history', 'i01=much', says=['"i01"', '"much"'])
        self.misused('topk', 'mf.librec', '--history', 'i01,,i02', says='item without a name')
        self.misused('topk', 'mf.librec', '--history', 'i01=nan', says='"nan"')


class Names(Case):
    def titles(self, name, text):
        write(name, text)
        result = self.ok(
            'topk', 'popular.librec', 'u03', '--with-seen', '-k', '50', '--names', name, '--json'
        )
        return {entry['item']: entry['title'] for entry in result.json['users'][0]['items']}

    def test_column_headed_title(self):
        titles = self.titles('n.csv', 'id,year,Title,x\r\ni01,1900,"One, ""quoted""",z\r\ni02,1901,Two,z\r\n')
        self.assertEqual(titles['i01'], 'One, "quoted"')
        self.assertEqual(titles['i02'], 'Two')
        self.assertIsNone(titles['i03'])

    def test_second_column(self):
        titles = self.titles('n.item', 'i01|Toy Story (1995)|01-Jan-1995||0|0\ni02|"Quoted" Film|x\n')
        self.assertEqual((titles['i01'], titles['i02']), ('Toy Story (1995)', '"Quoted" Film'))

    def test_double_colon_tab_and_semicolon(self):
        self.assertEqual(self.titles('n.dat', 'i01::A: B::Drama\n')['i01'], 'A: B')
        self.assertEqual(self.titles('n.tsv', 'i01\tA, B\r\n')['i01'], 'A, B')
        self.assertEqual(self.titles('n.txt', 'id;title\ni01;"line\nbreak"\n')['i01'], 'line\nbreak')

    def test_latin1_becomes_utf8(self):
        self.assertEqual(self.titles('n.item', b'i01|Les Mis\xe9rables\n')['i01'], 'Les Mis\u00e9rables')

    def test_utf8_stays(self):
        self.assertEqual(
            self.titles('n.csv', '\ufeffid,title\ni01,\u00c9t\u00e9 \u732b\n')['i01'], '\u00c9t\u00e9 \u732b'
        )

    def test_first_of_two_titles_counts(self):
        self.assertEqual(self.titles('n.csv', 'id,title\ni01,first\ni01,second\n')['i01'], 'first')

    def test_table_shows_titles(self):
        write('n.csv', 'id,title\n' + ''.join(f'{i},Book {i}\n' for i in ITEMS))
        best = by_count(set(ITEMS) - seen('u03'))[0]
        self.assertIn(f'Book {best}\n', self.ok('topk', 'popular.librec', 'u03', '--names', 'n.csv').out)
        self.assertIn('Book ', self.ok('similar', 'mf.librec', 'i01', '--names', 'n.csv').out)

    def test_no_separator(self):
        write('n.csv', 'just words\n')
        self.fails('topk', 'popular.librec', 'u03', '--names', 'n.csv', says=['n.csv', 'one column'])
        self.fails('topk', 'popular.librec', 'u03', '--names', 'nowhere.csv', says='nowhere.csv')


class Relations(Case):
    def test_predict_is_the_score_of_topk(self):
        for entry in self.ok('topk', 'mf.librec', 'u10', '--json').json['users'][0]['items']:
            about = self.ok('predict', 'mf.librec', 'u10', entry['item'], '--json').json
            self.assertEqual(
                about, {'algorithm': 'mf', 'user': 'u10', 'item': entry['item'], 'prediction': entry['score']}
            )

    def test_predict_prints_a_number(self):
        exact = self.ok('predict', 'mf.librec', 'u10', 'i05', '--json').json['prediction']
        self.assertEqual(self.ok('predict', 'mf.librec', 'u10', 'i05').out, f'{exact:.4f}\n')

    def test_answers_at_a_time(self):
        write('timed.csv', ''.join(f'{u},{i},{r},{1000 + 37 * n % 500}\n' for n, (u, i, r) in enumerate(TRAIN)))
        rec('fit', 'baseline', 'timed.csv', '-o', 'timed.librec', '-p', 'item_bins=4', '-p', 'user_drift=true')
        found = {}
        for time in ['1000', '1499']:
            entries = self.ok('topk', 'timed.librec', 'u10', '--time', time, '--json').json['users'][0]['items']
            found[time] = [entry['item'] for entry in entries]
            for entry in entries:
                about = self.ok('predict', 'timed.librec', 'u10', entry['item'], '--time', time, '--json').json
                self.assertEqual(about['prediction'], entry['score'])
        self.assertNotEqual(found['1000'], found['1499'])

    def test_predict_unknown(self):
        self.fails('predict', 'mf.librec', 'nobody', 'i05', says='user "nobody"')
        self.fails('predict', 'mf.librec', 'u10', 'nothing', says='item "nothing"')

    def test_similar_items_by_cosine(self):
        vectors = dict(zip(ITEMS, arrays('mf.librec')['item_vectors']))
        likeness = {i: cosine(vectors['i05'], vectors[i]) for i in ITEMS if i != 'i05'}
        found = self.ok('similar', 'mf.librec', 'i05', '-k', '7', '--json').json
        self.assertEqual(found['item'], 'i05')
        self.assertEqual(
            [e['item'] for e in found['similar']], sorted(likeness, key=lambda i: -likeness[i])[:7]
        )
        for entry in found['similar']:
            self.assertAlmostEqual(entry['score'], likeness[entry['item']], places=5)

    def test_similar_users(self):
        vectors = dict(zip(USERS, arrays('mf.librec')['user_vectors']))
        likeness = {u: cosine(vectors['u10'], vectors[u]) for u in USERS if u != 'u10'}
        found = self.ok('similar', 'mf.librec', 'u10', '--users', '-k', '3', '--json').json['similar']
        self.assertEqual([e['user'] for e in found], sorted(likeness, key=lambda u: -likeness[u])[:3])

    def test_similar_fails(self):
        self.fails('similar', 'mf.librec', 'nothing', says='item "nothing"')
        self.fails('similar', 'mf.librec', 'i05', '--users', says='user "i05"')
        self.fails('similar', 'popular.librec', 'i05', says='popular')

    def test_explain_names_items_of_the_history(self):
        unseen = next(i for i in ITEMS if i not in seen('u10'))
        because = self.ok('explain', 'content.librec', 'u10', unseen, '-k', '5', '--json').json['because']
        self.assertEqual(len(because), 5)
        self.assertLessEqual({e['item'] for e in because}, seen('u10'))
        sizes = [abs(e['contribution']) for e in because]
        self.assertEqual(sizes, sorted(sizes, reverse=True))

    def test_contributions_add_up_to_the_score(self):
        unseen = next(i for i in ITEMS if i not in seen('u10'))
        about = self.ok('explain', 'content.librec', 'u10', unseen, '-k', '1000', '--json').json
        self.assertEqual(len(about['because']), len(seen('u10')))
        self.assertAlmostEqual(
            math.fsum(e['contribution'] for e in about['because']), about['prediction'], places=4
        )

    def test_explain_text(self):
        write('n.csv', 'id,title\n' + ''.join(f'{i},Book {i}\n' for i in ITEMS))
        unseen = next(i for i in ITEMS if i not in seen('u10'))
        out = self.ok(
            'explain', 'content.librec', 'u10', unseen, '-k', '2', '--names', 'n.csv'
        ).out.splitlines()
        self.assertTrue(out[0].startswith(f'item {unseen}, Book {unseen} scores '), out[0])
        self.assertEqual(len(out), 5)

    def test_explain_by_features(self):
        unseen = next(i for i in ITEMS if i not in seen('u10'))
        about = self.ok('explain', 'content.librec', 'u10', unseen, '-k', '1000', '--json').json
        for reason in about['because']:
            parts = reason['features']
            self.assertAlmostEqual(
                math.fsum(part['contribution'] for part in parts), reason['contribution'], places=4
            )
        text = self.ok('explain', 'content.librec', 'u10', unseen, '-k', '2').out
        self.assertIn(about['because'][0]['features'][0]['feature'], text)

    def test_explain_a_newcomer(self):
        about = self.ok('explain', 'content.librec', 'i05', '--history', 'i01,i02=1', '--json').json
        self.assertNotIn('user', about)
        self.assertEqual({e['item'] for e in about['because']}, {'i01', 'i02'})
        self.misused('explain', 'content.librec', 'i05', says='--history')
        self.misused('explain', 'content.librec', 'u10', 'i05', '--history', 'i01', says='exclude')

    def test_joined_features(self):
        given = ['--item-features', 'kind=kinds.csv:0.5', '--item-features', 'kinds.csv:2', '-o', 'joined.librec']
        self.ok('fit', 'content', 'train.csv', *given, '-p', 'match=nearest')
        about = self.ok('explain', 'joined.librec', 'u10', ITEMS[0], '-k', '1', '--json').json
        names = {part['feature'] for part in about['features']}
        self.assertTrue(any(name.startswith('kind:') for name in names), names)
        self.assertTrue(any(not name.startswith('kind:') for name in names), names)
        self.fails('fit', 'content', 'train.csv', '--item-features', 'x=kinds.csv', '--item-features',
                   'x=kinds.csv', '-o', 'no.librec', says='labels')
        self.misused('fit', 'content', 'train.csv', '--item-features', 'x=kinds.csv:-1', '-o', 'no.librec', says='weight')

    def test_explain_unsupported(self):
        self.fails('explain', 'popular.librec', 'u10', 'i05', says='popular')


class Damaged(Case):
    def test_missing_and_wrong_models(self):
        for words in [['u10'], ['u10', 'i05']]:
            command = 'topk' if len(words) == 1 else 'predict'
            self.fails(command, 'nowhere.librec', *words, says='nowhere.librec')
            self.fails(command, 'train.csv', *words, says='train.csv')

    def test_truncated_model_at_every_length(self):
        data = harness.read('mf.librec')
        for length in [0, 4, 8, 9, 100, len(data) // 2, len(data) - 1]:
            write('cut.librec', data[:length])
            self.fails('topk', 'cut.librec', 'u10', says='cut.librec')


class Ladder(Case):
    """What a list rests on."""

    def test_known_history_and_popular(self):
        self.assertEqual(self.ok('topk', 'mf.librec', 'u03', '--json').json['users'][0]['rung'], 'known')
        result = self.ok('topk', 'mf.librec', '--history', f'{ITEMS[0]}=5', '--json')
        self.assertEqual(result.json['rung'], 'history')
        result = self.ok('topk', 'people.librec', 'newcomer', '--json')
        self.assertEqual(result.json['users'][0]['rung'], 'popular')
        self.assertEqual(popular_list(result), by_count(ITEMS)[:10])

    def test_attributes(self):
        result = self.ok('topk', 'people.librec', '--attributes', 'group=even,age=0.5', '--json')
        self.assertEqual(result.json['rung'], 'segment')
        self.assertEqual(
            result.json['attributes'], [{'name': 'group=even', 'value': 1}, {'name': 'age', 'value': 0.5}]
        )
        text = self.ok('topk', 'people.librec', '--attributes', 'group=even', '-k', '2').out
        self.assertIn('rests on what users of the same attributes rate most', text)

    def test_bad_attributes(self):
        self.fails('topk', 'people.librec', '--attributes', 'group=evn', says='did you mean group=even?')
        self.fails('topk', 'mf.librec', '--attributes', 'age=3', says='without named features of users')
        self.misused('topk', 'people.librec', '--attributes', 'age=old', says='expected a number')
        self.misused('topk', 'people.librec', 'u03', '--attributes', 'age=1', says='exclude each other')


class Interview(Case):
    """What is asked and what comes of the answers."""

    def test_popular_questions_and_the_list_of_topk(self):
        asked = by_count(ITEMS)
        result = self.said('1\ns\n5\n', 'mf.librec', '--strategy', 'popular', '-n', '3', '-k', '4')
        self.assertEqual(result.json['history'], [{'item': asked[0], 'rating': 1}, {'item': asked[2], 'rating': 5}])
        self.assertEqual(result.json['unknown'], [{'item': asked[1]}])
        topk = self.ok('topk', 'mf.librec', '--history', f'{asked[0]}=1,{asked[2]}=5', '-k', '4', '--json')
        self.assertEqual(result.json['items'], topk.json['items'])

    def test_best_asks_nothing_twice(self):
        result = self.said('3\n4\ns\n' * 5, 'mf.librec', '-n', '12')
        asked = [e['item'] for e in result.json['history'] + result.json['unknown']]
        self.assertEqual((len(asked), len(set(asked))), (12, 12))

    def test_what_is_no_answer_is_asked_again(self):
        result = self.said('nine\n17\n4\nq\n', 'mf.librec')
        self.assertEqual([e['rating'] for e in result.json['history']], [4])
        self.assertIn('Rate each from', result.err)

    def test_the_end_of_input_ends_it(self):
        result = self.said('', 'popular.librec', '-k', '3')
        self.assertEqual(popular_list_of(result), by_count(ITEMS)[:3])

    def test_a_table_with_questions(self):
        result = rec('interview', 'mf.librec', '--names', 'titles.csv', '-n', '1', '-k', '2', said='5\n')
        self.assertEqual(result.status, 0, result.err)
        self.assertIn('1. The ', result.out)
        self.assertIn('For you, after 1 answers:', result.out)

    def test_without_ratings(self):
        fit('bare.librec', 'mf', '--without-ratings')
        self.fails('interview', 'bare.librec', says='saved without its ratings')
        self.fails('interview', 'bare.librec', '--strategy', 'random', says='saved without its ratings')

    def said(self, answers, *words):
        result = rec('interview', *words, '--json', said=answers)
        self.assertEqual(result.status, 0, result.err)
        return result


def popular_list_of(result):
    return [entry['item'] for entry in result.json['items']]


def unit(vector):
    length = math.sqrt(math.fsum(a * a for a in vector))
    return [a / length for a in vector]


def cosine(a, b):
    return math.fsum(x * y for x, y in zip(unit(a), unit(b)))


KINDS = {
    i: [1.0 + (n * 7 + d * d * 3) % 5 for d in range(4)]
    for n, i in enumerate(sorted({i for _, i, _ in RATINGS}))
}


def setup():
    write('kinds.csv', ''.join(f'{i},{",".join(map(str, v))}\n' for i, v in KINDS.items()))
    write('ratings.csv', csv(TRAIN))
    write('titles.csv', 'id,title\n' + ''.join(f'{i},The {i}\n' for i in ITEMS))
    people = ''.join(f'{u},group={("odd", "even")[int(u[1:]) % 2 == 0]},1\n{u},age,{int(u[1:]) % 7}\n' for u in USERS)
    write('people.csv', 'user,feature,value\n' + people + 'newcomer,nothing,0\n')
    fit('people.librec', 'p3alpha', '--user-features', 'people.csv')
    fit('popular.librec', 'popular')
    fit('mf.librec', 'mf', '-p', 'factors=4')
    fit('content.librec', 'content', '--item-features', 'kinds.csv')



class Contexts(Case):
    """A log of ratings with further columns: items of even number are liked on the way, the others at the desk."""

    @classmethod
    def setUpClass(cls):
        lines = []
        for u in range(40):
            for k in range(15):
                i, device = (u * 3 + k * 7) % 30, 'mobile' if (u * 5 + k * 11) % 3 == 0 else 'desk'
                lines.append(f'u{u},i{i},{5 if (i % 2 == 0) == (device == "mobile") else 2},{k},{device},at home')
        head = 'user,item,rating,time,device,place\n'
        write('log.csv', head + '\n'.join(line for k, line in enumerate(lines) if k % 15 < 12) + '\n')
        write('later.csv', head + '\n'.join(line for k, line in enumerate(lines) if k % 15 >= 12) + '\n')

    def rmse(self, *words):
        return self.ok('evaluate', *words, '--test', 'later.csv', '--metrics', 'rmse', '-q', '--json').json['metrics']['rmse']

    def test_they_are_learned_kept_and_asked_for(self):
        common = ['-p', 'factors=4', '-p', 'regularization=0.02']
        self.ok('fit', 'fm', 'log.csv', '-o', 'moments.librec', '--context', 'device', *common, '-q')
        known = self.rmse('moments.librec', '--context', 'device')
        self.assertLess(known, 0.5 * self.rmse('moments.librec'))
        self.assertLess(known, 0.5 * self.rmse('fm', '--train', 'log.csv', *common))
        self.assertAlmostEqual(known, self.rmse('fm', '--train', 'log.csv', '--context', 'device', *common), 9)
        for device, odd in (('mobile', 0), ('desk', 1)):
            items = self.ok('topk', 'moments.librec', 'u3', '--context', f'device={device}', '-k', '5', '--json')
            best = [e['item'] for e in items.json['users'][0]['items']]
            self.assertGreaterEqual(sum(int(item[1:]) % 2 == odd for item in best), 4)
            one = self.ok('predict', 'moments.librec', 'u3', best[0], '--context', f'device={device}', '--json')
            self.assertAlmostEqual(one.json['prediction'], items.json['users'][0]['items'][0]['score'], 4)
        plain = self.ok('predict', 'moments.librec', 'u3', 'i1').out
        self.assertEqual(self.ok('predict', 'moments.librec', 'u3', 'i1', '--context', 'device=watch').out, plain)

    def test_before_and_after(self):
        self.ok('fit', 'popular', 'log.csv', '-o', 'mobile.librec', '-q', '-p', 'kind=mean', '--where', 'device=mobile')
        best = self.ok('topk', 'mobile.librec', 'u3', '-k', '8', '--json', '--with-seen').json['users'][0]['items']
        self.assertTrue(all(int(e['item'][1:]) % 2 == 0 and e['score'] == 5 for e in best))
        self.ok('fit', 'popular', 'log.csv', '-o', 'all.librec', '-q')
        lines = [line.split(',') for line in open(harness.path('log.csv')).read().splitlines()[1:]]
        for words, holds in (
            (['device=mobile', '--events', 'log.csv'], [line[4] == 'mobile' for line in lines]),
            (['hour=0,zone=1'], [False] * len(lines)),
            (['hour=1,zone=1'], [True] * len(lines)),
        ):
            if not any(holds):
                self.fails('topk', 'all.librec', 'u3', '--reweigh', *words, says='none of the')
                continue
            share = sum(holds) / len(lines)
            for e in self.ok('topk', 'all.librec', 'u3', '--json', '--reweigh', *words).json['users'][0]['items']:
                mine = [one for line, one in zip(lines, holds) if line[1] == e['item']]
                self.assertAlmostEqual(e['score'], len(mine) * (sum(mine) + 10 * share) / (len(mine) + 10) / share, 3)
        self.fails('fit', 'popular', 'log.csv', '-o', 'no.librec', '--where', 'mood=good', says='"mood"')
        self.fails('topk', 'all.librec', 'u3', '--reweigh', 'device=mobile', says='no context "device"')

    def metrics(self, *words):
        return self.ok('evaluate', *words, '--test', 'later.csv', '-q', '--json').json

    def shares(self, model, words_of):
        """Of each device and user with test ratings there, the share that rec topk finds."""
        wanted = {}
        for line in read('later.csv').decode().splitlines()[1:]:
            user, item, _, _, device, _ = line.split(',')
            wanted.setdefault(device, {}).setdefault(user, set()).add(item)
        for device in wanted:
            answers = self.ok('topk', model, *sorted(wanted[device]), '-k', '5', '--json', *words_of(device)).json['users']
            found = [{e['item'] for e in answer['items']} & wanted[device][answer['user']] for answer in answers]
            yield device, [len(items) / len(wanted[device][answer['user']]) for items, answer in zip(found, answers)]

    def test_rankings_are_measured_in_context(self):
        self.ok('fit', 'fm', 'log.csv', '-o', 'moments.librec', '--context', 'device', '-p', 'factors=4', '-q')
        self.ok('fit', 'popular', 'log.csv', '-o', 'all.librec', '-q')
        for model, words_of in (('moments.librec', lambda device: ['--context', f'device={device}']), ('all.librec', lambda device: [])):
            shares = [share for _, some in self.shares(model, words_of) for share in some]
            got = self.metrics(model, '--context', 'device', '--in-context', '--metrics', 'recall@5')
            self.assertAlmostEqual(got['metrics']['recall@5'], sum(shares) / len(shares), 9)
            self.assertEqual((got['rankings'], got['users']), (len(shares), 40))
        train = ['--train', 'log.csv', '--context', 'device', '--in-context', '--metrics', 'recall@5']
        self.assertEqual(self.metrics('popular', *train)['metrics'], got['metrics'])
        told = self.ok('evaluate', 'popular', *train, '--test', 'later.csv', '-q').out
        self.assertIn(f'of 40 users, ranked for {len(shares)} times in context', told)

    def test_rankings_are_reweighed(self):
        self.ok('fit', 'popular', 'log.csv', '-o', 'all.librec', '-q')
        words_of = lambda device: ['--reweigh', f'device={device}', '--events', 'log.csv']
        for device, shares in self.shares('all.librec', words_of):
            for words in (['all.librec', *words_of(device)], ['popular', '--train', 'log.csv', '--reweigh', f'device={device}']):
                got = self.metrics(*words, '--metrics', 'recall@5')
                self.assertAlmostEqual(got['metrics']['recall@5'], sum(shares) / len(shares), 9)
                self.assertEqual(got['users'], len(shares))

    def test_a_part_alone(self):
        """As with files that hold the part alone; baseline, since rows are others there, and with them what is drawn."""
        counts = {}
        for name in ('log', 'later'):
            lines = read(f'{name}.csv').decode().splitlines(True)
            part = [line for line in lines[1:] if ',mobile,' in line]
            counts[name] = len(part)
            write(f'{name}-mobile.csv', lines[0] + ''.join(part))
        where, grid = ['--where', 'device=mobile', '--json'], ['--grid', 'user_regularization=5,10', '--metric', 'rmse']
        given, metrics = ['--train', 'log.csv', '--test', 'later.csv'], ['--metrics', 'rmse,mae']
        for words, figure in (
            (['evaluate', 'baseline', *given, *metrics], lambda value: value['metrics']),
            (['cross-validate', 'baseline', *given, *metrics], lambda value: value['metrics']),
            (['compare', 'baseline', 'popular', *given, *metrics], lambda value: value['metrics']['rmse']),
            (['tune', 'baseline', '--train', 'log.csv', '--valid', 'later.csv', *grid], lambda value: {str(p['params']): p['value'] for p in value['points']}),
        ):
            values = [figure(self.ok(*some, '-q').json) for some in (
                [*words, *where], [word.replace('.csv', '-mobile.csv') for word in words] + ['--json'], [*words, '--json'])]
            for name, value in values[0].items():
                if isinstance(value, float):
                    self.assertAlmostEqual(value, values[1][name], 6, words)
            self.assertNotEqual(values[0], values[2], words)
        self.assertEqual(self.ok('cross-validate', 'baseline', 'log.csv', '--folds', '3', *where, '-q').json['pairs'], counts['log'])
        self.ok('fit', 'mf', 'log.csv', '--valid', 'later.csv', '-o', 'part.librec', '--history', 'loss.csv', '--where', 'device=mobile', '-q')
        raw = self.metrics('part.librec', '--where', 'device=mobile', '--metrics', 'rmse_raw')
        self.assertEqual(raw['pairs'], counts['later'])
        self.assertAlmostEqual(float(read('loss.csv').decode().splitlines()[-1].split(',')[2]), raw['metrics']['rmse_raw'], 4)

    def test_validation_in_context(self):
        self.ok('fit', 'fm', 'log.csv', '-o', 'moments.librec', '--context', 'device', '--valid', 'later.csv', '--history', 'loss.csv', '-q')
        last = read('loss.csv').decode().splitlines()[-1].split(',')
        raw = self.metrics('moments.librec', '--context', 'device', '--metrics', 'rmse_raw')['metrics']['rmse_raw']
        self.assertAlmostEqual(float(last[2]), raw, 4)

    def test_what_evaluate_refuses(self):
        train, test = ['--train', 'log.csv'], ['--test', 'later.csv']
        self.misused('evaluate', 'mf', *train, *test, '--where', 'device=mobile', '--reweigh', 'device=desk', says='exclude each other')
        self.misused('evaluate', 'fm', *train, *test, '--in-context', says='--in-context needs --context')
        self.misused('evaluate', 'mf', *train, *test, '--events', 'log.csv', says='--events are for --reweigh of a model file')
        self.fails('evaluate', 'mf', *train, *test, '--where', 'device=watch', says='was given where "device=watch"')
        self.fails('evaluate', 'mf', *train, *test, '--context', 'device', says='"mf" does not learn from the context')

    def test_what_is_refused(self):
        self.ok('fit', 'fm', 'log.csv', '-o', 'moments.librec', '--context', 'device', '-p', 'factors=2', '-q')
        self.fails('fit', 'fm', 'log.csv', '-o', 'no.librec', '--context', 'mood', says='no column after the first two is called "mood"')
        self.fails('fit', 'mf', 'log.csv', '-o', 'no.librec', '--context', 'device', says='"mf" does not learn from the context')
        self.fails('topk', 'moments.librec', 'u3', '--context', 'mood=good', says='no context "mood"; one of device was')
        self.fails('topk', 'popular.librec', 'u03', '--context', 'device=desk', says='fitted without')
        self.fails('predict', 'moments.librec', 'u3', 'i1', '--context', 'device', says='FIELD=VALUE was expected')


if __name__ == '__main__':
    harness.main(setup)
