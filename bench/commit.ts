import { execFileSync } from "node:child_process";
import { root } from "../harness/setup/paths.mjs";

/** The commit that is measured. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  try {
    // Its own results and reports aside, what is not committed is marked.
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results");
    return `${git("rev-parse", "HEAD")}${changed ? "-dirty" : ""}`;
  } catch {
    return "unknown";
  }
}
