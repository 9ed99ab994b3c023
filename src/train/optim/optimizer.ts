import type { Lowering, Slot } from "../../graph/lowering.ts";
import type { Parameter } from "../../graph/parameter.ts";
import type { KernelHandle } from "../../kernels/later.ts";
import { linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import { checkOptions, either, fn, type KindsOf, nonNegative, numberWithin } from "../../options.ts";
import { checkGroups, type Grouping, groupsKind, type ParameterGroup } from "./groups.ts";
import type { Schedule } from "./rate.ts";

/** Options of all optimizers. */
export interface OptimizerOptions {
  /** A number, or a function of the step's number, from 1; `schedules` has some. */
  readonly learningRate?: Schedule;
  /** Shrinks parameters at each step; 0 unless the optimizer says otherwise. */
  readonly weightDecay?: number;
  /** Which parameters decay, by name; all unless given. */
  readonly decays?: (name: string) => boolean;
  /** Parameters with a rate or decay of their own, or frozen, by name. */
  readonly groups?: readonly ParameterGroup[];
}

const optimizerKinds: KindsOf<OptimizerOptions> = {
  learningRate: either(nonNegative, fn),
  weightDecay: nonNegative,
  decays: fn,
  groups: groupsKind,
};

/** Checks an optimizer's options; `kinds` are of those that are its own. Throws ArgumentError. */
export function checkOptimizer<O extends OptimizerOptions>(
  name: string,
  options: O,
  kinds: KindsOf<Omit<O, keyof OptimizerOptions>>,
): void {
  checkOptions<OptimizerOptions>(name, options, { ...optimizerKinds, ...kinds });
  checkGroups(name, options?.groups ?? []);
}

/** How much of a moving average stays; must be less than 1 as the float32 that kernels compute with. */
export const averageKind = numberWithin(
  "a number from 0 up to, but not, 1 (in float32)",
  (value) => value >= 0 && Math.fround(value) < 1,
);

/** Elements that a thread of an update kernel owns. */
const VECTOR = 4;

/** A run of parameters that lie side by side and are treated alike. All slots have the same size, a multiple of four. */
export interface Segment {
  readonly parameter: Slot;
  readonly gradient: Slot;
  /** The optimizer's own tensors, zero at the start, of those that it keeps for these parameters. */
  readonly states: readonly Slot[];
  /** What changes from step to step, the segment's learning rate first among the scalars. */
  readonly hyper: Slot;
  readonly size: number;
  /** Weight decay in place of the optimizer's; 0 where it has none. */
  readonly weightDecay: number | undefined;
  /** The parameters, and where they begin in the segment. */
  readonly parts: readonly { readonly parameter: Parameter; readonly offset: number }[];
}

export interface UpdateContext {
  /** What the step found: the gradients' norm, the optimizer's own step number, and whether the step changes anything. */
  readonly guard: Slot;
  /** 0 for no clipping. */
  readonly clipNorm: number;
  /** The largest magnitude of a gradient's element; 0 for no clipping. */
  readonly clipValue: number;
}

/** An update rule: one dispatch for each segment, or few. */
export interface Optimizer extends Grouping {
  /** How checkpoints and messages call it. */
  readonly name: string;
  /** Names of the tensors that it keeps per parameter. */
  readonly states: readonly string[];
  /** Whether it keeps one of `states` for a parameter; all unless given. The same for all parameters of a kind. */
  keeps?(state: string, parameter: Parameter): boolean;
  /** Factors β of moving averages that start at 0, two at most: the guard holds 1 − βᵗ, t being the optimizer's own step. */
  readonly averages?: readonly number[];
  /** The rate at each step. */
  readonly learningRate: Schedule;
  /** Parameters that are treated otherwise, by name. */
  readonly groups?: readonly ParameterGroup[] | undefined;
  /** Which parameters weight decay applies to; all where absent. */
  readonly decays?: ((name: string) => boolean) | undefined;
  /** Parameters for which it says otherwise are in segments of their own. */
  kindOf?(parameter: Parameter): string;
  /** Adds its dispatches to a step's; called once, when the program is made. */
  lower(to: Lowering, segments: readonly Segment[], context: UpdateContext): void;
}

/** An optimizer whose kernel is dispatched once for each segment. */
export function elementwiseOptimizer(
  rule: Omit<Optimizer, "lower"> & {
    readonly kernel: KernelHandle;
    readonly variant?: string;
    /** Of the kernel, without what all have. */
    readonly params: Readonly<Record<string, number>>;
    readonly weightDecay: number;
    /** States that the kernel binds and, with these numbers, does not touch: they take no memory. */
    readonly unused?: readonly string[];
  },
): Optimizer {
  const { kernel, variant, params, weightDecay, unused = [], ...given } = rule;
  const rest = { ...given, states: given.states.filter((state) => !unused.includes(state)) };
  return {
    ...rest,
    lower(to, segments, context) {
      for (const segment of segments) {
        const decay = { weight_decay: segment.weightDecay ?? weightDecay };
        const idle = unused.map((name) => to.temporary([VECTOR], "float32", name));
        const states = { ...segment, states: [...segment.states, ...idle] };
        lowerUpdate(to, kernel, [...rest.states, ...unused], states, context, { ...params, ...decay }, variant);
      }
    },
  };
}

/** Emits an update kernel; its bindings are parameter, gradient, the states by name, hyper and guard. */
export function lowerUpdate(
  to: Lowering,
  kernel: KernelHandle,
  stateNames: readonly string[],
  { parameter, gradient, states, hyper, size }: Segment,
  { guard, clipNorm, clipValue }: UpdateContext,
  params: Readonly<Record<string, number>>,
  variant = "default",
): void {
  const named = Object.fromEntries(stateNames.map((name, i) => [name, states[i] as Slot]));
  to.dispatch({
    kernel,
    variant,
    bind: { parameter, gradient, ...named, hyper, guard },
    params: { size, clip_norm: clipNorm, clip_value: clipValue, ...params },
    workgroups: linearWorkgroups(size / VECTOR),
    flops: 12 * size,
  });
}
