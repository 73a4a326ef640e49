# SPDX-License-Identifier: Apache-2.0
"""What every command shares: help, options, usage errors, standard output."""

import json
import os
import pty
import re
import shutil
import subprocess
import unittest

import harness
from harness import Case, fit, rec, start, write

COMMANDS = [
    'algorithms',
    'fit',
    'topk',
    'predict',
    'similar',
    'explain',
    'evaluate',
    'cross-validate',
    'blend',
    'compare',
    'tune',
    'info',
    'verify',
    'convert',
]


class Help(Case):
    def test_program_help_lists_every_command(self):
        out = self.ok('--help').out
        for command in COMMANDS:
            self.assertRegex(out, rf'(?m)^  {command} +[A-Z].*\.$')

    def test_every_command_has_help_with_usage_and_options(self):
        for command in COMMANDS:
            out = self.ok(command, '--help').out
            self.assertRegex(out, rf'(?m)^usage: rec {command}\b')
            self.assertRegex(out, r'(?m)^  -h, --help +print this page$')

    def test_help_wins_over_missing_arguments(self):
        self.assertIn('-o, --output MODEL', self.ok('fit', '-h').out)

    def test_help_fits_a_terminal(self):
        for command in COMMANDS:
            for line in self.ok(command, '--help').out.splitlines():
                self.assertLessEqual(len(line), 110, line)

    def test_version(self):
        self.assertRegex(self.ok('--version').out, r'^rec \d+\.\d+\.\d+ \(\w+ kernels, \d+ threads\)\n$')


class WrongUsage(Case):
    def test_no_command(self):
        self.misused(says='a command is missing')

    def test_unknown_command_suggests_the_nearest(self):
        self.misused('evalute', says=['unknown command "evalute"', 'did you mean evaluate?'])

    def test_unknown_command_far_from_all_suggests_nothing(self):
        self.assertNotIn('did you mean', self.misused('frobnicate').err)

    def test_unknown_option_suggests_the_nearest(self):
        self.misused('evaluate', 'mf', '--metrisc', 'rmse', says=['--metrisc', 'did you mean --metrics?'])

    def test_option_of_another_command_is_refused(self):
        self.misused('predict', 'm', 'u', 'i', '--only', 'x', says='rec predict takes no option --only')

    def test_unknown_letter(self):
        self.misused('topk', 'm', 'u', '-z', says='unknown option -z')

    def test_missing_argument_is_named(self):
        self.misused('predict', 'm', 'u', says='ITEM is missing')

    def test_argument_too_many(self):
        self.misused('predict', 'm', 'u', 'i', 'j', says='"j" is one argument too many')

    def test_needed_option(self):
        self.misused('fit', 'mf', 'train.csv', says='-o MODEL is missing')
        self.misused('compare', 'mf', 'baseline', says='--test FILE')

    def test_option_without_its_value(self):
        self.misused('topk', 'm', 'u', '-k', says='-k needs a value: N')

    def test_flag_with_a_value(self):
        self.misused('topk', 'm', 'u', '--json=yes', says='--json takes no value')

    def test_number_out_of_bounds(self):
        for value in ['0', '-3', 'ten', '5x', '', '99999999999999999999']:
            self.misused('topk', 'm', 'u', f'-k={value}', says=[f'-k is "{value}"', 'from 1 to'])

    def test_choice_lists_the_words(self):
        self.misused('info', 'train.csv', '--format', 'xml', says=['"xml"', 'csv|lists|counted-lists|mtx'])
        self.misused('info', 'train.csv', '--duplicates', 'las', says=['"las"', 'last|sum|mean|greatest'])

    def test_option_given_twice(self):
        self.misused('topk', 'm', 'u', '-k', '1', '-k', '2', says='-k is given twice')

    def test_unknown_algorithm_suggests_the_nearest(self):
        self.misused('fit', 'populer', 'train.csv', '-o', 'm', says=['"populer"', 'did you mean popular?'])
        self.misused('algorithms', 'nf', says='did you mean mf?')

    def test_unknown_parameter_suggests_the_nearest(self):
        self.misused(
            'fit', 'mf', 'train.csv', '-o', 'm', '-p', 'factor=3', says=['"factor"', 'did you mean factors?']
        )

    def test_parameter_out_of_bounds(self):
        self.misused('fit', 'mf', 'train.csv', '-o', 'm', '-p', 'factors=0', says=['factors is 0', '1 to'])

    def test_parameter_without_value(self):
        self.misused(
            'fit', 'mf', 'train.csv', '-o', 'm', '-p', 'factors', says='expected NAME=VALUE or @FILE'
        )


