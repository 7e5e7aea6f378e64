/**
 * The tensors of one call: made over the backend's memory, and disposed of when the call ends, whatever happens.
 *
 *     memory ─ createTensor ─▶ int64 words ─ Bitcast ─▶ float64 … ─ operations ─▶ result ─ InplaceUpdate ─▶ memory
 *                 no copy where aligned                                              one copy, made by TensorFlow
 *
 * The addon neither takes nor returns float64 and complex128, so these pass as 64-bit words, which Bitcast renames
 * without touching them. A tensor over memory whose address is a multiple of 64 is that memory; any other tensor is a
 * copy. The addon can only copy a result into an array of its own, from which it would be copied a second time. So a
 * tensor is made over the place of the result, and TensorFlow updates it in place.
 *
 * Invariant: nothing on this thread writes to the memory under a tensor while the tensor exists, since it exists only
 * during the call, which is synchronous. Afterwards no tensor is left.
 */
import { messageOf } from "../../data/causes.js";
import { type DType, factsOf, type TypedArray, viewOf } from "../../data/dtype.js";
import { NativeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { Block } from "../../routines/routine.js";
import { type Attribute, type attributeNames, type Binding, type Library, tf } from "./library.js";

/** A dtype that TensorFlow's kernels for matrices have. */
export type TensorDType = keyof typeof tf;

/** A tensor of a call. */
export interface Tensor {
  readonly id: number;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
}

/** TensorFlow copies memory that a tensor is made over, unless its address is a multiple of this. */
export const alignment = 64;

/** Codes of TensorFlow's status by number. */
const statuses = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** True for dtypes that a tensor can have. */
export function isTensorDType(dtype: DType): dtype is TensorDType {
  return Object.hasOwn(tf, dtype);
}

function failure(operation: string, cause: unknown): NativeError {
  const text = messageOf(cause);
  const [, code, message = text] = /^Invalid TF_Status: (\d+)\s*Message: ([\s\S]*)$/.exec(text) ?? [];
  const status = code === undefined ? {} : { status: statuses[Number(code)] ?? code };
  return new NativeError(
    `TensorFlow: ${operation}: ${message}`,
    { reason: "operation", operation, ...status },
    { cause },
  );
}

/** See the head of this file. */
export class Tensors {
  readonly #binding: Binding;
  readonly #buffer: ArrayBufferLike;
  readonly #writesInPlace: boolean;
  /** Whether the buffer begins at an aligned address. */
  readonly #aligned: boolean;
  readonly #ids: number[] = [];

  constructor({ binding, writesInPlace }: Library, buffer: ArrayBufferLike, aligned: boolean) {
    this.#binding = binding;
    this.#buffer = buffer;
    this.#writesInPlace = writesInPlace;
    this.#aligned = aligned;
  }

  /** A tensor of a block's elements. The block may not be empty. */
  of({ dtype, shape, offset }: Block): Tensor {
    if (!isTensorDType(dtype)) throw new Error(`a tensor cannot hold ${dtype}`);
    return this.#over(dtype, shape, this.#buffer, offset);
  }

  /** A tensor of float64 numbers that lie anywhere. */
  over(numbers: Float64Array, shape: readonly number[]): Tensor {
    return this.#over("float64", shape, numbers.buffer, numbers.byteOffset);
  }

  /** The parts of a block's elements in place: real and imaginary numbers of complex ones alternate. */
  view({ dtype, shape, offset }: Block): TypedArray {
    return viewOf(dtype, this.#buffer, offset, sizeOf(shape));
  }

  /** The same of a block of floating or complex numbers. */
  floats(block: Block): Float32Array | Float64Array {
    const view = this.view(block);
    if (view instanceof Float32Array || view instanceof Float64Array) return view;
    throw new Error(`expected floating numbers; got ${block.dtype}`);
  }

  /** A copy of a tensor's numbers, as {@link view} gives them. */
  read(tensor: Tensor): TypedArray {
    const { buffer, byteOffset } = this.#bytesOf(tensor);
    return viewOf(tensor.dtype, buffer, byteOffset, sizeOf(tensor.shape));
  }

  /** A tensor of a few int32 numbers, for shapes and indices. */
  numbers(values: readonly number[]): Tensor {
    const { buffer } = Int32Array.from(values);
    return this.#over("int32", [values.length], buffer, 0);
  }

  /** A tensor of ones. */
  ones(dtype: TensorDType, length: number): Tensor {
    const width = dtype.startsWith("complex") ? 2 : 1;
    const parts = Array.from({ length: width * length }, (_, i) => Number(i % width === 0));
    const short = dtype === "float32" || dtype === "complex64";
    return this.#over(dtype, [length], (short ? Float32Array : Float64Array).from(parts).buffer, 0);
  }

  /** Runs an operation; `dtypes` are those of its results. */
  run(
    operation: string,
    inputs: readonly Tensor[],
    dtypes: readonly TensorDType[],
    attributes: Attributes = {},
  ): Tensor[] {
    const list = Object.entries(attributes).map(([name, value]): Attribute => {
      if (typeof value === "boolean") return { name, type: this.#binding.TF_ATTR_BOOL, value };
      return { name, type: this.#binding.TF_ATTR_TYPE, value: tf[value] };
    });
    const ids = inputs.map(({ id }) => id);
    const results = this.#attempt(operation, () => this.#binding.executeOp(operation, list, ids, dtypes.length));
    for (const { id } of results) this.#ids.push(id);
    return results.map(({ id, shape }, k) => ({ id, shape, dtype: at(dtypes, k) }));
  }

  /** Runs an operation that has one result, of the dtype of its first input. */
  apply(operation: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
    return at(this.run(operation, inputs, [at(inputs, 0).dtype], attributes), 0);
  }

  /** The same elements in another shape. */
  reshape(tensor: Tensor, shape: readonly number[]): Tensor {
    return this.apply("Reshape", [tensor, this.numbers(shape)]);
  }

  /** Puts a result into its block: replaces its elements, or adds to them. The block may not be empty. */
  store(result: Tensor, block: Block, { add }: { readonly add: boolean }): void {
    const size = sizeOf(block.shape);
    if (this.#canUpdate(block.offset)) {
      this.#update(add ? "InplaceAdd" : "InplaceUpdate", this.of({ ...block, shape: [1, size] }), [0], result);
      return;
    }
    const whole = add ? this.apply("AddV2", [this.of(block), this.reshape(result, block.shape)]) : result;
    const bytes = this.#bytesOf(whole);
    new Uint8Array(this.#buffer, block.offset, bytes.length).set(bytes);
  }

  /**
   * Adds ± a result of float64 to numbers of this memory in place. They are taken as rows, and each row of the result
   * is added to the one that `rows` names. Returns false, with nothing done, if TensorFlow cannot: their address is not
   * aligned.
   */
  addTo(numbers: Float64Array, rows: readonly number[], result: Tensor, sign: 1 | -1): boolean {
    if (!this.#canUpdate(numbers.byteOffset)) return false;
    const width = sizeOf(result.shape) / rows.length;
    const onto = this.over(numbers, [numbers.length / width, width]);
    this.#update(sign === 1 ? "InplaceAdd" : "InplaceSub", onto, rows, result);
    return true;
  }

  /** The numbers of a result of float64: in `into`, which begins at a page, if TensorFlow can put them there. */
  copyTo(into: Float64Array, result: Tensor): Float64Array {
    if (!this.#writesInPlace) {
      const { buffer, byteOffset } = this.#bytesOf(result);
      return new Float64Array(buffer, byteOffset, sizeOf(result.shape));
    }
    this.#update("InplaceUpdate", this.over(into, [1, into.length]), [0], result);
    return into;
  }

  /** Deletes all tensors. */
  dispose(): void {
    for (const id of this.#ids.splice(0)) this.#binding.deleteTensor(id);
  }

  #canUpdate(offset: number): boolean {
    return this.#writesInPlace && this.#aligned && offset % alignment === 0;
  }

  /**
   * Changes some rows of a tensor. TensorFlow's threads share the elements of a row, so contiguous numbers are one row.
   */
  #update(
    operation: "InplaceUpdate" | "InplaceAdd" | "InplaceSub",
    onto: Tensor,
    rows: readonly number[],
    result: Tensor,
  ): void {
    this.apply(operation, [onto, this.numbers(rows), this.reshape(result, [rows.length, at(onto.shape, 1)])]);
  }

  #over(dtype: TensorDType, shape: readonly number[], buffer: ArrayBufferLike, offset: number): Tensor {
    const length = (sizeOf(shape) * factsOf(dtype).bytes) / 4;
    if (dtype === "float32" || dtype === "int32") {
      const data =
        dtype === "float32" ? new Float32Array(buffer, offset, length) : new Int32Array(buffer, offset, length);
      return { id: this.#create(shape, tf[dtype], data), dtype, shape };
    }
    const words = new Int32Array(buffer, offset, length);
    const id = this.#create(dtype === "complex128" ? [...shape, 2] : shape, tf.int64, words);
    const tensor: Tensor = { id, dtype: "int64", shape };
    return dtype === "int64" ? tensor : { ...at(this.run("Bitcast", [tensor], [dtype], { type: dtype }), 0), shape };
  }

  #create(shape: readonly number[], dtype: number, data: Float32Array | Int32Array): number {
    const id = this.#attempt("createTensor", () => this.#binding.createTensor(shape, dtype, data));
    this.#ids.push(id);
    return id;
  }

  #bytesOf(tensor: Tensor): Uint8Array {
    const hidden = tensor.dtype === "float64" || tensor.dtype === "complex128";
    const words = hidden ? at(this.run("Bitcast", [tensor], ["int64"], { type: "int64" }), 0) : tensor;
    const data = this.#attempt("tensorDataSync", () => this.#binding.tensorDataSync(words.id));
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  #attempt<T>(operation: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw failure(operation, error);
    }
  }
}

/** Attributes of an operation: flags, and dtypes by name. */
export type Attributes = Readonly<Partial<Record<(typeof attributeNames)[number], boolean | TensorDType>>>;
