/** Detects files and folders that are left by a process that is ended while it writes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ones } from "chunkwise";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { linux } from "../support/platform.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const top = temporaryFolder();

/** Writes targets of three kinds, which never become complete; prints what is in the folder meanwhile. */
const program = (folder: string, before: string, during: string): string => `
  import { readdirSync } from "node:fs";
  import { random, store, toCsv, toNpy, toZarr } from "chunkwise";
  ${before}
  const folder = ${JSON.stringify(folder)};
  const x = random.uniform([64, 10], { seed: 1, chunks: [16, -1] }).mapBlocks((block, { index }) => {
    if (index[0] === 3) while (true);
    return block.data;
  });
  const targets = [toNpy(folder + "/x.npy"), toZarr(folder + "/x.zarr"), toCsv(folder + "/x.csv")];
  const onProgress = () => {
    console.log(JSON.stringify(readdirSync(folder)));
    ${during}
  };
  store([x, x, x], targets, { workers: 1, onProgress });
`;

interface End {
  readonly signal?: NodeJS.Signals;
  /** Code of the program: before it writes, and when it has begun. */
  readonly before?: string;
  readonly during?: string;
  readonly exit: readonly [code: number | null, signal: NodeJS.Signals | null];
}

const ends: Readonly<Record<string, End>> = {
  "Ctrl-C": { signal: "SIGINT", exit: [null, "SIGINT"] },
  "a request to end": { signal: "SIGTERM", exit: [null, "SIGTERM"] },
  "its own exit": { during: "process.exit(3);", exit: [3, null] },
  "a listener for Ctrl-C": {
    signal: "SIGINT",
    before: 'process.once("SIGINT", () => setImmediate(() => process.exit(4)));',
    exit: [4, null],
  },
  "an error that nobody catches": { during: 'setImmediate(() => { throw new Error("x"); });', exit: [1, null] },
};

test.skipIf(process.platform === "win32").each(Object.entries(ends))(
  "a program that is ended by %s leaves nothing of what it was writing",
  async (_, { signal, before = "", during = "", exit }) => {
    const folder = join(top, `ended-${Math.random()}`);
    mkdirSync(folder);
    const child = spawn(process.execPath, ["--input-type=module", "-e", program(folder, before, during)], {
      cwd: root,
    });
    const ended = once(child, "exit");
    const [text] = await once(child.stdout, "data");
    // a .npy file, a Zarr folder, and a CSV file with the folder of its parts
    expect(JSON.parse(String(text).split("\n")[0]!)).toHaveLength(4);
    if (signal !== undefined) child.kill(signal);
    expect(await ended).toEqual(exit);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.runIf(linux)(
  "what a killed program was writing is removed by the next one that writes there, and nothing else",
  async () => {
    const folder = join(top, "killed");
    mkdirSync(folder);
    const child = spawn(process.execPath, ["--input-type=module", "-e", program(folder, "", "")], { cwd: root });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const written = readdirSync(folder);
    expect(written).toHaveLength(4);
    await ones([2]).saveNpy(join(folder, "a.npy"));
    expect(readdirSync(folder).sort()).toEqual([...written, "a.npy"].sort()); // it lives
    child.kill("SIGKILL");
    await ended;
    expect(readdirSync(folder)).toHaveLength(5);

    // the same as another machine, a process with another start, another name, and a former array that waits have it
    const one = written.find((name) => name.endsWith(".tmp") && statSync(join(folder, name)).isFile())!;
    const others = [
      one.replace(/-[0-9a-f]{12}-/, "-0123456789ab-"),
      one.replace(/-\d+-(\d+)-/, `-${process.pid}-${startOfThis()}-`),
      one.replace(".tmp", ".npy"),
      ".chunkwise-1f0c1f0c-0000-4000-8000-000000000000.tmp",
    ];
    for (const name of others) writeFileSync(join(folder, name), "kept");
    const former = one.replace(/[0-9a-f]{12}\.tmp$/, "0123456789ab.tmp");
    mkdirSync(join(folder, former, "former"), { recursive: true });
    const again = `import { ones, store, toZarr } from "chunkwise";
    await store([ones([2])], [toZarr(${JSON.stringify(join(folder, "b.zarr"))})]);`;
    const next = spawn(process.execPath, ["--input-type=module", "-e", again], { cwd: root });
    expect(await once(next, "exit")).toEqual([0, null]);
    expect(readdirSync(folder).sort()).toEqual([...others, former, "a.npy", "b.zarr"].sort());
  },
);

/** The start time of the test process, as /proc reports it. */
function startOfThis(): string {
  const text = readFileSync("/proc/self/stat", "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19]!;
}
