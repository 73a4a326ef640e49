#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open a model of 1,000,000 items x 128 factors: time and memory, and the item vectors as the safetensors package reads them, bit for
bit. Needs numpy and safetensors.

usage: open.py BENCH_OPEN"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from safetensors import safe_open

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], "make", folder], check=True)
    for _ in range(3):
        subprocess.run([sys.argv[1], "open", folder], check=True)
    with safe_open(os.path.join(folder, "model.librec"), "np") as model:
        vectors = model.get_tensor("item_vectors")
    raw = np.fromfile(os.path.join(folder, "item_vectors.f32"), np.float32).reshape(vectors.shape)
    assert np.array_equal(vectors.view(np.uint32), raw.view(np.uint32)), "the vectors differ"
    print(f"safetensors reads item_vectors {vectors.shape} bit for bit")
