"""NumPy on one thread, numexpr and what OpenBLAS does by itself on as many as there are workers."""

import time

import numexpr
import numpy as np
from peer import ON_ONE, serve
from threadpoolctl import threadpool_limits

ON_BLOCKS = {
    "sum0": lambda a, b, c: a.sum(0),
    "sum1": lambda a, b, c: a.sum(1),
    "var0": lambda a, b, c: a.var(0),
    "multiplyAdd": lambda a, b, c: a * b + c,
    "exp": lambda a, b, c: np.exp(a),
    "where": lambda a, b, c: np.where(a > 1, b, c),
    "astype": lambda a, b, c: a.astype(np.float32),
}

ON_ALL_THREADS = {"inverse": np.linalg.inv}

NUMEXPR = {"affineSum": "sum(x * 2 + 1)"}

kept = {}


def in_memory(path):
    """The array of a file and two like it, read once."""
    if path not in kept:
        a = np.load(path)
        kept[path] = (a, a + 1, a + 2) if a.nbytes <= 2**27 else (a, None, None)
    return kept[path]


def ways(request):
    if request["work"] in NUMEXPR:
        return ["numexpr"]
    return ["memmap"] if request["array"] in ("float64", "float32", "int32") else ["in memory"]


def timed(request):
    path, work, way = request["path"], request["work"], request["way"]
    if way != "memmap":
        a, b, c = in_memory(path)
    if way == "numexpr":
        numexpr.set_num_threads(request["workers"])
    if work in ON_ALL_THREADS:
        with threadpool_limits(request["workers"]):
            start = time.perf_counter()
            results = ON_ALL_THREADS[work](a)
            return time.perf_counter() - start, (results,)
    start = time.perf_counter()
    if way == "memmap":
        results = ON_ONE[work](np.load(path, mmap_mode="r"))
    elif way == "numexpr":
        results = numexpr.evaluate(NUMEXPR[work], {"x": a})
    else:
        results = ON_BLOCKS[work](a, b, c) if work in ON_BLOCKS else ON_ONE[work](a)
    seconds = time.perf_counter() - start
    return seconds, results if isinstance(results, tuple) else (results,)


serve({"NumPy": np.__version__, "numexpr": numexpr.__version__}, ways, timed)
