/**
 * zarr-python beside the tests of a file: one process for all programs, because to load it takes longer than most of
 * them.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll } from "vitest";

/** Takes programs with their arguments, a line for each; answers with what was printed, or what was raised. */
const server = `
import contextlib, io, json, sys, traceback, warnings
warnings.simplefilter("ignore")
for line in sys.stdin:
    code, args = json.loads(line)
    printed, sys.argv = io.StringIO(), ["", *args]
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {"__name__": "__main__"})
        answer = [printed.getvalue(), None]
    except BaseException:
        answer = [None, traceback.format_exc()]
    print(json.dumps(answer), flush=True)
`;

let running: { process: ChildProcessWithoutNullStreams; answers: AsyncIterator<string> } | undefined;

function start(): NonNullable<typeof running> {
  const child = spawn(process.env.CHUNKWISE_PYTHON ?? "no Python with zarr-python: run npm test", ["-c", server]);
  child.stderr.pipe(process.stderr);
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { process: child, answers: { next: () => Promise.race([lines.next(), failed]) } };
}

afterAll(() => running?.process.stdin.end());

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
