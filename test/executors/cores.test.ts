import { availableParallelism, totalmem } from "node:os";
import { expect, test } from "vitest";
import { availableCores, availableMemory, coresOf, type Machine, memoryOf, numbersOf } from "#src/executors/cores";

const gib = 2 ** 30;

function machine(files: Record<string, string>, parallelism = 8, free = 64 * gib): Machine {
  return { parallelism, free, read: (path) => files[path] };
}

/** Eight processors, two on each core: 0 with 4, 1 with 5, … */
const hyperthreads = Object.fromEntries(
  Array.from({ length: 8 }, (_, cpu) => [
    `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`,
    `${cpu % 4},${(cpu % 4) + 4}\n`,
  ]),
);
const status = (list: string) => ({
  "/proc/self/status": `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\n`,
});
const meminfo = {
  "/proc/meminfo": "MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   33554432 kB\n",
};

test("a list of processors is read as numbers", () => {
  expect(numbersOf("0-2,8,10-11\n")).toEqual([0, 1, 2, 8, 10, 11]);
  expect(numbersOf("3")).toEqual([3]);
  expect(numbersOf("\n")).toEqual([]);
});

test("this machine has at least one core and some memory", () => {
  expect(availableCores()).toBeGreaterThanOrEqual(1);
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
  expect(availableMemory()).toBeGreaterThan(0);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem() / 2);
});

test("without files of /proc and /sys the figures of the runtime count", () => {
  expect(coresOf(machine({}))).toBe(8);
  expect(memoryOf(machine({}))).toBe(32 * gib);
});

test("hyperthreads of a core count once, and only where the affinity allows them", () => {
  expect(coresOf(machine({ ...hyperthreads, ...status("0-7") }))).toBe(4);
  expect(coresOf(machine({ ...hyperthreads, ...status("0,4") }))).toBe(1);
  expect(coresOf(machine({ ...hyperthreads, ...status("0,1,5") }))).toBe(2);
  expect(coresOf(machine(status("0-7")))).toBe(8);
});

test("a CPU quota of control groups version 2 limits the cores, also that of a group around", () => {
  const groups = { "/proc/self/cgroup": "0::/a.slice/b.scope\n" };
  expect(coresOf(machine({ ...groups, "/sys/fs/cgroup/a.slice/b.scope/cpu.max": "max 100000\n" }))).toBe(8);
  expect(coresOf(machine({ ...groups, "/sys/fs/cgroup/a.slice/b.scope/cpu.max": "250000 100000\n" }))).toBe(3);
  expect(coresOf(machine({ ...groups, "/sys/fs/cgroup/a.slice/cpu.max": "50000 100000\n" }))).toBe(1);
  expect(coresOf(machine({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "400000 100000\n" }))).toBe(4);
});

test("a CPU quota of version 1 limits the cores where a container names its group as the host does", () => {
  const groups = { "/proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x:y\n" };
  const period = { "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" };
  expect(coresOf(machine({ ...groups, ...period, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n" }))).toBe(2);
  expect(coresOf(machine({ ...groups, ...period, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n" }))).toBe(8);
});

test("half of the memory that can be had without swapping is used", () => {
  expect(memoryOf(machine(meminfo))).toBe(16 * gib);
});

test("a memory limit of version 2 counts, and the page cache does not", () => {
  const folder = "/sys/fs/cgroup/job";
  const files = {
    ...meminfo,
    "/proc/self/cgroup": "0::/job\n",
    [`${folder}/memory.max`]: `${4 * gib}\n`,
    [`${folder}/memory.high`]: "max\n",
    [`${folder}/memory.current`]: `${3 * gib}\n`,
    [`${folder}/memory.stat`]: `anon ${gib}\nfile ${2 * gib}\ninactive_file ${1.5 * gib}\nactive_file ${0.5 * gib}\n`,
  };
  expect(memoryOf(machine(files))).toBe(1.5 * gib);
  expect(memoryOf(machine({ ...files, [`${folder}/memory.high`]: `${2 * gib}\n` }))).toBe(0.5 * gib);
  expect(memoryOf(machine({ ...files, [`${folder}/memory.max`]: "max\n" }))).toBe(16 * gib);
  expect(memoryOf(machine({ ...files, [`${folder}/memory.current`]: `${9 * gib}\n` }))).toBe(0);
});

test("a memory limit of version 1 counts", () => {
  const folder = "/sys/fs/cgroup/memory";
  const files = {
    ...meminfo,
    "/proc/self/cgroup": "9:memory:/docker/abc\n0::/\n",
    [`${folder}/memory.limit_in_bytes`]: `${2 * gib}\n`,
    [`${folder}/memory.usage_in_bytes`]: `${gib}\n`,
    [`${folder}/memory.stat`]: `cache 5\ntotal_inactive_file ${0.25 * gib}\ntotal_active_file ${0.25 * gib}\n`,
  };
  expect(memoryOf(machine(files))).toBe(0.75 * gib);
  expect(memoryOf(machine({ ...files, [`${folder}/memory.limit_in_bytes`]: "9223372036854771712\n" }))).toBe(16 * gib);
});
