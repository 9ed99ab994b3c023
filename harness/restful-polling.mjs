/**
 * The bindings of WebGPU for Node ask the driver again by `setImmediate`, without rest, as long as a device is open. That
 * keeps one core busy, which a software adapter would compute with, and so would the other hosts. Here they ask each
 * millisecond.
 *
 * For `node --import`: a bundler may leave out what is imported for its effect alone.
 */
const { setImmediate: immediate, setTimeout: timeout } = globalThis;

/** @param {unknown} callback */
const isNative = (callback) =>
  typeof callback === "function" && Function.prototype.toString.call(callback).includes("[native code]");

/** @param {() => void} callback @param {[]} args */
const rested = (callback, ...args) =>
  args.length === 0 && isNative(callback) ? timeout(callback, 1) : immediate(callback, ...args);

globalThis.setImmediate = /** @type {any} */ (rested);
