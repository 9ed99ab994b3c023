/** The tasks, each loaded when it is chosen. */
import type { TaskData } from "../../protocol.ts";
import type { Settings, TaskName } from "../../settings.ts";
import type { Problem } from "../problem.ts";

export type MakeProblem = (settings: Settings, data: TaskData) => Problem | Promise<Problem>;

const classic = async (): Promise<MakeProblem> => (await import("./classic.ts")).classic;

const tasks: Readonly<Record<TaskName, () => Promise<MakeProblem>>> = {
  text: async () => (await import("./text.ts")).text,
  adding: classic,
  copy: classic,
  parity: classic,
  recall: classic,
  dates: async () => (await import("./dates.ts")).dates,
  series: async () => (await import("./series.ts")).series,
  strokes: async () => (await import("./strokes.ts")).strokes,
  digits: async () => (await import("./digits.ts")).digits,
};

export const openProblem = async (settings: Settings, data: TaskData): Promise<Problem> =>
  (await tasks[settings.task]())(settings, data);
