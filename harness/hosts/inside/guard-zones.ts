import type { Device } from "../../../src/index.ts";

const ZONE_BYTES = 64;
/** A NaN that no arithmetic makes: what reads it gives itself away, too. */
const UNTOUCHED = 0x7fc5eed5;
/** Zones that one buffer collects. */
const MOST = 1024;

interface Zone {
  readonly label: string;
  readonly start: number;
}

interface Collected {
  readonly buffer: GPUBuffer;
  readonly labels: string[];
}

/** A few words behind every storage buffer of a device, which no kernel may write. */
export class GuardZones {
  readonly #zones = new Map<GPUBuffer, Zone>();
  #collected: Collected[] = [];

  private constructor(private readonly gpu: GPUDevice) {}

  /** Puts zones behind all buffers that the device makes from here on. */
  static watch(device: Device): GuardZones {
    const zones = new GuardZones(device.gpu);
    const { createBuffer, destroyBuffer } = device;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
    device.createBuffer = (label, bytes, usage) => {
      // vectors may fill up their last four words
      const start = Math.max(16, Math.ceil(bytes / 16) * 16);
      const hasRoom = start + ZONE_BYTES <= Math.min(maxBufferSize, maxStorageBufferBindingSize);
      const isWatched = (usage & GPUBufferUsage.STORAGE) !== 0 && hasRoom;
      const buffer = createBuffer.call(device, label, isWatched ? start + ZONE_BYTES : bytes, usage);
      if (isWatched) zones.#add(buffer, { label, start });
      return buffer;
    };
    device.destroyBuffer = (buffer) => {
      zones.#collect([buffer]);
      zones.#zones.delete(buffer);
      destroyBuffer.call(device, buffer);
    };
    return zones;
  }

  /** Throws where a zone was written since the last call. */
  async check(): Promise<void> {
    this.#collect([...this.#zones.keys()]);
    const written = new Set<string>();
    for (const { buffer, labels } of this.#collected.splice(0)) {
      await buffer.mapAsync(GPUMapMode.READ);
      const words = new Uint32Array(buffer.getMappedRange());
      labels.forEach((label, i) => {
        const zone = words.subarray((i * ZONE_BYTES) / 4, ((i + 1) * ZONE_BYTES) / 4);
        // a state that is reset is cleared as a whole, and what a test destroyed is not copied
        const isCleared = zone.every((word) => word === 0);
        if (!isCleared && zone.some((word) => word !== UNTOUCHED)) written.add(label);
      });
      buffer.destroy();
    }
    for (const buffer of this.#zones.keys()) this.#fill(buffer);
    if (written.size > 0) throw new Error(`a kernel wrote behind the end of ${[...written].join(", ")}`);
  }

  #add(buffer: GPUBuffer, zone: Zone): void {
    this.#zones.set(buffer, zone);
    this.#fill(buffer);
  }

  #fill(buffer: GPUBuffer): void {
    const { start } = this.#zones.get(buffer) as Zone;
    const words = new Uint32Array(ZONE_BYTES / 4).fill(UNTOUCHED);
    this.#unheard(() => this.gpu.queue.writeBuffer(buffer, start, words));
  }

  /** Keeps what the zones hold now. */
  #collect(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      const zone = this.#zones.get(buffer);
      if (!zone) continue;
      const { buffer: into, labels } = this.#current();
      // by themselves: a test may have destroyed one
      this.#unheard(() => {
        const encoder = this.gpu.createCommandEncoder();
        encoder.copyBufferToBuffer(buffer, zone.start, into, labels.length * ZONE_BYTES, ZONE_BYTES);
        this.gpu.queue.submit([encoder.finish()]);
      });
      labels.push(zone.label);
    }
  }

  #current(): Collected {
    const last = this.#collected.at(-1);
    if (last && last.labels.length < MOST) return last;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const fresh = { buffer: this.gpu.createBuffer({ size: MOST * ZONE_BYTES, usage }), labels: [] };
    this.#collected.push(fresh);
    return fresh;
  }

  /** A buffer that there was no room for is told of elsewhere. */
  #unheard(work: () => void): void {
    this.gpu.pushErrorScope("validation");
    work();
    this.gpu.popErrorScope().catch(() => {});
  }
}
