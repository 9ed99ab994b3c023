// Which digit is spoken.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { spokenDigits } from "./spoken-digits.ts";

await runTask(facts, spokenDigits);
