/**
 * The bindings of WebGPU for Node ask the driver again by `setImmediate`, without rest, as long as anything is awaited. That
 * keeps one core busy, which a software adapter would compute with, and so would the other hosts. Here they ask after a
 * millisecond, and less often the longer they have waited: an answer comes a tenth late at most.
 *
 * For `node --import`: a bundler may leave out what is imported for its effect alone.
 */
const { setImmediate: immediate, setTimeout: timeout } = globalThis;
const SHORTEST_MS = 1;
const LONGEST_MS = 8;

/** When what is waited for now began. */
let since = 0;
/** Whether the bindings are asking: what they order then is to ask again. */
let asking = false;

/** @param {unknown} callback */
const isNative = (callback) =>
  typeof callback === "function" && Function.prototype.toString.call(callback).includes("[native code]");

/** @param {() => void} ask */
function later(ask) {
  const now = performance.now();
  if (!asking) since = now;
  const rest = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (now - since) / 10));
  return timeout(() => {
    asking = true;
    try {
      ask();
    } finally {
      asking = false;
    }
  }, rest);
}

/** @param {() => void} callback @param {[]} args */
const rested = (callback, ...args) =>
  args.length === 0 && isNative(callback) ? later(callback) : immediate(callback, ...args);

globalThis.setImmediate = /** @type {any} */ (rested);
