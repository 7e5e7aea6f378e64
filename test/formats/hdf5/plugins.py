"""
Writes plugins.h5: a dataset for each filter that h5py lacks, made by hdf5plugin 7.1.0. The file is in the repository,
because the package has 46 MB. Element (i, j) of a dataset is (i * i + 3 * j) % 23 / 2, as float64, except where noise
shows what cannot be compressed: (i * 7919 + j * 104729) * 2654435761 % 2**32, as uint32. Those of the group equal have
50 elements that are the same.

    python plugins.py plugins.h5
"""
import sys
import h5py
import hdf5plugin
import numpy as np

i, j = np.indices((50, 21), "<i8")
smooth = ((i * i + 3 * j) % 23 / 2).astype("<f8")
noise = ((i * 7919 + j * 104729) * 2654435761 % 2**32).astype("<u4")
filters = {
    "zstd": hdf5plugin.Zstd(),
    "lz4": hdf5plugin.LZ4(),
    "lz4 short blocks": hdf5plugin.LZ4(nbytes=512),
    "bzip2": hdf5plugin.BZip2(),
    "bitshuffle": hdf5plugin.Bitshuffle(cname="none"),
    "bitshuffle lz4": hdf5plugin.Bitshuffle(),
    "bitshuffle zstd": hdf5plugin.Bitshuffle(nelems=64, cname="zstd"),
    "blosc": hdf5plugin.Blosc(),
    "blosc zstd": hdf5plugin.Blosc(cname="zstd", shuffle=hdf5plugin.Blosc.BITSHUFFLE),
    "blosc blosclz": hdf5plugin.Blosc(cname="blosclz", shuffle=hdf5plugin.Blosc.NOSHUFFLE),
    "blosc2": hdf5plugin.Blosc2(),
    "blosc2 lz4": hdf5plugin.Blosc2(cname="lz4", filters=hdf5plugin.Blosc2.BITSHUFFLE),
    "blosc2 zlib": hdf5plugin.Blosc2(cname="zlib", filters=hdf5plugin.Blosc2.DELTA),
    "blosc2 zstd": hdf5plugin.Blosc2(cname="zstd", filters=hdf5plugin.Blosc2.NOFILTER),
}
equal = {"zeros": np.zeros(50), "nans": np.full(50, np.nan), "sevens": np.full(50, 7, "<i4")}
refused = {"zfp": hdf5plugin.Zfp(reversible=True)}
with h5py.File(sys.argv[1], "w", libver="latest") as f:
    for name, how in filters.items():
        f.create_dataset(f"{name}, smooth", data=smooth, chunks=(20, 21), **how)
        f.create_dataset(f"{name}, noise", data=noise, chunks=(20, 21), **how)
    for name, data in equal.items():
        f.create_dataset(f"equal/{name}", data=data, chunks=(20,), **hdf5plugin.Blosc2())
    for name, how in refused.items():
        f.create_dataset(name, data=smooth, chunks=(20, 21), **how)
