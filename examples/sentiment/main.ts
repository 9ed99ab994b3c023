// Praise or blame, and by which words.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { sentiment } from "./sentiment.ts";

await runTask(facts, sentiment);
