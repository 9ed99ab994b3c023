export {
  type CosineOptions,
  constant,
  cosine,
  cosineRestarts,
  type ExponentialOptions,
  exponential,
  type PolynomialOptions,
  polynomial,
  type RestartsOptions,
  type ScheduleFunction,
  type StepOptions,
  step,
} from "./decay.ts";
export { type Plateau, type PlateauOptions, type PlateauState, plateau } from "./plateau.ts";
export {
  type InverseSquareRootOptions,
  inverseSquareRoot,
  joined,
  type OneCycleOptions,
  oneCycle,
  type WarmUpOptions,
  warmUp,
} from "./warm-up.ts";
