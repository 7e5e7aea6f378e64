"""Reads arrays with the Python library of each format, for main.mjs.

A line of JSON names an array and a file for its bytes; the answer is its dtype and shape, or the error that was raised.
"""

import json
import os
import pickle
import re
import sys
import warnings

import h5py
import netCDF4
import numpy as np
import pandas
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import zarr

warnings.simplefilter("ignore")


def stack(path, _name):
    with open(os.path.join(path, "info"), "rb") as info:
        facts = pickle.load(info)
    count = len(facts["chunks"][facts["axis"]])
    return np.concatenate([np.load(os.path.join(path, f"{i}.npy")) for i in range(count)], axis=facts["axis"])


def hdf5(path, name):
    """A dataset; or a field of records, which chunkwise names as if it were in a group."""
    with h5py.File(path) as file:
        steps = name.strip("/").split("/")
        while steps and "/".join(steps) not in file:
            steps.pop()
        array = file["/".join(steps) or name][()]
    for field in name.strip("/").split("/")[len(steps) :]:
        array = array[field]
    return array


def netcdf3(path, name):
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        return file[name][...]


def zarr_array(path, name):
    node = zarr.open(zarr.storage.ZipStore(path) if os.path.isfile(path) else path, mode="r")
    return np.asarray(node[name] if name else node)[()]


def is_number(kind):
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def table_column(table, name):
    """A column, times as int64 and lists of one length as an axis; without a name all columns of numbers."""
    if not name:
        chosen = [table_column(table, field.name) for field in table.schema if is_number(field.type)]
        return np.column_stack([one.astype("f8") if one.dtype == object else one for one in chosen])
    column = table.column(name).combine_chunks()
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        whole = pa.int32() if kind.bit_width == 32 else pa.int64()
        return column.cast(whole).cast(pa.int64()).fill_null(-(2**63)).to_numpy()
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return np.array(column.to_pylist(), kind.value_type.to_pandas_dtype())
    return column.to_pandas().to_numpy()


def arrow_table(path):
    try:
        return pyarrow.feather.read_table(path)
    except pa.ArrowInvalid:
        return pa.ipc.open_stream(path).read_all()


tables = {"arrow": arrow_table, "parquet": pyarrow.parquet.read_table}


def text(path, name):
    """A header is a first line with a word; the delimiter is the first of the usual ones in the first lines."""
    with open(path, encoding="utf-8-sig") as file:
        lines = [line for line in file.read(10000).splitlines() if line.strip() and not line.startswith("#")]
    start = lines[0] if lines else ""
    separator = next((one for one in ",;\t|" if one in start), r"\s+")

    def is_word(entry):
        try:
            return float(entry.strip('" ')) is None
        except ValueError:
            return True

    header = 0 if any(map(is_word, re.split(separator, start.strip()))) else None
    table = pandas.read_csv(path, sep=separator, header=header, comment="#", engine="python", skipinitialspace=True)
    return (table[name] if name else table.select_dtypes(["number", "bool"])).to_numpy()


readers = {
    "npy": lambda path, _name: np.load(path, allow_pickle=False),
    "npz": lambda path, name: np.load(path, allow_pickle=False)[name],
    "npy-stack": stack,
    "zarr": zarr_array,
    "hdf5": hdf5,
    "netcdf3": netcdf3,
    "arrow": lambda path, name: table_column(arrow_table(path), name),
    "parquet": lambda path, name: table_column(pyarrow.parquet.read_table(path), name),
    "csv": text,
}


def plain(array, wanted):
    """In one of the dtypes that are compared: native byte order, times as int64, halves as float32.

    A table or a text has no dtype as a whole: it gets the wanted one if that holds the same numbers.
    """
    array = np.asarray(array)
    if array.dtype.kind in "mM":
        return array.astype("int64")
    if array.dtype.kind == "O":
        array = array.astype("float64")
    if array.dtype.kind == "f" and array.dtype.itemsize == 2:
        return array.astype("float32")
    if wanted is not None and array.dtype.kind in "biuf":
        other = array.astype(wanted)
        if np.array_equal(other, array, equal_nan=array.dtype.kind == "f"):
            return other
    return array.astype(array.dtype.newbyteorder("="))


for line in sys.stdin:
    asked = json.loads(line)
    try:
        if "names" in asked:
            names = tables[asked["format"]](asked["path"]).column_names
            print(json.dumps({"names": names}), flush=True)
            continue
        loose = asked["format"] in ("csv", "arrow", "parquet")
        array = readers[asked["format"]](asked["path"], asked["name"])
        array = plain(array, asked["dtype"] if loose else None)
        np.ascontiguousarray(array).tofile(asked["bytes"])
        answer = {"dtype": array.dtype.name, "shape": array.shape}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
