enable subgroups;
// m[p, row, tile] = sum over depth of u[p, row, depth] * v[p, depth, tile], for each of the products p; rows are
// output channels. Four rows, and four steps of depth, are a vec4.
//
// A workgroup is one subgroup of S lanes and makes ROWS channels x 4 S tiles of one p; a lane makes 4 neighbouring
// tiles of all ROWS channels, in registers, with weights handed round by shuffles (see conv2d/subgroup.wgsl). Sums are
// made in parts of BLOCK fours of depth: a sum of few numbers has a smaller rounding error than one of many.
@group(0) @binding(0) var<storage, read> v: array<vec4f>;
@group(0) @binding(1) var<storage, read> u: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Product;

struct Product {
  products: u32,
  tiles: u32,
  rows: u32, // a multiple of 4
  D: u32, // fours of depth
}

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S, or less than S; a multiple of 4
const LOADS = (ROWS + S - 1) / S;
const SHARE = ROWS / LOADS; // rows that one load of all lanes brings
const BLOCK = 16u;

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_tiles = (params.rows + ROWS - 1) / ROWS;
  let column_tiles = (params.tiles + 4 * S - 1) / (4 * S);
  let number = linear_workgroup(workgroup, grid);
  let first_row = (number % row_tiles) * ROWS; // neighbouring workgroups share tiles
  let first_tile = (number / row_tiles) % column_tiles * 4 * S + lane * 4;
  let p = number / (row_tiles * column_tiles);
  if (p >= params.products) {
    return;
  }
  // Those past the end compute a copy of the last that is not written.
  let tiles = min(vec4u(first_tile) + vec4u(0, 1, 2, 3), vec4u(params.tiles - 1));
  var at = p * params.D * params.tiles + tiles;
  var at_u: array<u32, LOADS>;
  for (var l = 0u; l < LOADS; l++) {
    at_u[l] = (p * params.rows + min(first_row + l * S + lane, params.rows - 1)) * params.D;
  }

  var sum: array<vec4f, ROWS>;
  for (var block = 0u; block < params.D; block += BLOCK) {
    let end = min(block + BLOCK, params.D);
    var part = array<vec4f, ROWS>();
    for (var d = block; d < end; d++) {
      let four = mat4x4f(v[at.x], v[at.y], v[at.z], v[at.w]);
      for (var l = 0u; l < LOADS; l++) {
        let mine = u[at_u[l] + d];
        for (var i = 0u; i < SHARE; i++) {
          part[l * S + i] += subgroupShuffle(mine, i) * four;
        }
      }
      at += params.tiles;
    }
    for (var r = 0u; r < ROWS; r++) {
      sum[r] += part[r];
    }
  }

  // A count that the compiler cannot know: with these stores unrolled, short sums took 5 to 12 % longer.
  let written = min(params.tiles - min(first_tile, params.tiles), 4u);
  for (var i = 0u; i < written; i++) {
    for (var r = 0u; r < ROWS; r += 4) {
      if (first_row + r < params.rows) {
        m[(p * params.rows + first_row + r) / 4 * params.tiles + first_tile + i] =
          vec4f(sum[r][i], sum[r + 1][i], sum[r + 2][i], sum[r + 3][i]);
      }
    }
  }
}
