/**
 * How much of the machine this process may use: cores, memory and open files.
 *
 * A process does not get all of its machine: affinity and container quotas take cores away, and a hyperthread adds no
 * bandwidth to a loop that already keeps its core's vector units and memory ports busy. Free memory means memory that
 * can be had without swapping, which includes the page cache.
 *
 * Invariant: {@link coresOf} and {@link memoryOf} are pure: they ask a {@link Machine}, and a file it does not have
 * limits nothing.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";

/** A machine, as far as this module asks about it. */
export interface Machine {
  /** Threads that may run at once, as the runtime reports. */
  readonly parallelism: number;
  /** Bytes of memory that nobody uses, as the runtime reports. */
  readonly free: number;
  /** The text of a file of /proc or /sys, undefined where there is none. */
  read(path: string): string | undefined;
}

const thisMachine: Machine = {
  get parallelism() {
    return availableParallelism();
  },
  get free() {
    return freemem();
  },
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
};

let cores: number | undefined;

/** The physical cores this process may use, at least 1; asked once. */
export function availableCores(): number {
  cores ??= coresOf(thisMachine);
  return cores;
}

/** The default limit of a computation's memory, in bytes: half of the memory that can be had now. */
export function availableMemory(): number {
  return memoryOf(thisMachine);
}

let files: number | undefined;

/** How many files a thread may keep open: a small part of what the system allows the process; asked once. */
export function availableFiles(): number {
  files ??= filesOf(thisMachine);
  return files;
}

/** {@link availableFiles} of any machine. */
export function filesOf(machine: Machine): number {
  const [, allowed] = /^Max open files\s+(\d+)/m.exec(machine.read("/proc/self/limits") ?? "") ?? [];
  return Math.min(512, Math.max(16, Math.floor(numberIn(allowed, 256) / 16)));
}

/** {@link availableCores} of any machine. */
export function coresOf(machine: Machine): number {
  const quotas = groupFolders(machine, "cpu").map(({ folder, version }) => {
    if (version === 2) return quotient(machine.read(`${folder}/cpu.max`)?.split(" "));
    return quotient([machine.read(`${folder}/cpu.cfs_quota_us`), machine.read(`${folder}/cpu.cfs_period_us`)]);
  });
  return Math.max(1, Math.min(machine.parallelism, physicalCores(machine), ...quotas.map(Math.ceil)));
}

/** {@link availableMemory} of any machine. */
export function memoryOf(machine: Machine): number {
  const available = numberIn(fields(machine.read("/proc/meminfo")).get("MemAvailable"), machine.free / 1024) * 1024;
  const left = groupFolders(machine, "memory").map(({ folder, version }) => {
    const read = (name: string, otherwise: number): number => numberIn(machine.read(`${folder}/${name}`), otherwise);
    const stat = fields(machine.read(`${folder}/memory.stat`));
    const prefix = version === 2 ? "" : "total_";
    // The system takes back pages of files when memory runs short, so they do not count as used.
    const cache = numberIn(stat.get(`${prefix}active_file`), 0) + numberIn(stat.get(`${prefix}inactive_file`), 0);
    const used = Math.max(0, read(version === 2 ? "memory.current" : "memory.usage_in_bytes", 0) - cache);
    const limits = version === 2 ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"];
    return Math.max(0, Math.min(...limits.map((name) => read(name, Number.POSITIVE_INFINITY))) - used);
  });
  return Math.floor(Math.min(available, ...left) / 2);
}

/** A list of numbers as Linux writes it: `"0-2,8"` is 0, 1, 2, 8. */
export function numbersOf(list: string): number[] {
  return list
    .trim()
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** Counts hyperthreads of one core once, among the processors that the affinity allows. */
function physicalCores(machine: Machine): number {
  const allowed = fields(machine.read("/proc/self/status")).get("Cpus_allowed_list");
  if (allowed === undefined) return Number.POSITIVE_INFINITY;
  const siblings = numbersOf(allowed).map(
    (cpu) => machine.read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`) ?? `${cpu}`,
  );
  return new Set(siblings.map((text) => text.trim())).size;
}

/**
 * The folders whose limits hold for this process: its control group and all groups around it. Inside a container the
 * path of the group may be the host's, which is not mounted; then the walk up ends at the mount, which is the right
 * one.
 */
function groupFolders(machine: Machine, controller: "cpu" | "memory"): { folder: string; version: 1 | 2 }[] {
  const groups = (machine.read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  return groups.flatMap(([, controllers = "", ...rest]) => {
    const version = controllers === "" ? 2 : 1;
    if (rest.length === 0 || (version === 1 && !controllers.split(",").includes(controller))) return [];
    const root = version === 2 ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${controller}`;
    const names = rest
      .join(":")
      .split("/")
      .filter((name) => name !== "");
    return Array.from({ length: names.length + 1 }, (_, n) => {
      return { folder: [root, ...names.slice(0, names.length - n)].join("/"), version } as const;
    });
  });
}

/** Quota by period; `max` and −1 mean no quota. */
function quotient([quota, period]: readonly (string | undefined)[] = []): number {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Number.POSITIVE_INFINITY;
}

/** The number that a text begins with; without one (no file, or `max`) another. */
function numberIn(text: string | undefined, otherwise: number): number {
  const number = Number.parseInt(text ?? "", 10);
  return Number.isNaN(number) ? otherwise : number;
}

/** The lines `name: value` or `name value` of a file. */
function fields(text = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^(\w+):?\s+(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(name, value);
  }
  return found;
}
