/** Firefox answers a map only every so many milliseconds, or when something is submitted. */
const NUDGE_EVERY_MS = 4;

const answersLate = (): boolean => /\bFirefox\//.test(globalThis.navigator?.userAgent ?? "");

/**
 * Who waits for a device. Each waits for its own work or for the device's end, which is told to those who wait by then: a
 * promise that may never settle keeps every reaction that was ever added to it, so nobody waits on one.
 */
export class Waiting {
  readonly #waiters = new Set<(error: Error) => void>();
  #end: Error | null = null;

  constructor(
    readonly queue: Pick<GPUQueue, "submit">,
    /** Something empty to submit. */
    private readonly empty: () => GPUCommandBuffer,
    /** Whether what is waited for comes sooner where something is submitted meanwhile. */
    private readonly nudges: boolean = answersLate(),
  ) {}

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Settles as `work` does, or rejects when the device ends before. */
  for<T>(work: Promise<T>): Promise<T> {
    if (this.#end) {
      // what becomes of it is told by the end alone
      work.catch(() => {});
      return Promise.reject(this.#end);
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiters.add(reject);
      const nudging = this.nudges ? setInterval(() => this.queue.submit([this.empty()]), NUDGE_EVERY_MS) : undefined;
      const done = () => {
        this.#waiters.delete(reject);
        clearInterval(nudging);
      };
      work.then(
        (result) => {
          done();
          resolve(result);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }

  /** The device has ended: all who wait, and all who come later, are told. */
  end(error: Error): void {
    this.#end ??= error;
    for (const reject of this.#waiters) reject(this.#end);
    this.#waiters.clear();
  }
}
