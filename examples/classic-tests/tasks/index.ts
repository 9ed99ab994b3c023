import { adding } from "./adding.ts";
import { copyTask } from "./copy.ts";
import { parity } from "./parity.ts";
import { recall } from "./recall.ts";
import type { Task, TaskName } from "./task.ts";

export const tasks: Readonly<Record<TaskName, Task>> = { adding, copy: copyTask(10), parity, recall };

/** A task with as many symbols to copy as are wanted. */
export const makeTask = (name: TaskName, symbols: number): Task => (name === "copy" ? copyTask(symbols) : tasks[name]);
