/**
 * Python with its libraries (NumPy, pyarrow, h5py, zarr-python) beside a process of tests: one for all programs,
 * because to load a library takes longer than most of them. It ends with the process of the tests, because its input
 * ends then.
 *
 * Invariant: a program sees nothing of those before it but files and loaded modules. Its variables are deleted when it
 * ends, so that what they refer to, such as open files, is closed, and the next one begins in the same folder.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { letGo } from "./child.js";

/** Takes programs with their arguments, a line for each; answers with what was printed, or what was raised. */
const server = `
import contextlib, io, json, os, sys, traceback, warnings
home = os.getcwd()
warnings.simplefilter("ignore")
for line in sys.stdin:
    code, args = json.loads(line)
    printed, sys.argv, scope = io.StringIO(), ["", *args], {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, scope)
        answer = [printed.getvalue(), None]
    except BaseException:
        answer = [None, traceback.format_exc()]
    scope.clear()
    os.chdir(home)
    print(json.dumps(answer), flush=True)
`;

let running: { process: ChildProcessWithoutNullStreams; answers: AsyncIterator<string> } | undefined;

function start(): NonNullable<typeof running> {
  const python = process.env.CHUNKWISE_PYTHON;
  if (!python) throw new Error("this test needs Python, and none was found: run `npm test`, which makes .venv");
  // several threads would wait for each other by spinning, and take the processor from what is tested
  const child = spawn(python, ["-c", server], { env: { ...process.env, OPENBLAS_NUM_THREADS: "1" } });
  child.stderr.pipe(process.stderr);
  letGo(child);
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { process: child, answers: { next: () => Promise.race([lines.next(), failed]) } };
}

/** Runs a program of Python; gives what it prints. Programs run one after the other. */
export async function runPython(code: string, ...args: readonly string[]): Promise<string> {
  running ??= start();
  running.process.stdin.write(`${JSON.stringify([code, args])}\n`);
  const { value, done } = await running.answers.next();
  if (done) throw new Error("Python has ended");
  const [printed, raised] = JSON.parse(value) as [string, string | null];
  if (raised !== null) throw new Error(raised);
  return printed;
}
