// A plug-in of StrykerJS that leaves out all but a share of the places, the same for the same seed.
import { createHash } from "node:crypto";

const share = Number(process.env.SEQGRAD_MUTATE_SAMPLE ?? "1");
const seed = process.env.SEQGRAD_MUTATE_SEED ?? "1";

/** @param {string} text */
function drawn(text) {
  return createHash("sha256").update(`${seed} ${text}`).digest().readUInt32BE(0) / 2 ** 32;
}

class Sample {
  /** Leaves of the syntax tree that are no part of the sample take all below them along: statements are drawn, not tokens. @param {any} path */
  shouldIgnore(path) {
    if (
      share >= 1 ||
      !path.isStatement() ||
      path.isBlockStatement() ||
      path.isFunctionDeclaration() ||
      path.isClassDeclaration() ||
      path.isExportDeclaration()
    )
      return undefined;
    const { start } = path.node.loc ?? {};
    const text = path.getSource?.() ?? "";
    return drawn(`${start?.line}:${start?.column} ${text}`) < share ? undefined : "not in the sample";
  }
}

export const strykerPlugins = [{ kind: "Ignore", name: "sample", factory: () => new Sample() }];
