// The k largest of each row of x (N, C) f32 -> values (N, chunks, k) and index (N, chunks, k) u32, largest first, of equals the smaller
// index first. A row is gone through in chunks of SIZE entries; a workgroup sorts one chunk in its memory (bitonic: the same pairs are
// compared whatever the numbers are) and keeps its k first. More than one chunk: a second pass takes what the first kept, and so on;
// it is given the indices (MERGES) that belong to its entries.
//
// Floats are compared as whole numbers of the same order, because a shader may assume that there is no NaN: NaN counts as larger than all
// others, as in PyTorch, and -0 as equal to 0. A chunk of fewer than k entries is filled with NONE.
override MERGES: bool = false;
const SIZE = 64u; // a power of two

struct Params {
  count: u32, // workgroups: N * chunks
  C: u32,
  chunks: u32,
  k: u32,
  first: u32, // index of the first entry of each row, where it is a window of longer rows
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> x_index: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const THREADS = 64u;
const NONE = 0xffffffffu;

// Of an entry: what it is sorted by (0: no entry), its index, and where in the row it was read.
var<workgroup> keys: array<u32, SIZE>;
var<workgroup> indices: array<u32, SIZE>;
var<workgroup> places: array<u32, SIZE>;

fn key_of(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0xffffffffu; // NaN of either sign
  }
  if (magnitude == 0u) {
    return 0x80000000u;
  }
  return select(bits | 0x80000000u, ~bits, bits != magnitude);
}

fn comes_before(a: u32, b: u32) -> bool {
  return keys[a] > keys[b] || (keys[a] == keys[b] && indices[a] < indices[b]);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let w = linear_workgroup(workgroup, grid);
  let inside = w < params.count; // uniform in the workgroup, but barriers below must be reached by all
  let row = w / params.chunks;
  let start = (w - row * params.chunks) * SIZE;
  for (var i = lane; i < SIZE; i += THREADS) {
    let c = start + i;
    keys[i] = 0u;
    indices[i] = NONE;
    places[i] = 0u;
    if (inside && c < params.C) {
      let at = row * params.C + c;
      var own = params.first + c;
      if (MERGES) {
        own = x_index[at];
      }
      if (own != NONE) {
        keys[i] = key_of(x[at]);
        indices[i] = own;
        places[i] = at;
      }
    }
  }
  for (var block = 2u; block <= SIZE; block *= 2) {
    for (var apart = block / 2; apart > 0; apart /= 2) {
      workgroupBarrier();
      for (var pair = lane; pair < SIZE / 2; pair += THREADS) {
        let a = (pair / apart) * 2 * apart + pair % apart;
        let b = a + apart;
        let is_descending = (a & block) == 0;
        if (is_descending == comes_before(b, a)) {
          let held = vec3u(keys[a], indices[a], places[a]);
          keys[a] = keys[b];
          indices[a] = indices[b];
          places[a] = places[b];
          keys[b] = held.x;
          indices[b] = held.y;
          places[b] = held.z;
        }
      }
    }
  }
  workgroupBarrier();
  if (inside) {
    for (var i = lane; i < params.k; i += THREADS) {
      values[w * params.k + i] = x[places[i]];
      index[w * params.k + i] = indices[i];
    }
  }
}
