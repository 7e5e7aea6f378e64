/** Detects names that come, go or change without anyone deciding it. */
import * as chunkwise from "chunkwise";
import { expect, test } from "vitest";

/** Words in alphabetical order, in lines that a diff can show. */
const wrapped = (words: readonly string[]): string =>
  [...words].sort().reduce((text, word) => {
    const line = text.slice(text.lastIndexOf("\n") + 1);
    return text + (text === "" ? "" : line.length + word.length > 90 ? "\n" : " ") + word;
  }, "");

const isClass = (value: unknown): boolean =>
  typeof value === "function" && /^class /.test(Function.prototype.toString.call(value));

/** The public members of a class: methods with (), properties without. */
function members(prototype: object): string {
  const all = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const names = all.map(([name, { value }]) => (typeof value === "function" ? `${name}()` : name));
  return wrapped(names.filter((name) => name !== "constructor()"));
}

function exported(which: (value: unknown) => boolean): string {
  return wrapped(Object.entries(chunkwise).flatMap(([name, value]) => (which(value) ? [name] : [])));
}

test("the package exports these classes", () => {
  expect(exported(isClass)).toMatchInlineSnapshot(`
    "ArgumentError AxisError CaptureError ChunkedArray ChunksError ChunkwiseError ClosedError
    ComputeError ConflictError DTypeError FormatError InternalError LinAlgError
    MemoryLimitError NDArray NativeError OutOfBoundsError ShapeError StorageError WorkerError"
  `);
});

test("the package exports these functions", () => {
  expect(exported((value) => typeof value === "function" && !isClass(value))).toMatchInlineSnapshot(`
    "abs acos acosh add all any arange argmax argmin asin asinh astype atan atan2 atanh
    bitwiseAnd bitwiseInvert bitwiseLeftShift bitwiseOr bitwiseRightShift bitwiseXor
    broadcastTo cbrt ceil clip close compute concat configure conj cos cosh countNonzero
    diagonal divide dot einsum equal erf erfc exp exp2 expandDims explain expm1 eye flip floor
    floorDivide formatBytes fromArray fromArrow fromFunction full gamma greater greaterEqual
    histogram hypot imag inner isfinite isinf isnan kron kurtosis less lessEqual linspace
    listArrays log log10 log1p log2 logGamma logicalAnd logicalNot logicalOr logicalXor
    mapBlocks matmul matrixTranspose max maximum mean min minimum moment multiDot multiply
    nanargmax nanargmin nanmax nanmean nanmin nanprod nanstd nansum nanvar negative notEqual
    ones open openArrow openCsv openHdf5 openNamed openNetcdf3 openNpy openNpyStack openNpz
    openParquet openRaw openZarr outer parseBytes positive pow prod progressBar readAttributes
    readDimensionNames readParquetStatistics real rechunk reciprocal remainder reshape round
    saveNpz sign sin sinh skew slice sqrt square squeeze stack std store subtract sum tan tanh
    tensordot toArrow toArrowTable toCsv toNpy toParquet toZarr trace transpose trunc var
    vecdot vectorNorm where zeros"
  `);
});

test("the package exports these values and namespaces", () => {
  expect(exported((value) => typeof value !== "function")).toMatchInlineSnapshot(`"dtypes fft linalg random"`);
  expect(wrapped(Object.keys(chunkwise.fft))).toMatchInlineSnapshot(`
    "fft fft2 fftfreq fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn
    rfft rfft2 rfftfreq rfftn"
  `);
  expect(wrapped(Object.keys(chunkwise.linalg))).toMatchInlineSnapshot(`
    "cholesky cond cross det diagonal eig eigh eigvals eigvalsh expm inv lstsq lu matmul
    matrixNorm matrixPower matrixRank matrixTranspose norm outer pinv qr slogdet solve
    solveTriangular svd svdCompressed svdvals tensordot trace vecdot vectorNorm"
  `);
  expect(wrapped(Object.keys(chunkwise.random))).toMatchInlineSnapshot(`"normal uniform"`);
});

test("ChunkedArray has these members", () => {
  expect(members(chunkwise.ChunkedArray.prototype)).toMatchInlineSnapshot(`
    "T abs() acos() acosh() add() all() any() argmax() argmin() asin() asinh() astype() atan()
    atan2() atanh() bitwiseAnd() bitwiseInvert() bitwiseLeftShift() bitwiseOr()
    bitwiseRightShift() bitwiseXor() blocks() broadcastTo() cbrt() ceil() chunks clip()
    compute() conj() cos() cosh() countNonzero() diagonal() divide() dot() dtype equal() erf()
    erfc() exp() exp2() expandDims() explain() expm1() flip() floor() floorDivide() gamma()
    greater() greaterEqual() histogram() hypot() imag() inner() isfinite() isinf() isnan()
    kron() kurtosis() less() lessEqual() log() log10() log1p() log2() logGamma() logicalAnd()
    logicalNot() logicalOr() logicalXor() mT mapBlocks() matmul() matrixTranspose() max()
    maximum() mean() min() minimum() moment() multiply() nanargmax() nanargmin() nanmax()
    nanmean() nanmin() nanprod() nanstd() nansum() nanvar() nbytes ndim negative() notEqual()
    outer() persist() positive() pow() prod() real() rechunk() reciprocal() remainder()
    reshape() round() saveArrow() saveCsv() saveNpy() saveParquet() saveZarr() shape sign()
    sin() sinh() size skew() slice() sqrt() square() squeeze() std() subtract() sum() tan()
    tanh() tensordot() toString() trace() transpose() trunc() var() vecdot() vectorNorm()
    where() wrap()"
  `);
});

test("NDArray has these members", () => {
  expect(members(chunkwise.NDArray.prototype)).toMatchInlineSnapshot(
    `"get() item() nbytes ndim reshape() size slice() toArray() toJSON() toString()"`,
  );
});
