"""Column means of files that are not .npy: Dask with zarr-python or h5py, and Polars; the caller takes the best way."""

import time

import dask
import dask.array as da
import h5py
import polars as pl
import pyarrow as pa
import zarr
from peer import ON_ONE, serve

PARTS = (1, 2, 4, 10)  # of the file, in one chunk of Dask


def from_path(path, height):
    return da.from_zarr(path, chunks=(height, -1))


def from_store(path, height):
    return da.from_zarr(zarr.open_array(path, mode="r"), chunks=(height, -1))


def locked(path, height):
    return da.from_array(h5py.File(path)["x"], chunks=(height, -1), lock=True)


def unlocked(path, height):
    return da.from_array(h5py.File(path)["x"], chunks=(height, -1), lock=False)


def mapped(path):
    """The file mapped by pyarrow, and columns that point there."""
    return pl.from_arrow(pa.ipc.open_file(pa.memory_map(path)).read_all()).lazy()


ON_DASK = {f.__name__: f for f in (from_path, from_store, locked, unlocked)}
ON_POLARS = {
    "arrow": {"scan": pl.scan_ipc, "read": lambda path: pl.read_ipc(path).lazy(), "mapped": mapped},
    "parquet": {"scan": pl.scan_parquet, "read": lambda path: pl.read_parquet(path).lazy()},
    "csv": {"scan": pl.scan_csv, "read": lambda path: pl.read_csv(path).lazy()},
}
ENGINES = ("in-memory", "streaming")


def openers_and_rows(request):
    """The openers that fit to a file, and how many rows its parts have."""
    if request["array"] == "hdf5":
        with h5py.File(request["path"]) as file:
            return (locked, unlocked), file["x"].chunks[0]
    return (from_path, from_store), zarr.open_array(request["path"], mode="r").chunks[0]


def ways(request):
    if request["array"] in ON_POLARS:
        if pl.thread_pool_size() != request["workers"]:
            raise ValueError(f"Polars has {pl.thread_pool_size()} threads: POLARS_MAX_THREADS says how many")
        return [f"{opener} {engine}" for opener in ON_POLARS[request["array"]] for engine in ENGINES]
    openers, rows = openers_and_rows(request)
    return [f"{opener.__name__} {rows * parts}" for opener in openers for parts in PARTS]


def on_polars(path, array, opener, engine):
    start = time.perf_counter()
    means = ON_POLARS[array][opener](path).mean().collect(engine=engine)
    return time.perf_counter() - start, (means.to_numpy(),)


def timed(request):
    path, array, workers = request["path"], request["array"], request["workers"]
    opener, option = request["way"].split(" ")
    if array in ON_POLARS:
        return on_polars(path, array, opener, option)
    # zarr-python decodes in threads of its own, whose number cannot change once they are there
    with dask.config.set(scheduler="threads", num_workers=workers), zarr.config.set({"threading.max_workers": workers}):
        start = time.perf_counter()
        results = dask.compute(ON_ONE[request["work"]](ON_DASK[opener](path, int(option))))
        return time.perf_counter() - start, results


versions = {"Dask": dask, "zarr-python": zarr, "h5py": h5py, "Polars": pl, "pyarrow": pa}
serve({name: module.__version__ for name, module in versions.items()}, ways, timed)
