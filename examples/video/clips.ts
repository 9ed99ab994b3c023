/** Clips: .npy files whose names are label_number. */
import { decodeNpy } from "seqgrad/data";
import { UserError } from "../shared/errors.ts";
import { type Files, pathOf } from "../shared/task/files.ts";

export interface Clip {
  readonly label: string;
  /** Frames of pixels from 0 to 1, row by row. */
  readonly frames: readonly Float32Array[];
  readonly height: number;
  readonly width: number;
}

/** All clips of a folder, in the order of their names. Throws a UserError for what is no clip, or is of another size. */
export async function readClips(files: Files): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const name of files.names.filter((each) => /\.npy$/i.test(each))) {
    const path = pathOf(files, name);
    const [, label] = /^(.+)_\d+\.npy$/i.exec(name) ?? [];
    if (label === undefined)
      throw new UserError(`${path}: expected a name such as wave_0.npy: label, number of the clip`);
    const data = decodeNpy(await files.bytes(name), path);
    const [length, height, width] = data.shape;
    if (data.shape.length !== 3 || length === undefined || !height || !width || length === 0) {
      throw new UserError(`${path}: has shape [${data.shape.join(", ")}], expected [frames, height, width]`);
    }
    const [first] = clips;
    if (first && (first.height !== height || first.width !== width)) {
      throw new UserError(`${path}: has ${height} × ${width} pixels, the first clip ${first.height} × ${first.width}`);
    }
    const most = data instanceof Uint8Array ? 255 : 1;
    const size = height * width;
    const frames = Array.from({ length }, (_, t) =>
      Float32Array.from({ length: size }, (_, i) => Number(data[t * size + i]) / most),
    );
    clips.push({ label, frames, height, width });
  }
  if (clips.length === 0) throw new UserError(`${files.name}: has no .npy files; give a folder of label_number.npy`);
  return clips;
}
