// Sentences of one language in another.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { translation } from "./translation.ts";

await runTask(facts, translation);
