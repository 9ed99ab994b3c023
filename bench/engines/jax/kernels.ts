import { jit, nn, numpy as np } from "@jax-js/jax";
import { uniformData } from "../../cases/data.ts";
import type { KernelWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { runSteps } from "./wait.ts";

type Known = Extract<KernelWork, { kind: "matmul" | "softmax" }>;

export async function prepareKernel(work: Known): Promise<Prepared> {
  const operand = (name: string, shape: number[]) => np.array(uniformData(name, shape)).reshape(shape);
  const matmul = jit(np.matmul);
  const softmax = jit(nn.softmax);
  const [a, b] =
    work.kind === "matmul"
      ? [operand("a", [work.m, work.k]), operand("b", [work.k, work.n])]
      : [operand("a", [work.rows, work.columns]), undefined];
  const step = () => (b ? matmul(a.ref, b.ref) : softmax(a.ref));
  const [y, firstCallMs] = await timed(() => step().data());
  return {
    firstCallMs,
    answers: { y },
    configurations: [
      {
        name: "",
        run: (steps, queued) => runSteps(steps, step, queued),
      },
    ],
    dispose() {},
  };
}
