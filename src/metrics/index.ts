export { type Bleu, type BleuOptions, bleu } from "./text/bleu.ts";
export { type ChrfOptions, chrf } from "./text/chrf.ts";
export { characterErrorRate, wordErrorRate } from "./text/error-rates.ts";
export type { References } from "./text/pairs.ts";
export { type Rouge, type RougeOptions, rouge } from "./text/rouge.ts";
