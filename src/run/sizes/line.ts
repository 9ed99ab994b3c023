/** Work that begins in the order in which it was asked for. */
export class Line {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether nothing waits, nor is about to begin. */
  get isFree(): boolean {
    return this.#waiting === 0;
  }

  /** Begins a task when those before it are done. */
  add<R>(task: () => Promise<R>): Promise<R> {
    this.#waiting++;
    const done = this.#last.then(task).finally(() => this.#waiting--);
    this.#last = done.catch(() => {});
    return done;
  }
}
