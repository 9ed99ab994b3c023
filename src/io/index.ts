export type { SafetensorsDtype } from "./dtypes.ts";
export { fromKeras, type KerasLayer, type KerasOptions, type KerasTensor, toKeras } from "./keras.ts";
export { encodeSafetensors } from "./safetensors.ts";
export { decodeSafetensors } from "./safetensors-decode.ts";
export type { HostTensor, Safetensors, StoredTensor } from "./tensors.ts";
