/** The rooms that need no GPU, or whose work on the GPU cases show: what is changed there, and which tests should notice. */
export interface Room {
  /** Changed one place at a time. */
  readonly files: readonly string[];
  /** Test files that run in this process. */
  readonly tests: readonly string[];
  /** Beginnings of the names of cases (test/cases), run in this process on Node's adapter. */
  readonly cases: readonly string[];
}

export const rooms = {
  graph: {
    files: ["src/graph/**/*.ts"],
    tests: ["test/graph/**", "test/ops/**", "test/nn/**"],
    cases: [],
  },
  plan: {
    files: ["src/plan/**/*.ts"],
    tests: ["test/plan/**", "test/ops/**"],
    cases: [],
  },
  generate: {
    files: ["src/generate/**/*.ts"],
    tests: ["test/generate/**"],
    // a few of them: what else there is about decoders takes a minute for each change
    cases: ["generation", "recurrent decoder: reorder", "transformer decoding reordered", "seq2seq decoder"],
  },
  data: { files: ["src/data/**/*.ts"], tests: ["test/data/**"], cases: [] },
  io: { files: ["src/io/**/*.ts"], tests: ["test/io/**"], cases: [] },
  train: {
    files: ["src/train/**/*.ts"],
    tests: ["test/train/**", "test/ops/errors.test.ts", "test/ops/class-weights.test.ts"],
    cases: ["train", "optimizer", "guard", "losses", "resume", "fit", "metrics", "sizes"],
  },
} as const satisfies Record<string, Room>;

export type RoomName = keyof typeof rooms;
