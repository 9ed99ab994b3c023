// How many units, which rate, and what helps against overfitting.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { hiddenSize } from "./hidden-size.ts";

await runTask(facts, hiddenSize);
