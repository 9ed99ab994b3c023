/**
 * The bindings of WebGPU for Node ask the driver again by `setImmediate`, without rest, as long as anything is awaited. That
 * keeps one core busy, which a software adapter would compute with, and so would the other hosts. Here they ask each
 * millisecond.
 */
const { setImmediate: immediate } = globalThis;

const isNative = (callback: unknown): boolean =>
  typeof callback === "function" && Function.prototype.toString.call(callback).includes("[native code]");

globalThis.setImmediate = ((callback: (...args: unknown[]) => void, ...args: unknown[]) =>
  args.length === 0 && isNative(callback)
    ? setTimeout(callback, 1)
    : immediate(callback, ...args)) as typeof setImmediate;
