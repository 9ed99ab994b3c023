import { DataError } from "../errors.ts";

/** Calls that go on from one another. */
interface Line {
  failed: boolean;
}

/**
 * Runs the calls of a decoder one after the other, in the order in which they are made, so that each goes on from the state
 * that the one before it left. A call that fails has to leave the state as it found it. Those that were made to go on from it
 * are refused: their logits would lack its tokens. Those that are made once it has failed go on from the state before it.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #line: Line = { failed: false };

  /** @param onFailure called where a call fails and none since `anew` was meant to come after it */
  constructor(private readonly onFailure: () => void = () => {}) {}

  /** Runs an action after those before it. Rejects with DataError where one that it was to go on from failed. */
  next<T>(op: string, action: () => T | Promise<T>): Promise<T> {
    const line = this.#line;
    const result = this.#last.then(() => this.#run(op, line, action));
    this.#last = result.catch(() => {});
    return result;
  }

  /** What is called from here on does not go on from what was called before. */
  anew(): void {
    this.#line = { failed: false };
  }

  async #run<T>(op: string, line: Line, action: () => T | Promise<T>): Promise<T> {
    if (line.failed) {
      throw new DataError(
        `${op}: a call before it failed, expected it to succeed; the sequences are as they were before that one: call it again, or reset`,
      );
    }
    try {
      return await action();
    } catch (error) {
      line.failed = true;
      if (this.#line === line) {
        this.anew();
        this.onFailure();
      }
      throw error;
    }
  }
}
