import { generateKernels } from "./kernels/generate.ts";

/** Runs once, before any test file is loaded. A kernel that cannot be read fails in test/kernels/compile.test.ts. */
export function setup(): void {
  generateKernels();
}
