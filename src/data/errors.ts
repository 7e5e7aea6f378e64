/**
 * All errors that chunkwise throws, in one place. Each is a class with a stable `code` and plain fields, so that a
 * program can react to the kind. Messages say what happened, where, and what was expected. Errors cross threads as
 * plain data: {@link serializeError} and {@link deserializeError} keep the class and its fields.
 */

/** Where in a file something went wrong. */
export interface FilePlace {
  /** The file's path as the user gave it. */
  readonly path?: string;
  /** The byte offset in the file. */
  readonly offset?: number;
}

/** So many frames hold the user's line under any of the library's own, also where Node keeps ten. */
export const MOST_FRAMES = 100;

/** The most characters of a message. Paths of real systems stay far below it. */
const MOST_CHARACTERS = 2 ** 13;
/** What is kept of a longer message. */
const KEPT = { beginning: 1000, end: 500 };

/** Shortens a message that quotes a name of many thousand characters. */
function bounded(message: string): string {
  if (message.length <= MOST_CHARACTERS) return message;
  return `${message.slice(0, KEPT.beginning)}…${message.slice(-KEPT.end)}`;
}

/** The base class of all errors that chunkwise throws on purpose; `code` names the kind. */
export class ChunkwiseError extends Error {
  /** A stable name for the kind of error, such as `"AXIS"`. */
  readonly code: string = "CHUNKWISE";

  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Math.max(stackTraceLimit || 0, MOST_FRAMES);
    super(bounded(message), options);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
  }
}

/** An argument or an option has a value that the operation does not take. */
export class ArgumentError extends ChunkwiseError {
  override readonly code = "ARGUMENT";
}

/** Shapes do not fit together, or a shape is not one an array can have. */
export class ShapeError extends ChunkwiseError {
  override readonly code = "SHAPE";
}

/** An axis is out of range or named twice. */
export class AxisError extends ChunkwiseError {
  override readonly code = "AXIS";
}

/** A position is outside an array. */
export class OutOfBoundsError extends ChunkwiseError {
  override readonly code = "OUT_OF_BOUNDS";
}

/** A dtype is unknown, or the operation has no meaning for it. */
export class DTypeError extends ChunkwiseError {
  override readonly code = "DTYPE";
}

/** Chunks do not cover the shape. */
export class ChunksError extends ChunkwiseError {
  override readonly code = "CHUNKS";
}

/** A file or a store could not be read or written; `cause` holds the system's own error. */
export class StorageError extends ChunkwiseError implements FilePlace {
  override readonly code: string = "STORAGE";
  readonly path?: string;
  readonly offset?: number;
  /** The system's code, such as `"ENOENT"` or `"ENOSPC"`. */
  readonly systemCode?: string;

  constructor(message: string, place: FilePlace & { readonly systemCode?: string } = {}, options?: ErrorOptions) {
    super(message, options);
    if (place.path !== undefined) this.path = place.path;
    if (place.offset !== undefined) this.offset = place.offset;
    if (place.systemCode !== undefined) this.systemCode = place.systemCode;
  }
}

/**
 * Another process, or another call, has changed the target or is changing it. Nothing was written; the whole call can
 * be repeated.
 */
export class ConflictError extends StorageError {
  override readonly code = "CONFLICT";
}

/** A file's content is not what its format allows: damaged, truncated, or of a kind that is refused. */
export class FormatError extends StorageError {
  override readonly code = "FORMAT";
}

/** A computation cannot run inside the memory it is allowed. Sizes are in bytes. */
export class MemoryLimitError extends ChunkwiseError {
  override readonly code = "MEMORY_LIMIT";
  /** The bytes that the computation needs at least. */
  readonly needed: number;
  /** The bytes that it may use. */
  readonly limit: number;

  constructor(message: string, sizes: { readonly needed: number; readonly limit: number }, options?: ErrorOptions) {
    super(message, options);
    this.needed = sizes.needed;
    this.limit = sizes.limit;
  }
}

/** The fault of a matrix that a {@link LinAlgError} reports. */
export interface MatrixFault {
  /** What is wrong with it. */
  readonly reason: "singular" | "not positive definite" | "not converged";
  /** Where: the pivot that is 0, or the order of the leading minor that is not positive. */
  readonly order: number;
}

/** A matrix has no such factors or no inverse, or an iteration did not converge. */
export class LinAlgError extends ChunkwiseError implements MatrixFault {
  override readonly code = "LIN_ALG";
  readonly reason: MatrixFault["reason"];
  readonly order: number;

  constructor(message: string, fault: MatrixFault, options?: ErrorOptions) {
    super(message, options);
    this.reason = fault.reason;
    this.order = fault.order;
  }
}

/** A function sent to a worker uses variables from outside itself. */
export class CaptureError extends ChunkwiseError {
  override readonly code = "CAPTURE";
  /** The names of the captured variables. */
  readonly variables: readonly string[];

  constructor(message: string, variables: readonly string[] = []) {
    super(message);
    this.variables = variables;
  }
}

/** A worker ended without being asked to. */
export class WorkerError extends ChunkwiseError {
  override readonly code = "WORKER";
}

/** Something was used after it was closed. */
export class ClosedError extends ChunkwiseError {
  override readonly code = "CLOSED";
}

