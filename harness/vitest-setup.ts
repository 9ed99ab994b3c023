import { generateKernels } from "./kernels/generate.ts";
import { restful } from "./setup/restful.mjs";

/** Runs once, before any test file is loaded. A kernel that cannot be read fails in test/kernels/compile.test.ts. */
export function setup(): void {
  generateKernels();
  // for the workers, and for the programs that they start
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, ...restful].filter(Boolean).join(" ");
}
