import { expect, test } from "vitest";
import { orderTasks } from "#src/graph/order";
import { adjacency, identity, treeOf } from "../scheduler/tables.js";

/** Tasks by name, each making one chunk: `{ ab: "a b" }` is a task ab that reads the chunks of a and b. */
function graphOf(inputs: Readonly<Record<string, string>>) {
  const names = Object.keys(inputs);
  const reads = Object.values(inputs).map((list) =>
    list
      .split(" ")
      .filter(Boolean)
      .map((name) => names.indexOf(name)),
  );
  return { names, lists: reads, reads: adjacency(reads), tasks: names.length, producer: identity(names.length) };
}

/** Two lines: the order, and under each task how many chunks live while it runs. */
function draw(inputs: Readonly<Record<string, string>>, roots: string): string {
  const graph = graphOf(inputs);
  const order = orderTasks({ ...graph, roots: roots.split(" ").map((name) => graph.names.indexOf(name)) });
  const live = profile(order, graph.lists);
  const column = (i: number) => Math.max(graph.names[order[i]!]!.length, String(live[i]).length);
  const first = [...order].map((task, i) => graph.names[task]!.padEnd(column(i)));
  const second = live.map((count, i) => String(count).padEnd(column(i)));
  return `\n${first.join(" ").trimEnd()}\n${second.join(" ").trimEnd()}\n`;
}

/** How many chunks live while each task of the order runs; results are taken at once. */
function profile(order: ArrayLike<number>, reads: readonly (readonly number[])[]): number[] {
  const readers = new Map<number, number>();
  for (const chunk of Array.from(order).flatMap((task) => reads[task]!)) {
    readers.set(chunk, (readers.get(chunk) ?? 0) + 1);
  }
  let live = 0;
  return Array.from(order, (task) => {
    const during = ++live;
    if (!readers.has(task)) live--;
    for (const chunk of reads[task]!) {
      readers.set(chunk, readers.get(chunk)! - 1);
      if (readers.get(chunk) === 0) live--;
    }
    return during;
  });
}

test("a tree reduction keeps one chunk alive per level", () => {
  const tree = {
    ...{ a: "", b: "", c: "", d: "", e: "", f: "", g: "", h: "" },
    ...{ i: "a b", j: "c d", k: "e f", l: "g h", m: "i j", n: "k l", o: "m n" },
  };
  expect(draw(tree, "o")).toMatchInlineSnapshot(`
    "
    a b i c d j m e f k g h l n o
    1 2 3 2 3 4 3 2 3 4 3 4 5 4 3
    "
  `);
});

test.each([
  [2, 1024, 10],
  [4, 4096, 6],
  [8, 4096, 4],
  [3, 1000, 7],
])("merging %i at a time, %i leaves need no more than the inputs of one merge a level", (fan, leaves, depth) => {
  const { reads, tasks } = treeOf(leaves, fan);
  const order = orderTasks({ tasks, reads, producer: identity(tasks), roots: [tasks - 1] });
  const lists = Array.from({ length: tasks }, (_, i) => [...reads.list(i)]);
  expect(Math.max(...profile(order, lists))).toBeLessThanOrEqual(depth * (fan - 1) + 2);
});

test("a diamond is made once, right before its first reader", () => {
  expect(draw({ a: "", b: "", left: "a", right: "a", out: "left b right" }, "out")).toMatchInlineSnapshot(`
    "
    a left b right out
    1 2    3 4     4
    "
  `);
});

test("in an all-to-all exchange the first output waits for everything and the others follow at once", () => {
  const graph = { a: "", b: "", c: "", x: "a b c", y: "a b c", z: "a b c" };
  expect(draw(graph, "x y z")).toMatchInlineSnapshot(`
    "
    a b c x y z
    1 2 3 4 4 4
    "
  `);
});

test("blocks of an elementwise operation are made one after the other", () => {
  const graph = { a: "", b: "", c: "", p: "", q: "", r: "", ap: "a p", bq: "b q", cr: "c r" };
  expect(draw(graph, "ap bq cr")).toMatchInlineSnapshot(`
    "
    a p ap b q bq c r cr
    1 2 3  1 2 3  1 2 3
    "
  `);
});

test("several outputs are made in the order in which they are wanted and share what they can", () => {
  const graph = { a: "", b: "", sum: "a b", max: "a b", other: "", last: "other sum" };
  expect(draw(graph, "max last sum")).toMatchInlineSnapshot(`
    "
    a b max other sum last
    1 2 3   3     4   3
    "
  `);
});

test("the blocks of x stay in memory for x − mean(x), which needs them twice", () => {
  const graph = { a: "", b: "", c: "", ab: "a b", mean: "ab c", p: "a mean", q: "b mean", r: "c mean" };
  expect(draw(graph, "p q r")).toMatchInlineSnapshot(`
    "
    a b ab c mean p q r
    1 2 3  4 5    5 4 3
    "
  `);
});

test("tasks that no root needs are left out, and a root that another needs is made once", () => {
  expect(draw({ a: "", unused: "a", b: "a" }, "b a b")).toMatchInlineSnapshot(`
    "
    a b
    1 2
    "
  `);
  expect([...orderTasks({ ...graphOf({ a: "" }), roots: [] })]).toEqual([]);
});

test("a task that needs its own result is refused", () => {
  const reads = adjacency([[1], [0]]);
  expect(() => orderTasks({ tasks: 2, reads, producer: identity(2), roots: [0] })).toThrow("needs its own result");
});

test("a chain of a million tasks is ordered without recursion", () => {
  const tasks = 1_000_000;
  const reads = adjacency(Array.from({ length: tasks }, (_, i) => (i === 0 ? [] : [i - 1])));
  const order = orderTasks({ tasks, reads, producer: identity(tasks), roots: [tasks - 1] });
  expect(order.length).toBe(tasks);
  expect(order.every((task, i) => task === i)).toBe(true);
});
