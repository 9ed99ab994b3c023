import type { Part, RecurrentPart } from "./work.ts";

export const isRecurrent = (part: Part): part is RecurrentPart => part.type === "LSTM" || part.type === "GRU";
