// What happens when the GPU goes away, refuses work or cannot compile: an error at the next await, never silence.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { createLayout, PipelineCache } from "../../src/gpu/pipeline.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import { compile, type Device, float32, KernelError, mul, openDevice } from "../../src/node.ts";
import { Replay } from "../../src/run/replay.ts";
import { charTrainer, tokensFor } from "../system/support.ts";

const opened: Device[] = [];
async function open(): Promise<Device> {
  const device = await openDevice();
  opened.push(device);
  return device;
}
afterEach(() => {
  for (const device of opened.splice(0)) device.dispose();
});

const lost = { name: "DeviceLostError", message: expect.stringMatching(/open a new device/) };

const double = (device: Device) =>
  compile(device, null, { inputs: { x: float32([4]) }, fn: ({ x }) => ({ y: mul(x, 2) }) });

test("when the GPU device is destroyed a pending step rejects, and so does all that follows", async () => {
  const device = await open();
  const { model, trainer } = await charTrainer(device);
  await trainer.step(tokensFor(8));
  const pending = [trainer.step(tokensFor(8)), trainer.stateDict(), device.idle(), trainer.profile()];
  device.gpu.destroy();
  for (const result of await Promise.allSettled(pending)) {
    expect(result).toMatchObject({ status: "rejected", reason: lost });
  }
  await expect(trainer.step(tokensFor(8))).rejects.toMatchObject(lost);
  expect(() => trainer.stepWithoutLoss(tokensFor(8))).toThrow(expect.objectContaining(lost));
  await expect(trainer.profile()).rejects.toMatchObject(lost);
  await expect(model.stateDict(device)).rejects.toMatchObject(lost);
  await expect(device.idle()).rejects.toMatchObject(lost);
  await expect(double(device)).rejects.toMatchObject(lost);
  // freeing what is gone already is no error
  trainer.dispose();
  model.dispose(device);
});

describe.for<[how: string, lose: (device: Device) => void]>([
  ["the GPU device is destroyed", (device) => device.gpu.destroy()],
  ["the device is disposed of", (device) => device.dispose()],
])("when %s", ([, lose]) => {
  test("a pending read rejects, and so does a call before the loss is told", async () => {
    const device = await open();
    const program = await double(device);
    const { y } = await program.run({ x: [1, 2, 3, 4] });
    const pending = y.read();
    lose(device);
    const next = program.run({ x: [1, 2, 3, 4] }).then((outputs) => outputs.y.read());
    await expect(pending).rejects.toMatchObject(lost);
    await expect(next).rejects.toMatchObject(lost);
    await expect(y.read()).rejects.toMatchObject(lost);
  });
});

describe("a validation error inside a submit", () => {
  test("surfaces at the next await, with the kernel's file", async () => {
    const device = await open();
    const program = await double(device);
    const { y } = await program.run({ x: [1, 2, 3, 4] });
    expect([...(await y.read())]).toEqual([2, 4, 6, 8]);
    // the bind group still holds it
    program.replay.buffers.find((buffer) => buffer.label.startsWith("input"))?.destroy();
    const { dispatches, bytes } = device.counters;
    const outputs = await program.run({ x: [5, 6, 7, 8] }).catch((error: unknown) => error);
    const reading =
      outputs instanceof Error
        ? Promise.reject(outputs)
        : (outputs as Awaited<ReturnType<typeof program.run>>).y.read();
    await expect(reading).rejects.toMatchObject({ name: "KernelError", message: expect.stringContaining("destroyed") });
    expect(device.counters.dispatches).toBe(dispatches + 1);
    expect(device.counters.bytes).toBeLessThanOrEqual(bytes);
    await expect(program.run({ x: [1, 2, 3, 4] })).rejects.toBeInstanceOf(KernelError);
  });

  test("names the kernel whose bind group or pipeline it is about", async () => {
    const device = await open();
    const program = await double(device);
    const uniforms = (program.replay as unknown as { owned: GPUBuffer[] }).owned.at(-1) as GPUBuffer;
    const { group } = createLayout(device.gpu, kernels.fill.manifest);
    device.gpu.createBindGroup({
      label: "fill",
      layout: group,
      entries: [{ binding: 7, resource: { buffer: uniforms } }],
    });
    await expect(device.idle()).rejects.toMatchObject({
      name: "KernelError",
      message: expect.stringMatching(/^kernels\/elementwise\/fill\.wgsl: .*binding/s),
    });
  });

  test("in a training step rejects the step", async () => {
    const device = await open();
    const { trainer } = await charTrainer(device);
    await trainer.step(tokensFor(8));
    trainer.replay.buffers.find((buffer) => buffer.label.startsWith("transient"))?.destroy();
    await expect(trainer.step(tokensFor(8))).rejects.toBeInstanceOf(KernelError);
  });
});

