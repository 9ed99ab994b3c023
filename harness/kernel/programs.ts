/** Programs in which a kernel occurs: the workloads of its family, and the ways that their choices have. */

import { InputValue } from "../../src/graph/leaves.ts";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { traceIn } from "../../src/graph/mode.ts";
import { buildProgram } from "../../src/plan/build.ts";
import type { MadeChoice, Program } from "../../src/plan/program.ts";
import { type Workload, workloads } from "./workloads.ts";

/** A way of each choice by its key, as a tuner would have found it. */
export type Ways = ReadonlyMap<string, string>;

export interface Place {
  readonly workload: Workload;
  readonly adapter: AdapterProfile;
  readonly program: Program;
  readonly variant: string;
  /** The innermost choice that the kernel is a way of, if any is. */
  readonly choice: MadeChoice | undefined;
  readonly ways: Ways;
}

/** Programs of a workload that are looked at. */
const MOST_PROGRAMS = 24;

/** A place for each variant of a kernel that a workload reaches: on this kind of adapter, or else on the other. */
export function placesOf(kernel: string, family: string, own: AdapterProfile): Place[] {
  const found = new Map<string, Place>();
  const kinds = own.kind === "software" ? (["software", "hardware"] as const) : (["hardware", "software"] as const);
  for (const kind of kinds) {
    if (found.size > 0) break;
    for (const workload of workloads.filter((each) => each.family === family)) {
      for (const { program, adapter, ways } of programsOf(workload, { ...own, kind })) {
        program.dispatches.forEach(({ pipeline }, i) => {
          const { kernel: name, variant } = program.pipelines[pipeline] as Program["pipelines"][number];
          if (name !== kernel || found.has(variant)) return;
          // those inside another one's way come first
          const choice = program.choices.find(({ start, end }) => start <= i && i < end);
          found.set(variant, { workload, adapter, program, variant, choice, ways });
        });
      }
    }
  }
  return [...found.values()];
}

/** The program that the rules choose, then one for each other way of each choice, and of the choices inside it. */
export function* programsOf(workload: Workload, own: AdapterProfile) {
  const build = planners.get(workload) ?? planner(workload);
  planners.set(workload, build);
  const queue: Ways[] = [new Map()];
  const asked = new Set<string>();
  for (let i = 0; i < queue.length && i < MOST_PROGRAMS; i++) {
    const ways = queue[i] as Ways;
    const adapter = { ...own, measured: new Map(ways) };
    const program = build(adapter);
    yield { program, adapter, ways };
    for (const choice of program.choices) {
      for (const way of choice.ways) {
        const next = `${choice.key}: ${way}`;
        if (way === choice.way || asked.has(next)) continue;
        asked.add(next);
        queue.push(new Map([...ways, [choice.key, way]]));
      }
    }
  }
}

/** Tracing takes longer than planning. */
const planners = new Map<Workload, ReturnType<typeof planner>>();

/** Plans the workload for an adapter, without a device. */
function planner({ inputs: specs, fn }: Workload): (adapter: AdapterProfile) => Program {
  const inputs = Object.entries(specs).map(([name, spec]) => new InputValue(name, spec));
  const outputs = traceIn(true, () => fn(Object.fromEntries(inputs.map((input) => [input.name, input]))));
  const hyper = { label: "hyper", elements: 64 };
  return (adapter) => buildProgram({ adapter, hyper, inputs, outputs, locate: () => undefined });
}
