/** A box to be placed, and where it was placed. */
export interface Box {
  readonly width: number;
  readonly height: number;
  /** Of its middle. */
  x: number;
  /** Of its upper edge. */
  y: number;
}

/** From the lower edge of one box to the upper edge of another; `bends` are points between. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  bends: { readonly x: number; readonly y: number }[];
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
}

/** A box, or a point at which an edge passes a layer. */
interface Vertex {
  readonly layer: number;
  readonly width: number;
  x: number;
  readonly above: Vertex[];
  readonly below: Vertex[];
}

const GAP_X = 24;
const GAP_Y = 40;
const SWEEPS = 12;
/** Room that an edge takes beside boxes. */
const EDGE_WIDTH = 8;

/**
 * Places an acyclic graph in layers, edges going down (Sugiyama, Tagawa and Toda 1981): layers by the longest way, each sorted by
 * the means of its neighbours, and then moved to below them as far as there is room. Edges may only lead to later boxes.
 */
export function layOut(
  sizes: readonly { readonly width: number; readonly height: number }[],
  pairs: readonly (readonly [from: number, to: number])[],
): Layout {
  const layerOf = layersOf(sizes.length, pairs);
  const depth = Math.max(0, ...layerOf) + 1;
  const layers: Vertex[][] = Array.from({ length: depth }, () => []);
  const add = (layer: number, width: number): Vertex => {
    const vertex = { layer, width, x: 0, above: [], below: [] };
    (layers[layer] as Vertex[]).push(vertex);
    return vertex;
  };
  const vertices = sizes.map(({ width }, i) => add(layerOf[i] as number, width));
  const paths = pairs.map(([from, to]) => {
    const path = [vertices[from] as Vertex];
    for (let layer = (layerOf[from] as number) + 1; layer < (layerOf[to] as number); layer++)
      path.push(add(layer, EDGE_WIDTH));
    path.push(vertices[to] as Vertex);
    path.slice(1).forEach((vertex, i) => {
      vertex.above.push(path[i] as Vertex);
      (path[i] as Vertex).below.push(vertex);
    });
    return path;
  });
  sortLayers(layers);
  placeLayers(layers);

  const heights = layers.map((_, layer) =>
    Math.max(0, ...sizes.filter((_, i) => layerOf[i] === layer).map((size) => size.height)),
  );
  const tops = heights.map((_, layer) => heights.slice(0, layer).reduce((sum, height) => sum + height + GAP_Y, GAP_X));
  const all = layers.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2)) - GAP_X;
  const boxes = sizes.map((size, i): Box => {
    const [vertex, layer] = [vertices[i] as Vertex, layerOf[i] as number];
    return { ...size, x: vertex.x - left, y: (tops[layer] as number) + ((heights[layer] as number) - size.height) / 2 };
  });
  const edges = paths.map((path, i): Edge => {
    const [from, to] = pairs[i] as readonly [number, number];
    const bends = path.slice(1, -1).flatMap(({ x, layer }) => {
      const [top, height] = [tops[layer] as number, heights[layer] as number];
      return [
        { x: x - left, y: top },
        { x: x - left, y: top + height },
      ];
    });
    return { from, to, bends };
  });
  const width = Math.max(...all.map(({ x, width: own }) => x + own / 2)) - left + GAP_X;
  return { boxes, edges, width, height: (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0) + GAP_X };
}

/** By the longest way from a source; what has nothing above it goes down to just above who needs it first. */
function layersOf(count: number, pairs: readonly (readonly [number, number])[]): number[] {
  const layers = new Array<number>(count).fill(0);
  for (const [from, to] of [...pairs].sort((a, b) => a[1] - b[1])) {
    layers[to] = Math.max(layers[to] as number, (layers[from] as number) + 1);
  }
  const hasAbove = new Set(pairs.map(([, to]) => to));
  for (let i = 0; i < count; i++) {
    const below = pairs.filter(([from]) => from === i).map(([, to]) => layers[to] as number);
    if (!hasAbove.has(i) && below.length > 0) layers[i] = Math.min(...below) - 1;
  }
  return layers;
}

const mean = (vertices: readonly Vertex[], of: (vertex: Vertex) => number): number =>
  vertices.reduce((sum, vertex) => sum + of(vertex), 0) / vertices.length;

/** Few crossings: each layer by the mean places of its neighbours, down and up again. */
function sortLayers(layers: Vertex[][]): void {
  const place = new Map<Vertex, number>();
  const number = (layer: readonly Vertex[]) => {
    layer.forEach((vertex, i) => {
      place.set(vertex, i - (layer.length - 1) / 2);
    });
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const keys = new Map(
        layer.map((vertex) => {
          const next = down ? vertex.above : vertex.below;
          return [
            vertex,
            next.length > 0 ? mean(next, (each) => place.get(each) as number) : (place.get(vertex) as number),
          ];
        }),
      );
      layer.sort((a, b) => (keys.get(a) as number) - (keys.get(b) as number));
      number(layer);
    }
  }
}

/** Each as near to the mean of its neighbours as its layer's order and room allow. */
function placeLayers(layers: readonly Vertex[][]): void {
  for (const layer of layers) spread(layer, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      spread(layer, (vertex) => {
        const next = [...vertex.above, ...vertex.below];
        return next.length > 0 ? mean(next, ({ x }) => x) : vertex.x;
      });
    }
  }
}

/** Moves a layer's vertices to where they want to be; those that would overlap share the distance (pool adjacent violators). */
function spread(layer: readonly Vertex[], wanted: (vertex: Vertex) => number): void {
  const groups: { readonly members: Vertex[]; readonly offsets: number[]; sum: number }[] = [];
  const start = (group: (typeof groups)[number]) => group.sum / group.members.length;
  const end = (group: (typeof groups)[number]) =>
    start(group) + (group.offsets.at(-1) as number) + (group.members.at(-1) as Vertex).width / 2;
  for (const vertex of layer) {
    let group = { members: [vertex], offsets: [0], sum: wanted(vertex) };
    for (let before = groups.at(-1); before; before = groups.at(-1)) {
      const first = group.members[0] as Vertex;
      const gap = end(before) + GAP_X + first.width / 2 - start(group);
      if (gap <= 0) break;
      const shift = end(before) - start(before) + GAP_X + first.width / 2;
      group = {
        members: [...before.members, ...group.members],
        offsets: [...before.offsets, ...group.offsets.map((offset) => offset + shift)],
        sum: before.sum + group.sum - shift * group.members.length,
      };
      groups.pop();
    }
    groups.push(group);
  }
  for (const group of groups) {
    group.members.forEach((vertex, i) => {
      vertex.x = start(group) + (group.offsets[i] as number);
    });
  }
}
