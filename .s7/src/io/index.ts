export type { SafetensorsDtype } from "./dtypes.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  type Safetensors,
  type StoredTensor,
} from "./safetensors.ts";
