// Entry in Node.
import { openDevice } from "../../../src/node.ts";
import { runOverStdio } from "./stdio.ts";

await runOverStdio("node", () => openDevice());
