import * as kernels from "../../kernels/generated/update.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { TrainingMemory } from "../gradients.ts";
import type { UpdateStage, UpdateStep } from "./stage.ts";
import { byRows, chunkTable, Tables, together } from "./tables.ts";

/** Scales the gradient of each parameter whose norm is larger than the limit: two dispatches for all. */
export class ParameterClipping implements UpdateStage {
  readonly #tables: Tables;

  constructor(
    { device }: TrainingMemory,
    private readonly limit: number,
  ) {
    this.#tables = new Tables(device, "chunks of gradients");
  }

  judged(to: LoweringContext, { segments }: UpdateStep): void {
    for (const { gradient, places } of together(segments, () => true)) {
      const { words, chunks } = chunkTable(to.adapter, places, (_, { from, to }) => [from, to]);
      const [table, partials] = [this.#tables.slot(to, words), to.temporary([chunks], "float32", "squares of chunks")];
      const isSoftware = to.adapter.kind === "software";
      const [parallel, serial] = [kernels.chunk_squares_parallel, kernels.chunk_squares_serial];
      const bind = { x: gradient, partials, table };
      to.dispatch({ ...byRows(to, chunks, isSoftware, { parallel, serial }), bind, params: { chunks } });
      const clip = { parallel: kernels.clip_chunks_parallel, serial: kernels.clip_chunks_serial };
      to.dispatch({ ...byRows(to, chunks, isSoftware, clip), bind, params: { chunks, limit: this.limit } });
    }
  }

  dispose(): void {
    this.#tables.dispose();
  }
}
