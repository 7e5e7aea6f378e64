// @ts-check
/**
 * The inverse of a symmetric matrix on native kernels, with one thread and with all of them. TensorFlow's pool of
 * threads has one size per process, so each measurement is a process of its own. Without the native library (`npx
 * chunkwise native install`) the embedded kernels do it, on one thread.
 *
 *     node examples/inverse.mjs [--side 4000]
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { eye, linalg, random } from "chunkwise";

const { values } = parseArgs({
  options: { side: { type: "string", default: "4000" }, threads: { type: "string" }, backend: { type: "string" } },
});
const side = Number(values.side);

/** Seconds for one inverse in this process, and how far A · A⁻¹ is from the identity. */
async function measure() {
  const options = { backend: values.backend ?? "wasm", nativeThreads: Number(values.threads), workers: 1 };
  const x = random.normal([side, side], { seed: 1 });
  const a = await x
    .add(x.T)
    .add(eye(side).multiply(4 * Math.sqrt(side)))
    .persist();
  await linalg
    .inv(
      a.slice([
        [0, 64],
        [0, 64],
      ]),
    )
    .compute(options); // the library is loaded now
  const start = performance.now();
  const inverse = await linalg.inv(a).persist(options);
  const seconds = (performance.now() - start) / 1000;
  const error = await inverse.matmul(a).subtract(eye(side)).abs().max().compute(options);
  return { seconds, error: Number(error.item()) };
}

/** @param {number} threads @param {string} backend @returns {{ seconds: number, error: number } | undefined} */
function inProcess(threads, backend) {
  const args = [
    fileURLToPath(import.meta.url),
    "--side",
    String(side),
    "--threads",
    String(threads),
    "--backend",
    backend,
  ];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

if (values.threads !== undefined) {
  console.log(JSON.stringify(await measure()));
} else {
  const all = availableParallelism();
  const one = inProcess(1, "tensorflow");
  if (one === undefined) {
    const embedded = inProcess(1, "wasm");
    if (embedded === undefined) throw new Error("the inverse could not be computed");
    console.log(
      `embedded kernels, 1 thread: ${embedded.seconds.toFixed(2)} s, error ${embedded.error.toExponential(0)}`,
    );
  } else {
    const many = inProcess(all, "tensorflow");
    if (many === undefined) throw new Error(`the inverse could not be computed with ${all} threads`);
    const speedup = one.seconds / many.seconds;
    console.log(`native kernels, 1 thread: ${one.seconds.toFixed(2)} s, error ${one.error.toExponential(0)}`);
    console.log(`native kernels, ${all} threads: ${many.seconds.toFixed(2)} s, error ${many.error.toExponential(0)}`);
    console.log(`speedup ${speedup.toFixed(2)}, efficiency ${((100 * speedup) / all).toFixed(0)} %`);
  }
}
