import { gatesOf, type Part, type RecurrentPart } from "./work.ts";

export const isRecurrent = (part: Part): part is RecurrentPart => Object.hasOwn(gatesOf, part.type);
