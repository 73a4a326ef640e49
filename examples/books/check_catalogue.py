#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check catalogue.csv, and that README.md lists exactly the subjects it uses.

usage: check_catalogue.py [CATALOGUE.csv]

Prints one line for each fault on standard error. Exit status: 0 no fault, 1 faults, 2 unreadable file.
"""
import collections
import csv
import io
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
HEADER = ["id", "title", "author", "year", "subjects", "description"]
BOOKS = range(280, 401)
SUBJECTS_A_BOOK = range(3, 8)
VOCABULARY = range(80, 121)
YEARS = range(-3000, 1929)
SENTENCES = range(1, 4)
LENGTH = range(40, 401)
SENTENCE_END = re.compile(r"[.!?](?=\s+[^\W\da-z_]|$)")


def outside(what, value, allowed):
    """A fault if the value is outside the range, else nothing."""
    if value not in allowed:
        yield f"{what} {value}, expected {allowed.start} to {allowed.stop - 1}"


def text_faults(row):
    for name, field in zip(HEADER, row):
        if not field or field != field.strip() or re.search(r"\s\s|[\x00-\x1f]", field):
            yield f"the {name} is empty or has stray white space: {field!r}"
        if field != unicodedata.normalize("NFC", field):
            yield f"the {name} is not in Unicode's composed form: {field!r}"


def year_faults(year):
    if not re.fullmatch(r"-?[1-9][0-9]*", year):
        yield f"the year {year!r} is not a whole number"
    else:
        yield from outside("year", int(year), YEARS)


def subject_faults(subjects):
    yield from outside("number of subjects", len(subjects), SUBJECTS_A_BOOK)
    for subject, times in collections.Counter(subjects).items():
        if times > 1 or not re.fullmatch(r"[a-z]+( [a-z]+)*", subject):
            yield f"the subject {subject!r} is repeated or not in lower-case words"


def description_faults(description):
    yield from outside("length of the description", len(description), LENGTH)
    yield from outside("number of sentences", len(SENTENCE_END.findall(description)), SENTENCES)
    if description[-1:] not in tuple(".!?"):
        yield "the description does not end with a full stop"


def book_faults(row):
    identifier, _, _, year, subjects, description = row
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identifier):
        yield f"the id {identifier!r} is not a slug of [a-z0-9-]"
    yield from text_faults(row)
    yield from year_faults(year)
    yield from subject_faults(subjects.split(";"))
    yield from description_faults(description)


def repeated(what, values):
    for value, times in collections.Counter(values).items():
        if times > 1:
            yield f"{times} books have the {what} {value!r}"


def vocabulary_faults(books, listed):
    used = collections.Counter(subject for row in books for subject in row[4].split(";"))
    yield from outside("number of subjects in use", len(used), VOCABULARY)
    for subject, times in used.items():
        if times < 2:
            yield f"the subject {subject!r} is used by one book only"
    for subject in sorted(set(used) ^ listed):
        yield f"the subject {subject!r} is {'not ' if subject in used else ''}listed in README.md" + (
            "" if subject in used else " but used by no book")


def catalogue_faults(rows, listed):
    if not rows or rows[0] != HEADER:
        yield f"the header is {rows[:1]}, expected {HEADER}"
        return
    books = [row for row in rows[1:] if len(row) == len(HEADER)]
    for line, row in enumerate(rows[1:], start=2):
        faults = book_faults(row) if len(row) == len(HEADER) else [f"{len(row)} fields, expected {len(HEADER)}"]
        for fault in faults:
            yield f"record {line} ({row[0] if row else ''}): {fault}"
    yield from outside("number of books", len(books), BOOKS)
    yield from repeated("id", (row[0] for row in books))
    yield from repeated("title and author", ((row[1].lower(), row[2].lower()) for row in books))
    yield from repeated("description", (row[5] for row in books))
    yield from vocabulary_faults(books, listed)


def read_vocabulary(readme):
    """The subjects in the fenced block under the heading Vocabulary, separated by semicolons."""
    block = re.search(r"^## Vocabulary$.*?^```\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return {" ".join(word.split()) for word in block.group(1).split(";")} if block else set()


def main(arguments):
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    path = pathlib.Path(arguments[0]) if arguments else HERE / "catalogue.csv"
    try:
        text = path.read_bytes().decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        listed = read_vocabulary((HERE / "README.md").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    faults = list(catalogue_faults(rows, listed))
    for fault in faults:
        print(f"{path.name}: {fault}", file=sys.stderr)
    if not faults:
        print(f"{path.name}: {len(rows) - 1} books, {len(listed)} subjects, no fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
