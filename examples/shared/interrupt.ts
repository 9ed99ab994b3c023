/** Ctrl-C (or SIGTERM): the first asks for a clean end, the second ends the process at once with exit code 130. */
export class Interrupt {
  requested = false;
  readonly #handle = () => {
    if (this.requested) process.exit(130);
    this.requested = true;
    this.onRequest?.();
  };

  constructor(private readonly onRequest?: () => void) {
    process.on("SIGINT", this.#handle);
    process.on("SIGTERM", this.#handle);
  }

  dispose(): void {
    process.off("SIGINT", this.#handle);
    process.off("SIGTERM", this.#handle);
  }
}
