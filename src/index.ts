/**
 * chunkwise: lazy, chunked ND-arrays and task graphs for Node.js.
 *
 * @example
 * import { openNpy } from "chunkwise";
 * const means = await openNpy("huge.npy").mean(0).compute();
 * @packageDocumentation
 */
export { type ArrowTableOptions, type FromArrowOptions, fromArrow, toArrowTable } from "./api/arrow-tables.js";
export type { BlockResult } from "./api/blocks.js";
export type { ModuleFunction, Shippable } from "./api/capture.js";
export { ChunkedArray } from "./api/chunked-array.js";
export { type ComputeOptions, compute } from "./api/compute.js";
export { close, configure } from "./api/config.js";
export { type CreateOptions, eye, fromFunction, full, ones, zeros } from "./api/create.js";
export type { JSONElement } from "./api/elements.js";
export { type ExplainOptions, explain } from "./api/explain.js";
/** Discrete Fourier transforms. */
export * as fft from "./api/fft.js";
export type { DecodeOptions, OpenOptions } from "./api/file-arrays.js";
export { type FromArrayOptions, fromArray } from "./api/from-array.js";
export * as linalg from "./api/linalg.js";
export { type ListedArray, listArrays, openNamed } from "./api/listing.js";
export {
  type BlockFunction,
  type BlocksFunction,
  type FunctionBlock,
  type FunctionPlace,
  type FunctionResult,
  type MapBlocksOptions,
  mapBlocks,
} from "./api/map-blocks.js";
export {
  type Attributes,
  type AttributesOptions,
  type AttributeValue,
  readAttributes,
} from "./api/metadata.js";
export type { Methods } from "./api/methods.js";
export { NDArray, type NDArrayJSON, type NestedElements } from "./api/nd-array.js";
export {
  type OpenAnyOptions,
  type OpenCsvOptions,
  type OpenHdf5Options,
  type OpenNetcdf3Options,
  type OpenNpyStackOptions,
  type OpenNpzOptions,
  type OpenRawOptions,
  type OpenTableOptions,
  type OpenZarrOptions,
  open,
  openArrow,
  openCsv,
  openHdf5,
  openNetcdf3,
  openNpy,
  openNpyStack,
  openNpz,
  openParquet,
  openRaw,
  openZarr,
} from "./api/open.js";
export { type RandomOptions, random } from "./api/random.js";
export { arange, type LinspaceOptions, linspace } from "./api/ranges.js";
export type { BackendName, Configuration } from "./api/settings.js";
export { readParquetStatistics } from "./api/statistics.js";
export { store, type Target } from "./api/store.js";
export { saveNpz, toArrow, toCsv, toNpy, toParquet, toZarr, type ZarrOptions } from "./api/targets.js";
export { readDimensionNames } from "./api/variables.js";
export { formatBytes, parseBytes } from "./data/bytes.js";
export type { Chunks, ChunksLike } from "./data/chunks.js";
export { type Complex, type DType, dtypes, type Element, type TypedArray } from "./data/dtype.js";
export {
  ArgumentError,
  AxisError,
  CaptureError,
  ChunksError,
  ChunkwiseError,
  ClosedError,
  ComputeError,
  ConflictError,
  DTypeError,
  type FailurePlace,
  type FilePlace,
  FormatError,
  InternalError,
  LinAlgError,
  type MatrixFault,
  MemoryLimitError,
  NativeError,
  type NativeReason,
  OutOfBoundsError,
  ShapeError,
  StorageError,
  WorkerError,
} from "./data/errors.js";
export type { Region, Span } from "./data/region.js";
export type { DTypeOfData, DTypeOfValue, ElementOf, ResultRule, TypedArrayOf } from "./data/typed.js";
export { type ProgressBar, type ProgressBarOptions, type ProgressStream, progressBar } from "./diagnostics/progress.js";
export type { OnProgress, Progress } from "./diagnostics/report.js";
export type { ArrowWriteOptions } from "./formats/arrow/writer.js";
export type { CsvWriteOptions } from "./formats/csv/create.js";
export type { CsvOptions } from "./formats/csv/options.js";
export type { ParquetWriteOptions } from "./formats/parquet/writer.js";
export type { RawOptions } from "./formats/raw/raw.js";
export type { ColumnStatistics, RowStatistics, StatisticsOptions } from "./formats/statistics.js";
export type { Nulls, TableOptions } from "./formats/tables/columns.js";
export type { ZarrWriteOptions } from "./formats/zarr/create.js";
export type { ZarrCodec, ZarrCompressor, ZarrStorageOptions } from "./formats/zarr/description.js";
export type { BroadcastTo, BroadcastToOptions } from "./ops/broadcast.js";
export type { Concat, Joining } from "./ops/concat.js";
export type { CallForm, Defined, Definition, Example } from "./ops/definition.js";
export type { Diagonal, DiagonalOptions, Trace, TraceOptions } from "./ops/diagonal.js";
export type { Binary, Unary } from "./ops/elementwise.js";
export type { Handle, Operand } from "./ops/handle.js";
export { type Histogram, type HistogramOptions, histogram } from "./ops/histogram.js";
export * from "./ops/index.js";
export type { ArrayData, ArrayInput, NestedArray } from "./ops/literal.js";
export type { Moment, MomentOptions } from "./ops/moments.js";
export type { VectorNorm, VectorNormOptions } from "./ops/norms.js";
export type { Einsum } from "./ops/products/einsum.js";
export type { MatMul } from "./ops/products/matmul.js";
export type { MultiDot } from "./ops/products/multi-dot.js";
export type { Tensordot, TensordotOptions } from "./ops/products/tensordot.js";
export type { Vecdot, VecdotOptions } from "./ops/products/vecdot.js";
export type { Rechunk } from "./ops/rechunk.js";
export type { Axes, Reduction, ReductionOptions } from "./ops/reduction.js";
export type { Reshape } from "./ops/reshape.js";
export type { Round, RoundOptions } from "./ops/round.js";
export type { AsType, AsTypeOptions, Clip, Where } from "./ops/selection.js";
export type { Index, Slice, SliceEntry } from "./ops/slice.js";
export type { AlongAxes, Transpose } from "./ops/transpose.js";
export type { HandleFamily, TypedHandle, WithDType } from "./ops/typed-handle.js";
