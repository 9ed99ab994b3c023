// A plug-in of StrykerJS that leaves out all but a share of the changes, the same for the same seed. Each is drawn by
// itself: had places been drawn in the syntax tree, what lies deep would hardly ever be one of them.
import { createHash } from "node:crypto";
import { relative } from "node:path";

const share = Number(process.env.SEQGRAD_MUTATE_SAMPLE ?? "1");
const seed = process.env.SEQGRAD_MUTATE_SEED ?? "1";

/** @param {{ fileName: string, location: { start: { line: number, column: number } }, replacement: string }} mutant */
function isDrawn({ fileName, location: { start }, replacement }) {
  const text = `${seed} ${relative(process.cwd(), fileName)}:${start.line}:${start.column} ${replacement}`;
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32 < share;
}

class Sample {
  async init() {}

  /** All at once. @param {{ id: string }[]} mutants */
  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  /** @param {any[]} mutants */
  async check(mutants) {
    return Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        isDrawn(mutant) ? { status: "passed" } : { status: "compileError", reason: "not in the sample" },
      ]),
    );
  }
}

export const strykerPlugins = [{ kind: "Checker", name: "sample", factory: () => new Sample() }];
