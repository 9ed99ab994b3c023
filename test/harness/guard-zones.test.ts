import { afterAll, beforeAll, expect, test } from "vitest";
import { GuardZones } from "../../harness/hosts/inside/guard-zones.ts";
import { type Device, openDevice } from "../../src/node.ts";

let device: Device;
let zones: GuardZones;

beforeAll(async () => {
  device = await openDevice();
  zones = GuardZones.watch(device);
});
afterAll(() => device.dispose());

const make = (label: string) =>
  device.createBuffer(label, 40, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC);
const write = (buffer: GPUBuffer, word: number) =>
  device.gpu.queue.writeBuffer(buffer, 4 * word, new Float32Array([1]));

test("what lies behind a buffer may not be written", async () => {
  const buffers = [make("first"), make("second"), make("third")] as const;
  // the last four words may be filled up
  for (const buffer of buffers) write(buffer, 11);
  await zones.check();
  write(buffers[1], 12);
  await expect(zones.check()).rejects.toThrow(/behind the end of second$/);
  await zones.check();
  for (const buffer of buffers) device.destroyBuffer(buffer);
  await zones.check();
});

test("neither of a buffer that is freed before anybody looks", async () => {
  const buffer = make("freed");
  write(buffer, 27);
  device.destroyBuffer(buffer);
  await expect(zones.check()).rejects.toThrow(/behind the end of freed$/);
  await zones.check();
});
