// Fills what is missing in a table that is measured in time.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { missingValues } from "./missing-values.ts";

await runTask(facts, missingValues);
