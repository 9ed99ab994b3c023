// What commands answer before they set anything up.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("in a checkout without packages", () => {
  let checkout: string;
  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), "seqgrad-checkout-"));
    for (const folder of ["harness", "bench", "examples"]) {
      const wanted = (path: string) => !/results|node_modules/.test(path);
      cpSync(join(root, folder), join(checkout, folder), { recursive: true, filter: wanted });
    }
    cpSync(join(root, "package.json"), join(checkout, "package.json"));
    mkdirSync(join(checkout, "src"));
  });
  afterAll(() => rmSync(checkout, { recursive: true }));

  // nothing can be fetched: a command that tried would fail
  const environment = { npm_config_registry: "http://127.0.0.1:9", SEQGRAD_ADAPTER: "none" };

  const examples =
    "addition anomalies cells classic-tests classification dates forecasting gestures gradient-flow hidden-size hopfield jordan lm-curves missing-values remedies sentiment speaker speech-to-text spoken-digits strings summarisation translation video".split(
      " ",
    );
  test.each([
    ...examples.map((name): [string, string[], RegExp] => [
      name,
      ["harness/example.mjs", name],
      new RegExp(`^[A-Z][\\s\\S]*npm run example -- ${name} [\\s\\S]*--adapter KIND +auto, hardware, software`),
    ]),
    ["page", ["harness/example.mjs", "page"], /^Serves a page[\s\S]*--port/],
    ["npm run examples", ["harness/examples/main.mjs"], /^Repeats the runs[\s\S]*--list/],
    ["npm start", ["harness/start.mjs"], /^Trains a character language model[\s\S]*--top-p/],
    ["npm run kernel", ["harness/ts.mjs", "harness/kernel/main.ts", "--"], /^Checks and times kernels[\s\S]*--watch/],
    ["npm run bench", ["bench/start.mjs", "run"], /^Measures seqgrad beside[\s\S]*--suite/],
    ["npm run gpu", ["harness/ts.mjs", "bench/gpu/main.ts", "--"], /^What a machine with a GPU is asked[\s\S]*--pack/],
    ["npm run bench:report", ["bench/start.mjs", "report"], /^Draws results[\s\S]*--out/],
  ])("%s --help and --version", async (_, command, text) => {
    for (const [args, stdout] of [
      [["--help"], expect.stringMatching(text)],
      [["--steps", "nonsense", "-h"], expect.stringMatching(text)],
      [["--version"], `seqgrad ${version}\n`],
    ] as const) {
      const result = await runProcess(process.execPath, [...command, ...args], { cwd: checkout, environment });
      expect(result).toMatchObject({ code: 0, stderr: "", stdout });
    }
  });
});
