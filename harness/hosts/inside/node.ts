// Entry in Node.
import "../../restful-polling.ts";
import { openDevice } from "../../../src/node.ts";
import { runOverStdio } from "./stdio.ts";

await runOverStdio("node", () => openDevice());
