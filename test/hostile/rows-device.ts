// A valid call of each function that needs a device: the arguments; of a method the object first.
import * as sg from "../../src/index.ts";
import { nn } from "../../src/index.ts";
import { doubling, languageModel, Reader, readerOptions, trainerOptions, translator } from "./world.ts";

/** Made anew for each function; what has a `dispose` is disposed of at the end. */
export type DeviceRow = (device: sg.Device) => readonly unknown[] | Promise<readonly unknown[]>;

const x = () => Float32Array.of(1, 2);
const linear = () => new nn.Linear(2, 2);
const weights = (): nn.LoadedTensors =>
  new Map([
    ["weight", { shape: [2, 2], data: new Float32Array(4) }],
    ["bias", { shape: [2], data: new Float32Array(2) }],
  ]);
const loading = () => ({ strict: true, rename: (name: string) => name });
const specs = () => ({ h: sg.float32([1, 1, 2]), n: sg.int32([2]) });

/** A model whose parameters have values. */
async function placed(device: sg.Device): Promise<nn.Linear> {
  const model = linear();
  (await device.parameters.place(model.parameters(), 0)).keep();
  return model;
}

async function ran(device: sg.Device): Promise<sg.Compiled<{ x: sg.Spec }, { y: sg.Value }>> {
  const program = await doubling(device);
  await program.run({ x: x() });
  return program;
}

const trainer = (device: sg.Device) => {
  const model = linear();
  return sg.Trainer.create(device, model, trainerOptions(model));
};
const batch = () => ({ x: new Float32Array(4), last: new Float32Array(4) });

const reader = (device: sg.Device) => {
  const model = new Reader();
  return sg.createRecurrentDecoder(device, model, readerOptions(model));
};
const lm = (device: sg.Device) => sg.createTransformerDecoder(device, languageModel(), { capacity: 4 });
/** Two tokens of each sequence are there. */
async function begun(device: sg.Device): Promise<sg.TransformerLMDecoder> {
  const decoder = await lm(device);
  await decoder.prefill(Int32Array.of(0, 1));
  return decoder;
}

const generation = () => ({
  prompt: [1, 2],
  maxTokens: 2,
  stopTokens: [0],
  seed: 0,
  reset: true,
  signal: new AbortController().signal,
  repetitionPenalty: 1.1,
  temperature: 0.01,
  topK: 2,
  topP: 0.9,
});

