// Who speaks.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { speaker } from "./speaker.ts";

await runTask(facts, speaker);
