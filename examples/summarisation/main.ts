// The sentences of an article that make its summary.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { summarisation } from "./summarisation.ts";

await runTask(facts, summarisation);
