// Entry in Deno, which has WebGPU of its own, as a browser has.
import { openDevice } from "../../../src/index.ts";
import { runOverStdio } from "./stdio.ts";

await runOverStdio("deno", () => openDevice());
