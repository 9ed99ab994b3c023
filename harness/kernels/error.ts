/** Something wrong in a kernel's file; the message starts with `file:line`. */
export class KernelSourceError extends Error {
  override name = "KernelSourceError";

  constructor(file: string, line: number, what: string) {
    super(`${file}:${line}: ${what}`);
  }
}
