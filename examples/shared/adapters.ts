export const adapters = ["auto", "hardware", "software"] as const;
export type AdapterChoice = (typeof adapters)[number];
