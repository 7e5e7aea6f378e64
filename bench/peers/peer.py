"""What the Python peers share: one JSON line in, one JSON line out; see ../child.mjs."""

import json
import os
import sys

import numpy as np

# Work on an array x, for NumPy and Dask alike; `five` gives several results.
ON_ONE = {
    "mean0": lambda x: x.mean(0),
    "std0": lambda x: x.std(0),
    "fused": lambda x: (((x - 1) * 2) ** 2).sum(0),
    "mean1": lambda x: x.mean(1),
    "expMean": lambda x: np.exp(-x).mean(0),
    "five": lambda x: (x.mean(0), x.std(0), x.min(0), x.max(0), x.sum(1)),
    "strided": lambda x: x[::4, 100:200].max(0),
    "affineSum": lambda x: (x * 2 + 1).sum(),
    "zscore": lambda x: ((x - x.mean(0)) / x.std(0)).max(1),
    "gauss": lambda x: np.exp(-(x**2)).mean(0),
}


def check(results):
    """The sum of all elements of all results; both parts of complex numbers count."""
    parts = (result.view(result.real.dtype) if np.iscomplexobj(result) else result for result in results)
    return float(sum(np.sum(part, dtype=np.float64) for part in parts))


def evict(path):
    """Drops a file from the page cache."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def serve(versions, ways, time):
    """Answers every line of standard input."""
    for line in sys.stdin:
        request = json.loads(line)
        ask = request.get("ask")
        try:
            if ask == "versions":
                answer = versions
            elif ask == "ways":
                answer = ways(request)
            elif ask == "evict":
                answer = evict(request["path"])
            else:
                seconds, results = time(request)
                answer = {"seconds": seconds, "check": check(results)}
        except Exception as error:  # reported to the parent process
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
