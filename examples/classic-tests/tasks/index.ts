import { adding } from "./adding.ts";
import { copy } from "./copy.ts";
import { parity } from "./parity.ts";
import { recall } from "./recall.ts";
import type { Task, TaskName } from "./task.ts";

export const tasks: Readonly<Record<TaskName, Task>> = { adding, copy, parity, recall };
