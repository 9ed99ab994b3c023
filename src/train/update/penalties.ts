import type { Parameter } from "../../graph/parameter.ts";
import * as kernels from "../../kernels/generated/update.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { TrainingMemory } from "../gradients.ts";
import { groupOf, type ParameterGroup } from "../optim/groups.ts";
import type { UpdateStage, UpdateStep } from "./stage.ts";
import { bitsOf, byRows, chunkTable, Tables, together } from "./tables.ts";

/** Adds the gradients of L1 and L2 penalties to those of the batch, in one dispatch for all parameters. */
export class Penalties implements UpdateStage {
  readonly #tables: Tables;

  constructor(private readonly memory: TrainingMemory) {
    this.#tables = new Tables(memory.device, "penalties");
  }

  gradients(to: LoweringContext, { segments }: UpdateStep): void {
    const isWanted = (parameter: Parameter) => hasPenalty(this.#groupOf(parameter));
    for (const { parameter, gradient, places } of together(segments, isWanted)) {
      const { words, chunks } = chunkTable(to.adapter, places, (each) => {
        const { l1 = 0, l2 = 0 } = this.#groupOf(each);
        return [bitsOf(l1), bitsOf(l2)];
      });
      const [parallel, serial] = [kernels.penalize_chunks_parallel, kernels.penalize_chunks_serial];
      to.dispatch({
        ...byRows(to, chunks, to.adapter.kind === "software", { parallel, serial }),
        bind: { parameter, gradient, table: this.#tables.slot(to, words) },
        params: { chunks },
      });
    }
  }

  dispose(): void {
    this.#tables.dispose();
  }

  #groupOf({ name }: Parameter): Partial<ParameterGroup> {
    const { optimizer } = this.memory;
    return optimizer.groups?.[groupOf(optimizer, name)] ?? {};
  }
}

export const hasPenalty = ({ l1 = 0, l2 = 0 }: Partial<ParameterGroup>): boolean => l1 > 0 || l2 > 0;