describe("a kernel that does not compile", () => {
  /** Changes the kernel until the function that it gives is called. */
  function breakSource(change: (source: string) => string): () => void {
    const fill = kernels.fill.manifest as { source: string };
    const own = fill.source;
    fill.source = change(own);
    return () => {
      fill.source = own;
    };
  }

  test("gives KernelError with the file's own line and the variant, and leaves the device usable", async () => {
    const device = await open();
    const bytes = device.counters.bytes;
    const broken = "y[params.y_offset / LANES + i] = Element(params.value);";
    const lines = readFileSync(join(root, "kernels/elementwise/fill.wgsl"), "utf8").split("\n");
    const line = lines.findIndex((each) => each.includes(broken)) + 1;
    expect(line).toBeGreaterThan(1);
    const repair = breakSource((source) => source.replace(broken, "y[0] = nonsense;"));
    try {
      await expect(device.pipelines.get("fill", "default")).rejects.toMatchObject({
        name: "KernelError",
        // behind the library's lines, which are not counted
        message: expect.stringMatching(
          new RegExp(`^kernels/elementwise/fill\\.wgsl:${line}: variant "default" .*nonsense`, "s"),
        ),
      });
      await expect(Replay.create(device, fillProgram())).rejects.toBeInstanceOf(KernelError);
      expect(device.counters.bytes).toBe(bytes);
    } finally {
      repair();
    }
    await device.idle();
    await expect(new PipelineCache(device.gpu).get("fill", "default")).resolves.toBeDefined();
    const { y } = await (await double(device)).run({ x: [1, 2, 3, 4] });
    expect([...(await y.read())]).toEqual([2, 4, 6, 8]);
  });

  test("names a library's file where the error is there", async () => {
    const device = await open();
    const repair = breakSource((source) => source.replace("return group * workgroup_size", "return nonsense"));
    try {
      await expect(device.pipelines.get("fill", "default")).rejects.toThrow(/^kernels\/lib\/linear\.wgsl:8: variant/);
    } finally {
      repair();
    }
  });

  test("that only the pipeline refuses gives its file", async () => {
    const device = await open();
    const repair = breakSource((source) => source.replace("WORKGROUP_SIZE: u32 = 64u", "WORKGROUP_SIZE: u32 = 4096u"));
    try {
      await expect(device.pipelines.get("fill", "default")).rejects.toThrow(
        /^kernels\/elementwise\/fill\.wgsl: variant "default"/,
      );
    } finally {
      repair();
    }
    await device.idle();
  });
});

const fillProgram = (): Parameters<typeof Replay.create>[1] => ({
  buffers: [{ label: "y", bytes: 64, kind: "output" }],
  pipelines: [{ kernel: "fill", variant: "default" }],
  bindGroups: [{ pipeline: 0, buffers: [0] }],
  dispatches: [],
  uniforms: new Uint8Array(16),
  inputs: new Map(),
  outputs: new Map(),
  cuts: [],
  choices: [],
  notes: [],
});
