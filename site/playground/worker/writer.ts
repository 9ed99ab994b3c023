/** Lets a model of characters write, and tells what else it might have written. */
import { type Compiled, compile, type Device, int32, seededRandom, type Tensor } from "seqgrad";
import type { Written } from "../protocol.ts";
import type { PlayModel } from "./model.ts";
import type { Problem } from "./problem.ts";

/** Gives the logits of what follows a token; what came before is remembered. */
interface Reader {
  read(token: number): Promise<Float32Array>;
  dispose(): void;
}

async function openReader(device: Device, model: PlayModel, { time }: Problem): Promise<Reader> {
  const state = model.body.stateSpec?.(1);
  if (state) {
    const program = (await compile(device, model, {
      inputs: { token: int32([1, 1]), state },
      fn: ({ token, state }) => {
        const [logits, next] = model.forward(token, state);
        return { logits, state: next as never };
      },
    })) as unknown as Compiled<object, unknown>;
    let held: unknown;
    return {
      async read(token) {
        const given = held === undefined ? { token: [[token]] } : { token: [[token]], state: held };
        const { logits, state: next } = (await program.run(given)) as { logits: Tensor; state: unknown };
        held = next;
        return (await logits.read()) as Float32Array;
      },
      dispose: () => program.dispose(),
    };
  }
  // no state: what was written last is read anew each time
  const program = await compile(device, model, {
    inputs: { tokens: int32([1, time]) },
    fn: ({ tokens }) => ({ logits: model.forward(tokens)[0] }),
  });
  const seen: number[] = [];
  return {
    async read(token) {
      seen.push(token);
      if (seen.length > time) seen.shift();
      const tokens = Int32Array.from({ length: time }, (_, i) => seen[i] ?? 0);
      const { logits } = await program.run({ tokens });
      const all = (await logits.read()) as Float32Array;
      const size = all.length / time;
      return all.slice((seen.length - 1) * size, seen.length * size);
    },
    dispose: () => program.dispose(),
  };
}

export interface WriteOptions {
  readonly prompt: string;
  readonly count: number;
  readonly seed: number;
  /** Asked before each character. */
  temperature(): number;
  stop(): boolean;
  tell?(written: Written): void;
}

export class Writer {
  private constructor(
    private readonly device: Device,
    private readonly model: PlayModel,
    private readonly problem: Problem,
    private reader: Reader,
  ) {}

  static async open(device: Device, model: PlayModel, problem: Problem): Promise<Writer> {
    return new Writer(device, model, problem, await openReader(device, model, problem));
  }

  /** Writes `count` characters behind a prompt, which is not among them. */
  async write({ prompt, count, seed, temperature, stop, tell }: WriteOptions): Promise<string> {
    const { tokenizer } = this.problem;
    if (!tokenizer) throw new Error("This model does not write.");
    // a sequence of its own begins
    this.reader.dispose();
    this.reader = await openReader(this.device, this.model, this.problem);
    const random = seededRandom(seed);
    const known = [...(prompt || "\n")].filter((sign) => tokenizer.characters.includes(sign));
    let logits = new Float32Array(tokenizer.characters.length);
    for (const sign of known) logits = (await this.reader.read(tokenizer.characters.indexOf(sign))) as typeof logits;
    let text = "";
    for (let i = 0; i < count && !stop(); i++) {
      const shares = softmax(logits, temperature());
      const token = draw(shares, random());
      text += tokenizer.decode([token]);
      tell?.({ text, next: likeliest(shares, (each) => tokenizer.decode([each]), 8) });
      logits = (await this.reader.read(token)) as typeof logits;
    }
    return text;
  }

  dispose(): void {
    this.reader.dispose();
  }
}

/** Temperature 0 gives all to the likeliest. */
export function softmax(logits: Float32Array, temperature = 1): Float32Array {
  const most = logits.reduce((found, value) => Math.max(found, value), Number.NEGATIVE_INFINITY);
  const raised = logits.map((value) =>
    temperature > 0 ? Math.exp((value - most) / temperature) : Number(value === most),
  );
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

function draw(shares: Float32Array, at: number): number {
  let passed = 0;
  for (const [token, share] of shares.entries()) {
    passed += share;
    if (at < passed) return token;
  }
  return shares.length - 1;
}

export const likeliest = (shares: Float32Array, nameOf: (token: number) => string, count: number) =>
  [...shares.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([token, probability]) => ({ token: nameOf(token), probability }));
