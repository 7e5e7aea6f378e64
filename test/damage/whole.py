"""Writes small arrays in every format that is read, each into a folder of its own: whole.py FOLDER."""

import gzip
import os
import sys
import warnings

import h5py
import netCDF4
import numcodecs
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

warnings.simplefilter("ignore")
os.chdir(sys.argv[1])
random = np.random.default_rng(1)
x = random.normal(size=(90, 4))
counts = random.integers(-1000, 1000, (90, 4), dtype="i4")


def place(name, file):
    os.makedirs(name)
    return f"{name}/{file}"


# NumPy
np.save(place("npy", "x.npy"), x)
np.save(place("npy-fortran", "x.npy"), np.asfortranarray(counts.astype(">i2")))
np.save(place("npy-half", "x.npy"), x.astype("f2"))
np.savez(place("npz", "x.npz"), x=x, other=counts)
np.savez_compressed(place("npz-deflated", "x.npz"), x=x, other=counts)
os.makedirs("npy-stack")
for i in range(3):
    np.save(f"npy-stack/{i}.npy", x[i * 30 : i * 30 + 30])
x.tofile(place("raw", "x.bin"))

# netCDF-3: variables in records of 44 bytes, so that elements of 8 bytes must be put together
with netCDF4.Dataset(place("netcdf3", "x.nc"), "w", format="NETCDF3_CLASSIC") as file:
    file.createDimension("time", None)
    file.createDimension("column", 4)
    file.createVariable("x", "f8", ("time", "column"))[:] = x
    file.createVariable("n", "i4", ("time",))[:] = counts[:, 0]
    file.createVariable("s", "i2", ("time", "column"))[:] = counts

# Tables
table = pa.table(
    {
        "a": x[:, 0],
        "b": pa.array(counts[:, 1], mask=counts[:, 1] > 500),
        "c": counts[:, 2] > 0,
        "half": x[:, 1].astype("f2"),
        "time": counts[:, 0].astype("M8[us]"),
        "kind": pa.array(["low" if n < 0 else "high" for n in counts[:, 3]]).dictionary_encode(),
        "text": [str(n) for n in counts[:, 3]],
    }
)
for name, make, compression in [
    ("arrow", pa.ipc.new_file, None),
    ("arrow-stream", pa.ipc.new_stream, None),
    ("arrow-lz4", pa.ipc.new_file, "lz4"),
    ("arrow-zstd", pa.ipc.new_stream, "zstd"),
]:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with make(place(name, "x.arrow"), table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=40)

# Columns of columns
nested = pa.table(
    {
        "list": pa.FixedSizeListArray.from_arrays(pa.array(x.ravel(), mask=counts.ravel() > 700), 4),
        "in": pa.StructArray.from_arrays([table["b"].combine_chunks(), table["time"].combine_chunks()], ["b", "time"]),
        "money": pa.array(counts[:, 0]).cast(pa.decimal128(20, 0)),
    }
)
for name, options in {"parquet-nested": {}, "parquet-96": {"use_deprecated_int96_timestamps": True}}.items():
    pq.write_table(nested, place(name, "x.parquet"), row_group_size=40, use_dictionary=name == "parquet-96", **options)
coded = nested.append_column("coded", pa.array(counts[:, 0] % 7 * 0.5).dictionary_encode())
with pa.ipc.new_stream(place("arrow-nested", "x.arrow"), coded.schema) as writer:
    writer.write_table(coded, max_chunksize=40)

for name, options in {
    "parquet": {"compression": "none", "use_dictionary": False},
    "parquet-snappy": {"compression": "snappy", "write_page_checksum": True},
    "parquet-gzip": {"compression": "gzip", "data_page_version": "2.0"},
    "parquet-zstd": {
        "compression": "zstd",
        "use_dictionary": False,
        "column_encoding": {
            **{"a": "BYTE_STREAM_SPLIT", "b": "DELTA_BINARY_PACKED", "c": "RLE"},
            **{"kind": "PLAIN", "text": "PLAIN"},
        },
    },
    "parquet-lz4": {"compression": "lz4", "write_page_index": True},
    "parquet-brotli": {"compression": "brotli"},
}.items():
    pq.write_table(table, place(name, "x.parquet"), row_group_size=40, data_page_size=200, **options)

plain = table.select(["a", "b", "c"]).cast(pa.schema([("a", "f8"), ("b", "i4"), ("c", "i1")]))
pa.csv.write_csv(plain, place("csv", "x.csv"))
text = open("csv/x.csv", "rb").read()
open(place("tsv", "x.tsv"), "wb").write(text.replace(b",", b"\t").replace(b"\n", b"\r\n"))
open(place("csv-gzip", "x.csv.gz"), "wb").write(gzip.compress(text))
open(place("csv-zstd", "x.csv.zst"), "wb").write(numcodecs.Zstd(checksum=True).encode(text))

# HDF5
for version in ["earliest", "latest"]:
    with h5py.File(place(f"hdf5-{version}", "x.h5"), "w", libver=version) as file:
        file.create_dataset("plain", data=counts)
        file.create_dataset("group/gzip", data=x, chunks=(20, 3), compression="gzip", shuffle=True)
        file.create_dataset("group/sum", data=x, chunks=(20, 3), fletcher32=True)
        file.create_dataset("growing", data=counts, chunks=(7, 4), maxshape=(None, 4)).attrs["unit"] = "m"

# Zarr
def make(name, data, chunks, **options):
    array = zarr.create_array(place(name, ""), shape=data.shape, dtype=data.dtype, chunks=chunks, **options)
    array[...] = data


make("zarr-2", x, (40, 3), zarr_format=2, compressors=numcodecs.Zlib(5))
make("zarr-2-delta", counts, (40, 4), zarr_format=2, filters=numcodecs.Delta("<i4"), compressors=numcodecs.LZ4())
make("zarr-2-blosc", counts, (40, 4), zarr_format=2, compressors=numcodecs.Blosc("lz4", shuffle=2), order="F")
make("zarr-3", x, (40, 3), compressors=None)
make("zarr-3-zstd", x, (40, 3), compressors=[ZstdCodec()], fill_value=np.nan)
make("zarr-3-sum", x, (40, 3), compressors=[GzipCodec(), Crc32cCodec()], filters=[TransposeCodec(order=(1, 0))])
blosc = BloscCodec(cname="zstd", shuffle="bitshuffle")
make("zarr-3-blosc", counts, (40, 4), compressors=[blosc], serializer=BytesCodec(endian="big"))
make("zarr-shards", x, (20, 2), shards=(60, 4), compressors=[GzipCodec(), Crc32cCodec()])
plain = {"index_codecs": [BytesCodec()], "chunk_shape": (20, 2), "codecs": [BytesCodec(), ZstdCodec()]}
make("zarr-shards-plain", x, (60, 4), serializer=zarr.codecs.ShardingCodec(**plain), compressors=None, filters=None)
zarr.create_group("zarr-group")
make("zarr-group/x", x, (40, 3))
make("zarr-group/deep/y", counts, (40, 4))
zarr.consolidate_metadata("zarr-group")
