#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads saved files as docs/container.md describes them, without the library, and compares every byte.

    check_safetensors.py MAKE_FILES

MAKE_FILES is the program of make_files.c. Needs the standard library alone; where the packages `safetensors` and
`numpy` are installed, the files are read and written by them too.
"""
import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

MAKE_FILES = None
FOLDER = None
FILES = ['ratings.librec', 'text.librec', 'model.librec']
SIZES = {'F32': 4, 'F64': 8, 'I32': 4, 'I64': 8, 'U8': 1}
CODES = {'F32': 'f', 'F64': 'd', 'I32': 'i', 'I64': 'q', 'U8': 'B'}


def load(path):
    spec = importlib.util.spec_from_file_location('reference', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HASH = load(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'reference', 'hash.py'))


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 255]
    return f'{crc ^ 0xFFFFFFFF:08x}'


def header_sum(metadata, arrays):
    texts = []
    for key in sorted(metadata, key=str.encode):
        if key != 'librec.crc32c':
            texts += [key, metadata[key]]
    for name in sorted(arrays, key=str.encode):
        texts += [name, arrays[name]['dtype']] + [str(extent) for extent in arrays[name]['shape']]
    return crc32c(b''.join(text.encode() + b'\0' for text in texts))


class Container:
    def __init__(self, path):
        with open(path, 'rb') as file:
            self.bytes = file.read()
        length, = struct.unpack('<Q', self.bytes[:8])
        self.data = 8 + length
        self.arrays = json.loads(self.bytes[8:self.data].decode('utf-8'))
        self.metadata = self.arrays.pop('__metadata__')

    def raw(self, name):
        start, end = self.arrays[name]['data_offsets']
        return self.bytes[self.data + start:self.data + end]

    def numbers(self, name):
        code = CODES[self.arrays[name]['dtype']]
        return [number for number, in struct.iter_unpack('<' + code, self.raw(name))]


def expected_arrays(name):
    folder = os.path.join(FOLDER, name + '.expected')
    for array in os.listdir(folder):
        with open(os.path.join(folder, array), 'rb') as file:
            dtype, *shape = file.readline().decode().split()
            yield array, dtype, [int(extent) for extent in shape], file.read()


class Files(unittest.TestCase):
    def each(self):
        for name in FILES:
            yield name, Container(os.path.join(FOLDER, name))

    def test_layout(self):
        for _, file in self.each():
            self.assertEqual(file.data % 64, 0)
            self.assertEqual(file.bytes[8:9], b'{')
            places = sorted((a['data_offsets'], name) for name, a in file.arrays.items())
            end, size = 0, 8
            for (start, stop), name in places:
                array = file.arrays[name]
                self.assertEqual(start, end, name)
                self.assertLessEqual(SIZES[array['dtype']], size, name)
                size = SIZES[array['dtype']]
                self.assertEqual(start % size, 0, name)
                elements = 1
                for extent in array['shape']:
                    elements *= extent
                self.assertEqual(stop - start, elements * size, name)
                end = stop
            self.assertEqual(file.data + end, len(file.bytes))

    def test_arrays_are_those_of_memory(self):
        for name, file in self.each():
            wanted = list(expected_arrays(name))
            self.assertEqual(sorted(file.arrays), sorted(array for array, *_ in wanted))
            for array, dtype, shape, data in wanted:
                self.assertEqual(file.arrays[array]['dtype'], dtype, array)
                self.assertEqual(file.arrays[array]['shape'], shape, array)
                self.assertEqual(file.raw(array), data, array)

    def test_checksums(self):
        for _, file in self.each():
            for array in file.arrays:
                self.assertEqual(file.metadata['crc32c.' + array], crc32c(file.raw(array)), array)
            self.assertEqual(file.metadata['librec.crc32c'], header_sum(file.metadata, file.arrays))

    def test_metadata(self):
        kinds = {'ratings.librec': 'ratings', 'text.librec': 'ratings', 'model.librec': 'model'}
        for name, file in self.each():
            self.assertEqual(file.metadata['librec.kind'], kinds[name])
            self.assertEqual(file.metadata['librec.format'], '1')
            ratings = file.numbers('ratings.user_ratings')
            self.assertEqual(int(file.metadata['ratings.count']), len(ratings))
            self.assertEqual(float(file.metadata['ratings.least']), min(ratings))
            self.assertEqual(float(file.metadata['ratings.greatest']), max(ratings))
            self.assertAlmostEqual(float(file.metadata['ratings.mean']), sum(ratings) / len(ratings), 12)
        model = Container(os.path.join(FOLDER, 'model.librec'))
        self.assertEqual(model.metadata['algorithm'], 'mf')
        self.assertEqual(model.metadata['scorer'], 'dot')
        self.assertEqual(model.metadata['parameter.factors'], '13')
        self.assertIn('parameter.seed', model.metadata)

    def look_up(self, file, prefix, key, value):
        slots = file.numbers(prefix + '.slots')
        slot = value % len(slots)
        while slots[slot] >= 0:
            if self.ids[prefix][slots[slot]] == key:
                return slots[slot]
            slot = (slot + 1) % len(slots)
        return -1

    def check_table(self, file, prefix):
        count = int(file.metadata[prefix + '.count'])
        if file.metadata[prefix + '.kind'] == 'integers':
            ids, hashed = file.numbers(prefix + '.integers'), HASH.hash_integer
            absent = 123456789
        else:
            offsets, text = file.numbers(prefix + '.offsets'), file.raw(prefix + '.bytes')
            ids = [text[start:end] for start, end in zip(offsets, offsets[1:])]
            hashed, absent = HASH.hash_bytes, b'nobody'
        self.ids = {prefix: ids}
        self.assertEqual(len(ids), count)
        for row, key in enumerate(ids):
            self.assertEqual(self.look_up(file, prefix, key, hashed(key)), row)
        self.assertEqual(self.look_up(file, prefix, absent, hashed(absent)), -1)

    def test_ids_are_found(self):
        for _, file in self.each():
            self.check_table(file, 'users')
            self.check_table(file, 'items')

    def test_written_anew(self):
        """Another program's order of members and of arrays, and its spacing."""
        file = Container(os.path.join(FOLDER, 'model.librec'))
        header, data = {}, b''
        for name in sorted(file.arrays, key=lambda n: (-SIZES[file.arrays[n]['dtype']], n)):
            array = dict(file.arrays[name], data_offsets=[len(data), len(data) + len(file.raw(name))])
            header[name] = array
            data += file.raw(name)
        header = dict(reversed(header.items()), __metadata__=dict(sorted(file.metadata.items())))
        text = json.dumps(header, indent=1).encode()
        text += b' ' * (-len(text) % 8)
        path = os.path.join(FOLDER, 'anew.librec')
        with open(path, 'wb') as out:
            out.write(struct.pack('<Q', len(text)) + text + data)
        subprocess.run([MAKE_FILES, 'verify', path], check=True)
        changed = text.replace(b'"parameter.factors": "13"', b'"parameter.factors": "14"')
        self.assertNotEqual(changed, text)
        with open(path, 'wb') as out:
            out.write(struct.pack('<Q', len(changed)) + changed + data)
        result = subprocess.run([MAKE_FILES, 'verify', path], capture_output=True, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn('the header has checksum', result.stderr)


class Package(unittest.TestCase):
    """The same with the package that defines the format."""

    def setUp(self):
        try:
            import numpy
            import safetensors
            import safetensors.numpy
        except ImportError:
            self.skipTest('the Python packages safetensors and numpy are not installed')
        self.numpy, self.safetensors = numpy, safetensors

    def test_arrays_are_those_of_memory(self):
        for name in FILES:
            with self.safetensors.safe_open(os.path.join(FOLDER, name), framework='numpy') as file:
                wanted = list(expected_arrays(name))
                self.assertEqual(sorted(file.keys()), sorted(array for array, *_ in wanted))
                for array, _, shape, data in wanted:
                    tensor = file.get_tensor(array)
                    self.assertEqual(list(tensor.shape), shape)
                    self.assertEqual(tensor.tobytes(), data, array)
                self.assertEqual(file.metadata()['librec.format'], '1')

    def test_written_by_the_package(self):
        source = os.path.join(FOLDER, 'model.librec')
        path = os.path.join(FOLDER, 'package.librec')
        with self.safetensors.safe_open(source, framework='numpy') as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}
            self.safetensors.numpy.save_file(arrays, path, metadata=file.metadata())
        subprocess.run([MAKE_FILES, 'verify', path], check=True)


def main():
    global MAKE_FILES, FOLDER
    MAKE_FILES = os.path.abspath(sys.argv.pop(1))
    with tempfile.TemporaryDirectory(prefix='librec-') as FOLDER:
        subprocess.run([MAKE_FILES, 'make', FOLDER], check=True)
        unittest.main(verbosity=2)


if __name__ == '__main__':
    main()
