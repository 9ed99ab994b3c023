export type { SafetensorsDtype } from "./dtypes.ts";
export { fromKeras, type KerasLayer, type KerasOptions, type KerasTensor, toKeras } from "./keras.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  type Safetensors,
  type StoredTensor,
} from "./safetensors.ts";
