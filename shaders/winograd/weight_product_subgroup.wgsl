enable subgroups;
// s[p, o, c] = sum over tiles of g[p, o, tile] * v[p, c, tile] (+ s when ACCUMULATE), for each of the products p. Four
// channels are a vec4.
//
// A workgroup is one subgroup of S lanes and makes 16 output x 4 S input channels of one p; a lane makes 16 x 4, in
// registers. Per 4 tiles a lane loads a vec4 of its input channels for each tile, and the lanes together load 4 fours
// of output channels of each, handed round by shuffles. Sums are made in parts, as in winograd/product_subgroup.wgsl.
@group(0) @binding(0) var<storage, read> v: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> s: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Product;

struct Product {
  products: u32,
  tiles: u32,
  O: u32, // fours of output channels, and of input channels
  C: u32,
}

override ACCUMULATE: bool = false;
const S = 8u; // lanes of a subgroup
const FOURS = 4u; // of output channels
const LOADS = (4 * FOURS + S - 1) / S;
const SHARE = 4 * FOURS / LOADS; // vec4s that one load of all lanes brings
const BLOCK = 64u; // tiles

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o_tiles = (params.O + FOURS - 1) / FOURS;
  let c_tiles = (params.C + S - 1) / S;
  let number = linear_workgroup(workgroup, grid);
  let o = (number % o_tiles) * FOURS;
  let c = (number / o_tiles) % c_tiles * S + lane;
  let p = number / (o_tiles * c_tiles);
  if (p >= params.products) {
    return;
  }
  // Channels past the end compute a copy of the last that is not written.
  let at_v = (p * params.C + min(c, params.C - 1)) * params.tiles;
  var at_g: array<u32, LOADS>;
  var tile: array<u32, LOADS>;
  for (var l = 0u; l < LOADS; l++) {
    let item = l * S + min(lane, SHARE - 1);
    at_g[l] = (p * params.O + min(o + item / 4, params.O - 1)) * params.tiles;
    tile[l] = item % 4;
  }

  let last = params.tiles - 1;
  var sum: array<vec4f, 16>;
  for (var block = 0u; block < params.tiles; block += BLOCK) {
    let end = min(block + BLOCK, params.tiles);
    var part = array<vec4f, 16>();
    for (var t = block; t < end; t += 4) {
      let at = at_v + min(vec4u(t) + vec4u(0, 1, 2, 3), vec4u(last));
      let four = mat4x4f(v[at.x], v[at.y], v[at.z], v[at.w]);
      for (var l = 0u; l < LOADS; l++) {
        let mine_at = t + tile[l];
        let mine = select(vec4f(), g[at_g[l] + min(mine_at, last)], mine_at <= last);
        for (var i = 0u; i < SHARE; i++) {
          let outputs = subgroupShuffle(mine, i); // four of them, at tile i % 4
          let item = l * SHARE + i;
          for (var r = 0u; r < 4; r++) {
            part[item / 4 * 4 + r] += outputs[r] * four[item % 4];
          }
        }
      }
    }
    for (var r = 0u; r < 16; r++) {
      sum[r] += part[r];
    }
  }

  for (var r = 0u; r < 16; r++) {
    if (o + r / 4 < params.O && c < params.C) {
      let to = (p * params.O * 4 + o * 4 + r) * params.C + c;
      if (ACCUMULATE) {
        s[to] += sum[r];
      } else {
        s[to] = sum[r];
      }
    }
  }
}
