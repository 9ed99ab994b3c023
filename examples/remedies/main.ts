// Which remedy against vanishing gradients helps by how much.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { remedies } from "./remedies.ts";

await runTask(facts, remedies);
