import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import { seedWords } from "../gpu/random.ts";

const ELEMENTS = 64;
const SCALARS = 4;

/** The few numbers that change from step to step: `[step, seedLow, seedHigh, 0, scalars (float32)…]`. */
export class Hyper {
  readonly arena: Arena;
  readonly #words = new Uint32Array(ELEMENTS);
  readonly #floats = new Float32Array(this.#words.buffer);

  constructor(readonly device: Device) {
    this.arena = new Arena(device, "hyper", ELEMENTS);
  }

  write(step: number, seed: number, scalars: readonly number[]): void {
    const [low, high] = seedWords(seed);
    this.#words[0] = step;
    this.#words[1] = low;
    this.#words[2] = high;
    for (let i = 0; i < scalars.length; i++) this.#floats[SCALARS + i] = scalars[i] as number;
    this.device.gpu.queue.writeBuffer(this.arena.buffer, 0, this.#words);
  }

  dispose(): void {
    this.arena.dispose();
  }
}
