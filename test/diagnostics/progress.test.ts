import { expect, test } from "vitest";
import { formatProgress, progressBar } from "#src/diagnostics/progress";
import type { Progress } from "#src/diagnostics/report";

const half: Progress = {
  tasksDone: 62,
  tasks: 100,
  bytesRead: 5e9,
  bytesMapped: 0,
  bytesWritten: 0,
  bytesToRead: 8e9,
  fraction: 0.62,
  milliseconds: 6500,
  bytesPerSecond: 12.3e9,
  millisecondsLeft: 4000,
  memory: 118e6,
  peakMemory: 240e6,
};
const whole: Progress = {
  ...half,
  tasksDone: 100,
  bytesRead: 8e9,
  fraction: 1,
  milliseconds: 10_500,
  millisecondsLeft: 0,
};

/** A stream that keeps what is written. */
function recorder(columns?: number) {
  const written: string[] = [];
  return { isTTY: columns !== undefined, columns, written, write: (text: string) => written.push(text) };
}

test("formatProgress leaves out what does not fit, at many widths", () => {
  expect(
    [120, 80, 60, 50, 40, 30, 20, 10, 4, 3, 0].map((columns) => formatProgress(half, columns)),
  ).toMatchInlineSnapshot(`
    [
      "██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB",
      "██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB",
      "██████░░░░  62%  12.3 GB/s  4 s left  118 MB",
      "████░░░░  62%  12.3 GB/s  4 s left  118 MB",
      "████░░░░  62%  12.3 GB/s  4 s left",
      "████░░░░  62%  12.3 GB/s",
      "████░░░░  62%",
      "62%",
      "62%",
      "62%",
      "",
    ]
  `);
});

test("formatProgress never exceeds its columns", () => {
  for (const progress of [half, whole, { ...half, bytesPerSecond: 123e6, millisecondsLeft: 4e6 }]) {
    for (let columns = 0; columns < 100; columns++) {
      expect(formatProgress(progress, columns).length).toBeLessThanOrEqual(columns);
    }
  }
});

test("formatProgress shows the whole course from the first report to the last", () => {
  const first = {
    ...half,
    tasksDone: 0,
    bytesRead: 0,
    fraction: 0,
    bytesPerSecond: 0,
    millisecondsLeft: null,
    memory: 0,
  };
  const hours = { ...half, fraction: 0.001, millisecondsLeft: 7_325_000, bytesPerSecond: 500e6 };
  const minutes = { ...half, fraction: 0.999, millisecondsLeft: 80_000 };
  const inMemory = { ...half, bytesRead: 0, bytesToRead: 0, bytesPerSecond: 0 };
  const all = [
    first,
    hours,
    half,
    minutes,
    whole,
    inMemory,
    { ...inMemory, fraction: 1, tasksDone: 100, milliseconds: 24 },
  ];
  expect(all.map((progress) => formatProgress(progress, 80))).toMatchInlineSnapshot(`
    [
      "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0%      0 B/s  0 B",
      "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0%   500 MB/s  2 h 2 min left  118 MB",
      "██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB",
      "█████████████████████████████░  99%  12.3 GB/s  1 min 20 s left  118 MB",
      "██████████████████████████████ 100%  12.3 GB/s  in 10.5 s  peak 240 MB",
      "██████████████████░░░░░░░░░░░░  62%  62/100 tasks  4 s left  118 MB",
      "██████████████████████████████ 100%  100/100 tasks  in 24 ms  peak 240 MB",
    ]
  `);
});

test("a terminal's bar rewrites one line and ends it", () => {
  const stream = recorder(60);
  const bar = progressBar(stream, { label: "means" });
  for (const milliseconds of [0, 50, 99, 100, 150, 250]) bar({ ...half, milliseconds });
  bar(whole);
  bar.finish();
  expect(stream.written.map((text) => JSON.stringify(text))).toMatchInlineSnapshot(`
    [
      ""\\r\\u001b[2Kmeans ████░░░░  62%  12.3 GB/s  4 s left  118 MB"",
      ""\\r\\u001b[2Kmeans ████░░░░  62%  12.3 GB/s  4 s left  118 MB"",
      ""\\r\\u001b[2Kmeans ████░░░░  62%  12.3 GB/s  4 s left  118 MB"",
      ""\\r\\u001b[2Kmeans ████████ 100%  12.3 GB/s  in 10.5 s  peak 240 MB\\n"",
    ]
  `);
  const lines = stream.written.map((text) => text.replace("\r\x1b[2K", "").trimEnd());
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
});

test("a computation that does not complete leaves no line behind", () => {
  const stream = recorder(60);
  const bar = progressBar(stream);
  bar(half);
  bar.finish();
  bar.finish();
  expect(stream.written).toHaveLength(2);
  expect(stream.written[1]).toBe("\r\x1b[2K");
});

test("one bar serves several computations", () => {
  const stream = recorder(60);
  const bar = progressBar(stream);
  bar({ ...half, milliseconds: 5000 });
  bar({ ...half, milliseconds: 10 }); // the first one failed and nobody called finish
  bar(whole);
  bar({ ...half, milliseconds: 10 });
  expect(stream.written).toHaveLength(4);
});

test("nothing is written where there is no terminal", () => {
  const stream = recorder();
  const bar = progressBar(stream);
  bar(half);
  bar(whole);
  bar.finish();
  expect(stream.written).toEqual([]);
});

test("plain lines that are forced are written every five seconds and at the end", () => {
  const stream = recorder();
  const bar = progressBar(stream, { force: true });
  for (let milliseconds = 0; milliseconds < 12_000; milliseconds += 100) bar({ ...half, milliseconds });
  bar(whole);
  bar.finish();
  expect(stream.written.map((text) => JSON.stringify(text))).toMatchInlineSnapshot(`
    [
      ""██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB\\n"",
      ""██████████████████░░░░░░░░░░░░  62%  12.3 GB/s  4 s left  118 MB\\n"",
      ""██████████████████████████████ 100%  12.3 GB/s  in 10.5 s  peak 240 MB\\n"",
    ]
  `);
});
