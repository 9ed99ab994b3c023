/** What is made one after the other for something that is not there yet, and of no use without it. */
export class Unfinished {
  readonly #frees: (() => void)[] = [];

  /** Notes what is to be freed if the whole does not come about. */
  own<T extends { dispose(): void }>(made: T): T {
    this.onFailure(() => made.dispose());
    return made;
  }

  onFailure(free: () => void): void {
    this.#frees.push(free);
  }

  /** Makes the whole; where that fails, all that was noted is freed, the last first. */
  static async make<T>(make: (unfinished: Unfinished) => Promise<T>): Promise<T> {
    const unfinished = new Unfinished();
    try {
      return await make(unfinished);
    } catch (error) {
      for (const free of unfinished.#frees.reverse()) free();
      throw error;
    }
  }
}
