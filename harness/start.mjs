// npm start: sets up what running needs, then runs examples/text-generation in Node.
import { help } from "../examples/text-generation/help.mjs";
import { answeredEarly } from "./setup/help.mjs";
import { runExample } from "./setup/run-example.mjs";
import { runMain } from "./setup/say.mjs";

await runMain(async () => {
  const args = process.argv.slice(2);
  return answeredEarly(args, help) ? 0 : runExample("text-generation", args);
});
