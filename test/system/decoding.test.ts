// What a step of a decoder with a cache costs: the same at every place, and no more than its tokens from the host.
import { expect, test } from "vitest";
import { createTransformerDecoder, nn } from "../../src/node.ts";
import { device } from "../support/device.ts";

/** Counts what is made on the GPU, and bytes that go there and come back, whoever asks. */
function watch() {
  const counts = { buffers: 0, bindGroups: 0, uploads: [] as number[], readback: 0 };
  const gpu = device.gpu as unknown as Record<string, unknown>;
  const queue = device.gpu.queue as unknown as Record<string, unknown>;
  const { createBuffer, createBindGroup, createCommandEncoder } = device.gpu;
  const { writeBuffer } = device.gpu.queue;
  gpu.createBuffer = (descriptor: GPUBufferDescriptor) => {
    counts.buffers++;
    return createBuffer.call(device.gpu, descriptor);
  };
  gpu.createBindGroup = (descriptor: GPUBindGroupDescriptor) => {
    counts.bindGroups++;
    return createBindGroup.call(device.gpu, descriptor);
  };
  gpu.createCommandEncoder = (descriptor: GPUObjectDescriptorBase) => {
    const encoder = createCommandEncoder.call(device.gpu, descriptor);
    const { copyBufferToBuffer } = encoder as unknown as Record<string, (...args: unknown[]) => void>;
    Object.defineProperty(encoder, "copyBufferToBuffer", {
      value: (...args: unknown[]) => {
        const target = args[2] as GPUBuffer;
        if (target.usage & GPUBufferUsage.MAP_READ) counts.readback += args[4] as number;
        copyBufferToBuffer?.apply(encoder, args);
      },
    });
    return encoder;
  };
  queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: Int32Array) => {
    counts.uploads.push(data.byteLength);
    writeBuffer.call(device.gpu.queue, buffer, offset, data as Int32Array<ArrayBuffer>);
  };
  const stop = () => {
    // the methods themselves are the prototype's
    for (const name of ["createBuffer", "createBindGroup", "createCommandEncoder"]) delete gpu[name];
    delete queue.writeBuffer;
  };
  return { counts, stop };
}

/** Words that every run uploads: step, seed and room for scalars. */
const HYPER_BYTES = 256;

test.each([1, 3])("a step for batch %i costs the same everywhere", async (batch) => {
  const vocabulary = 13;
  const model = new nn.TransformerLM(vocabulary, { dModel: 16, numHeads: 2, numLayers: 2, maxLength: 64 });
  const decoder = await createTransformerDecoder(device, model, { batch });
  const tokens = Int32Array.from({ length: batch }, (_, i) => i);
  // the first step makes the buffer through which logits are read
  await decoder.step(tokens);
  const bytes = device.counters.bytes;
  const dispatches: number[] = [];
  const { counts, stop } = watch();
  for (let n = 0; n < 40; n++) {
    if (n === 20) decoder.trim(5);
    if (n === 30) decoder.reset();
    counts.uploads.length = 0;
    counts.readback = 0;
    const before = { ...device.counters };
    await decoder.step(tokens);
    dispatches.push(device.counters.dispatches - before.dispatches);
    expect(device.counters.submits - before.submits).toBe(1);
    // one of them is the length that trim and reset set back
    const expected = [4 * batch, HYPER_BYTES, ...(n === 20 || n === 30 ? [4 * batch] : [])];
    expect([...counts.uploads].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
    expect(counts.readback).toBe(4 * batch * vocabulary);
  }
  stop();
  expect(new Set(dispatches).size).toBe(1);
  expect({ buffers: counts.buffers, bindGroups: counts.bindGroups }).toEqual({ buffers: 0, bindGroups: 0 });
  expect(device.counters.bytes).toBe(bytes);
  console.log(`${dispatches[0]} dispatches a step, batch ${batch}, 2 layers`);
  decoder.dispose();
  model.dispose(device);
});

test("prompts of all lengths need a few programs, and disposing frees everything", async () => {
  const model = new nn.TransformerLM(13, { dModel: 16, numHeads: 2, numLayers: 1, maxLength: 64 });
  const warm = await createTransformerDecoder(device, model);
  await warm.prefill(new Int32Array(63));
  await warm.reorder(new Int32Array(1));
  const made = { ...device.counters };
  for (let length = 1; length < 64; length++) {
    warm.reset();
    await warm.prefill(new Int32Array(length));
  }
  expect(device.counters).toMatchObject({ buffers: made.buffers, bindGroups: made.bindGroups, bytes: made.bytes });
  const bytes = device.counters.bytes;
  const other = await createTransformerDecoder(device, model);
  await other.prefill(new Int32Array(63));
  await other.reorder(new Int32Array(1));
  expect(device.counters.bytes).toBeGreaterThan(bytes);
  other.dispose();
  await Promise.resolve();
  expect(device.counters.bytes).toBe(bytes);
  warm.dispose();
  model.dispose(device);
});
