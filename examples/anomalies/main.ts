// Where a series is not as it used to be.
import { runTask } from "../shared/task/program.ts";
import { anomalies } from "./anomalies.ts";
import { facts } from "./help.mjs";

await runTask(facts, anomalies);
