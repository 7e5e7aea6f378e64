/**
 * What is installed, exactly: one TensorFlow, one version of the addon, each with the hash that its content must have.
 *
 * 2.13.1 is the newest TensorFlow with which the addon of tfjs-node 4.22.0 passes TensorFlow.js's own tests and whose wheel
 * has the C interface; later ones give zeros for `round` of int32 (docs/design/0010).
 */

/** The wheel that holds TensorFlow's shared libraries and headers. */
export const wheel = {
  project: "tensorflow-cpu",
  version: "2.13.1",
  file: "tensorflow_cpu-2.13.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
  sha256: "bfedeee206ccf8130d14d8990dbe991946324df92458ee1bdbeed1c21497beb3",
  bytes: 186_551_083,
} as const;

/** A package of npm, of which only the files are wanted. */
export interface PackageRelease {
  readonly name: string;
  readonly version: string;
  /** The hash of its archive as package-lock.json writes it. */
  readonly integrity: string;
}

/** The package that holds the source of the addon. */
export const addonPackage = {
  name: "@tensorflow/tfjs-node",
  version: "4.22.0",
  integrity: "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
} as const satisfies PackageRelease;

/** The headers of Node's interface for addons, where they do not stand beside the node program. */
export const headersPackage = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity: "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
} as const satisfies PackageRelease;

/** The version of the addon of pages.ts: another one for another source. */
export const pagesVersion = 2;

/** The bytes that an installation takes while it is made: the wheel, what is taken out of it, and the stripped libraries. */
export const neededBytes = 1_300_000_000;
