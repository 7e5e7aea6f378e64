"""Files that other programs write: `files.py parquet|hdf5 x.npy RESULT`."""

import sys

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def parquet(x, path):
    names = [f"column_{i}" for i in range(x.shape[1])]
    table = pa.table([pa.array(column) for column in np.ascontiguousarray(x.T)], names)
    pq.write_table(table, path, compression="zstd", row_group_size=50_000)


def hdf5(x, path):
    chunks = (min(4000, len(x)), x.shape[1])
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=x, chunks=chunks, compression="gzip", compression_opts=4)


kind, source, result = sys.argv[1:]
{"parquet": parquet, "hdf5": hdf5}[kind](np.load(source, mmap_mode="r"), result)
