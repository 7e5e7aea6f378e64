/**
 * Exactly what is installed: one TensorFlow, one version of its addon, our own addon. Each has the hash of its content.
 *
 * 2.13.1 is the newest TensorFlow whose wheel has the C interface and with which the addon of tfjs-node 4.22.0 passes
 * TensorFlow.js's own tests: later versions return zeros for `round` of int32 (docs/design/0010).
 */

/** The wheel that holds TensorFlow's shared libraries and headers. */
export const wheel = {
  project: "tensorflow-cpu",
  version: "2.13.1",
  file: "tensorflow_cpu-2.13.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
  sha256: "bfedeee206ccf8130d14d8990dbe991946324df92458ee1bdbeed1c21497beb3",
  bytes: 186_551_083,
} as const;

/** A package of npm of which only the files are needed. */
export interface PackageRelease {
  readonly name: string;
  readonly version: string;
  /** The hash of its archive, in the form that npm's lock files use. */
  readonly integrity: string;
}

/** The package that holds the source of TensorFlow's addon. */
export const addonPackage = {
  name: "@tensorflow/tfjs-node",
  version: "4.22.0",
  integrity: "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
} as const satisfies PackageRelease;

/** The headers of Node's interface for addons, for a Node that comes without them. */
export const headersPackage = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity: "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
} as const satisfies PackageRelease;

/**
 * The sources of our own addon, of which those in C++ are compiled together. The hash of all of them, one after the
 * other, names the build, so that a changed source is compiled again; a test checks it.
 */
export const pagesSource = {
  files: ["pages.cc", "windows.cc", "windows.h"],
  sha256: "5944979c1c28f16ba3945554fd9772df525e29d5eebdffdfa6036d8219390c5d",
} as const;

/** The disk space that an installation needs: the wheel, the files taken from it, and the stripped libraries. */
export const INSTALLATION_BYTES = 1_300_000_000;
