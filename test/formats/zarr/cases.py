"""Writes Zarr arrays with zarr-python, and beside each a file of its elements: cases.py FOLDER.

Prints a line for each.
"""

import itertools
import json
import lzma
import os
import sys
import warnings

import numcodecs
import numpy as np
import zarr
import zarr.codecs.numcodecs as nc
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

warnings.simplefilter("ignore")
folder = sys.argv[1]
random = np.random.default_rng(1)
dtypes = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()


def values(shape, dtype):
    dtype = np.dtype(dtype)
    size = int(np.prod(shape))
    if dtype.kind == "b":
        flat = random.integers(0, 2, size).astype(dtype)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        flat = random.integers(info.min, info.max, size, dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)
    else:
        flat = (random.normal(size=size) * 100).astype(dtype)
        if dtype.kind == "c":
            flat = flat + (1j * random.normal(size=size)).astype(dtype)
        if size > 3:
            flat[:3] = [np.nan, np.inf, -0.0]
    return flat.reshape(shape).astype(dtype)


def case(name, array):
    data = np.asarray(array[...])
    if data.dtype.kind == "f" and data.dtype.itemsize == 2:
        data = data.astype(np.float32)
    np.ascontiguousarray(data.astype(data.dtype.newbyteorder("<"))).tofile(f"{folder}/{name}.bin")
    print(json.dumps([name, data.dtype.name, list(data.shape)]))


def make(name, data, chunks, skip=(), blind=False, **options):
    """`skip`: boxes that stay unwritten, so that chunks are missing; `blind`: zarr-python cannot read what it wrote."""
    array = zarr.create_array(
        f"{folder}/{name}",
        shape=data.shape, dtype=data.dtype, chunks=chunks, config={"write_empty_chunks": True}, **options
    )
    if data.ndim == 0:
        array[...] = data
    elif data.size > 0:
        # one chunk (or shard) after the other
        step = options.get("shards") or chunks
        for start in itertools.product(*(range(0, n, s) for n, s in zip(data.shape, step))):
            if start in skip:
                continue
            box = tuple(slice(a, a + s) for a, s in zip(start, step))
            array[box] = data[box]
    case(name, data if blind else array)


# every dtype, both byte orders, both versions, compressed and plain; chunks at edges, missing chunks
for dtype, order, version, plain in itertools.product(dtypes, "<>", (2, 3), (True, False)):
    data = values((7, 5), dtype).astype(order + dtype)
    options = {"zarr_format": version, "skip": {(3, 2)}}
    if version == 3:
        options["serializer"] = BytesCodec(endian="little" if order == "<" else "big")
        data = data.astype(dtype)
    if plain:
        options["compressors"] = None
    word = {"<": "little", ">": "big"}[order]
    make(f"dtype-{dtype}-{word}-v{version}-{'plain' if plain else 'packed'}", data, (3, 2), **options)

# orders, shapes, separators
shapes = [((), ()), ((0,), (1,)), ((3, 0), (2, 1)), ((5,), (10,)), ((1, 1, 1), (1, 1, 1)),
    ((6, 5, 7), (4, 2, 3)), ((3, 4, 2, 5), (2, 2, 2, 3))]
