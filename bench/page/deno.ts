// Entry in Deno.
import { openDevice } from "../../src/index.ts";
import { runOverStdio } from "./stdio.ts";

await runOverStdio(openDevice);
