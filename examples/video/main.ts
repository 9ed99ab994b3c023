// What happens in a clip.
import { runTask } from "../shared/task/program.ts";
import { facts } from "./help.mjs";
import { video } from "./video.ts";

await runTask(facts, video);
