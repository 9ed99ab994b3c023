/** Names and numbers as the tables show them. */
import { pageCase, pageSizes, pageWorkNames, pageWorks } from "../../../bench/cases/page.ts";
import type { EngineName } from "../../../bench/types.ts";

export const engineTitles: Readonly<Record<EngineName, string>> = {
  seqgrad: "seqgrad",
  before: "seqgrad, an earlier commit",
  tfjs: "TensorFlow.js",
  jax: "jax-js",
  onnx: "ONNX Runtime Web",
  minlstm: "seqgrad, MinLSTM",
  lstm: "seqgrad, LSTM",
};

const titles = new Map(
  pageSizes.flatMap((size) =>
    pageWorkNames.map((work) => [pageCase(work, size).name, `${pageWorks[work].title}: ${size}`] as const),
  ),
);

/** Of a case of the page; others, read from a file, have their name. */
export const titleOf = (name: string): string => titles.get(name) ?? name;

/** Three digits, in the unit that they are given in. */
export const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Why an engine has no time, in words for those who did not write it. */
export function whyNot(reason: string): { readonly title: string; readonly detail: string; readonly isWrong: boolean } {
  const [, kind = "", detail = ""] = /^(disagrees|failed): ([\s\S]*)$/.exec(reason) ?? [];
  const first = (detail.split("\n")[0] ?? "").slice(0, 240);
  if (kind === "disagrees") return { title: "Its answer is wrong, so it is not timed", detail: first, isWrong: true };
  if (kind === "failed") return { title: "Failed", detail: first, isWrong: false };
  return { title: "Cannot do it", detail: reason.split("\n")[0] ?? "", isWrong: false };
}
