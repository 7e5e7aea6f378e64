/**
 * The flags by which a program loads its modules, such as `--import tsx`. Its workers start without them, because most
 * need none and a preloaded module may do anything; user-module.ts loads what they name where it is needed.
 */
import type { Preload } from "../user-module.js";

/** What a worker needs to load modules as the program does. */
export interface ProgramLoader {
  readonly preloads: readonly Preload[];
  /** Flags that change how modules are loaded, without running code of the program. */
  readonly flags: readonly string[];
}

const preload = /^(--import|--require|-r)(?:=(.*))?$/;
const flag = /^(--(no-)?(experimental-)?(strip|transform)-types|--preserve-symlinks)$/;
const flagWithValue = /^(--conditions|-C|--loader|--experimental-loader)(?:=(.*))?$/;

/** The loader that the flags of a program give. */
export function loaderOf(args: readonly string[]): ProgramLoader {
  const preloads: Preload[] = [];
  const flags: string[] = [];
  for (const [i, arg] of args.entries()) {
    const following = args[i + 1];
    const [, kind, name = following] = preload.exec(arg) ?? [];
    const [, kept, value = following] = flagWithValue.exec(arg) ?? [];
    if (kind !== undefined && name !== undefined) preloads.push({ name, required: kind !== "--import" });
    else if (kept !== undefined && value !== undefined) flags.push(kept, value);
    else if (flag.test(arg)) flags.push(arg);
  }
  return { preloads, flags };
}

/** The loader of this program: from `NODE_OPTIONS` and its flags. */
export function programLoader(): ProgramLoader {
  const options = (process.env.NODE_OPTIONS ?? "").split(/\s+/).filter((word) => word !== "");
  return loaderOf([...options, ...process.execArgv]);
}
