import { adapters } from "./names.mjs";

export { adapters };
export type AdapterChoice = (typeof adapters)[number];
