// Which class a text belongs to: names and their languages, articles and their topics.
import { runTask } from "../shared/task/program.ts";
import { classification } from "./classification.ts";
import { facts } from "./help.mjs";

await runTask(facts, classification);
