"""Dask on its threaded scheduler, in every way of reading a file and with several chunk sizes.

The caller takes the best.
"""

import time

import dask
import dask.array as da
import numpy as np
from dask import delayed
from peer import ON_ONE, serve

ON_FILES = {
    **ON_ONE,
    "rfft": lambda x: da.fft.rfft(x, axis=1),
    "powerSpectrum": lambda x: (abs(da.fft.rfft(x, axis=1)) ** 2).mean(0),
}

def svd(x):
    u, s, _ = da.linalg.svd(x)
    return (u**2).sum(0), s


ON_MATRICES = {"matmul1024": lambda x: x @ x, "matmul2048": lambda x: x @ x, "svd": svd}
CHUNKS = {
    "matmul1024": [(1024, 1024)],
    "matmul2048": [(2048, 2048)],
    "svd": [(h, -1) for h in (10_000, 50_000, 250_000)],
}

TASKS = 10_000
FILE_HEIGHTS = (4096, 16384, 65536)
MEMORY_HEIGHTS = (2500, 10_000, 50_000)


class Mapped:
    """An array-like that maps the file anew for each chunk, so that nothing is copied or hashed before."""

    def __init__(self, path):
        array = np.load(path, mmap_mode="r")
        self.path, self.shape, self.dtype, self.ndim = path, array.shape, array.dtype, array.ndim

    def __getitem__(self, index):
        return np.load(self.path, mmap_mode="r")[index]


def mapped(path, height):
    return da.from_array(Mapped(path), chunks=(height, -1), name=False, asarray=False)


def memmap(path, height):
    return da.from_array(np.load(path, mmap_mode="r"), chunks=(height, -1), name=False)


def fromfile(path, height):
    array = np.load(path, mmap_mode="r")
    (rows, columns), dtype = array.shape, array.dtype
    read = delayed(
        lambda first, count: np.fromfile(
            path, dtype, count * columns, offset=array.offset + first * columns * dtype.itemsize
        ).reshape(count, columns),
        pure=False,
    )
    counts = [(first, min(height, rows - first)) for first in range(0, rows, height)]
    return da.concatenate(
        [da.from_delayed(read(first, count), (count, columns), dtype) for first, count in counts]
    )


def views(path, height):
    return da.from_array(in_memory(path), chunks=(height, -1), name=False)


def persisted(path, height):
    key = (path, height)
    if key not in kept:
        for other in [other for other in kept if isinstance(other, tuple)]:
            del kept[other]
        kept[key] = da.from_array(in_memory(path).copy(), chunks=(height, -1), name=False).map_blocks(np.copy).persist()
    return kept[key]


def blocks(path, chunks):
    key = (path, chunks)
    if key not in kept:
        kept[key] = da.from_array(in_memory(path), chunks=chunks, name=False).map_blocks(np.copy).persist()
    return kept[key]


def in_memory(path):
    if path not in kept:
        kept[path] = np.load(path)
    return kept[path]


kept = {}
OPENERS = {f.__name__: f for f in (mapped, memmap, fromfile, views, persisted)}


def increment(x):
    return x + 1


def on_delayed():
    call = delayed(increment, pure=False)
    return dask.compute(*[call(1) for _ in range(TASKS)])


def on_array():
    return dask.compute(da.ones(TASKS, chunks=1) + 1)


ON_NOTHING = {"tasks": on_delayed, "calls": on_delayed, "chunks": on_array}


def ways(request):
    if request["array"] is None:
        return ["threads", "sync"]
    if request["work"] in CHUNKS:
        return [f"chunks {rows} {columns}" for rows, columns in CHUNKS[request["work"]]]
    openers, heights = ((views, persisted), MEMORY_HEIGHTS) if request["array"] == "memory" else (
        (mapped, memmap, fromfile),
        FILE_HEIGHTS,
    )
    return [f"{opener.__name__} {height}" for opener in openers for height in heights]


def timed(request):
    if request["array"] is None:
        with dask.config.set(scheduler=request["way"], num_workers=request["workers"]):
            start = time.perf_counter()
            results = ON_NOTHING[request["work"]]()
            return time.perf_counter() - start, results
    if request["work"] in ON_MATRICES:
        rows, columns = map(int, request["way"].split(" ")[1:])
        x = blocks(request["path"], (rows, columns))  # in memory before the clock starts
        with dask.config.set(scheduler="threads", num_workers=request["workers"]):
            start = time.perf_counter()
            results = ON_MATRICES[request["work"]](x)
            results = dask.compute(*results) if isinstance(results, tuple) else dask.compute(results)
            return time.perf_counter() - start, results
    opener, height = request["way"].split(" ")
    if opener in ("views", "persisted"):
        OPENERS[opener](request["path"], int(height))  # outside of the timing: it stays in memory
    with dask.config.set(scheduler="threads", num_workers=request["workers"]):
        start = time.perf_counter()
        results = ON_FILES[request["work"]](OPENERS[opener](request["path"], int(height)))
        results = dask.compute(*results) if isinstance(results, tuple) else dask.compute(results)
        return time.perf_counter() - start, results


serve({"Dask": dask.__version__}, ways, timed)
