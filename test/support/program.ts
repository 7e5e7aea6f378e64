/** A program of a user, as the text of a module, run by a Node of one's choice in the project's folder. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a module; gives what it writes to standard output. */
export async function runProgram(
  text: string,
  env: Record<string, string> = {},
  node = process.execPath,
  args: readonly string[] = [],
): Promise<string> {
  const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: "", ...env } };
  return (await promisify(execFile)(node, [...args, "--input-type=module", "-e", text], options)).stdout;
}
