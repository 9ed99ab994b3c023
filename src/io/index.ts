export type { SafetensorsDtype } from "./dtypes.ts";
export { fromKeras, type KerasLayer, type KerasOptions, type KerasTensor, toKeras } from "./keras.ts";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
export type { HostTensor, Safetensors, StoredTensor } from "./tensors.ts";
