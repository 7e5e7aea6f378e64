import { describe, expect, test } from "vitest";
import { State, type StateName, TaskStates } from "#src/scheduler/state";

const names = Object.keys(State) as StateName[];

/** A legal way from `waiting` to each state. */
const ways: Record<StateName, StateName[]> = {
  waiting: [],
  ready: ["ready"],
  running: ["ready", "running"],
  done: ["ready", "running", "done"],
  cancelled: ["cancelled"],
};

/** The table by which tasks move, written down a second time. */
const table = {
  waiting: { waiting: false, ready: true, running: false, done: false, cancelled: true },
  ready: { waiting: false, ready: false, running: true, done: false, cancelled: true },
  running: { waiting: false, ready: true, running: false, done: true, cancelled: true },
  done: { waiting: false, ready: false, running: false, done: false, cancelled: false },
  cancelled: { waiting: false, ready: false, running: false, done: false, cancelled: false },
};

describe.each(names)("a task that is %s", (from) => {
  test.each(names)("may or may not become %s, as the table says", (to) => {
    const states = new TaskStates(2);
    for (const step of ways[from]) states.move(1, State[step]);
    expect(states.nameOf(1)).toBe(from);
    if (table[from][to]) {
      states.move(1, State[to]);
      expect(states.nameOf(1)).toBe(to);
    } else {
      expect(() => states.move(1, State[to])).toThrow(`internal error: task 1 cannot become ${to}: it is ${from}`);
      expect(states.nameOf(1)).toBe(from);
    }
  });
});

test("the counts of states follow every move", () => {
  const states = new TaskStates(4);
  expect(states.counts).toEqual({ waiting: 4, ready: 0, running: 0, done: 0, cancelled: 0 });
  for (const task of [0, 1, 2]) states.move(task, State.ready);
  for (const task of [0, 1]) states.move(task, State.running);
  states.move(0, State.done);
  expect(states.counts).toEqual({ waiting: 1, ready: 1, running: 1, done: 1, cancelled: 0 });
  states.cancelAll();
  expect(states.counts).toEqual({ waiting: 0, ready: 0, running: 0, done: 1, cancelled: 3 });
});

test("a task that does not exist cannot move", () => {
  expect(() => new TaskStates(1).move(1, State.ready)).toThrow("task 1 cannot become ready: it is unknown");
});
