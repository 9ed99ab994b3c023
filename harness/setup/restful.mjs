import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";

/** For a Node that tests: options with which it waits for the driver without keeping a core busy. */
export const restful = ["--import", pathToFileURL(join(root, "harness", "restful-polling.mjs")).href];
