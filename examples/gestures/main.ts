// Which figure a pen has drawn.
import { runTask } from "../shared/task/program.ts";
import { gestures } from "./gestures.ts";
import { facts } from "./help.mjs";

await runTask(facts, gestures);