/** A mistake of chunkwise itself, found before it could become a wrong result. Please report it. */
export class InternalError extends ChunkwiseError {
  override readonly code = "INTERNAL";
}

/** The place of a failure that a {@link ComputeError} reports. */
export interface FailurePlace extends FilePlace {
  /** The operation, such as `"mean"`. */
  readonly operation?: string;
  /** The index of the failing chunk, one number per axis. */
  readonly block?: readonly number[];
  /** The line of the user's program that made the expression: `file:line:column`. */
  readonly madeAt?: string;
}

/** A task failed while computing; `cause` is the original error. */
export class ComputeError extends ChunkwiseError implements FailurePlace {
  override readonly code = "COMPUTE";
  readonly operation?: string;
  readonly block?: readonly number[];
  readonly path?: string;
  readonly offset?: number;
  readonly madeAt?: string;

  constructor(message: string, place: FailurePlace = {}, options?: ErrorOptions) {
    super(message, options);
    if (place.operation !== undefined) this.operation = place.operation;
    if (place.block !== undefined) this.block = place.block;
    if (place.path !== undefined) this.path = place.path;
    if (place.offset !== undefined) this.offset = place.offset;
    if (place.madeAt !== undefined) this.madeAt = place.madeAt;
  }
}

/**
 * Why the native library cannot be used: it is not installed (`"missing"`), this system cannot have it (`"platform"`),
 * a program that installs it is missing or fails (`"python"`, `"compiler"`, `"npm"`, `"system"`), a download failed or
 * has the wrong checksum (`"network"`, `"hash"`), the disk is full (`"disk"`), it does not load (`"load"`), or one of
 * its operations failed (`"operation"`).
 */
export type NativeReason =
  | "missing"
  | "platform"
  | "python"
  | "compiler"
  | "npm"
  | "system"
  | "network"
  | "hash"
  | "disk"
  | "load"
  | "operation";

/** The native library (TensorFlow) is not installed, could not be installed, or refused an operation. */
export class NativeError extends ChunkwiseError {
  override readonly code = "NATIVE";
  /** What went wrong, as a word that stays the same. */
  readonly reason: NativeReason;
  /** The operation of TensorFlow that failed, such as `"MatMul"`. */
  readonly operation?: string;
  /** How TensorFlow classes the failure, such as `"INVALID_ARGUMENT"`. */
  readonly status?: string;

  constructor(
    message: string,
    facts: { readonly reason: NativeReason; readonly operation?: string; readonly status?: string },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.reason = facts.reason;
    if (facts.operation !== undefined) this.operation = facts.operation;
    if (facts.status !== undefined) this.status = facts.status;
  }
}

const classes: Readonly<Record<string, (new (message: string, fields: never) => ChunkwiseError) | undefined>> = {
  ChunkwiseError,
  ArgumentError,
  ShapeError,
  AxisError,
  OutOfBoundsError,
  DTypeError,
  ChunksError,
  StorageError,
  ConflictError,
  FormatError,
  MemoryLimitError,
  LinAlgError,
  CaptureError,
  WorkerError,
  ClosedError,
  ComputeError,
  InternalError,
  NativeError,
};

/** An error as plain data, fit for a message between threads. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: SerializedError;
}

/** The most causes that are serialized: a chain of causes may be a circle. */
const MOST_CAUSES = 20;

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((element) => !Array.isArray(element) && isPlain(element));
  return value === null || !["object", "function", "symbol"].includes(typeof value);
}

/**
 * Turns anything that was thrown into plain data, without fields that are not plain. It never throws and its result can
 * always be posted: a task whose failure could not be reported would never end.
 */
export function serializeError(error: unknown): SerializedError {
  return serializeChain(error, MOST_CAUSES);
}

function serializeChain(error: unknown, depth: number): SerializedError {
  try {
    if (!(error instanceof Error)) return { name: "Error", message: String(error), fields: {} };
    const fields: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(error)) {
      if (isPlain(value) && !["name", "message", "stack", "code", "cause"].includes(key)) fields[key] = value;
    }
    const code = "code" in error ? error.code : undefined;
    if (typeof code === "string" && !(error instanceof ChunkwiseError)) fields.code = code;
    return {
      name: String(error.name),
      message: String(error.message),
      fields,
      ...(error.stack === undefined ? {} : { stack: String(error.stack) }),
      ...(error.cause === undefined || depth === 0 ? {} : { cause: serializeChain(error.cause, depth - 1) }),
    };
  } catch {
    return { name: "Error", message: "an error that cannot be read", fields: {} };
  }
}

/** The inverse of {@link serializeError}: an error of the same class with the same fields. */
export function deserializeError(plain: SerializedError): Error {
  const known = classes[plain.name];
  const cause = plain.cause === undefined ? undefined : deserializeError(plain.cause);
  const fields = plain.fields as never; // each class takes its own fields, or an options object without a cause
  const error = known === undefined ? new Error(plain.message) : new known(plain.message, fields);
  if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  Object.defineProperty(error, "name", { value: plain.name, configurable: true, writable: true });
  if (plain.stack !== undefined) error.stack = plain.stack;
  return Object.assign(error, plain.fields);
}
