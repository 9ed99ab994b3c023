// Strings of spoken digits are written down.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { speechToText } from "./speech-to-text.ts";

await runTask(facts, speechToText);