for number, (shape, chunks) in enumerate(shapes):
    for version, plain, layout in itertools.product((2, 3), (True, False), ("C", "F", "other")):
        options = {"zarr_format": version, "compressors": None if plain else "auto"}
        rank = len(shape)
        if version == 2:
            if layout == "other":
                continue
            options["order"] = layout
            options["chunk_key_encoding"] = {"name": "v2", "separator": "./"[number % 2]}
        elif layout != "C":
            if rank < 2 or (layout == "other" and rank < 3):
                continue
            permutation = list(range(rank))[::-1] if layout == "F" else [1, *range(2, rank), 0]
            options["filters"] = [TransposeCodec(order=permutation)]
            options["chunk_key_encoding"] = {
                "name": "default" if number % 2 else "v2", "separator": "./"[number // 2 % 2],
            }
        kind = "plain" if plain else "packed"
        make(f"shape-{number}-v{version}-{layout}-{kind}", values(shape, "f4"), chunks, **options)

# codecs of bytes
blosc = [
    numcodecs.Blosc(cname=cname, shuffle=shuffle)
    for cname, shuffle in itertools.product(["blosclz", "lz4", "lz4hc", "zlib", "zstd"], [0, 1, 2])
]
v2 = [*blosc, numcodecs.Zstd(3), numcodecs.Zstd(1, checksum=True), numcodecs.GZip(5),
    numcodecs.Zlib(5), numcodecs.LZ4(), numcodecs.BZ2(1), numcodecs.BZ2(9), numcodecs.CRC32(), numcodecs.CRC32("end"),
    numcodecs.Adler32(), numcodecs.Adler32("end"), numcodecs.Fletcher32(), numcodecs.CRC32C(),
    numcodecs.CRC32C("start"), numcodecs.JenkinsLookup3(), numcodecs.JenkinsLookup3(initval=2**32 - 1),
    numcodecs.Base64()]
for number, codec in enumerate(v2):
    data = np.arange(60 * 50, dtype="i4").reshape(60, 50)
    make(f"codec-v2-{number}", data, (33, 17), zarr_format=2, compressors=codec)
v3 = [
    *[BloscCodec(cname=c, shuffle=s) for c in ["blosclz", "lz4", "zlib", "zstd"]
        for s in ["noshuffle", "shuffle", "bitshuffle"]],
    ZstdCodec(level=3, checksum=True),
    GzipCodec(level=5),
    [Crc32cCodec()],
    [ZstdCodec(), Crc32cCodec()],
    [nc.Shuffle(elementsize=8), nc.Zlib(level=3)],
    [nc.Shuffle(elementsize=2), nc.LZ4()],
    [nc.Zstd(level=3)],
    [nc.GZip(level=3)],
    [nc.Blosc()],
    [nc.BZ2(level=9)],
    [nc.CRC32()],
    [nc.CRC32(location="end")],
    [nc.Adler32()],
    [nc.Fletcher32()],
    [nc.Zlib(level=1), nc.Fletcher32(), nc.Adler32()],
    [nc.JenkinsLookup3(initval=7)],
    [nc.LZMA(preset=1), nc.JenkinsLookup3()],
]
for number, codec in enumerate(v3):
    make(f"codec-v3-{number}", np.arange(60 * 50, dtype="f8").reshape(60, 50), (33, 17), compressors=codec)

# LZMA: numbers that repeat, noise that is stored as it is, and both in turns
first, second = {"id": lzma.FILTER_LZMA1}, {"id": lzma.FILTER_LZMA2}
delta = {"id": lzma.FILTER_DELTA, "dist": 4}
kinds = [
    {}, {"check": lzma.CHECK_NONE}, {"check": lzma.CHECK_CRC32}, {"check": lzma.CHECK_SHA256}, {"preset": 9},
    {"filters": [delta, second]}, {"filters": [{"id": lzma.FILTER_DELTA, "dist": 256}, delta, delta, second]},
    {"format": 2}, {"format": 2, "preset": 0}, {"format": 2, "filters": [{**first, "lc": 0, "lp": 4, "pb": 4}]},
    {"format": 3, "filters": [second]}, {"format": 3, "filters": [delta, {**second, "preset": 7, "pb": 0}]},
    {"format": 3, "filters": [first]}, {"format": 3, "filters": [delta, {**first, "lc": 1, "lp": 3, "pb": 1}]},
    {"format": 3, "filters": [{"id": lzma.FILTER_DELTA}, {**first, "lc": 4, "lp": 0, "mode": 1, "mf": 3}]},
]
noise = random.integers(-(2**31), 2**31, 60 * 500, dtype="i4")
steps = np.cumsum(random.integers(-3, 4, 60 * 500)).astype("i4")
turns = np.where(np.arange(60 * 500) // 1000 % 3 == 0, noise, steps // 8)
for number, settings in enumerate(kinds):
    # numcodecs passes filters on to the readers of .xz and .lzma files, which take none
    blind = "filters" in settings and settings.get("format") != 3
    data = [noise, steps, turns][number % 3].reshape(60, 500)
    make(f"lzma-v2-{number}", data, (33, 170), blind=blind, zarr_format=2, compressors=numcodecs.LZMA(**settings))
    data = [noise, steps, turns][(number + 1) % 3].reshape(60, 500)
    make(f"lzma-v3-{number}", data, (60, 500), blind=blind, compressors=nc.LZMA(**settings))

# codecs of numbers
smooth = np.round(np.cumsum(random.integers(-3, 4, 400)).reshape(20, 20) / 10, 1)
filters = {
    "delta": ("i4", [numcodecs.Delta("i4")], [nc.Delta(dtype="i4")]),
    "delta-big": ("i8", [numcodecs.Delta("i8")], [nc.Delta(dtype="i8")]),
    "delta-narrow": ("i4", [numcodecs.Delta("i4", "i2")], None),
    "delta-wide-big": ("i8", [numcodecs.Delta("i8", ">i2")], None),
    "delta-shuffle": ("u2", [numcodecs.Delta("u2"), numcodecs.Shuffle(2)], None),
    "offset": ("f8", [numcodecs.FixedScaleOffset(-20, 10, "f8", "i2")],
        [nc.FixedScaleOffset(offset=-20, scale=10, dtype="f8", astype="i2")]),
    "offset-delta": ("f4", [numcodecs.FixedScaleOffset(-20, 10, "f4", "i4"), numcodecs.Delta("i4")], None),
    "astype": ("f8", [numcodecs.AsType("f4", "f8")], [nc.AsType(encode_dtype="f4", decode_dtype="f8")]),
    "astype-big": ("i8", [numcodecs.AsType(">i2", "i8")], None),
    "astype-float": ("i4", [numcodecs.AsType("f8", "i4")], None),
    "quantize": ("f8", [numcodecs.Quantize(2, "f8")], [nc.Quantize(digits=2, dtype="f8")]),
    "quantize-narrow": ("f8", [numcodecs.Quantize(2, "f8", "f4")], None),
    "bitround": ("f4", [numcodecs.BitRound(10)], [nc.BitRound(keepbits=10)]),
}
for name, (dtype, for2, for3) in filters.items():
    data = (smooth * (1 if dtype[0] == "f" else 10)).astype(dtype)
    for order in "CF":
        make(f"filter-{name}-v2-{order}", data, (7, 6), zarr_format=2, order=order, filters=for2)
    if for3 is not None:
        make(f"filter-{name}-v3", data, (7, 6), filters=for3)

for number, shape in enumerate([(20, 20), (3, 5), (8, 8)]):
    data = values(shape, "b1")
    for order in "CF":
        make(f"bits-v2-{number}-{order}", data, (7, 6), zarr_format=2, order=order, filters=[numcodecs.PackBits()])
    make(f"bits-v3-{number}", data, (7, 6), filters=[nc.PackBits()])

# shards
inner = {"plain": None, "packed": ZstdCodec(), "checked": [Crc32cCodec()]}
for (kind, compressors), location in itertools.product(inner.items(), ("start", "end")):
    data = values((23, 17), "f8")
    for layout in ("C", "F"):
        codecs = [TransposeCodec(order=(1, 0))] if layout == "F" else []
        listed = [] if compressors is None else compressors if isinstance(compressors, list) else [compressors]
        serializer = ShardingCodec(
            chunk_shape=(4, 3), codecs=[*codecs, BytesCodec(), *listed], index_location=location,
            index_codecs=[BytesCodec(endian="little" if layout == "C" else "big"),
                *([] if kind == "plain" else [Crc32cCodec()])],
        )
        array = zarr.create_array(
            f"{folder}/shard-{kind}-{location}-{layout}", shape=data.shape, dtype="f8", chunks=(12, 9),
            serializer=serializer,
            compressors=None, filters=None, fill_value=-1,
        )
        array[:14, :7] = data[:14, :7]
        array[20:, 10:] = data[20:, 10:]
        case(f"shard-{kind}-{location}-{layout}", array)
    serializer = ShardingCodec(
        chunk_shape=(2, 4, 8), codecs=[TransposeCodec(order=(2, 0, 1)), BytesCodec(), *listed], index_location=location
    )
    array = zarr.create_array(
        f"{folder}/shard-{kind}-{location}-turned", shape=(11, 13, 7), dtype="i2", chunks=(8, 8, 8), compressors=None,
        filters=[TransposeCodec(order=(1, 2, 0))], serializer=serializer,
    )
    array[...] = values((11, 13, 7), "i2")
    case(f"shard-{kind}-{location}-turned", array)
make("shard-convenient", values((40, 30), "i4"), (5, 10), shards=(20, 20), skip={(20, 20)}, fill_value=7)
make("shard-3d", values((9, 8, 7), "u1"), (2, 4, 7), shards=(4, 8, 7), compressors=GzipCodec())

for location, turned in itertools.product(("start", "end"), (False, True)):
    turn = [TransposeCodec(order=(1, 0))] if turned else []
    for depth in (2, 3):
        codecs = [*turn, BytesCodec(), ZstdCodec()]
        lengths = [(12, 8), (6, 4), (3, 2), (1, 1)][4 - depth - 1:]
        for length in reversed(lengths[1:]):
            codecs = [ShardingCodec(chunk_shape=length, codecs=codecs, index_location=location)]
        array = zarr.create_array(
            f"{folder}/shard-nested-{location}-{turned}-{depth}", shape=(23, 17), dtype="i4", chunks=lengths[0],
            serializer=codecs[0], compressors=None, filters=None, fill_value=-1,
        )
        data = values((23, 17), "i4")
        array[:14, :7] = data[:14, :7]
        array[20:, 10:] = data[20:, 10:]
        case(f"shard-nested-{location}-{turned}-{depth}", array)

# fill values
fills = {
    "f8": [0, 1.5, float("nan"), float("inf"), float("-inf"), -0.0, 1e300],
    "f4": [0.1, float("nan")], "f2": [0.1, 65504, float("nan"), 1e-7],
    "i8": [-(2**63), 2**63 - 1, 2**53 + 1], "u8": [2**64 - 1], "i1": [-128], "b1": [True],
    "c8": [1 + 2j], "c16": [complex("nan+infj"), -1j],
}
for dtype, list_ in fills.items():
    for (number, fill), version in itertools.product(enumerate(list_), (2, 3)):
        name = f"fill-{dtype}-{number}-v{version}"
        make(name, values((4,), dtype), (2,), skip={(2,)}, zarr_format=version, fill_value=fill)
make("fill-none-v2", values((4,), "f8"), (4,), skip={(0,)}, zarr_format=2, fill_value=None)

# groups
for version in (2, 3):
    group = zarr.create_group(f"{folder}/group-v{version}", zarr_format=version, attributes={"title": "everything"})
    for name in ("a", "deep/er/b", "deep/c"):
        attributes = {"unit": "m", "missing": float("nan"), "long": 2**60}
        array = group.create_array(name, shape=(4, 3), dtype="i4", chunks=(2, 2), attributes=attributes)
        array[...] = np.arange(12).reshape(4, 3)
    group.create_array("text", shape=(2,), dtype="<U4", chunks=(2,))
    case(f"group-v{version}/a", group["a"])
zarr.consolidate_metadata(f"{folder}/group-v2")
np.save(f"{folder}/plain.npy", np.arange(3))
