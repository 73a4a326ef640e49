# SPDX-License-Identifier: Apache-2.0
"""Write the C source of the extension module from librec's public headers and glue.h, so that no declaration is stated twice.

usage: generate_ffi.py OUT.c HEADER...   (glue.h the last of them)"""
import pathlib
import re
import sys

import cffi

# Structs that Python reads and that are not librec's: the Arrow C data interface, as its specification has them.
ARROW = """
struct ArrowSchema {
    const char *format; const char *name; const char *metadata; int64_t flags; int64_t n_children;
    struct ArrowSchema **children; struct ArrowSchema *dictionary; void (*release)(struct ArrowSchema *); void *private_data;
};
struct ArrowArray {
    int64_t length; int64_t null_count; int64_t offset; int64_t n_buffers; int64_t n_children; const void **buffers;
    struct ArrowArray **children; struct ArrowArray *dictionary; void (*release)(struct ArrowArray *); void *private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *); void *private_data;
};
"""
PYTHON = 'extern "Python" int librec_python_progress(void *context, const rec_progress *progress);\n'


def statuses(text):
    """The enumeration that REC_STATUS_LIST makes."""
    entries = re.findall(r"X\((\w+), (\d+), \"[^\"]*\"\)", text)
    return "typedef enum rec_status { " + ", ".join(f"{name} = {number}" for name, number in entries) + " } rec_status;"


def constants(text):
    """Macros that are numbers: cffi asks the compiler for them."""
    found = re.findall(r"^#define (REC_\w+) +(\(?-?\d+\)?|INT64_MIN)$", text, re.M)
    return "\n".join(f"static const int64_t {name};" if value == "INT64_MIN" else f"#define {name} ..." for name, value in found)


def initialisers(text):
    """Macros that set up a struct, as functions that return it: (name of the type, name of the macro)."""
    return [("rec_" + name.lower(), f"REC_{name}_INIT") for name in re.findall(r"^#define REC_(\w+)_INIT\b", text, re.M)]


def declarations(text):
    """What cffi parses: a header without macros, attributes and bodies of functions."""
    macros = constants(text)
    enum = statuses(text) if "define REC_STATUS_LIST" in text else ""
    text = re.sub(r"typedef enum rec_status \{.*?\} rec_status;", enum, text, flags=re.S) if enum else text
    text = re.sub(r"^#[^\n]*(?<=\\)\n(?:[^\n]*\\\n)*[^\n]*$|^#[^\n]*$", "", text, flags=re.M)
    text = re.sub(r"\b(REC_API|REC_CHECKED|REC_BEGIN_DECLS|REC_END_DECLS|static inline)\b", "", text)
    text = re.sub(r"^\{$.*?^\}$", ";", text, flags=re.S | re.M)
    return macros + "\n" + text


def ordered(paths):
    """Texts of headers without comments, each after those it includes."""
    texts = {pathlib.Path(path).name: re.sub(r"/\*.*?\*/", "", pathlib.Path(path).read_text("utf-8"), flags=re.S) for path in paths}
    done = []

    def visit(name):
        for other in re.findall(r'#include [<"](?:librec/)?(\w+\.h)[>"]', texts[name]):
            if other in texts:
                visit(other)
        if name not in done:
            done.append(name)

    for name in sorted(texts):
        visit(name)
    return [texts[name] for name in done]


def main(out, paths):
    texts = ordered(paths)
    functions = [(kind, macro) for text in texts for kind, macro in initialisers(text)]
    cdef = "\n".join(declarations(text) for text in texts)
    cdef += "\n".join(f"{kind} {kind}_usual(void);" for kind, _ in functions)
    source = '#include "glue.h"\n' + ARROW
    source += "".join(f"static {kind} {kind}_usual(void) {{ {kind} usual = {macro}; return usual; }}\n" for kind, macro in functions)
    ffi = cffi.FFI()
    ffi.cdef(cdef + ARROW + PYTHON)
    ffi.set_source("librec._librec", source)
    ffi.emit_c_code(out)


main(sys.argv[1], sys.argv[2:])