class Options(Case):
    def test_spellings_and_places_agree(self):
        expected = self.ok('topk', 'popular.librec', 'u01', '-k', '3', '--json').out
        self.assertEqual(len(json.loads(expected)['users'][0]['items']), 3)
        for words in [['-k3'], ['-k=3'], ['--k', '3'], ['--k=3']]:
            self.assertEqual(self.ok('topk', '--json', *words, 'popular.librec', 'u01').out, expected)
        self.assertEqual(self.ok('topk', '-k', '3', '--json', '--', 'popular.librec', 'u01').out, expected)

    def test_double_dash_ends_options(self):
        write('dash.csv', '--json,a,1\n--json,b,2\nv,c,5\n')
        fit('dash.librec', 'popular', ratings='dash.csv')
        out = self.ok('topk', 'dash.librec', '--', '--json').out
        self.assertRegex(out, r'(?m)^--json +1 +c ')

    def test_parameters_of_the_library_are_listed(self):
        about = self.ok('algorithms', 'mf', '--json').json
        text = self.ok('algorithms', 'mf').out
        names = [p['name'] for p in about['parameters']]
        self.assertEqual(names[-2:], ['seed', 'threads'])
        for parameter in about['parameters']:
            self.assertRegex(text, rf'(?m)^{parameter["name"]} +{parameter["kind"]} ')
            if parameter['kind'] in ('real', 'whole'):
                self.assertLessEqual(parameter['least'], parameter['default'])
                self.assertGreaterEqual(parameter['greatest'], parameter['default'])
            if parameter['kind'] == 'choice':
                self.assertIn(parameter['default'], parameter['choices'])

    def test_algorithms_are_listed_in_order(self):
        names = [a['name'] for a in self.ok('algorithms', '--json').json]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual({'baseline', 'content', 'mf', 'popular'}, set(names))
        for name in names:
            self.assertRegex(self.ok('algorithms').out, rf'(?m)^{name} ')

    def test_abilities(self):
        content = self.ok('algorithms', 'content', '--json').json
        self.assertTrue(content['needs_item_features'])
        self.assertFalse(self.ok('algorithms', 'popular', '--json').json['personalizes'])


@unittest.skipUnless(shutil.which('bash'), 'there is no bash')
class Completion(Case):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/completion/rec')

    def complete(self, *words):
        program = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rec; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(
            ['bash', '-c', program, 'bash', self.script, harness.REC, *words],
            stdout=subprocess.PIPE,
            timeout=60,
        )
        return done.stdout.decode().split()

    def test_commands(self):
        self.assertEqual(self.complete('ev'), ['evaluate'])
        self.assertLessEqual(set(COMMANDS), set(self.complete('')))

    def test_options_are_those_of_the_command(self):
        self.assertEqual(self.complete('topk', 'm', '--w'), ['--with-seen'])
        self.assertEqual(self.complete('predict', 'm', '--w'), [])

    def test_algorithms_choices_and_parameters(self):
        self.assertEqual(self.complete('fit', 'bas'), ['baseline'])
        self.assertEqual(self.complete('info', 'x', '--format', 'm'), ['mtx'])
        self.assertEqual(self.complete('fit', 'mf', 'x', '-p', 'fac'), ['factors='])


class Output(Case):
    def test_full_disk_is_a_failure(self):
        for words in [['topk', 'popular.librec', 'u01'], ['--help'], ['algorithms', '--json']]:
            with open('/dev/full', 'w') as full:
                done = subprocess.run(
                    [harness.REC, *words], cwd=harness.WORK, stdout=full, stderr=subprocess.PIPE
                )
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr.decode(), r'^rec: cannot write to standard output: .+\n$')

    def test_reader_that_leaves_is_no_failure(self):
        end, begin = os.pipe()
        os.close(end)
        done = start('algorithms', 'mf', stdout=begin, stderr=subprocess.PIPE)
        os.close(begin)
        self.assertEqual(done.communicate()[1], b'')
        self.assertEqual(done.returncode, 0)

    def test_closed_output_is_a_failure(self):
        done = subprocess.run(
            ['sh', '-c', '"$0" topk popular.librec u01 >&-', harness.REC],
            cwd=harness.WORK,
            stderr=subprocess.PIPE,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'rec: cannot write to standard output', done.stderr)

    def test_ids_of_any_bytes_give_valid_json(self):
        write('odd.csv', 'q"uo\\te,caf\u00e9,5\n'.encode() + b'latin\xe9,tab\x01,4\n')
        fit('odd.librec', 'popular', ratings='odd.csv')
        items = self.ok('topk', 'odd.librec', 'q"uo\\te', '--with-seen', '--json').json['users'][0]
        self.assertEqual(items['user'], 'q"uo\\te')
        self.assertEqual({i['item'] for i in items['items']}, {'caf\u00e9', 'tab\x01'})
        latin = rec('topk', 'odd.librec', b'latin\xe9'.decode('latin-1'))
        self.assertEqual(latin.status, 1)

    def test_tables_are_aligned_by_characters(self):
        write('wide.csv', 'u,\u00e9t\u00e9,5\nu,summer,4\nv,x,1\n')
        fit('wide.librec', 'popular', ratings='wide.csv')
        lines = self.ok('topk', 'wide.librec', 'u', '--with-seen').out.splitlines()
        self.assertEqual(len({len(line) for line in lines}), 1, lines)

    def progress(self, *options):
        """What a terminal on standard error gets to see of a fit."""
        main, side = pty.openpty()
        done = start(
            'fit',
            'mf',
            'train.csv',
            '-o',
            'shown.librec',
            '-p',
            'epochs=40',
            *options,
            stderr=side,
            stdout=subprocess.PIPE,
        )
        os.close(side)
        done.communicate()
        shown = b''
        try:
            while chunk := os.read(main, 4096):
                shown += chunk
        except OSError:
            pass
        os.close(main)
        self.assertEqual(done.returncode, 0)
        return shown.decode()

    def test_progress_bar_on_a_terminal_only(self):
        shown = self.progress('--valid', 'test.csv')
        self.assertRegex(shown, r'mf fit \[#*-*\] \d+/40  loss \d\.\d{4}  valid \d\.\d{4}  \d')
        self.assertTrue(re.search(r'\r\x1b\[K$', shown), 'the line is cleared at the end')
        self.assertEqual(self.progress('--quiet'), '')
        self.assertEqual(self.progress('--json'), '')


def setup():
    fit('popular.librec', 'popular')


if __name__ == '__main__':
    harness.main(setup)
