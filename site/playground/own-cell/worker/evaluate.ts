/** A visitor's code as a cell. */
import * as seqgrad from "seqgrad";
import * as define from "../define.ts";
import { codeName } from "../places.ts";

const modules: Readonly<Record<string, object>> = { seqgrad, playground: define };

/** What the code says of itself is not to be believed: whoever writes it may have silenced the checker. */
export function evaluate(code: string): define.Cell {
  // biome-ignore lint/security/noGlobalEval: it is what this worker is for; its policy lets nothing out
  const run: unknown = globalThis.eval(`(function (require, exports) {${code}\n})\n//# sourceURL=${codeName}`);
  const exported: { default?: unknown } = {};
  (run as (require: (name: string) => object, exports: object) => void)((name) => {
    const found = modules[name];
    if (!found) throw new Error(`import: there is no "${name}" here, expected "seqgrad" or "playground"`);
    return found;
  }, exported);
  const { states, make } = (exported.default ?? {}) as Partial<define.Cell>;
  if (!states || typeof make !== "function") {
    throw new TypeError("The text exports no cell, expected `export default defineCell(…)`.");
  }
  return { states, make };
}
