import { anElement, checkArgument, checkOptions, required } from "../../options.ts";
import type { Guard } from "../guard.ts";
import type { StepLog } from "../step-log.ts";
import type { CheckpointFields } from "./format.ts";
import type { SaveOptions } from "./resumable.ts";
import type { CheckpointStore } from "./store.ts";
import type { TrainerState } from "./trainer-state.ts";

/** The numbers of a trainer that are no part of it. */
type TrainerNumbers = Pick<CheckpointFields, "seed" | "rate" | "learningRate"> & {
  readonly choices: ReadonlyMap<string, string>;
};

const aStore = required({
  expected: "a store of checkpoints, such as memoryCheckpoints()",
  fits: (value) => typeof (value as CheckpointStore | null)?.save === "function",
});

/** Makes checkpoints of a trainer, and puts them in place one after the other. */
export class Saving {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly state: TrainerState,
    private readonly guard: Guard,
    private readonly log: StepLog,
    private readonly numbers: () => TrainerNumbers,
    /** Resolves when the steps that were started have begun; undefined where they have. */
    private readonly begun: () => Promise<void> | undefined,
  ) {}

  async save(store: CheckpointStore, options: SaveOptions | undefined): Promise<void> {
    checkArgument("Trainer.save", "store", store, aStore);
    checkOptions<SaveOptions>("Trainer.save", options, { measure: anElement });
    const made = this.#make();
    const before = this.#last;
    const placed = made.then(async ({ bytes, step }) => {
      await before;
      await store.save(bytes, { step, measure: options?.measure });
    });
    this.#last = placed.catch(() => {});
    return placed;
  }

  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#make()).bytes;
  }

  /** Everything is noted at the call; the rest waits for the GPU, and for steps whose program is not there yet. */
  async #make(): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly step: number }> {
    const { state, guard, log } = this;
    const { device } = state;
    if (log.failure) throw await log.failure;
    const noted = state.note();
    const { choices: _, ...numbers } = this.numbers();
    const begun = this.begun();
    if (begun) await begun;
    if (log.failure) throw await log.failure;
    const ticket = log.read();
    const { steps: step } = log;
    const { choices } = this.numbers();
    const staging = device.staging.take(guard.bytes);
    const snapshot = state.snapshot((encoder) => guard.copy(encoder, staging));
    const reading = device.staging.read(staging, guard.bytes);
    const [words, contents, attached, { encodeSnapshot }] = await Promise.all([
      reading,
      snapshot.contents,
      noted,
      import("../later.ts"),
    ]);
    const verdict = guard.verdict(words);
    await log.judge(verdict, ticket);
    const fields = { step, skipped: verdict.heldCount, ...numbers, choices: Object.fromEntries(choices) };
    return { bytes: encodeSnapshot(state, snapshot, contents, attached, fields), step };
  }
}
