import { inject } from "vue";
import { type Engine, engineKey } from "./engine.ts";

export function useEngine(): Engine {
  const engine = inject<Engine>(engineKey);
  if (!engine) throw new Error("useEngine: no playground around this component");
  return engine;
}
