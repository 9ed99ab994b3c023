// The report: plans as they were and as they are, and what the model says of them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../harness/setup/paths.mjs";
import { cards, WAIT } from "./constants.ts";
import { insideSection } from "./inside.ts";
import { instructionsOf } from "./instructions.ts";
import { nullDevice, type Planned, planOfLayer, type Shape } from "./plan.ts";
import { type Group, groups, type Instructions, type InstructionsOf, type Prediction, predict } from "./predict.ts";

export interface Case extends Shape {
  readonly card: keyof typeof cards;
}

export const cases: readonly Case[] = [
  { card: "h100", hidden: 768, batch: 16, time: 1024 },
  { card: "rtx3060", hidden: 256, batch: 32, time: 128 },
  { card: "rtx3060", hidden: 512, batch: 32, time: 128 },
];

/** A state of the project: plans in the order of the cases, and of a past state what its kernels' loops took. */
interface State {
  readonly plans: readonly (readonly Planned[])[];
  readonly instructions?: Readonly<Record<string, Instructions>>;
}

/** `before` is of commit 1d68997, with the loops that were counted when its kernels were new. */
export interface Plans {
  readonly before: State;
  readonly now: State;
}

const folder = join(root, "bench", "isa");
const plansFile = join(folder, "model", "plans.json");
const pageFile = join(folder, "model.md");

export const readPlans = (): Plans => JSON.parse(readFileSync(plansFile, "utf8"));
export const readPage = (): string => readFileSync(pageFile, "utf8");

/** The plans of all cases as they are. */
export async function plansNow(): Promise<Planned[][]> {
  const device = await nullDevice();
  const plans: Planned[][] = [];
  for (const each of cases) plans.push(await planOfLayer(device, each));
  device.dispose();
  return plans;
}

/** Plans anew and writes the report. */
export async function writeReport(): Promise<string> {
  const plans: Plans = { ...readPlans(), now: { plans: await plansNow() } };
  writeFileSync(plansFile, `${JSON.stringify(plans, null, 1)}\n`);
  const page = pageOf(plans);
  writeFileSync(pageFile, page);
  return page;
}

const intro = `# What a training step takes, by a model

Made by \`npm run isa -- --model\`; \`bench/isa/model/\` has the model and its constants, with their sources. **Nothing was measured on these cards.** A dispatch takes a wait of ${WAIT} µs, and then the longest of three: its instructions (those of the hot loop by Tint for navi31, in place of the card's own) on the multiprocessor that has the most workgroups, its bytes from the cache or from memory, and the loads of a thread one after the other.

One LSTM layer with as many inputs as units, float32. Included: the input's product for all steps, the recurrence forward and backward, gradients of both weights and of biases, the mean squared error, clipping by norm, Adam. Not included: a gradient of the input, encoding, submits, uploads. _Before_ is commit 1d68997: a dispatch for each step, too, by tiles in workgroup memory; of its steps' loops 173 instructions were counted for 32 multiply-adds forward and 95 for 32 backward, of products 360 for 256 (by hand; the first table of \`npm run isa\` counted the same loops of steps at 25 and 23 a multiply-add, where nothing was unrolled, by which _before_ would take some four times as long).
`;

/** The page of these plans, by the table as it is. */
export function pageOf({ before, now }: Plans): string {
  const past: InstructionsOf = (kernel, variant) =>
    before.instructions?.[`${kernel} ${variant}`] ?? before.instructions?.[kernel];
  const heads = ["", "", "dispatches", ...groups, "step, ms", "of it waiting"];
  const present = instructionsOf();
  const lines = cases.flatMap(({ card, hidden, batch, time }, i) => {
    const of = (state: State, by: InstructionsOf) => predict(cards[card], state.plans[i] ?? [], by);
    const what = `${cards[card].name}, H ${hidden}, B ${batch}, T ${time}`;
    return [lineOf(what, "before", of(before, past)), lineOf("", "now", of(now, present))];
  });
  const table = [heads, heads.map((_, i) => (i < 2 ? "---" : "---:")), ...lines];
  return `${intro}\n${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n${outro}\n${insideSection(present, instructionsOf("vega10"))}`;
}

const outro = `For comparison, measured by others on an H100 at H 768, B 16, T 1024 in bfloat16 (FlashRNN's paper): cuDNN 2.0 ms forward and 5.2 with backward, one kernel for each step 10.8 and 26.5.
`;

function lineOf(what: string, when: string, { dispatches, milliseconds, total, waiting }: Prediction): string[] {
  const ms = (value: number) => value.toFixed(2);
  return [
    what,
    when,
    String(dispatches),
    ...groups.map((group: Group) => ms(milliseconds[group])),
    ms(total),
    ms(waiting),
  ];
}
