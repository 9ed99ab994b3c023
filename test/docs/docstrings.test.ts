// Every export and every member of what is exported says what it is; the examples in docstrings are programs that compile.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { withoutDocstring } from "./docstrings.ts";
import { complaintsOf, examplesIn } from "./examples.ts";

test("exports and their members have docstrings", () => {
  const entries = ["src/index.ts", "src/node.ts", "src/data/index.ts"].map((entry) => join(root, entry));
  expect(withoutDocstring(entries)).toEqual([]);
});

test("no docstring is a link's definition for Markdown, which shows none", () => {
  const folder = join(root, "src");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const wrong = /(?:\/\*\*|^ +\*) \[[^\]]*\]: /m;
  expect(files.filter((file) => wrong.test(readFileSync(join(folder, file), "utf8")))).toEqual([]);
});

describe("examples in docstrings", () => {
  const examples = examplesIn(join(root, "src"));

  test("are there for what is used most", () => {
    const used = [
      ..."openDevice compile Trainer gradients scan checkpoint matmul lstm scaledDotProductAttention".split(" "),
      ..."Module Linear Embedding LSTM GRU MultiheadAttention TransformerLM crossEntropy adamW generate Batches".split(
        " ",
      ),
    ];
    expect(used.filter((name) => !examples.some((example) => example.name === name))).toEqual([]);
  });

  test("compile", () => {
    expect(complaintsOf(examples)).toEqual([]);
  });
});
