/** What a gate's bias begins with: to keep the state, to let nothing new in, neither. */
export type GateStart = "keep" | "close" | "neutral";

/**
 * Biases of gates one behind the other, by index: those that keep the state start so that units remember for 1 to `memory`
 * steps (Tallec and Ollivier 2018), or with a bias of 1 where nothing is said of the memory (less than 2).
 */
export function gateBias(gates: readonly GateStart[], hidden: number, memory: number): (index: number) => number {
  const keep = (unit: number) => (memory < 2 ? 1 : Math.log(1 + ((memory - 2) * unit) / Math.max(1, hidden - 1)));
  const close = (unit: number) => (memory < 2 ? 0 : -keep(unit));
  return (index) => {
    const gate = gates[Math.floor(index / hidden)];
    if (gate === "neutral") return 0;
    return gate === "keep" ? keep(index % hidden) : close(index % hidden);
  };
}