export const deviceRows: Readonly<Record<string, DeviceRow>> = {
  "Compiled#describe": async (device) => [await ran(device), { adapter: "hardware" }],
  "Compiled#prepare": async (device) => [await ran(device), {}],
  "Compiled#run": async (device) => [await ran(device), { x: x() }],
  "Compiled#dispose": async (device) => [await ran(device)],
  "Device#check": (device) => [device],
  "Device#idle": (device) => [device],
  "Device#dispose": async () => [await sg.openDevice()],
  "Module#dispose": async (device) => [await placed(device), device],
  "Module#half": async (device) => [await placed(device), device, 1],
  "Module#loadStateDict": (device) => [linear(), device, weights(), loading()],
  "Module#stateDict": async (device) => [await placed(device), device, { tied: "all" }],
  "new State": (device) => [device, specs()],
  "State#dispose": (device) => [new sg.State(device, specs())],
  "State#reset": (device) => [new sg.State(device, specs())],
  "State#write": (device) => [new sg.State(device, specs()), { h: x(), n: Int32Array.of(1, 2) }],
  "Tensor#toString": async (device) => [(await (await ran(device)).run({ x: x() })).y],
  "debug.dispatchTable": async (device) => [await ran(device)],
  "debug.dispatches": async (device) => [await ran(device)],
  "debug.graph": async (device) => [await ran(device)],
  "debug.graphSvg": async (device) => [await ran(device)],
  "debug.read": async (device) => {
    const program = await ran(device);
    return [program, program.executable.request.outputs.y, { x: x() }];
  },
  "debug.wgsl": async (device) => [await ran(device), 0],
  "Tensor#read": async (device) => [(await (await ran(device)).run({ x: x() })).y],
  "Trainer.create": (device) => {
    const model = linear();
    return [device, model, trainerOptions(model)];
  },
  "Trainer#attach": async (device) => [await trainer(device), "data", { state: { at: 1 }, restore: () => {} }],
  "Trainer#checkpoint": async (device) => [await trainer(device)],
  "Trainer#save": async (device) => [await trainer(device), sg.memoryCheckpoints(), { measure: 1 }],
  "Trainer#describe": async (device) => [await trainer(device), { adapter: "hardware" }],
  "Trainer#dispose": async (device) => [await trainer(device)],
  "Trainer#prepare": async (device) => [await trainer(device), {}],
  // their programs are made at the first call, whatever it is given
  "Trainer#evaluate": async (device) => {
    const prepared = await trainer(device);
    await prepared.evaluate([batch()]);
    return [prepared, [batch()]];
  },
  "Trainer#predict": async (device) => {
    const prepared = await trainer(device);
    await prepared.predict(batch());
    return [prepared, batch()];
  },
  "Trainer#recover": async (device) => [await trainer(device)],
  "Trainer#resetCarry": async (device) => [await trainer(device)],
  "Trainer#resetMetrics": async (device) => [await trainer(device)],
  "Trainer#stepMetrics": async (device) => [await trainer(device)],
  "Trainer#stateDict": async (device) => [await trainer(device)],
  "Trainer#step": async (device) => [await trainer(device), batch()],
  "Trainer#stepWithoutLoss": async (device) => [await trainer(device), batch()],
  "Trainer#withAverage": async (device) => [await trainer(device), () => 1],
  "TransformerLMDecoder#dispose": async (device) => [await lm(device)],
  "TransformerLMDecoder#prefill": async (device) => [await lm(device), Int32Array.of(0, 1)],
  "TransformerLMDecoder#reorder": async (device) => [await begun(device), Int32Array.of(0)],
  "TransformerLMDecoder#reset": async (device) => [await begun(device)],
  "TransformerLMDecoder#step": async (device) => [await lm(device), Int32Array.of(2)],
  "TransformerLMDecoder#trim": async (device) => [await begun(device), 1],
  beamSearch: async (device) => [
    await reader(device),
    { prompt: [1], beams: 1, maxTokens: 2, endToken: 0, lengthPenalty: 0.5, earlyStopping: true, signal: undefined },
  ],
  compile: (device) => {
    const model = linear();
    return [
      device,
      model,
      {
        inputs: { x: sg.float32([1, 2]) },
        state: new sg.State(device, { h: sg.float32([1, 2]) }),
        fn({ x }: { x: sg.Value }, state?: { h: sg.Value }) {
          const outputs = { y: model.forward(x) };
          return state ? [outputs, { h: sg.add(state.h, x) }] : outputs;
        },
        seed: 0,
        training: false,
        tune: { budgetMs: 1 },
      },
    ];
  },
  createRecurrentDecoder: (device) => {
    const model = new Reader();
    return [device, model, readerOptions(model)];
  },
  createSeq2SeqDecoder: (device) => [device, translator(), { batch: 1, sourceLength: 2, attention: true }],
  createTransformerDecoder: (device) => [device, languageModel(), { batch: 1, capacity: 4 }],
  findLearningRate: async (device) => [
    await trainer(device),
    [batch()],
    { from: 1e-3, to: 1e-2, steps: 2, smoothing: 0.5, explosion: 2 },
  ],
  fit: async (device) => [
    await trainer(device),
    [{ x: new Float32Array(4) }],
    {
      epochs: 1,
      validation: [{ x: new Float32Array(4) }],
      // however many epochs there are to be
      callbacks: [{ step: (_, run) => run.stop("enough") } satisfies sg.FitCallback],
      signal: new AbortController().signal,
      inFlight: 2,
      name: "all",
    },
  ],
  generate: async (device) => [await reader(device), generation()],
  generateTokens: async (device) => [await reader(device), generation()],
  "nn.loadStateDict": (device) => [device, { part: linear() }, partial(), loading()],
  "nn.stateDict": async (device) => [device, { part: await placed(device) }, { tied: "first" }],
  openDevice: () => [{ adapter: "auto", powerPreference: "low-power", tuning: sg.memoryTuning() }],
  slidingWindow: async (device) => [await reader(device), { capacity: 4, keep: 2 }],
};

const repetitions = () => ({ repetitions: 1 });

/** As `deviceRows`, of what measures the adapter first, which takes seconds. */
export const profileRows: Readonly<Record<string, DeviceRow>> = {
  "Compiled#profile": async (device) => [await ran(device), repetitions()],
  "Trainer#profile": async (device) => [await trainer(device), repetitions()],
};

const partial = () => new Map([...weights()].map(([name, entry]) => [`part.${name}`, entry]));
