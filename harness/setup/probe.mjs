// Run as a child: prints, as one line of JSON, the adapter that Node's WebGPU gives in this environment, or null.
// A process of its own, because the Vulkan driver is chosen from the environment when the process starts, and because
// a broken driver may take the process down with it.
import { create } from "webgpu";

// A variable of its own: Dawn crashes where this object is garbage-collected while in use.
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
const info = adapter?.info;
const found = info && {
  vendor: info.vendor,
  architecture: info.architecture,
  device: info.device,
  description: info.description,
  isFallbackAdapter: info.isFallbackAdapter,
};
process.stdout.write(`${JSON.stringify(found ?? null)}\n`, () => process.exit(0));
