import type { Device } from "../../src/gpu/device.ts";
import type { Parameter } from "../../src/graph/parameter.ts";

interface Made {
  readonly label: string;
  readonly bytes: number;
  freed: boolean;
}

/** A device that only makes buffers, and knows where parameters lie. */
export function fakeDevice(
  places: ReadonlyMap<Parameter, { external: { elements: number }; offset: number }> = new Map(),
) {
  const made: Made[] = [];
  const writes: { offset: number; data: ArrayLike<number> }[] = [];
  const device = {
    gpu: {
      pushErrorScope() {},
      popErrorScope: async () => null,
      queue: { writeBuffer: (_: unknown, offset: number, data: ArrayLike<number>) => writes.push({ offset, data }) },
    },
    createBuffer: (label: string, bytes: number) => {
      const buffer = { label, bytes, freed: false };
      made.push(buffer);
      return buffer;
    },
    destroyBuffer: (buffer: Made) => {
      buffer.freed = true;
    },
    parameters: { placeOf: (each: Parameter) => places.get(each) },
  };
  return { device: device as unknown as Device, made, writes };
}
